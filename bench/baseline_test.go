package bench_test

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"officermobile/bench"
)

// baseline starts one and answers its address, and how to end it.
func baseline(t *testing.T, folder string) (address string, end func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- bench.Baseline(ctx, l, folder) }()
	var ended bool
	end = func() {
		if ended {
			return
		}
		ended = true
		cancel()
		if err := <-done; err != nil {
			t.Errorf("end the baseline: %v", err)
		}
	}
	t.Cleanup(end)
	return l.Addr().String(), end
}

func TestBaselineAnswers(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	address, end := baseline(t, folder)
	for name, tt := range map[string]struct {
		method, path string
		status       int
		want         string
	}{
		"echo":     {"POST", "/echo?c=1", http.StatusCreated, `{"text":"kept"}`},
		"plain":    {"POST", "/plain", 200, `{"text":"kept"}`},
		"answer":   {"POST", "/answer?bytes=100000", 200, strings.Repeat("\x00", 100_000)},
		"no bytes": {"POST", "/answer?bytes=many", 400, "bytes\n"},
		"ready":    {"GET", "/readyz", 200, ""},
	} {
		status, body, _, err := bench.Ask(t.Context(), address, bench.Request(nil, tt.method, address, tt.path, []byte(`{"text":"kept"}`)))
		if err != nil || status != tt.status || body != tt.want {
			t.Errorf("%s: got %d %.40q %v, want %d %.40q", name, status, body, err, tt.status, tt.want)
		}
	}
	end()
	kept, err := os.ReadFile(filepath.Join(folder, "baseline.journal"))
	if err != nil || !strings.HasPrefix(string(kept), `{"text":"kept"}`) {
		t.Errorf("the journal has %.40q, %v", kept, err)
	}
}

func TestBaselineStreams(t *testing.T) {
	t.Parallel()
	address, end := baseline(t, t.TempDir())
	heard := make(chan time.Duration, 10)
	stop, err := bench.Listen(t.Context(), address, "/stream?c=1,2", func(d time.Duration) { heard <- d })
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	mark := bench.Mark(time.Now())
	for _, to := range []string{"3", "2"} {
		if _, _, _, err := bench.Ask(t.Context(), address, bench.Request(nil, "POST", address, "/echo?c="+to, mark)); err != nil {
			t.Fatal(err)
		}
	}
	<-heard
	end() // ends the stream too
	stop()
	if len(heard) != 0 {
		t.Errorf("heard %d more than was sent to it", len(heard))
	}
}

func TestStreamIsRefused(t *testing.T) {
	t.Parallel()
	address := serve(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "nobody", http.StatusUnauthorized) })
	_, err := bench.Listen(t.Context(), address, "/v1/live", func(time.Duration) {})
	if err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("got %v, want the status", err)
	}
}
