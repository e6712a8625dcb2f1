package pushtest

import (
	"net/http"

	"github.com/go-json-experiment/json"

	"officermobile/push"
)

// google is FCM's two routes. Anything else is a page, as of the real host.
func (s *Services) google() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", s.grant)
	mux.HandleFunc("POST /v1/projects/{project}/messages:send", func(w http.ResponseWriter, r *http.Request) {
		s.handle(w, r, Google, s.judgeGoogle, googleSpoilt)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		answer{status: http.StatusNotFound, body: []byte("<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>")}.write(w, Fault{})
	})
	return mux
}

func googleSpoilt(f Fault) answer {
	if f.Body != "" {
		return answer{status: f.Status, body: []byte(f.Body), header: http.Header{"Content-Type": {"text/html; charset=UTF-8"}}}
	}
	a := googleSays(f.Reason)
	a.status = f.Status
	return a
}

func (s *Services) judgeGoogle(r *http.Request, body []byte) (answer, notice) {
	var m googleMessage
	parsed := json.Unmarshal(body, &m, json.RejectUnknownMembers(true))
	n := notice{badge: -1}
	if parsed == nil && m.Message != nil {
		n = s.googleNotice(m)
	}
	switch {
	case !s.bearerHolds(r.Header.Get("Authorization")):
		return googleSays("UNAUTHENTICATED"), n
	case r.PathValue("project") != s.opts.Project:
		return googleSays("NOT_FOUND"), n
	case parsed != nil || m.Message == nil || !m.sound():
		return googleSays("INVALID_ARGUMENT"), n
	case m.tooBig():
		return googleSays("TOO_BIG"), n
	case s.overProject():
		return googleSays("QUOTA_EXCEEDED"), n
	case m.ValidateOnly:
		return s.googleAccepts(&notice{}), notice{badge: -1}
	case m.many():
		return s.googleAccepts(&n), n
	}
	a := s.googleDevice(n)
	if a.status == http.StatusOK {
		a = s.googleAccepts(&n)
	}
	return a, n
}

// googleAccepts gives a message its name.
func (s *Services) googleAccepts(n *notice) answer {
	n.messageID = "projects/" + s.opts.Project + "/messages/0:" + s.hex(12)
	return answer{status: http.StatusOK, header: http.Header{"Content-Type": {"application/json; charset=UTF-8"}}, body: []byte(`{"name":"` + n.messageID + `"}`)}
}

// googleDevice is what becomes of a flawless message.
func (s *Services) googleDevice(n notice) answer {
	form := tokenForm
	if n.kind == push.FCMFID {
		form = fidForm
	}
	if !form.MatchString(n.token) {
		return googleSays("INVALID_TOKEN")
	}
	state, _, _ := s.find(push.Address{Kind: n.kind, Token: n.token, App: s.opts.Topic})
	switch state {
	case Uninstalled:
		return googleSays("UNREGISTERED")
	case Unknown:
		return googleSays("INVALID_TOKEN")
	case Foreign:
		return googleSays("SENDER_ID_MISMATCH")
	case Throttled:
		return googleSays("DEVICE_QUOTA")
	}
	if over := s.overQuota(n); over != "" {
		return googleSays(over)
	}
	return answer{status: http.StatusOK}
}
