package frames

import (
	"net/http"

	"golang.org/x/net/http2"
)

// Allow sets the number of streams that the connection takes at once, and tells the client.
func (c *Conn) Allow(streams uint32) {
	c.mu.Lock()
	same := c.limit == streams
	c.limit = streams
	c.mu.Unlock()
	if !same {
		c.settings()
	}
}

// Cut ends the connection without a goodbye.
func (c *Conn) Cut() { _ = c.tcp.Close() }

// Silence makes a black hole of the connection: it stays open and takes bytes, and nothing ever comes back, no answer to
// a ping either. There is no way out but to give it up.
func (c *Conn) Silence() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.silent = true
}

// Silent reports a black hole.
func (c *Conn) Silent() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.silent
}

// GoAway tells the client to leave, with an error code and debug data. Streams up to the last that was taken are still
// answered; with processed false the client is told that r, and what came after it, was not processed, and may be
// sent again. A code other than 0 ends the connection at once, 0 when the last stream is answered.
func (c *Conn) GoAway(r *http.Request, processed bool, code http2.ErrCode, debug string) {
	c.mu.Lock()
	c.leaving = true
	last := c.last
	if st, ok := r.Context().Value(streamKey{}).(*stream); ok && !processed {
		last = st.id - 1
	}
	c.mu.Unlock()
	c.leave(last, code, debug)
}

// Banish is GoAway for a reason that no request has.
func (c *Conn) Banish(code http2.ErrCode, debug string) {
	c.mu.Lock()
	c.leaving = true
	last := c.last
	c.mu.Unlock()
	c.leave(last, code, debug)
}

func (c *Conn) leave(last uint32, code http2.ErrCode, debug string) {
	c.write(func(f *http2.Framer) error { return f.WriteGoAway(last, code, []byte(debug)) })
	if code != http2.ErrCodeNo {
		_ = c.tls.Close() // in good order, so that the client reads why
	}
}

// Reset ends the stream of a request with an error code instead of an answer.
func Reset(r *http.Request, code http2.ErrCode) {
	if st, ok := r.Context().Value(streamKey{}).(*stream); ok {
		st.conn.reset(st.id, code)
		st.end()
	}
}

// Abandon leaves a request without any answer; GOAWAY has said why.
func Abandon(r *http.Request) {
	if st, ok := r.Context().Value(streamKey{}).(*stream); ok {
		st.end()
	}
}

func (c *Conn) reset(id uint32, code http2.ErrCode) {
	c.close(id)
	c.write(func(f *http2.Framer) error { return f.WriteRSTStream(id, code) })
}

// Stats are what the connection has seen so far.
func (c *Conn) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stats
}
