package api_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"officermobile/api"
	"officermobile/models"
	"officermobile/models/wire"
)

func TestProblems(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	big := `{"name":"` + strings.Repeat("a", 70<<10) + `"}`
	tests := []struct {
		name, method, path, body string
		change                   func(*http.Request)
		status                   int
		code                     models.Code
	}{
		{"no route", "GET", "/v1/nothing", "", nil, 404, "not_found"},
		{"trailing slash", "GET", "/v1/me/", "", nil, 404, "not_found"},
		{"documentation of nothing", "GET", "/docs/nothing", "", nil, 404, "not_found"},
		{"problem of nothing", "GET", "/problems/nothing", "", nil, 404, "not_found"},
		{"metrics", "GET", "/metrics", "", nil, 404, "not_found"},
		{"profiles", "GET", "/debug/pprof/", "", nil, 404, "not_found"},
		{"wrong method", "DELETE", "/v1/me", "", nil, 405, "method_not_allowed"},
		{"trace", "TRACE", "/v1/me", "", nil, 405, "method_not_allowed"},
		{"preflight", "OPTIONS", "/v1/me", "", header("Origin", "https://evil.example"), 405, "method_not_allowed"},
		{"too large", "PUT", "/v1/agency", big, nil, 413, "too_large"},
		{"too large, length untold", "PUT", "/v1/agency", big, untold, 413, "too_large"},
		{"too large, raw, length untold", "POST", "/v1/sync/repair", big, untold, 413, "too_large"},
		{"not JSON", "PUT", "/v1/agency", "name=a", header("Content-Type", "application/x-www-form-urlencoded"), 415, "unsupported_media_type"},
		{"text", "PUT", "/v1/agency", "{}", header("Content-Type", "text/plain"), 415, "unsupported_media_type"},
		{"compressed", "PUT", "/v1/agency", "{}", header("Content-Encoding", "gzip"), 415, "unsupported_media_type"},
		{"no session", "GET", "/v1/me", "", header("Authorization", ""), 401, "token_refused"},
		{"forged token", "GET", "/v1/me", "", header("Authorization", "Bearer eyJ.eyJ.x"), 401, "token_refused"},
		{"token in the address", "GET", "/v1/me?access_token=x", "", nil, 422, "invalid"},
		{"method override", "GET", "/v1/me", "", header("X-HTTP-Method-Override", "DELETE"), 200, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rec := w.call(0, "admin", test.method, test.path, test.body, func(r *http.Request) {
				if test.change != nil {
					test.change(r)
				}
			})
			wantStatus(t, rec, test.status)
			if test.status == 200 {
				return
			}
			p := decoded[api.Problem](t, rec)
			if p.Status != test.status || p.Code != test.code || p.RequestID != "test" || p.Type != "/problems/"+string(test.code) || p.Title == "" {
				t.Errorf("got %+v, want status %d and code %s", p, test.status, test.code)
			}
			if got := rec.Header().Get("Content-Type"); got != "application/problem+json" {
				t.Errorf("got content type %q", got)
			}
			for name := range rec.Header() {
				if strings.HasPrefix(name, "Access-Control") {
					t.Errorf("got %s: nobody else's pages may read this", name)
				}
			}
		})
	}
}

// untold hides the length, as a chunked body does.
func untold(r *http.Request) { r.ContentLength = -1 }

// broken is a push that fails from within.
type broken struct {
	push
	how func() error
}

func (b *broken) PutAddress(context.Context, wire.Caller, models.DeviceID, api.PushAddress) error {
	return b.how()
}

// TestNothingOfTheInside: an internal error and a panic look alike from outside, and the log has both once; of a panic
// its kind and place, for its value may be what somebody wrote.
func TestNothingOfTheInside(t *testing.T) {
	t.Parallel()
	logged := map[string]string{"error": "secret-inside", "panic": "a string"}
	for name, how := range map[string]func() error{
		"error": func() error { return errors.New("secret-inside") },
		"panic": func() error { panic("secret-inside") },
		"refusal": func() error {
			return &models.Error{Kind: models.KindUnavailable, Code: "behind", Message: "Not now.", RetryMS: 2500}
		},
	} {
		w := newWorld(t)
		a, err := api.New(api.Deps{Auth: w.auth, Reader: w, Writer: w, Push: &broken{how: how}}, api.Options{Logger: w.logger()})
		check(t, err)
		w.api = a
		rec := w.call(0, "officer", "PUT", "/v1/devices/"+deviceID("officer").String()+"/address", `{"kind":"fcm_token","token":"t","app":"a"}`)
		if name == "refusal" {
			wantStatus(t, rec, http.StatusServiceUnavailable)
			if got := rec.Header().Get("Retry-After"); got != "3" {
				t.Errorf("got Retry-After %q, want 3", got)
			}
			continue
		}
		wantStatus(t, rec, http.StatusInternalServerError)
		if p := decoded[api.Problem](t, rec); p.Code != "internal" || strings.Contains(rec.Body.String(), "secret") {
			t.Errorf("%s: got %s", name, rec.Body)
		}
		if n := strings.Count(w.logs.String(), "level=ERROR"); n != 1 || !strings.Contains(w.logs.String(), logged[name]) || !strings.Contains(w.logs.String(), "request_id=test") {
			t.Errorf("%s: got %d errors in the log, want one with its cause: %s", name, n, w.logs)
		}
		if name == "panic" && (strings.Contains(w.logs.String(), "secret-inside") || !strings.Contains(w.logs.String(), "problem_test.go")) {
			t.Errorf("the log has the panic's value, or not its place: %s", w.logs)
		}
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for given, kept := range map[string]bool{"abc-1.2_3": true, "": false, "a b": false, "a\"": false, strings.Repeat("a", 65): false} {
		got := w.call(0, "officer", "GET", "/v1/me", "", header("X-Request-Id", given)).Header().Get("X-Request-Id")
		if (got == given) != kept || got == "" {
			t.Errorf("given %q: got %q, kept %v", given, got, kept)
		}
	}
}
