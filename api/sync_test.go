package api_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"testing"

	"officermobile/api"
	"officermobile/models/wire"

	"github.com/go-json-experiment/json/jsontext"
)

type syncAnswer = wire.SyncAnswer[jsontext.Value]

// TestSyncRenews: a phone whose access token ran out, or that has none, gets its session and its page at once.
func TestSyncRenews(t *testing.T) {
	t.Parallel()
	for name, authorization := range map[string]string{"expired": "Bearer eyJ.eyJ.x", "absent": ""} {
		w := newWorld(t)
		body := `{"schema":1,"renew":"` + w.tokens[0]["officer"].Refresh + `"}`
		change := func(r *http.Request) {
			r.Header.Del("Authorization")
			if authorization != "" {
				r.Header.Set("Authorization", authorization)
			}
		}
		rec := w.call(0, "officer", "POST", "/v1/sync", body, change, header("Device-Key", w.key))
		wantStatus(t, rec, http.StatusOK)
		got := decoded[syncAnswer](t, rec)
		if got.Session == nil || got.Session.Access == "" || got.Session.Refresh == "" || got.Page == nil {
			t.Fatalf("%s: got %s, want a session and a page", name, rec.Body)
		}
		wantStatus(t, w.call(0, "", "GET", "/v1/me", "", header("Authorization", "Bearer "+got.Session.Access)), http.StatusOK)
		again := w.call(0, "officer", "POST", "/v1/sync", body, change, header("Device-Key", newKey()))
		wantStatus(t, again, http.StatusUnauthorized)
	}
}

func TestSyncTellsARevokedDeviceToWipe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := "/v1/devices/" + deviceID("officer").String() + "/revoke"
	wantStatus(t, w.call(0, "admin", "POST", path, `{"wipe":true}`), http.StatusOK)
	body := `{"schema":1,"renew":"` + w.tokens[0]["officer"].Refresh + `"}`
	rec := w.call(0, "", "POST", "/v1/sync", body, header("Device-Key", w.key))
	wantStatus(t, rec, http.StatusOK)
	if got := rec.Body.String(); got != `{"session":{"wipe":true}}` {
		t.Errorf("got %s, want the order to wipe and nothing else", got)
	}
	wantStatus(t, w.call(0, "", "POST", "/v1/sync", body, header("Device-Key", newKey())), http.StatusUnauthorized)
	wantStatus(t, w.call(0, "officer", "POST", "/v1/sync", `{"schema":1}`), http.StatusUnauthorized)
}

// TestSyncIsSmall: what a phone receives to learn that nothing is new stays under 1200 bytes, headers included.
func TestSyncIsSmall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	server := httptest.NewServer(w.api)
	defer server.Close()
	first := decoded[syncAnswer](t, w.call(0, "officer", "POST", "/v1/sync", `{"schema":1}`))
	r, err := http.NewRequest("POST", server.URL+"/v1/sync", strings.NewReader(`{"t":"`+first.Page.T+`","schema":1}`))
	check(t, err)
	r.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + w.tokens[0]["officer"].Access}, "Accept-Encoding": {"gzip"}}
	res, err := http.DefaultTransport.RoundTrip(r)
	check(t, err)
	defer res.Body.Close()
	received, err := httputil.DumpResponse(res, true)
	check(t, err)
	if len(received) > 1200 || res.StatusCode != 200 {
		t.Errorf("received %d bytes, want at most 1200:\n%s", len(received), received)
	}
}

