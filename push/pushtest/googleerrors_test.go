package pushtest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"officermobile/push"
	"officermobile/push/pushtest"
)

// Google's error bodies, each with what tells it from its neighbour.
func TestGoogleErrors(t *testing.T) {
	t.Parallel()
	st := newStation(t, pushtest.Options{})
	const fcmError = "google.firebase.fcm.v1.FcmError"
	rows := map[string]struct {
		status int
		says   string
		fcm    bool
		also   string
	}{
		"UNREGISTERED":           {404, "NOT_FOUND", true, `"errorCode":"UNREGISTERED"`},
		"NOT_FOUND":              {404, "NOT_FOUND", false, ""},
		"INVALID_TOKEN":          {400, "INVALID_ARGUMENT", true, `"field":"message.token"`},
		"INVALID_ARGUMENT":       {400, "INVALID_ARGUMENT", false, "google.rpc.BadRequest"},
		"TOO_BIG":                {400, "INVALID_ARGUMENT", false, "too big"},
		"SENDER_ID_MISMATCH":     {403, "PERMISSION_DENIED", true, `"errorCode":"SENDER_ID_MISMATCH"`},
		"PERMISSION_DENIED":      {403, "PERMISSION_DENIED", false, ""},
		"THIRD_PARTY_AUTH_ERROR": {401, "UNAUTHENTICATED", true, `"errorCode":"THIRD_PARTY_AUTH_ERROR"`},
		"UNAUTHENTICATED":        {401, "UNAUTHENTICATED", false, ""},
		"QUOTA_EXCEEDED":         {429, "RESOURCE_EXHAUSTED", true, `"subject":"project:`},
		"DEVICE_QUOTA":           {429, "RESOURCE_EXHAUSTED", true, `"subject":"device:`},
		"INTERNAL":               {500, "INTERNAL", true, ""},
		"UNAVAILABLE":            {503, "UNAVAILABLE", true, ""},
	}
	for _, name := range pushtest.FCMErrors() {
		t.Run("F3 "+name, func(t *testing.T) {
			want, known := rows[name]
			if !known {
				t.Fatal("it has no row")
			}
			st.Script(pushtest.Fault{Status: want.status, Reason: name})
			status, body := st.android(st.NewDevice(push.FCMToken), high, ``)
			if status != want.status || !strings.Contains(body, `"status":"`+want.says+`"`) || strings.Contains(body, fcmError) != want.fcm || !strings.Contains(body, want.also) {
				t.Errorf("got %d %s, want %+v", status, body, want)
			}
		})
	}
	t.Run("F3 a page instead", func(t *testing.T) {
		st.Script(pushtest.Fault{Status: 502, Body: "<html>"})
		if status, body := st.android(st.NewDevice(push.FCMToken), high, ``); status != 502 || body != "<html>" {
			t.Errorf("got %d %s", status, body)
		}
	})
	date := time.Now().Add(time.Minute).UTC().Format(http.TimeFormat)
	for name, value := range map[string]string{"F3 Retry-After in seconds": "30", "F3 Retry-After as a date": date} {
		t.Run(name, func(t *testing.T) {
			st.Script(pushtest.Fault{Status: 503, Reason: "UNAVAILABLE", RetryAfter: value})
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, st.Config().FCM.URL+"/v1/projects/officer-test/messages:send", strings.NewReader(`{}`))
			if err != nil {
				t.Fatal(err)
			}
			if _, _, h := do(t, st.client, req); h.Get("Retry-After") != value {
				t.Errorf("got %q, want %q", h.Get("Retry-After"), value)
			}
		})
	}
}
