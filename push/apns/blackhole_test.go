package apns_test

import (
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"officermobile/push"
	"officermobile/push/pushtest"
)

// proxy passes bytes on to a host until it is told to swallow them.
type proxy struct {
	net.Listener
	host string
	hole atomic.Bool
	done sync.WaitGroup
}

func newProxy(t *testing.T, services *pushtest.Services) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{Listener: l, host: strings.TrimPrefix(services.Config().APNs.URL, "https://")}
	p.done.Go(p.accept)
	t.Cleanup(func() {
		l.Close()
		services.Close() // cuts the far ends, and so every pair of passes
		p.done.Wait()
	})
	return p
}

func (p *proxy) accept() {
	for {
		in, err := p.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", p.host)
		if err != nil {
			in.Close()
			continue
		}
		p.done.Go(func() { p.pass(in, out) })
		p.done.Go(func() { p.pass(out, in) })
	}
}

// pass copies until either side ends. A swallowed connection stays open, as one behind a dead link does.
func (p *proxy) pass(from, to net.Conn) {
	defer to.Close()
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		if p.hole.Load() {
			_, _ = io.Copy(io.Discard, from)
			return
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// A dead link shows by pings, long before the call's deadline, and the next call makes its own way.
func TestBlackHole(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("pings take four seconds")
	}
	services := start(t)
	p := newProxy(t, services)
	o := options(services.Config())
	o.TestURL, o.Timeout = "https://"+p.Addr().String(), time.Hour
	sender := open(t, o)
	n := note(services.NewDevice(push.APNs))
	if got := sender.Send(t.Context(), n); got.Outcome != push.Accepted {
		t.Fatalf("before: %+v", got)
	}
	p.hole.Store(true)
	got := sender.Send(t.Context(), n)
	if want := (push.Result{Outcome: push.TryAgain, Reason: push.ReasonConnection}); got != want {
		t.Errorf("in the hole: got %+v, want %+v", got, want)
	}
	p.hole.Store(false)
	if got := sender.Send(t.Context(), n); got.Outcome != push.Accepted {
		t.Errorf("afterwards: %+v", got)
	}
}
