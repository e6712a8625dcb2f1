// Package frames is an HTTP/2 server that can misbehave as real ones do. net/http's is too well-bred for that: it can't
// change its number of streams, refuse one, reset one, fall silent, or say GOAWAY with a reason. This one is made of
// frames, so that each of those is a method of its Conn; handlers are net/http's all the same.
//
// It is for tests: a request is handled when all of it has arrived, and only request bodies of a few kilobytes and
// answers that fit the client's windows are expected.
package frames

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/net/http2"
)

// Server serves HTTP/2 over TLS and nothing else: who doesn't offer h2 is refused in the handshake. Its fields are not
// to be changed once it serves.
type Server struct {
	Certificate tls.Certificate
	Handler     http.Handler
	Streams     uint32 // that a new connection allows at once

	Opened  func(c *Conn) // a connection is there; nil for nobody to tell
	Over    func(c *Conn) // a client opened more streams than it may; nil to refuse the stream and go on
	Arrived func(r *http.Request) (note any, ok bool)
	// Arrived sees a request's head in the order of arrival, before its body; the note is NoteOf the request later. If
	// not ok the request goes no further: the hook has seen to the connection. nil for no notes.

	mu    sync.Mutex
	conns map[*Conn]bool
	done  sync.WaitGroup // connections and handlers
	ended bool
}

const (
	handshakeWithin = 10 * time.Second // a client on the same machine is slower than this only if it hangs
	writeWithin     = 10 * time.Second // the same of a client that doesn't read
)

// Serve accepts until the listener is closed, whose error it returns.
func (s *Server) Serve(l net.Listener) error {
	config := &tls.Config{Certificates: []tls.Certificate{s.Certificate}, NextProtos: []string{http2.NextProtoTLS}, MinVersion: tls.VersionTLS12}
	for {
		tcp, err := l.Accept()
		if err != nil {
			return err
		}
		if c := s.admit(tcp, config); c != nil {
			s.done.Go(c.run)
		}
	}
}

func (s *Server) admit(tcp net.Conn, config *tls.Config) *Conn {
	ctx, cancel := context.WithCancel(context.Background())
	c := &Conn{server: s, tcp: tcp, tls: tls.Server(tcp, config), limit: s.Streams, streams: map[uint32]*stream{}, open: map[uint32]bool{}, end: cancel}
	c.ctx = context.WithValue(ctx, connKey{}, c)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		cancel()
		_ = tcp.Close() // nothing was said on it
		return nil
	}
	if s.conns == nil {
		s.conns = map[*Conn]bool{}
	}
	s.conns[c] = true
	return c
}

func (s *Server) forget(c *Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

// Each calls fn with every connection that is open.
func (s *Server) Each(fn func(c *Conn)) {
	s.mu.Lock()
	var all []*Conn
	for c := range s.conns {
		all = append(all, c)
	}
	s.mu.Unlock()
	for _, c := range all {
		fn(c)
	}
}

// Close cuts every connection and waits for handlers. The listener is its owner's.
func (s *Server) Close() {
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
	s.Each((*Conn).Cut)
	s.done.Wait()
}

type connKey struct{}

// ConnOf is the connection that a request came by, nil if it is not of a Server.
func ConnOf(ctx context.Context) *Conn {
	c, _ := ctx.Value(connKey{}).(*Conn)
	return c
}
