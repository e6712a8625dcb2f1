package wire_test

import (
	"context"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"officermobile/push/internal/wire"
)

// slack is what a call may take beyond its deadline.
const slack = 100 * time.Millisecond

func TestConnection(t *testing.T) {
	t.Parallel()
	inBubble(t, "R29 five hundred at once on no connection: one goes first, then all over the same", func(h *host) {
		h.answer = takes(50 * time.Millisecond)
		go h.expect(dialing+49*time.Millisecond, 1)
		h.burst(500)
		if len(h.conns) != 1 || h.peak > 96 {
			h.t.Errorf("%d connections, %d at once", len(h.conns), h.peak)
		}
	})
	inBubble(t, "R29 nor do they make more than one in place of one that is lost", func(h *host) {
		h.answer = takes(50 * time.Millisecond)
		h.burst(1)
		h.conns[0].Close()
		synctest.Wait()
		go h.expect(dialing+49*time.Millisecond, 2)
		h.burst(500)
		if len(h.conns) != 2 {
			h.t.Errorf("%d connections", len(h.conns))
		}
	})
	inBubble(t, "R29 if the first gets no reply, one other is the first", func(h *host) {
		h.burst(1)
		h.conns[0].Close()
		synctest.Wait()
		var refused atomic.Bool
		h.answer = func(w http.ResponseWriter, r *http.Request) {
			if !refused.Swap(true) {
				<-time.After(3 * time.Second)
				panic(http.ErrAbortHandler)
			}
			takes(time.Hour)(w, r)
		}
		for range 10 {
			go h.sendIn(20 * time.Second)
		}
		h.expect(2900*time.Millisecond, 2)
		h.expect(200*time.Millisecond, 3)
		h.expect(16*time.Second, 3)
		<-time.After(2 * time.Second) // until all have given up
	})
	inBubble(t, "R30 a black hole is found within ten seconds, and the next call makes its own way", func(h *host) {
		h.burst(1)
		h.conns[0].hole.Store(true)
		x, took := h.sendIn(wire.CallTimeout)
		if x.Err == nil || took >= wire.CallTimeout {
			h.t.Errorf("in the hole: %v after %v", x.Err, took)
		}
		h.burst(10)
		if len(h.conns) != 2 {
			h.t.Errorf("%d connections", len(h.conns))
		}
	})
	inBubble(t, "R31 GOAWAY in the middle of a burst loses nothing", func(h *host) {
		var n atomic.Int32
		h.answer = func(w http.ResponseWriter, _ *http.Request) {
			<-time.After(10 * time.Millisecond)
			if n.Add(1)%100 == 0 {
				w.Header().Set("Connection", "close")
			}
		}
		h.burst(500)
		if h.arrived != 500 || len(h.conns) < 3 || len(h.conns) > 6 {
			h.t.Errorf("%d requests over %d connections", h.arrived, len(h.conns))
		}
	})
}

// R37: whatever hangs, a call ends with its deadline.
func TestDeadline(t *testing.T) {
	t.Parallel()
	for name, hang := range map[string]func(*host){
		"R37 a dial that hangs": func(h *host) {
			h.client.DialBy(func(ctx context.Context) (net.Conn, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			})
		},
		"R37 an answer that does not come": func(h *host) { h.answer = takes(time.Hour) },
		"R37 a body that drips": func(h *host) {
			h.answer = func(w http.ResponseWriter, r *http.Request) {
				for r.Context().Err() == nil {
					_, _ = w.Write([]byte("x"))
					w.(http.Flusher).Flush()
					takes(time.Second)(w, r)
				}
			}
		},
		"R37 no place": func(h *host) {
			h.answer = takes(time.Hour)
			go h.sendIn(time.Hour) // the canary
			synctest.Wait()
		},
	} {
		inBubble(t, name, func(h *host) {
			hang(h)
			x, took := h.sendIn(wire.CallTimeout)
			if x.Err == nil || took > wire.CallTimeout+slack {
				h.t.Errorf("%v after %v", x.Err, took)
			}
		})
	}
}
