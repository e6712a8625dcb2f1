package pushtest

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"officermobile/push"
	"officermobile/push/pushtest/frames"
)

// Apple's limits on a request.
const (
	applePayload  = 4096
	appleCollapse = 64
)

// apple is POST /3/device/{token}.
func (s *Services) apple(w http.ResponseWriter, r *http.Request) {
	s.handle(w, r, Apple, s.judgeApple, func(f Fault) answer {
		a := appleSays(f.Status, f.Reason)
		if f.Body != "" {
			a.body = []byte(f.Body)
		}
		return a
	})
}

// appleSays is Apple's reply; the body of a success is empty.
func appleSays(status int, reason string) answer {
	a := answer{status: status, reason: reason, header: http.Header{}}
	if reason != "" {
		a.header.Set("Content-Type", "application/json")
		a.body = []byte(`{"reason":"` + reason + `"}`)
	}
	return a
}

func (s *Services) judgeApple(r *http.Request, body []byte) (answer, notice) {
	n := appleNotice(r, body)
	id := strings.ToUpper(orElse(r.Header.Get("Apns-Id"), s.uuid()))
	status, reason := s.appleRules(r, body, n.token)
	a := appleSays(status, reason)
	if status == http.StatusOK {
		a, n.messageID = s.appleDevice(r, n.token), id
	}
	a.header.Set("Apns-Id", id)
	if v, ok := frames.NoteOf(r.Context()).(verdict); ok && v.reason == "" {
		connectionOf(r).frames.Allow(s.opts.Streams)
	}
	return a, n
}

var (
	applePath = regexp.MustCompile(`^/3/device/([0-9a-fA-F]*)$`)
	uuidForm  = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
)

// appleRules judges everything but the device. The first rule that is broken decides.
func (s *Services) appleRules(r *http.Request, body []byte, token string) (status int, reason string) {
	switch {
	case r.Method != http.MethodPost:
		return http.StatusMethodNotAllowed, "MethodNotAllowed"
	case !applePath.MatchString(r.URL.Path):
		return http.StatusNotFound, "BadPath"
	case token == "":
		return http.StatusBadRequest, "MissingDeviceToken"
	}
	if v, _ := frames.NoteOf(r.Context()).(verdict); v.reason != "" {
		return v.status, v.reason
	}
	if reason := s.appleHeaders(r.Header); reason != "" {
		return http.StatusBadRequest, reason
	}
	if len(body) > applePayload {
		return http.StatusRequestEntityTooLarge, "PayloadTooLarge"
	}
	if reason := appleBody(r.Header.Get("Apns-Push-Type"), body); reason != "" {
		return http.StatusBadRequest, reason
	}
	return http.StatusOK, ""
}

func (s *Services) appleHeaders(h http.Header) (reason string) {
	for name, values := range h {
		if strings.HasPrefix(name, "Apns-") && len(values) > 1 {
			return "DuplicateHeaders"
		}
	}
	pushType, priority := h.Get("Apns-Push-Type"), h.Get("Apns-Priority")
	switch {
	case h.Get("Apns-Id") != "" && !uuidForm.MatchString(h.Get("Apns-Id")):
		return "BadMessageId"
	case h.Get("Apns-Topic") == "":
		return "MissingTopic"
	case h.Get("Apns-Topic") != s.opts.Topic:
		return "TopicDisallowed"
	case !slices.Contains([]string{"alert", "background"}, pushType):
		return "InvalidPushType"
	case !slices.Contains([]string{"", "1", "5", "10"}, priority), pushType == "background" && priority != "5":
		return "BadPriority"
	case len(h.Get("Apns-Collapse-Id")) > appleCollapse:
		return "BadCollapseId"
	}
	if e := h.Get("Apns-Expiration"); e != "" {
		if _, err := strconv.ParseUint(e, 10, 63); err != nil {
			return "BadExpirationDate"
		}
	}
	return ""
}

type applePayloadBody struct {
	APS map[string]any `json:"aps"`
	ID  string         `json:"n"`
}

// appleBody judges the payload. What is no JSON object is as good as empty.
func appleBody(pushType string, body []byte) (reason string) {
	var p applePayloadBody
	if json.Unmarshal(body, &p) != nil || len(p.APS) == 0 {
		return "PayloadEmpty"
	}
	if pushType == "background" && (len(p.APS) != 1 || p.APS["content-available"] != 1.0) {
		return "InvalidPushType"
	}
	return ""
}

// appleDevice is what becomes of a flawless request.
func (s *Services) appleDevice(r *http.Request, token string) answer {
	environment := s.opts.Environment
	a := push.Address{Kind: push.APNs, Token: token, App: s.opts.Topic, Environment: environment}
	state, deadSince, known := s.find(a)
	switch {
	case state == Unknown || known.Environment != environment:
		return appleSays(http.StatusBadRequest, "BadDeviceToken")
	case state == Foreign || known.App != r.Header.Get("Apns-Topic"):
		return appleSays(http.StatusBadRequest, "DeviceTokenNotForTopic")
	case state == Throttled:
		return appleSays(http.StatusTooManyRequests, "TooManyRequests")
	case state == Uninstalled:
		gone := appleSays(http.StatusGone, "Unregistered")
		gone.body = []byte(`{"reason":"Unregistered","timestamp":` + strconv.FormatInt(deadSince.UnixMilli(), 10) + `}`)
		return gone
	}
	return appleSays(http.StatusOK, "")
}

// appleNotice is what an iPhone makes of a request.
func appleNotice(r *http.Request, body []byte) notice {
	n := notice{kind: push.APNs, badge: -1, tag: r.Header.Get("Apns-Collapse-Id")}
	if m := applePath.FindStringSubmatch(r.URL.Path); m != nil {
		n.token = m[1]
	}
	var p applePayloadBody
	if json.Unmarshal(body, &p) != nil {
		return n
	}
	n.id = p.ID
	if badge, ok := p.APS["badge"].(float64); ok {
		n.badge = int(badge)
	}
	n.wake = p.APS["content-available"] == 1.0
	n.thread, _ = p.APS["thread-id"].(string)
	n.level, _ = p.APS["interruption-level"].(string)
	if alert, ok := p.APS["alert"].(map[string]any); ok {
		n.words, _ = alert["loc-key"].(string)
	}
	return n
}
