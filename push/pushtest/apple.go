package pushtest

import (
	"net/http"
	"strings"

	"officermobile/push/pushtest/frames"
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
	n := s.appleNotice(r, body)
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
	if len(body) > applePayload(r.Header) {
		return http.StatusRequestEntityTooLarge, "PayloadTooLarge"
	}
	if reason := appleBody(r.Header.Get("Apns-Push-Type"), body); reason != "" {
		return http.StatusBadRequest, reason
	}
	return http.StatusOK, ""
}
