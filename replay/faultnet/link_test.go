package faultnet_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"officermobile/clock"
	"officermobile/replay/faultnet"
)

// world is a link, in a bubble whose clock begins at origin, and the servers' ends of what was dialled over it.
type world struct {
	t       *testing.T
	clock   clock.Clock
	link    *faultnet.Link
	servers chan net.Conn
}

func newWorld(t *testing.T, s *faultnet.Schedule) *world {
	w := &world{t: t, clock: clock.Scaled(origin, 1), servers: make(chan net.Conn, 10)}
	w.link = faultnet.NewLinkOver(w.clock, s, func(context.Context, string, string) (net.Conn, error) {
		device, server := net.Pipe()
		w.servers <- server
		return device, nil
	})
	return w
}

// now is seconds since origin.
func (w *world) now() float64 { return w.clock.Now().Sub(origin).Seconds() }

func (w *world) until(seconds float64) {
	w.t.Helper()
	if err := w.clock.Sleep(w.t.Context(), after(seconds).Sub(w.clock.Now())); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) dial() (device, server net.Conn) {
	w.t.Helper()
	device, err := w.link.Dial(w.t.Context(), "tcp", "server:1")
	if err != nil {
		w.t.Fatal(err)
	}
	return device, <-w.servers
}

func (w *world) at(want float64, what string) {
	w.t.Helper()
	if got := w.now(); got < want-0.002 || got > want+0.002 { // in a bubble: exact but for a clock's float
		w.t.Errorf("%s at %.3f s, want %.3f", what, got, want)
	}
}

func (w *world) write(c net.Conn, b []byte) {
	w.t.Helper()
	if _, err := c.Write(b); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) read(c net.Conn, n int) {
	w.t.Helper()
	if _, err := io.ReadFull(c, make([]byte, n)); err != nil {
		w.t.Fatal(err)
	}
}

// silent requires that nothing can be read until a deadline, not even an end.
func (w *world) silent(c net.Conn, wait time.Duration) {
	w.t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(wait))
	if n, err := c.Read(make([]byte, 1)); n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		w.t.Errorf("read %d bytes, err %v; want silence", n, err)
	}
	_ = c.SetReadDeadline(time.Time{})
}

func TestShaping(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, schedule(t, steady(600), 0, time.Time{}))
		defer w.link.Close()
		device, server := w.dial()
		w.at(0.1, "dialled, a round trip")
		w.write(device, make([]byte, 1000))
		w.at(0.1, "written, into a buffer")
		w.read(server, 1000)
		w.at(0.16, "up: 10 ms of bandwidth and half a round trip")
		go func() { _, _ = server.Write(make([]byte, 50_000)) }()
		w.read(device, 50_000)
		w.at(0.71, "down: half a second of bandwidth and half a round trip")
		if got, want := w.link.Traffic(), (faultnet.Traffic{Up: 1000, Down: 50_000, Dials: 1}); got != want {
			t.Errorf("traffic %v, want %v", got, want)
		}
	})
}

func TestConnectionsShareBandwidth(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, schedule(t, steady(600), 0, time.Time{}))
		defer w.link.Close()
		one, serverOne := w.dial()
		two, serverTwo := w.dial()
		w.until(1)
		w.write(one, make([]byte, 10_000))
		w.write(two, make([]byte, 10_000))
		w.read(serverOne, 10_000)
		w.at(1.15, "the first")
		w.read(serverTwo, 10_000)
		w.at(1.25, "the second, after it")
	})
}

func TestShortOutageDelays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, schedule(t, steady(600, 10, 11, 12), 0, time.Time{}))
		defer w.link.Close()
		device, server := w.dial()
		w.until(11)
		w.write(device, make([]byte, 1000))
		w.read(server, 1000)
		w.at(13.06, "delivered when coverage is back")
	})
}

func TestDeadZoneKillsSilently(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, schedule(t, steady(600), 0, time.Time{}, faultnet.Span{From: after(60), To: after(120)}))
		defer w.link.Close()
		device, server := w.dial()
		w.until(61)
		w.write(device, []byte("into the void")) // a socket takes it
		w.silent(server, 5*time.Second)
		go func() { _, _ = server.Write([]byte("anybody?")) }()
		w.silent(device, 5*time.Second)
		w.until(200) // coverage is long back, but not for this connection
		w.write(device, []byte("still here?"))
		w.silent(server, 5*time.Second)
		w.silent(device, 5*time.Second)
		again, serverAgain := w.dial()
		w.write(again, []byte("new"))
		w.read(serverAgain, 3)
	})
}

