package frames

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// Stats are what a connection has seen.
type Stats struct {
	Requests int // streams that were taken
	Refused  int // streams over the limit
	Peak     int // most at once
	Early    int // most at once before the first answer
	Pings    int
	Closed   bool
}

// Conn is one client's connection. Its methods are safe for concurrent use.
type Conn struct {
	Any any // for the owner, who sets it in Opened

	server *Server
	tcp    net.Conn
	tls    *tls.Conn
	ctx    context.Context // ends with the connection
	end    context.CancelFunc

	writing sync.Mutex // keeps frames whole; held while one is written, and guards the next three
	framer  *http2.Framer
	encoder *hpack.Encoder
	block   bytes.Buffer

	owed uint32 // of the window, and not given back yet; the reader's

	mu       sync.Mutex
	limit    uint32
	streams  map[uint32]*stream
	open     map[uint32]bool // of streams, those that count against limit
	last     uint32          // highest stream taken
	leaving  bool            // GOAWAY was said: nothing new is taken
	silent   bool
	answered bool
	stats    Stats
}

// maxHead is plenty for the head of a notification.
const maxHead = 32 << 10

// run is the connection's life.
func (c *Conn) run() {
	defer c.gone()
	if !c.greet() {
		return
	}
	if c.server.Opened != nil {
		c.server.Opened(c)
	}
	c.settings()
	for c.next() {
	}
}

func (c *Conn) gone() {
	c.end()
	_ = c.tcp.Close() // whatever was to be said has been
	c.mu.Lock()
	c.stats.Closed = true
	c.mu.Unlock()
	c.server.forget(c)
}

// greet shakes hands and reads the client's preface.
func (c *Conn) greet() bool {
	ctx, cancel := context.WithTimeout(c.ctx, handshakeWithin)
	defer cancel()
	if c.tls.HandshakeContext(ctx) != nil || c.tls.ConnectionState().NegotiatedProtocol != http2.NextProtoTLS {
		return false
	}
	preface := make([]byte, len(http2.ClientPreface))
	if _, err := io.ReadFull(c.tls, preface); err != nil || string(preface) != http2.ClientPreface {
		return false
	}
	c.framer = http2.NewFramer(deadlined{c.tls}, bufio.NewReader(c.tls))
	c.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	c.framer.MaxHeaderListSize = maxHead
	c.encoder = hpack.NewEncoder(&c.block)
	return true
}

// deadlined is a writer that gives up on a client that doesn't read.
type deadlined struct{ net.Conn }

// Write implements io.Writer.
func (d deadlined) Write(p []byte) (int, error) {
	if err := d.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return 0, err
	}
	return d.Conn.Write(p)
}

func (c *Conn) settings() {
	c.mu.Lock()
	limit := c.limit
	c.mu.Unlock()
	c.write(func(f *http2.Framer) error {
		return f.WriteSettings(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: limit})
	})
}

// next handles one frame, and reports false when there are to be no more.
func (c *Conn) next() bool {
	f, err := c.framer.ReadFrame()
	if broken, ok := errors.AsType[http2.StreamError](err); ok {
		c.reset(broken.StreamID, broken.Code)
		return true
	}
	if err != nil {
		return false
	}
	if !c.Silent() {
		c.take(f)
	}
	return true
}

func (c *Conn) take(f http2.Frame) {
	switch f := f.(type) {
	case *http2.SettingsFrame:
		if !f.IsAck() {
			c.write((*http2.Framer).WriteSettingsAck)
		}
	case *http2.PingFrame:
		if !f.IsAck() {
			c.count(func(s *Stats) { s.Pings++ })
			c.write(func(w *http2.Framer) error { return w.WritePing(true, f.Data) })
		}
	case *http2.MetaHeadersFrame:
		c.head(f)
	case *http2.DataFrame:
		c.data(f)
	case *http2.RSTStreamFrame:
		if st := c.find(f.StreamID); st != nil {
			st.end()
		}
	}
}

func (c *Conn) count(fn func(*Stats)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fn(&c.stats)
}

// write sends frames unless the connection has fallen silent. A failure shows in the reader soon enough.
func (c *Conn) write(fn func(*http2.Framer) error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.Silent() {
		return
	}
	if fn(c.framer) != nil {
		_ = c.tcp.Close() // half a frame may have gone out
	}
}
