package pushtest

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"officermobile/push"
)

// appleDevice is what becomes of a flawless request.
func (s *Services) appleDevice(r *http.Request, token string) answer {
	if !hexForm.MatchString(token) {
		return appleSays(http.StatusBadRequest, "BadDeviceToken")
	}
	environment := s.opts.Environment
	a := push.Address{Kind: push.APNs, Token: token, App: s.opts.Topic, Environment: environment}
	state, deadSince, known := s.find(a)
	switch {
	case state == Unknown || known.Environment != environment:
		return appleSays(http.StatusBadRequest, "BadDeviceToken")
	case state == Foreign || !strings.HasPrefix(r.Header.Get("Apns-Topic"), known.App):
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

// appleNotice is what Apple and an iPhone make of a request.
func (s *Services) appleNotice(r *http.Request, body []byte) notice {
	n := notice{kind: push.APNs, badge: -1, tag: r.Header.Get("Apns-Collapse-Id"), urgent: orElse(r.Header.Get("Apns-Priority"), "10") == "10"}
	if m := applePath.FindStringSubmatch(r.URL.Path); m != nil {
		n.token = m[1]
	}
	n.expires = s.appleExpiry(r.Header.Get("Apns-Expiration"))
	var p applePayloadBody
	if json.Unmarshal(body, &p) != nil {
		return n
	}
	n.id, n.sealed, n.payload = p.ID, p.Box != "", body
	if badge, ok := p.APS["badge"].(float64); ok {
		n.badge = int(badge)
	}
	n.wake = p.APS["content-available"] == 1.0
	n.thread, _ = p.APS["thread-id"].(string)
	n.level, _ = p.APS["interruption-level"].(string)
	n.readAlert(p.APS)
	return n
}

// readAlert takes the words of an alert. The service extension runs for one that is mutable, and for nothing else.
func (n *notice) readAlert(aps map[string]any) {
	switch alert := aps["alert"].(type) {
	case string:
		n.words = alert
	case map[string]any:
		n.words, _ = alert["loc-key"].(string)
		n.title, _ = alert["title-loc-key"].(string)
	}
	n.extension = n.words != "" && aps["mutable-content"] == 1.0
	category, _ := aps["category"].(string)
	n.class = map[string]string{"MSG": "message", "INV": "invite", "EMG": "emergency", "TEST": "test"}[category]
}

// appleExpiry is until when Apple keeps a notification: not at all for 0, and where the header is missing as long as it
// can, which Apple does not document.
func (s *Services) appleExpiry(header string) time.Time {
	latest := s.now().Add(appleKeeps)
	seconds, err := strconv.ParseInt(header, 10, 64)
	if err != nil {
		return latest
	}
	if at := time.Unix(seconds, 0); seconds != 0 && at.Before(latest) {
		return at
	}
	if seconds == 0 {
		return time.Time{}
	}
	return latest
}