func TestServersEndIsNotHeardWhenDead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, schedule(t, steady(600), 0, time.Time{}, faultnet.Span{From: after(60), To: after(120)}))
		defer w.link.Close()
		device, server := w.dial()
		w.until(61)
		_ = server.Close() // the server is killed
		w.silent(device, 200*time.Second)
	})
}

func TestServersEndIsHeardWithCoverage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, schedule(t, steady(600), 0, time.Time{}))
		defer w.link.Close()
		device, server := w.dial()
		w.until(1)
		_ = server.Close()
		if _, err := device.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("err = %v, want EOF", err)
		}
		w.at(1.05, "half a round trip later")
	})
}

func TestCloseIsHeardOnlyWithCoverage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, schedule(t, steady(600), 0, time.Time{}, faultnet.Span{From: after(60), To: after(120)}))
		defer w.link.Close()
		alive, serverAlive := w.dial()
		_, serverDropped := w.dial()
		_ = alive.Close()
		if _, err := serverAlive.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("err = %v, want EOF", err)
		}
		w.until(61)
		w.link.Drop()
		w.silent(serverDropped, 14*time.Minute)
		_, err := serverDropped.Read(make([]byte, 1))
		if !errors.Is(err, io.EOF) {
			t.Errorf("err = %v, want EOF in the end", err)
		}
		w.at(61+15*60, "the server's end was buried")
	})
}

func TestDialWithoutCoverage(t *testing.T) {
	t.Parallel()
	dead := []faultnet.Span{{From: after(60), To: after(120)}}
	tests := []struct {
		name    string
		at      float64
		timeout time.Duration
		want    error
		done    float64
	}{
		{"hangs until its own timeout", 61, time.Hour, os.ErrDeadlineExceeded, 91},
		{"hangs until the caller's", 61, 5 * time.Second, context.DeadlineExceeded, 66},
		{"succeeds when coverage is back", 100, time.Hour, nil, 120.1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, schedule(t, steady(600), 0, time.Time{}, dead...))
				defer w.link.Close()
				w.until(test.at)
				ctx, cancel := context.WithTimeout(t.Context(), test.timeout)
				defer cancel()
				_, err := w.link.Dial(ctx, "tcp", "server:1")
				if !errors.Is(err, test.want) {
					t.Errorf("err = %v, want %v", err, test.want)
				}
				w.at(test.done, "dial returned")
			})
		})
	}
}

func TestClosedLinkDialsNoMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, schedule(t, steady(600), 0, time.Time{}))
		device, server := w.dial()
		w.link.Close()
		if _, err := w.link.Dial(t.Context(), "tcp", "server:1"); !errors.Is(err, net.ErrClosed) {
			t.Errorf("dial: err = %v, want closed", err)
		}
		if _, err := device.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
			t.Errorf("write: err = %v, want closed", err)
		}
		if _, err := server.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("server's read: err = %v, want EOF", err)
		}
	})
}

func TestDeadlines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, schedule(t, steady(600), 0, time.Time{}))
		defer w.link.Close()
		device, server := w.dial()
		w.silent(device, time.Second)
		w.at(1.1, "the deadline passed")
		if _, err := device.Write([]byte("x")); err != nil {
			t.Errorf("a read deadline stopped a write: %v", err)
		}
		_ = device.SetDeadline(time.Now().Add(-time.Second))
		_, err := device.Write([]byte("x"))
		if timeout, ok := errors.AsType[net.Error](err); !ok || !timeout.Timeout() {
			t.Errorf("write after the deadline: err = %v, want a timeout", err)
		}
		_ = device.SetDeadline(time.Time{})
		w.write(device, []byte("y"))
		w.read(server, 2)
	})
}

func TestAFullConnectionBlocksItsWriter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, schedule(t, steady(600), 0, time.Time{}, faultnet.Span{From: after(60), To: after(120)}))
		defer w.link.Close()
		device, _ := w.dial()
		w.until(61)
		_ = device.SetWriteDeadline(time.Now().Add(time.Second))
		n, err := device.Write(make([]byte, 1<<20))
		if !errors.Is(err, os.ErrDeadlineExceeded) || n == 0 || n == 1<<20 {
			t.Errorf("wrote %d of 1 MiB, err %v; want a part and a timeout", n, err)
		}
	})
}
