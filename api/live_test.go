package api_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"officermobile/api"
)

// open begins a stream and answers a function that reads the next event's lines.
func (w *world) open(t *testing.T, server *httptest.Server, name, query string, change ...func(*http.Request)) (*http.Response, func() string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/v1/live"+query, nil)
	check(t, err)
	r.Header.Set("Authorization", "Bearer "+w.tokens[0][name].Access)
	r.Header.Set("Accept-Encoding", "gzip")
	for _, f := range change {
		f(r)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	check(t, err)
	t.Cleanup(func() { res.Body.Close() })
	lines := bufio.NewScanner(res.Body)
	return res, func() string {
		var frame []string
		for lines.Scan() && lines.Text() != "" {
			frame = append(frame, lines.Text())
		}
		return strings.Join(frame, "\n")
	}
}

func TestLive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	server := httptest.NewServer(w.api)
	t.Cleanup(server.Close)
	res, next := w.open(t, server, "officer", "?window=20")
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/event-stream" || res.Header.Get("Content-Encoding") != "" {
		t.Fatalf("got %d %v", res.StatusCode, res.Header)
	}
	if got := next(); !strings.HasPrefix(got, "id: ") || !strings.Contains(got, "\nevent: page\ndata: {") {
		t.Fatalf("got frame %q, want a page", got)
	}
	wantStatus(t, w.call(0, "officer", "POST", "/v1/sign-out", ""), http.StatusNoContent)
	if got := next(); !strings.HasPrefix(got, "event: bye\n") || !strings.Contains(got, `"why":"session"`) {
		t.Errorf("got frame %q, want the end of the session", got)
	}
	if got := next(); got != "" {
		t.Errorf("got frame %q after the goodbye", got)
	}
}

func TestLiveDrains(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.api.Server(api.Config{})
	server := httptest.NewUnstartedServer(nil)
	server.Config = s
	server.Start()
	_, next := w.open(t, server, "officer", "")
	next()
	wantStatus(t, w.call(0, "", "GET", "/readyz", ""), http.StatusOK)
	done := make(chan error)
	go func() { done <- s.Shutdown(context.Background()) }()
	if got := next(); !strings.Contains(got, `"why":"drain"`) || !strings.Contains(got, `"retry_ms":10000`) {
		t.Errorf("got frame %q, want to be told to come back", got)
	}
	check(t, <-done)
	wantStatus(t, w.call(0, "", "GET", "/readyz", ""), http.StatusServiceUnavailable)
	wantStatus(t, w.call(0, "", "GET", "/livez", ""), http.StatusOK)
}

func TestLiveRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *api.Options) { o.Streams = 1 })
	for _, query := range []string{"?token=x", "?access_token=x", "?t=x", "?window=-1", "?window=101", "?window=x", "?window=1&window=2"} {
		wantStatus(t, w.call(0, "officer", "GET", "/v1/live"+query, ""), http.StatusUnprocessableEntity)
	}
	wantStatus(t, w.call(0, "", "GET", "/v1/live", ""), http.StatusUnauthorized)
	server := httptest.NewServer(w.api)
	t.Cleanup(server.Close)
	_, next := w.open(t, server, "officer", "")
	next()
	if res, _ := w.open(t, server, "reviewer", ""); res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		t.Errorf("one stream too many: got %d %v", res.StatusCode, res.Header)
	}
}
