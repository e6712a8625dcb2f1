package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"officermobile/api"
)

// TestAPanicIsNeverRefusedForADetail: whatever the press looks like, and from however old an app, by REST and in an outbox
// help is called; what is understood of it counts. Such requests are not as the document has them, so they go past the
// check against it.
func TestAPanicIsNeverRefusedForADetail(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body   string
		change func(*http.Request)
		placed bool
	}{
		"a field that nobody knows":  {body: `{"lat":37.5,"lon":-122,"heart_rate":180}`, placed: true},
		"no number":                  {body: `{"lat":"north","lon":null,"accuracy_m":[]}`},
		"not a number, as some say":  {body: `{"lat":37.5,"lon":-122,"accuracy_m":NaN}`, placed: true},
		"cut off":                    {body: `{"lat":37.5,"lon":-122`, placed: true},
		"ids that are none":          {body: `{"id":"1","message_id":{},"lat":37.5,"lon":-122}`, placed: true},
		"a list":                     {body: `[]`},
		"null":                       {body: `null`},
		"another media type":         {body: `{"lat":37.5,"lon":-122}`, change: header("Content-Type", "text/plain"), placed: true},
		"compressed, as it says":     {body: "\x1f\x8b\x08", change: header("Content-Encoding", "gzip")},
		"too large":                  {body: `{"x":"` + strings.Repeat("x", 70<<10) + `"}`},
		"an odd idempotency key":     {change: header("Idempotency-Key", strings.Repeat("k", 201))},
		"an app that is too old":     {change: header("Client-Version", "officer-ios/0.1.0")},
		"a parameter in the address": {change: func(r *http.Request) { r.URL.RawQuery = "x=1" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(o *api.Options) { o.MinimumClients = map[string]api.Release{"officer-ios": {3, 0, 0}} })
			rec := w.press("/v1/duress", test.body, test.change)
			wantStatus(t, rec, http.StatusCreated)
			made := decoded[api.Written](t, rec)
			shown := decoded[api.Item[api.Dispatch]](t, w.call(0, "dispatcher", "GET", "/v1/dispatches/"+made.ID, "")).Data
			if placed := shown.Lat != nil; !shown.Duress || placed != test.placed {
				t.Errorf("got %+v, want a duress, with a place: %v", shown, test.placed)
			}
		})
	}
}

// TestAnotherPressUnderAKnownKey is another call for help.
func TestAnotherPressUnderAKnownKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := decoded[api.Written](t, w.call(0, "officer", "POST", "/v1/duress", `{"lat":37.5,"lon":-122}`, header("Idempotency-Key", "panic")))
	wantStatus(t, w.call(0, "dispatcher", "POST", "/v1/dispatches/"+first.ID+"/close", ""), http.StatusOK)
	again := decoded[api.Written](t, w.call(0, "officer", "POST", "/v1/duress", `{"lat":37.6,"lon":-122}`, header("Idempotency-Key", "panic")))
	if again.ID == first.ID || again.ID == "" || !again.Changed {
		t.Errorf("got %+v after %+v, want another dispatch", again, first)
	}
}

// TestAPanicInAnOutboxOfASenselessPresence is taken; the presence is not.
func TestAPanicInAnOutboxOfASenselessPresence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const presence = `"presence":{"state":"running","report":1}`
	rec := w.press("/v1/sync", `{"schema":1,`+presence+`,"lanes":{"0":{"first":1,"commands":[{"id":"`+absent+`","type":"duress.raise","body":{"lat":"north"}}]}}}`, nil)
	wantStatus(t, rec, http.StatusOK)
	if !strings.Contains(rec.Body.String(), `"outcome":"applied"`) {
		t.Errorf("got %s, want it applied", rec.Body)
	}
	rec = w.call(0, "officer", "POST", "/v1/sync", `{"schema":1,`+presence+`}`)
	wantStatus(t, rec, http.StatusUnprocessableEntity)
}

// press is a request of the officer, however it looks.
func (w *world) press(path, body string, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+w.tokens[0]["officer"].Access)
	r.Header.Set("Content-Type", "application/json")
	if change != nil {
		change(r)
	}
	rec := httptest.NewRecorder()
	w.api.ServeHTTP(rec, r)
	return rec
}
