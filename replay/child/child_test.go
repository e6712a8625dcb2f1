package child_test

import (
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"officermobile/replay/child"
)

// listenOn in the environment makes the test binary a server, as mode says.
const (
	listenOn = "CHILD_TEST_LISTEN"
	mode     = "CHILD_TEST_MODE"
)

func TestMain(m *testing.M) {
	if address := os.Getenv(listenOn); address != "" {
		serve(address, os.Getenv(mode))
		return
	}
	os.Exit(m.Run())
}

func serve(address, mode string) {
	if mode == "fails" {
		os.Exit(3)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	l, err := net.Listen("tcp", address)
	if err != nil {
		os.Exit(4)
	}
	var asked atomic.Int64
	go func() {
		_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if asked.Add(1) < 3 {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		}))
	}()
	<-stop
	if mode == "stops badly" {
		os.Exit(5)
	}
}

func spec(t *testing.T, behaviour string) child.Spec {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return child.Spec{
		Path: os.Args[0], Env: append(os.Environ(), listenOn+"="+address, mode+"="+behaviour), Ready: "http://" + address + "/readyz",
	}
}

func TestKill(t *testing.T) {
	t.Parallel()
	p, err := child.Start(t.Context(), spec(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Kill(); err != nil {
		t.Errorf("got %v, want no error", err)
	}
	<-p.Ended()
	if cpu, peak := p.Usage(); cpu <= 0 || peak <= 0 {
		t.Errorf("usage: got %v and %d bytes, want some", cpu, peak)
	}
	if err := p.Kill(); err != nil {
		t.Errorf("again: got %v, want no error", err)
	}
}

func TestStop(t *testing.T) {
	t.Parallel()
	for behaviour, want := range map[string]string{"": "", "stops badly": "exit status 5"} {
		p, err := child.Start(t.Context(), spec(t, behaviour))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := p.Stop(t.Context()); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", behaviour, got, want)
		}
	}
}

func TestStartSaysThatItEnded(t *testing.T) {
	t.Parallel()
	_, err := child.Start(t.Context(), spec(t, "fails"))
	if err == nil || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("got %v, want exit status 3", err)
	}
}
