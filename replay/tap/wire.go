package tap

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"sync"
	"time"

	"officermobile/models/wire"
	"officermobile/replay/faultnet"
	"officermobile/replay/judge"

	"github.com/go-json-experiment/json"
)

// Transport watches the requests of a device's transport.
func (t *Tap) Transport(base http.RoundTripper) http.RoundTripper { return &transport{base, t} }

type transport struct {
	base http.RoundTripper
	tap  *Tap
}

// RoundTrip implements http.RoundTripper. Each attempt on a connection is an exchange of its own.
func (r *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	said, ok := r.tap.read(req)
	if !ok {
		return r.base.RoundTrip(req)
	}
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { r.tap.begin(info.Conn.LocalAddr().String(), said) }}
	return r.base.RoundTrip(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
}

// read reads from a request what it says of the device; false if that is nothing.
func (t *Tap) read(req *http.Request) (judge.Exchange, bool) {
	switch req.URL.Path {
	case "/v1/live":
		return judge.Exchange{Position: t.number(req.Header.Get("Last-Event-ID"))}, true
	case "/v1/sync":
		return t.readSync(req)
	}
	return judge.Exchange{}, false
}

func (t *Tap) readSync(req *http.Request) (judge.Exchange, bool) {
	if req.GetBody == nil {
		return judge.Exchange{}, false
	}
	body, err := req.GetBody()
	if err != nil {
		return judge.Exchange{}, false
	}
	var said struct {
		T        string         `json:"t"`
		Presence *wire.Presence `json:"presence"`
	}
	if err := json.UnmarshalRead(body, &said); err != nil {
		return judge.Exchange{}, false
	}
	x := judge.Exchange{Position: t.number(said.T)}
	if said.Presence != nil {
		x.State, x.Report = said.Presence.State, said.Presence.Report
	}
	return x, true
}

// number is that of a position. A token between two pages of a pass stands for the position before the pass.
func (t *Tap) number(token string) int {
	if token == "" {
		return judge.Never
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if n, ok := t.numbers[token]; ok {
		return n
	}
	return len(t.positions) - 1
}

// begin lets what a connection carries next count as an exchange.
func (t *Tap) begin(address string, x judge.Exchange) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.conns[address]
	if c == nil {
		return
	}
	t.exchanges = append(t.exchanges, &x)
	c.now = &x
}

// Dialer watches the far end of a link's connections, where the server is.
func (t *Tap) Dialer(inner faultnet.Dialer) faultnet.Dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		nc, err := inner(ctx, network, address)
		if err != nil {
			return nil, err
		}
		c := &conn{Conn: nc, tap: t, address: nc.LocalAddr().String()}
		t.mu.Lock()
		t.conns[c.address] = c
		t.mu.Unlock()
		return c, nil
	}
}

// conn is the server's side of a connection. now, under the tap's mutex, is the exchange that its bytes belong to: one
// at a time, as HTTP/1.1 has it.
type conn struct {
	net.Conn
	tap     *Tap
	address string
	now     *judge.Exchange
	closing sync.Once
}

// Write is net.Conn's: bytes that reach the server. They count as there before they are written: the answer may be read
// before Write returns.
func (c *conn) Write(b []byte) (int, error) {
	c.tap.mu.Lock()
	if c.now != nil && c.now.Answered.IsZero() {
		c.now.Arrived = time.Now()
	}
	c.tap.mu.Unlock()
	return c.Conn.Write(b)
}

// Read is net.Conn's: bytes that the server wrote. The first of an answer carry its status.
func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n == 0 {
		return n, err
	}
	c.tap.mu.Lock()
	defer c.tap.mu.Unlock()
	if c.now != nil && c.now.Answered.IsZero() && !c.now.Arrived.IsZero() {
		c.now.Answered = time.Now()
		c.now.OK, c.now.Refused = status(b[:n])
	}
	return n, err
}

// status reads whether an answer is 200, or another one.
func status(b []byte) (ok, refused bool) {
	rest, found := bytes.CutPrefix(b, []byte("HTTP/1.1 "))
	if !found || len(rest) < 3 {
		return false, false
	}
	ok = bytes.HasPrefix(rest, []byte("200"))
	return ok, !ok
}

// Close is net.Conn's.
func (c *conn) Close() error {
	c.closing.Do(func() {
		c.tap.mu.Lock()
		defer c.tap.mu.Unlock()
		if c.tap.conns[c.address] == c {
			delete(c.tap.conns, c.address)
		}
	})
	return c.Conn.Close()
}

func sortByArrival(all []judge.Exchange) {
	slices.SortStableFunc(all, func(a, b judge.Exchange) int { return a.Arrived.Compare(b.Arrived) })
}
