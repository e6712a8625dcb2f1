package api_test

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	stdsync "sync"
	"testing"

	"officermobile/api"
)

// TestObserve: each answer is told once, by the operation's name and nothing that names a thing or a person.
func TestObserve(t *testing.T) {
	t.Parallel()
	var mu stdsync.Mutex
	var told []api.Answered
	w := newWorld(t, func(o *api.Options) {
		o.Observe = func(_ context.Context, a api.Answered) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, a)
		}
	})
	const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	tests := []struct {
		method, path, body string
		want               api.Answered
	}{
		{"GET", "/v1/conversations/" + conversation.String(), "", api.Answered{Route: "get-conversation", Status: 200, Method: "GET", Path: "/v1/conversations/{id}"}},
		{"GET", "/v1/conversations/" + absent, "", api.Answered{Route: "get-conversation", Status: 404, Method: "GET", Path: "/v1/conversations/{id}"}},
		{"GET", "/v1/nothing/" + canary, "", api.Answered{Route: "none", Status: 404}},
		{"DELETE", "/v1/me", "", api.Answered{Route: "none", Status: 405}},
		{"POST", "/v1/sync", `{"schema":1}`, api.Answered{Route: "sync", Status: 200, Method: "POST", Path: "/v1/sync"}},
		{"POST", "/v1/sync", `{"schema":1,"wait_ms":1}`, api.Answered{Route: "sync", Status: 200, Method: "POST", Path: "/v1/sync", Held: true}},
		{"POST", "/v1/sign-out", "", api.Answered{Route: "sign-out", Status: 204, Method: "POST", Path: "/v1/sign-out"}},
	}
	for i, test := range tests {
		rec := w.call(0, "officer", test.method, test.path, test.body, header("Traceparent", parent))
		got := told[len(told)-1]
		test.want.Bytes, test.want.Took, test.want.Began = rec.Body.Len(), got.Took, got.Began
		test.want.RequestID, test.want.Parent = "test", parent
		if got != test.want || len(told) != i+1 || got.Took <= 0 || got.Began.IsZero() {
			t.Errorf("%s %s: got %+v told as number %d, want %+v", test.method, test.path, got, len(told), test.want)
		}
	}
}

// TestLogsNameTheTrace: what is logged of a request can be found by its id and by the trace that it belongs to; a
// trace that is none is not repeated.
func TestLogsNameTheTrace(t *testing.T) {
	t.Parallel()
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	for parent, want := range map[string]bool{
		"00-" + trace + "-00f067aa0ba902b7-01":                   true,
		"00-" + strings.ToUpper(trace) + "-00f067aa0ba902b7-01":  false,
		"00-" + strings.Repeat("0", 32) + "-00f067aa0ba902b7-01": false,
		"ff-" + trace + "-00f067aa0ba902b7-01":                   false,
		"00-" + trace + "-00f067aa0ba902b7-01-x":                 false,
		"00-" + trace[:31] + "\n-00f067aa0ba902b7-01":            false,
		canary: false,
	} {
		w := newWorld(t)
		logger := slog.New(slog.NewTextHandler(w.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
		a, err := api.New(api.Deps{Auth: w.auth, Reader: w.service, Writer: w.service, Push: w.push, Health: w.health}, api.Options{Logger: logger})
		check(t, err)
		w.api = a
		wantStatus(t, w.call(0, "officer", "GET", "/v1/me", "", header("Traceparent", parent)), http.StatusOK)
		if got := strings.Contains(w.logs.String(), "trace_id="+trace); got != want {
			t.Errorf("parent %q: got the trace in the log %v, want %v: %s", parent, got, want, w.logs)
		}
		if !strings.Contains(w.logs.String(), "request_id=test route=me") || strings.Contains(w.logs.String(), canary) {
			t.Errorf("parent %q: got %s", parent, w.logs)
		}
	}
}