func TestAnswersAreCompressed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := "/v1/sync"
	w.service.page = &wire.Page[any]{T: strings.Repeat("token", 200)}
	for accepted, want := range map[string]string{"gzip": "gzip", "br, gzip;q=0.5": "gzip", "gzip;q=0": "", "": "", "br": ""} {
		rec := w.call(0, "officer", "POST", path, `{"schema":1}`, header("Accept-Encoding", accepted))
		wantStatus(t, rec, http.StatusOK)
		if got := rec.Header().Get("Content-Encoding"); got != want {
			t.Errorf("accepting %q: got encoding %q, want %q", accepted, got, want)
		}
		body := io.Reader(rec.Body)
		if want == "gzip" {
			z, err := gzip.NewReader(rec.Body)
			check(t, err)
			body = z
		}
		text, err := io.ReadAll(body)
		check(t, err)
		if !bytes.Contains(text, []byte("tokentoken")) {
			t.Errorf("accepting %q: got %q", accepted, text)
		}
	}
}

// TestSyncAnswersWhateverFails: an internal error costs the page, never the session that was renewed.
func TestSyncAnswersWhateverFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.service.err = io.ErrUnexpectedEOF
	rec := w.call(0, "", "POST", "/v1/sync", `{"schema":1,"renew":"`+w.tokens[0]["officer"].Refresh+`"}`, header("Device-Key", w.key))
	wantStatus(t, rec, http.StatusOK)
	got := decoded[syncAnswer](t, rec)
	if got.Session == nil || got.Session.Access == "" || got.Page != nil || got.PageError == nil || got.PageError.Code != "unavailable" || got.PageError.RetryMS == 0 {
		t.Errorf("got %s", rec.Body)
	}
	if n := strings.Count(w.logs.String(), "level=ERROR"); n != 1 {
		t.Errorf("got %d errors in the log, want 1: %s", n, w.logs)
	}
}

// TestReserve: a device that has used up its rate with routine requests still gets through what is urgent.
func TestReserve(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *api.Options) { o.DevicePerSecond, o.UrgentPerSecond = 1, 1 })
	path := "/v1/conversations/" + conversation.String() + "/messages"
	until := func(status int, body string) int {
		for i := range 50 {
			rec := w.call(0, "officer", "POST", path, body)
			if rec.Code == status {
				if rec.Header().Get("Retry-After") == "" {
					t.Errorf("got no Retry-After")
				}
				return i
			}
			wantStatus(t, rec, http.StatusCreated)
		}
		t.Fatalf("never got %d", status)
		return 0
	}
	if n := until(http.StatusTooManyRequests, `{"text":"routine"}`); n < 4 {
		t.Errorf("limited after %d requests, want the burst of 4", n)
	}
	wantStatus(t, w.call(0, "officer", "POST", "/v1/tasks/"+task.String()+"/start", ""), http.StatusOK)
	lane0 := `{"schema":1,"lanes":{"0":{"first":1,"commands":[{"id":"` + absent + `","type":"duty.off","body":{}}]}}}`
	wantStatus(t, w.call(0, "officer", "POST", "/v1/sync", lane0), http.StatusOK)
	if n := until(http.StatusTooManyRequests, `{"text":"help","urgent":true}`); n < 1 {
		t.Errorf("the reserve was gone after %d urgent messages", n)
	}
	wantStatus(t, w.call(0, "dispatcher", "GET", "/v1/me", ""), http.StatusOK)
	wantStatus(t, w.call(1, "officer", "GET", "/v1/me", ""), http.StatusOK)
}

// TestStrangersAreCountedByAddress, and a header that anybody can write is no address.
func TestStrangersAreCountedByAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *api.Options) { o.AddressPerSecond = 1 })
	limited := false
	for i := range 50 {
		rec := w.call(0, "", "GET", "/v1/me", "", header("X-Forwarded-For", "192.0.2."+string(rune('1'+i%9))), header("Authorization", "Bearer x"))
		limited = limited || rec.Code == http.StatusTooManyRequests
	}
	if !limited {
		t.Errorf("fifty guesses at once went through")
	}
	wantStatus(t, w.call(0, "officer", "GET", "/v1/me", ""), http.StatusOK)
	if _, err := api.New(api.Deps{}, api.Options{TrustedProxies: []string{"10.0.0.0/8", "nonsense"}}); err == nil {
		t.Errorf("got no error for a proxy network that can't be read")
	}
}
