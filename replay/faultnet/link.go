// Package faultnet puts a bad mobile network between a client and its server, within the process: a Link for each
// device, whose Dial an http.Transport uses. Bytes take the time that the link's Schedule gives them. In an outage
// nothing flows and nothing is told: no FIN, no RST, and a connection that was open when a long one began never
// recovers, nor does either end learn of it; a new dial waits for coverage or its own timeout. All times are those of a
// clock.Clock, so that an hour's network passes in a rehearsal's minute.
package faultnet

import (
	"context"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"officermobile/clock"
)

// Limits of a link, in the clock's time.
const (
	dialTimeout = 30 * time.Second // without coverage, as phones give up; the caller's context may be shorter
	orphanLife  = 15 * time.Minute // how long the server's end of a dead connection stays open, as behind a carrier's NAT
)

// Dialer opens the connection underneath. The zero net.Dialer's DialContext is one.
type Dialer func(ctx context.Context, network, addr string) (net.Conn, error)

// Traffic is what went over a link, in bytes of TCP payload, and how often it was dialled with success.
type Traffic struct{ Up, Down, Dials int64 }

// Link is one device's network. Its connections share its bandwidth. It is safe for concurrent use.
type Link struct {
	clock    clock.Clock
	schedule *Schedule
	dialer   Dialer

	up, down, dials atomic.Int64

	mu     sync.Mutex
	free   [2]time.Time // when each direction has sent what it was given
	conns  map[*conn]struct{}
	closed bool
}

// NewLink makes a link that dials TCP. Close it when done.
func NewLink(c clock.Clock, s *Schedule) *Link {
	return NewLinkOver(c, s, new(net.Dialer).DialContext)
}

// NewLinkOver makes a link over connections of another kind.
func NewLinkOver(c clock.Clock, s *Schedule, d Dialer) *Link {
	return &Link{clock: c, schedule: s, dialer: d, conns: map[*conn]struct{}{}}
}

// Reachable reports whether the link carries bytes at a time of its clock.
func (l *Link) Reachable(at time.Time) bool { return l.schedule.Reachable(at) }

// Traffic is what the link has carried so far.
func (l *Link) Traffic() Traffic {
	return Traffic{Up: l.up.Load(), Down: l.down.Load(), Dials: l.dials.Load()}
}

// Dial opens a connection through the link; it serves as an http.Transport's DialContext. Without coverage it waits,
// and fails with ctx's error or a timeout. It costs a round trip.
func (l *Link) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if err := l.await(ctx); err != nil {
		return nil, dialError(network, err)
	}
	inner, err := l.dialer(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	c := newConn(l, inner)
	if !l.adopt(c) {
		_ = inner.Close()
		return nil, dialError(network, net.ErrClosed)
	}
	c.start()
	l.dials.Add(1)
	return c, nil
}

// await waits until the link has coverage, and then for the handshake.
func (l *Link) await(ctx context.Context) error {
	now := l.clock.Now()
	ready := l.schedule.Back(now)
	ready = ready.Add(l.schedule.At(ready).RTT)
	wait := ready.Sub(now)
	if wait <= dialTimeout {
		return l.clock.Sleep(ctx, wait)
	}
	if err := l.clock.Sleep(ctx, dialTimeout); err != nil {
		return err
	}
	return os.ErrDeadlineExceeded
}

func dialError(network string, err error) error {
	return &net.OpError{Op: "dial", Net: network, Err: err}
}

// due is when bytes given to the link now come out at its other end.
func (l *Link) due(now time.Time, d direction, bytes int) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	start := later(now, l.free[d])
	l.free[d] = l.schedule.sent(start, d, bytes)
	return l.free[d].Add(l.schedule.At(l.free[d]).RTT / 2)
}

func (l *Link) adopt(c *conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.conns[c] = struct{}{}
	return true
}

func (l *Link) forget(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, c)
}

func (l *Link) open() []*conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	conns := make([]*conn, 0, len(l.conns))
	for c := range l.conns {
		conns = append(conns, c)
	}
	return conns
}

// Drop closes the device's end of every connection, as when its app is killed. The server hears of those that live.
func (l *Link) Drop() {
	for _, c := range l.open() {
		_ = c.Close()
	}
}

// Close ends the link: both ends of every connection close, whatever the network is like, and it dials no more. It
// returns when nothing of the link runs any longer.
func (l *Link) Close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	for _, c := range l.open() {
		_ = c.Close()
		c.bury()
	}
}
