package pushtest

import (
	"net/http"
	"time"

	"golang.org/x/net/http2"

	"officermobile/push/pushtest/frames"
)

// Streams at once on a connection.
const (
	coldStreams   = 1    // to APNs, until it has seen a valid token
	appleStreams  = 1000 // afterwards, unless Options.Streams says otherwise; Apple's number varies with its load
	googleStreams = 100  // FCM and browsers' services
)

func firstStreams(p Provider) uint32 {
	if p == Apple {
		return coldStreams
	}
	return googleStreams
}

// over is what a provider does with a client that opens too many streams: Apple refuses the stream, Google ends the
// connection (firebase-admin-node issue 2943).
func over(p Provider) func(*frames.Conn) {
	if p == Apple {
		return nil
	}
	return func(c *frames.Conn) { c.Banish(http2.ErrCodeProtocol, "exceeded_max_concurrent_streams") }
}

// Connection is what became of a client's connection to a provider.
type Connection struct {
	ID       int       `json:"id"` // as in Entry
	Provider Provider  `json:"provider"`
	Opened   time.Time `json:"opened"`
	frames.Stats
}

// Connections are all that were ever opened to a provider, oldest first.
func (s *Services) Connections(p Provider) []Connection {
	s.mu.Lock()
	all := append([]*connection{}, s.conns...)
	s.mu.Unlock()
	var out []Connection
	for _, c := range all {
		if c.provider == p {
			out = append(out, Connection{ID: c.id, Provider: p, Opened: c.opened, Stats: c.frames.Stats()})
		}
	}
	return out
}

// Silence makes black holes of the connections to a provider that are open now: they stay, take bytes, and nothing comes
// back. New ones work.
func (s *Services) Silence(p Provider) {
	s.mu.Lock()
	all := append([]*connection{}, s.conns...)
	s.mu.Unlock()
	for _, c := range all {
		if c.provider == p {
			c.frames.Silence()
		}
	}
}

// connection is a client's, with what APNs remembers about it.
type connection struct {
	id       int
	provider Provider
	opened   time.Time
	frames   *frames.Conn

	// Only the connection's reader looks at these.
	read     string    // the provider token last seen; its signature need not be checked again
	issued   time.Time // zero: it is not right
	token    string    // the one last taken
	since    time.Time // when it was new
	poisoned time.Time // until when none is taken
}

func (s *Services) opened(p Provider, c *frames.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	own := &connection{id: len(s.conns) + 1, provider: p, opened: s.clock().UTC(), frames: c}
	c.Any = own
	s.conns = append(s.conns, own)
}

func connectionOf(r *http.Request) *connection { return frames.ConnOf(r.Context()).Any.(*connection) }

// arrived sees the head of a request, in the order of arrival.
func (s *Services) arrived(p Provider, r *http.Request) (note any, ok bool) {
	if s.cutAtHead(p, r) {
		return nil, false
	}
	if p != Apple {
		return nil, true
	}
	return s.appleToken(r), true
}

// take notes the provider token of a connection. One that changes too soon spoils the connection for as long as a token
// has to live.
func (c *connection) take(token string, now time.Time) bool {
	if now.Before(c.poisoned) {
		return false
	}
	if c.token != "" && c.token != token && now.Sub(c.since) < tokenUpdateGap {
		c.poisoned = now.Add(tokenUpdateGap)
		c.token = ""
		return false
	}
	if c.token != token {
		c.token, c.since = token, now
	}
	return true
}
