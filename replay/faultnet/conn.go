package faultnet

import (
	"net"
	"sync"
	"time"
)

// conn is a connection through a link. The device holds it; inner leads on to the server. Two goroutines move bytes
// between inner and the lanes until either end closes.
type conn struct {
	link   *Link
	inner  net.Conn
	upLane *lane
	dnLane *lane
	breaks time.Time // when it dies silently; zero for never

	closing sync.Once
	closed  chan struct{} // the device has closed its end
	burying sync.Once
	pumps   sync.WaitGroup

	mu     sync.Mutex
	orphan *time.Timer // buries inner in the end
}

func newConn(l *Link, inner net.Conn) *conn {
	c := &conn{link: l, inner: inner, closed: make(chan struct{})}
	c.breaks, _ = l.schedule.Breaks(l.clock.Now())
	c.upLane = newLane(c, c.closed)
	c.dnLane = newLane(c, c.closed)
	return c
}

// lost reports whether what happens at t happens after the connection's death.
func (c *conn) lost(t time.Time) bool { return !c.breaks.IsZero() && !t.Before(c.breaks) }

func (c *conn) start() {
	c.pumps.Add(2)
	go func() { defer c.pumps.Done(); c.pumpUp() }()
	go func() { defer c.pumps.Done(); c.pumpDown() }()
}

// pumpUp passes on what the device wrote. It ends with the connection.
func (c *conn) pumpUp() {
	buffer := make([]byte, chunkBytes)
	for {
		n, err := c.upLane.take(buffer)
		if err != nil {
			return
		}
		if _, err := c.inner.Write(buffer[:n]); err != nil {
			return // the read side learns of it too, and tells the device
		}
	}
}

// pumpDown takes in what the server wrote. Once the connection is dead it stops, so that the server's buffers fill as
// they do towards a phone that doesn't acknowledge.
func (c *conn) pumpDown() {
	buffer := make([]byte, chunkBytes)
	for {
		n, err := c.inner.Read(buffer)
		now := c.link.clock.Now()
		if c.lost(now) {
			return
		}
		c.link.down.Add(int64(n))
		if n > 0 && c.dnLane.put(c.chunk(now, down, buffer[:n])) != nil {
			return
		}
		if err != nil {
			last := c.chunk(now, down, nil)
			last.err = err
			_ = c.dnLane.put(last)
			return
		}
	}
}

// chunk gives bytes to the link.
func (c *conn) chunk(now time.Time, d direction, b []byte) chunk {
	if c.lost(now) {
		return chunk{bytes: append([]byte(nil), b...), due: now}
	}
	return chunk{bytes: append([]byte(nil), b...), due: c.link.due(now, d, len(b))}
}

// Read is net.Conn's.
func (c *conn) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	n, err := c.dnLane.take(b)
	return n, c.wrap("read", err)
}

// Write is net.Conn's. It returns when the bytes are queued, as a socket does.
func (c *conn) Write(b []byte) (int, error) {
	c.upLane.putting.Lock()
	defer c.upLane.putting.Unlock()
	done := 0
	for done < len(b) {
		part := b[done:min(len(b), done+chunkBytes)]
		if err := c.upLane.put(c.chunk(c.link.clock.Now(), up, part)); err != nil {
			return done, c.wrap("write", err)
		}
		c.link.up.Add(int64(len(part)))
		done += len(part)
	}
	return done, nil
}

// Close is the device's end, at once and without waiting for bytes under way, as when an app is killed. The server
// hears of it unless the connection is dead or has no coverage: then its end stays open, as it would, until orphanLife
// has passed or the link closes.
func (c *conn) Close() error {
	c.closing.Do(func() {
		close(c.closed)
		now := c.link.clock.Now()
		if !c.lost(now) && c.link.Reachable(now) {
			c.bury()
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.orphan = time.AfterFunc(c.link.clock.Real(orphanLife), c.bury)
	})
	return nil
}

// bury closes the way to the server and waits for the goroutines.
func (c *conn) bury() {
	c.burying.Do(func() {
		c.mu.Lock()
		if c.orphan != nil {
			c.orphan.Stop()
		}
		c.mu.Unlock()
		_ = c.inner.Close()
		c.pumps.Wait()
		c.link.forget(c)
	})
}

// LocalAddr is the device's address.
func (c *conn) LocalAddr() net.Addr { return c.inner.LocalAddr() }

// RemoteAddr is the server's address.
func (c *conn) RemoteAddr() net.Addr { return c.inner.RemoteAddr() }

// SetDeadline is net.Conn's, in real time as ever.
func (c *conn) SetDeadline(t time.Time) error {
	c.dnLane.want.set(t)
	c.upLane.give.set(t)
	return nil
}

// SetReadDeadline is net.Conn's.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.dnLane.want.set(t)
	return nil
}

// SetWriteDeadline is net.Conn's.
func (c *conn) SetWriteDeadline(t time.Time) error {
	c.upLane.give.set(t)
	return nil
}
