package wire_test

//lint:file-ignore SA1019 the other end of x/net's transport.

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"

	"officermobile/push/internal/wire"
)

// host is a provider at the other end of a pipe, in a bubble: time passes when all wait, so a test of ten seconds takes
// none and comes out the same each time.
type host struct {
	t      *testing.T
	client *wire.Client
	answer http.HandlerFunc

	mu      sync.Mutex
	conns   []*line
	flying  int
	peak    int // most requests in hand at once
	arrived int
}

// line is the client's end of a connection. In a hole what is written is lost and nothing comes.
type line struct {
	net.Conn
	hole atomic.Bool
}

func (l *line) Write(b []byte) (int, error) {
	if l.hole.Load() {
		return len(b), nil
	}
	return l.Conn.Write(b)
}

func (l *line) Read(b []byte) (int, error) {
	for {
		n, err := l.Conn.Read(b)
		if err != nil || !l.hole.Load() {
			return n, err
		}
	}
}

// inBubble runs a test with a host.
func inBubble(t *testing.T, name string, test func(*host)) {
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			h := &host{t: t, client: wire.NewClient(nil), answer: func(http.ResponseWriter, *http.Request) {}}
			h.client.DialBy(h.dial)
			test(h)
			for _, c := range h.conns {
				c.Close()
			}
			synctest.Wait()
		})
	})
}

// dialing is how long a connection takes to be made: others come meanwhile.
const dialing = 10 * time.Millisecond

func (h *host) dial(context.Context) (net.Conn, error) {
	<-time.After(dialing)
	near, far := net.Pipe()
	go (&http2.Server{}).ServeConn(far, &http2.ServeConnOpts{Handler: h})
	h.mu.Lock()
	defer h.mu.Unlock()
	h.conns = append(h.conns, &line{Conn: near})
	return h.conns[len(h.conns)-1], nil
}

// ServeHTTP counts, and answers as the test says.
func (h *host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	h.arrived++
	h.flying++
	h.peak = max(h.peak, h.flying)
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.flying--
	}()
	h.answer(w, r)
}

// send makes one exchange and says how long it took.
func (h *host) send(ctx context.Context) (*wire.Exchange, time.Duration) {
	x, began := &wire.Exchange{Body: []byte("{}")}, time.Now()
	req, err := http.NewRequestWithContext(wire.With(ctx, x), http.MethodPost, "https://provider.example/", nil)
	if err != nil {
		h.t.Error(err)
		return x, 0
	}
	resp, err := h.client.HTTP().Do(req)
	if err != nil {
		h.t.Error(err)
		return x, 0
	}
	resp.Body.Close()
	return x, time.Since(began)
}

// sendIn makes one exchange that has a deadline.
func (h *host) sendIn(limit time.Duration) (*wire.Exchange, time.Duration) {
	ctx, cancel := context.WithTimeout(h.t.Context(), limit)
	defer cancel()
	return h.send(ctx)
}

// burst makes many at once, all of which must be answered.
func (h *host) burst(n int) {
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			if x, _ := h.sendIn(wire.CallTimeout); x.Err != nil || x.Status != http.StatusOK {
				h.t.Errorf("got %d, %v", x.Status, x.Err)
			}
		})
	}
	wg.Wait()
}

// takes makes a handler that needs a while.
func takes(d time.Duration) http.HandlerFunc {
	return func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(d):
		case <-r.Context().Done():
		}
	}
}

// expect holds how many requests have arrived after a while.
func (h *host) expect(after time.Duration, want int) {
	<-time.After(after)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.arrived != want {
		h.t.Errorf("%d requests have arrived, want %d", h.arrived, want)
	}
}
