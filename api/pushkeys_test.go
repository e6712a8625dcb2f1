package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"officermobile/api"
	"officermobile/models/doorbell"
)

func TestPushKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := "/v1/devices/" + deviceID("officer").String() + "/push-keys"
	rec := w.call(0, "officer", "PUT", path, `{}`)
	wantStatus(t, rec, http.StatusOK)
	if got := decoded[api.PushKeys](t, rec); got.FetchToken != fetchToken || got.KeyID != "" {
		t.Errorf("got %+v", got)
	}
	for name, key := range map[string]string{"too long": strings.Repeat("B", 89), "not base64url": "sgt. miller"} {
		rec := w.call(0, "officer", "PUT", path, `{"key":"`+key+`"}`)
		wantStatus(t, rec, http.StatusUnprocessableEntity)
		if strings.Contains(rec.Body.String(), key) {
			t.Errorf("%s: the refusal quotes it", name)
		}
	}
}

func TestFetch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	as := func(token string) func(*http.Request) { return header("Authorization", "Bearer "+token) }
	t.Run("R13 the device fetches with its fetch token or its access token", func(t *testing.T) {
		for _, rec := range []*httptest.ResponseRecorder{
			w.call(0, "", "GET", "/v1/push/"+rung, "", as(fetchToken)), w.call(0, "officer", "GET", "/v1/push/"+rung, ""),
		} {
			wantStatus(t, rec, http.StatusOK)
			if p := decoded[doorbell.Preview](t, rec); p.Text != "hello" {
				t.Errorf("got %+v", p)
			}
		}
	})
	t.Run("R13 anybody else's, and what never was, is not there, all alike", func(t *testing.T) {
		missing := w.call(0, "", "GET", "/v1/push/"+absent, "", as(fetchToken))
		wantStatus(t, missing, http.StatusNotFound)
		for name, rec := range map[string]*httptest.ResponseRecorder{
			"a colleague":       w.call(0, "reviewer", "GET", "/v1/push/"+rung, ""),
			"an administrator":  w.call(0, "admin", "GET", "/v1/push/"+rung, ""),
			"malformed":         w.call(0, "officer", "GET", "/v1/push/x", ""),
			"of another agency": w.call(1, "reviewer", "GET", "/v1/push/"+rung, ""),
		} {
			if dump(rec) != dump(missing) {
				t.Errorf("%s got\n%s\nwant\n%s", name, dump(rec), dump(missing))
			}
		}
	})
	t.Run("R13 a fetch token is good for nothing else but receipts, and no other token for this", func(t *testing.T) {
		for _, path := range []string{"/v1/me", "/v1/conversations", "/v1/devices"} {
			wantStatus(t, w.call(0, "", "GET", path, "", as(fetchToken)), http.StatusUnauthorized)
		}
		for _, token := range []string{strings.Repeat("g", 96), "", "a.b.c"} {
			wantStatus(t, w.call(0, "", "GET", "/v1/push/"+rung, "", as(token)), http.StatusUnauthorized)
		}
		wantStatus(t, w.call(0, "", "GET", "/v1/push/"+rung, ""), http.StatusUnauthorized)
	})
	t.Run("R13 fetching is limited by device, guessing tokens by address", func(t *testing.T) {
		limited := newWorld(t, func(o *api.Options) { o.DevicePerSecond, o.UserPerSecond, o.AddressPerSecond = 1, 2, 1 })
		for _, token := range []string{fetchToken, strings.Repeat("g", 96)} {
			limited.spend(t, func() *httptest.ResponseRecorder {
				return limited.call(0, "", "GET", "/v1/push/"+rung, "", as(token))
			})
		}
	})
}
