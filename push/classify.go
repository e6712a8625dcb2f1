package push

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/go-json-experiment/json"
)

// apnsReasons says what Apple's words mean where the status alone does not: the table of Apple's "Handling
// notification responses from APNs". The keys carry the status, since a word under another status is not Apple's.
var apnsReasons = map[apnsAnswer]Outcome{
	{400, "BadDeviceToken"}:              TokenDead,
	{400, "DeviceTokenNotForTopic"}:      TokenDead,
	{400, "TopicDisallowed"}:             ConfigTrouble,
	{400, "BadTopic"}:                    ConfigTrouble,
	{400, "MissingTopic"}:                ConfigTrouble,
	{400, "IdleTimeout"}:                 TryAgain,
	{403, "Forbidden"}:                   OurBug, // of this message only; a wrong key must not wipe devices
	{404, "BadPath"}:                     OurBug,
	{410, "Unregistered"}:                TokenDead,
	{410, "ExpiredToken"}:                TokenDead,
	{429, "TooManyProviderTokenUpdates"}: AuthTrouble,
}

type apnsAnswer struct {
	status int
	reason string
}

// ClassifyAPNs says what to do about an answer of Apple's. A reason it does not know never kills a token.
func ClassifyAPNs(status int, reason string) Outcome {
	if o, ok := apnsReasons[apnsAnswer{status, reason}]; ok {
		return o
	}
	switch {
	case status == 200:
		return Accepted
	case status == 429:
		return Limited
	case status == 401 || status == 403:
		return AuthTrouble
	case status == 404 || status == 407 || status == 410 || status < 400:
		return ConfigTrouble // not Apple speaking: a proxy or a wrong host
	case status >= 500:
		return TryAgain
	}
	return OurBug
}

// ClassifyWeb says what to do about an answer of a browser's push service (RFC 8030, section 5), and gives it a word,
// since these services have none in common. A 404 with a page is a proxy's and kills nothing.
func ClassifyWeb(status int, body string) (Outcome, string) {
	page := strings.HasPrefix(strings.TrimSpace(body), "<")
	switch {
	case status >= 200 && status < 300:
		return Accepted, ""
	case page && status >= 500:
		return TryAgain, ReasonNotJSON
	case page || status < 400:
		return ConfigTrouble, ReasonNotJSON
	case status == 403 && strings.Contains(body, "do not correspond"): // FCM: subscribed under another VAPID key
		return TokenDead, "WrongVapidKey"
	}
	word := CleanReason(strings.ReplaceAll(http.StatusText(status), " ", ""))
	switch {
	case status == 404 || status == 410:
		return TokenDead, word
	case status == 401 || status == 403:
		return AuthTrouble, word
	case status == 405 || status == 407:
		return ConfigTrouble, word
	case status == 429:
		return Limited, word
	case status >= 500:
		return TryAgain, word
	}
	return OurBug, word
}

// FCMAnswer is what classification needs of an answer of Google's.
type FCMAnswer struct {
	Status  int      // HTTP
	State   string   // google.rpc code, such as NOT_FOUND; "" if the body was not theirs
	Code    string   // FcmError's errorCode; "" if that detail is missing
	Fields  []string // of BadRequest
	Subject string   // of QuotaFailure: what ran out
	BadText bool     // the message says the registration token is not valid
}

// ParseFCM reads an error body. Whatever is not Google's JSON gives the status alone.
func ParseFCM(status int, body []byte) FCMAnswer {
	var e struct {
		Error struct {
			Status  string `json:"status"`
			Message string `json:"message"`
			Details []struct {
				Code       string `json:"errorCode"`
				Type       string `json:"@type"`
				Violations []struct {
					Field   string `json:"field"`
					Subject string `json:"subject"`
				} `json:"violations"`
				Fields []struct {
					Field string `json:"field"`
				} `json:"fieldViolations"`
			} `json:"details"`
		} `json:"error"`
	}
	a := FCMAnswer{Status: status}
	if json.Unmarshal(body, &e) != nil {
		return a
	}
	a.State = e.Error.Status
	a.BadText = strings.Contains(e.Error.Message, "not a valid FCM registration token")
	for _, d := range e.Error.Details {
		if strings.HasSuffix(d.Type, "google.firebase.fcm.v1.FcmError") {
			a.Code = d.Code
		}
		for _, f := range d.Fields {
			a.Fields = append(a.Fields, f.Field)
		}
		for _, v := range d.Violations {
			a.Subject = v.Subject
		}
	}
	return a
}

// Reason is Google's own word for the answer, the most telling one there is.
func (a FCMAnswer) Reason() string {
	switch {
	case a.Status == 200:
		return ""
	case a.Code != "":
		return CleanReason(a.Code)
	case a.State != "":
		return CleanReason(a.State)
	}
	return ReasonNotJSON
}

// ForDevice reports a limit of this device's rather than of the project's.
func (a FCMAnswer) ForDevice() bool {
	return a.Status == 429 && strings.HasPrefix(a.Subject, "device:")
}

// Outcome says what to do about an answer of Google's. Only an FcmError can kill a token: a 404 without one is a wrong
// path, project or proxy, and would otherwise erase every device.
func (a FCMAnswer) Outcome() Outcome {
	switch a.Status {
	case 200:
		return Accepted
	case 400:
		if a.Code == "INVALID_ARGUMENT" && a.blamesToken() {
			return TokenDead
		}
		return OurBug
	case 401:
		if a.Code == "THIRD_PARTY_AUTH_ERROR" {
			return ConfigTrouble
		}
		return AuthTrouble
	case 403:
		if a.Code == "SENDER_ID_MISMATCH" {
			return TokenDead
		}
		return ConfigTrouble
	case 404:
		if a.Code == "UNREGISTERED" {
			return TokenDead
		}
		return ConfigTrouble
	case 429:
		return Limited
	}
	return outcomeOfStatus(a.Status)
}

func (a FCMAnswer) blamesToken() bool {
	for _, f := range a.Fields {
		if f == "message.token" || f == "message.fid" {
			return true
		}
	}
	return a.BadText
}

// outcomeOfStatus is for statuses that no table names.
func outcomeOfStatus(status int) Outcome {
	switch {
	case status >= 500:
		return TryAgain
	case status < 400 || status == 407:
		return ConfigTrouble
	}
	return OurBug
}

// reasonPattern fits every word that the providers document, and no token: those are longer, or have digits.
var reasonPattern = regexp.MustCompile(`^[A-Za-z_]{1,48}$`)

// CleanReason keeps a provider's word if it is one, and hides anything else: a reason becomes a metric's label and a
// line in a log, and what stands between us and the provider may echo the path with the token in it.
func CleanReason(s string) string {
	if reasonPattern.MatchString(s) {
		return s
	}
	return ReasonNotJSON
}
