package pushtest

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"officermobile/push"
)

// Google's limits on a message.
const (
	googlePayload = 4096      // keys and values of data together
	googleTTL     = 2_419_200 // seconds
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

// googleMessage is the part of messages:send that our senders use.
type googleMessage struct {
	ValidateOnly bool `json:"validate_only"`
	Message      *struct {
		Token   string                    `json:"token"`
		FID     string                    `json:"fid"`
		Data    map[string]jsontext.Value `json:"data"`
		Android *struct {
			Priority string `json:"priority"`
			TTL      string `json:"ttl"`
		} `json:"android"`
	} `json:"message"`
}

func (s *Services) judgeGoogle(r *http.Request, body []byte) (answer, notice) {
	var m googleMessage
	parsed := json.Unmarshal(body, &m, json.RejectUnknownMembers(true))
	n := notice{badge: -1}
	if parsed == nil && m.Message != nil {
		n = googleNotice(m)
	}
	switch {
	case !s.bearerHolds(r.Header.Get("Authorization")):
		return googleSays("UNAUTHENTICATED"), n
	case r.PathValue("project") != s.opts.Project:
		return googleSays("NOT_FOUND"), n
	case parsed != nil || m.Message == nil || !m.sound():
		return googleSays("INVALID_ARGUMENT"), n
	case m.dataBytes() > googlePayload:
		return googleSays("TOO_BIG"), n
	}
	a := s.googleDevice(n)
	if a.status == http.StatusOK {
		n.messageID = "projects/" + s.opts.Project + "/messages/0:" + s.hex(12)
		a.body = []byte(`{"name":"` + n.messageID + `"}`)
	}
	return a, n
}

var (
	ttlForm      = regexp.MustCompile(`^[0-9]+(\.[0-9]{1,9})?s$`)
	reservedKeys = regexp.MustCompile(`^(from|message_type|google\..*|gcm\.notification\..*)$`)
	tokenForm    = regexp.MustCompile(`^[A-Za-z0-9_-]{8,}:[A-Za-z0-9_-]{80,}$`)
	fidForm      = regexp.MustCompile(`^[A-Za-z0-9_-]{22}$`)
)

// sound reports a message that keeps the format's rules, its target and size apart.
func (m googleMessage) sound() bool {
	if (m.Message.Token == "") == (m.Message.FID == "") {
		return false
	}
	for key, value := range m.Message.Data {
		if value.Kind() != '"' || reservedKeys.MatchString(key) {
			return false
		}
	}
	a := m.Message.Android
	if a == nil {
		return true
	}
	if a.Priority != "" && a.Priority != "normal" && a.Priority != "high" {
		return false
	}
	if a.TTL == "" {
		return true
	}
	seconds, err := strconv.ParseFloat(strings.TrimSuffix(a.TTL, "s"), 64)
	return ttlForm.MatchString(a.TTL) && err == nil && seconds <= googleTTL
}

func (m googleMessage) dataBytes() int {
	total := 0
	for key := range m.Message.Data {
		total += len(key) + len(m.text(key))
	}
	return total
}

func (m googleMessage) text(key string) string {
	var s string
	if v, ok := m.Message.Data[key]; ok {
		_ = json.Unmarshal(v, &s) // sound checked that it is a string
	}
	return s
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
	return answer{status: http.StatusOK, header: http.Header{"Content-Type": {"application/json; charset=UTF-8"}}}
}

// googleNotice is what the Android app makes of a message: it shows what has a class with something to see, under the
// collapse tag, or the thread's if there is none.
func googleNotice(m googleMessage) notice {
	n := notice{kind: push.FCMToken, token: m.Message.Token, id: m.text("n"), thread: m.text("t"), badge: -1}
	if m.Message.FID != "" {
		n.kind, n.token = push.FCMFID, m.Message.FID
	}
	n.tag = orElse(m.text("c"), n.thread)
	if badge, err := strconv.Atoi(m.text("b")); err == nil {
		n.badge = badge
	}
	words := map[string]string{"m": "N_MSG", "i": "N_INV", "e": "N_EMG"}
	n.words, n.wake = words[m.text("x")], m.text("x") == "q"
	n.level = map[bool]string{true: "high", false: "normal"}[m.Message.Android != nil && m.Message.Android.Priority == "high"]
	return n
}
