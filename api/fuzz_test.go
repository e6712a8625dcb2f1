package api_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// within is the world for one input of a fuzz target, which may not use the target's own t.
func (w *world) within(t *testing.T) *world {
	here := *w
	here.t = t
	return &here
}

// FuzzHeaders: no header brings the API down, and what is no request id is not repeated.
func FuzzHeaders(f *testing.F) {
	for _, seed := range hostile {
		f.Add(seed, seed, seed, seed)
	}
	f.Add("Bearer e30.e30.e30", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "gzip;q=0.5, *", "application/json; charset=utf-8")
	f.Add("bearer  x", "k", "gzip", "application/json;;")
	all := newWorld(f)
	f.Fuzz(func(t *testing.T, one, two, accept, media string) {
		w := all.within(t)
		for _, request := range []struct{ method, path, body string }{
			{"GET", "/v1/me", ""}, {"POST", "/v1/sync", `{"schema":1}`}, {"PUT", "/v1/agency", `{}`}, {"POST", "/v1/renew", `{"refresh":"x"}`},
		} {
			rec := w.call(0, "officer", request.method, request.path, request.body, func(r *http.Request) {
				for _, name := range []string{"X-Request-Id", "Idempotency-Key", "Last-Event-Id", "Device-Key", "Origin", "Sec-Fetch-Site", "Cookie"} {
					r.Header[name] = []string{two}
				}
				r.Header["Traceparent"], r.Header["X-Forwarded-For"] = []string{one}, []string{one}
				r.Header["Accept-Encoding"] = []string{accept}
				if request.body != "" && media != "" {
					r.Header["Content-Type"] = []string{media}
				}
				if strings.HasPrefix(one, "b") || strings.HasPrefix(one, "B") {
					r.Header["Authorization"] = []string{one}
				}
			})
			if rec.Code >= 500 {
				t.Fatalf("%s %s: got %s", request.method, request.path, dump(rec))
			}
			if len(two) > 64 && strings.Contains(dump(rec), two) {
				t.Fatalf("%s %s: %q came back: %s", request.method, request.path, two, dump(rec))
			}
		}
	})
}

// FuzzStreams: no query and no position brings a stream down; each begins with a page, or is refused.
func FuzzStreams(f *testing.F) {
	f.Add("window=20&schema=1", "")
	f.Add("window=20&window=1", strings.Repeat("A", 200))
	f.Add("t=x", "%00")
	f.Add("schema=99999999999999999999", "id: 1")
	all := newWorld(f)
	f.Fuzz(func(t *testing.T, query, position string) {
		w := all.within(t)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		rec := w.call(0, "officer", "GET", "/v1/live", "", func(r *http.Request) {
			r.URL.RawQuery = query
			r.Header["Last-Event-Id"] = []string{position}
			*r = *r.WithContext(ctx)
		})
		if rec.Code >= 500 {
			t.Fatalf("got %s", dump(rec))
		}
	})
}

// FuzzSync: no body brings a sync down, and its outbox never makes more of the log than it has commands.
func FuzzSync(f *testing.F) {
	f.Add([]byte(`{"schema":1}`))
	f.Add([]byte(`{"schema":1,"t":"x","window":100,"max_bytes":1,"presence":{"state":"foreground","report":1}}`))
	f.Add([]byte(`{"schema":1,"renew":"omr_AQ"}`))
	f.Add([]byte(`{"schema":1,"lanes":{"0":{"first":1,"commands":[{"id":"` + absent + `","type":"duty.off","body":{}}]},"1":{"first":0,"commands":[]}}}`))
	f.Add([]byte(`{"schema":1,"lanes":{"7":{"first":18446744073709551615,"commands":[{"id":"` + absent + `","type":"x","body":null,"base":4294967295,"age_ms":-1}]}}}`))
	all := newWorld(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		w := all.within(t)
		if strings.Contains(string(body), "wait_ms") {
			t.Skip("it would wait")
		}
		for _, path := range []string{"/v1/sync", "/v1/sync/repair"} {
			r := httptest.NewRequest("POST", path, bytes.NewReader(body)) // not call: it would hold the request to the document
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", "Bearer "+w.tokens[0]["officer"].Access)
			rec := httptest.NewRecorder()
			w.api.ServeHTTP(rec, r)
			if rec.Code >= 500 {
				t.Fatalf("%s: got %s; the log: %s", path, dump(rec), w.logs)
			}
		}
	})
}
