// Package wire is the part of a push provider's client that both providers share: one HTTP/2 connection used
// politely, and a RoundTripper that stands between a vendor's library and the network. The libraries build requests;
// what came of them is taken from the wire, because both lose something: apns2 the status of a proxy's page and the
// milliseconds of a 410, firebase the body, and firebase repeats a request behind one's back.
package wire

//lint:file-ignore SA1019 net/http's HTTP/2 opens a connection for each request of a cold burst, which Apple takes for an attack; x/net's keeps to one.

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/net/http2"

	"officermobile/push"
)

// Limits of a connection and a call.
const (
	CallTimeout = 10 * time.Second // Google's advice, and long enough for Apple

	dialTimeout = 5 * time.Second
	pingAfter   = 2 * time.Second  // silence before a ping; with pingWait a black hole shows in 4 s, not in apns2's 30
	pingWait    = 2 * time.Second  // for the ping's answer
	idleTimeout = 30 * time.Minute // Apple wants connections kept; a quiet night need not ping for hours
	maxAnswer   = 64 << 10         // no provider's answer comes near; a proxy's page might
)

// Exchange is one request and what came of it.
type Exchange struct {
	Line   *Line       // over which to go; nil for the client's
	Body   []byte      // goes out in place of what the library marshalled: these bytes were measured
	Header http.Header // set on the request over the library's
	Urgent bool        // it has places of its own, and goes before those who wait
	Sent   bool        // a request was tried; a second within the same exchange is refused

	Status int // 0 with Err
	Answer []byte
	Got    http.Header
	Err    error
	conn   net.Conn
}

// CloseConn ends the connection that answered, under everyone who uses it.
func (x *Exchange) CloseConn() {
	if x.conn != nil {
		_ = x.conn.Close() // it is being given up
	}
}

// Client carries exchanges over HTTP/2. Its RoundTrip expects a request made under With.
type Client struct {
	// Control looks at each address before it is dialed, and may refuse it; nil takes any.
	Control func(network, address string, c syscall.RawConn) error

	roots   *x509.CertPool
	reach   dialer               // the host
	line    atomic.Pointer[Line] // the newest
	gate    gate
	sizes   sizes
	traffic Traffic
	refused atomic.Uint64 // requests that a host did not begin with
}

// dialer makes a connection to a host.
type dialer func(ctx context.Context, network, addr string, cfg *tls.Config) (net.Conn, error)

// NewClient trusts roots, or the system's where nil.
func NewClient(roots *x509.CertPool) *Client {
	c := &Client{roots: roots}
	c.reach = c.dialTLS
	c.line.Store(c.newLine())
	return c
}

// Line is a connection of a client's, and those that follow when it is lost.
type Line struct{ transport *http2.Transport }

func (c *Client) newLine() *Line {
	return &Line{&http2.Transport{
		TLSClientConfig: &tls.Config{RootCAs: c.roots, MinVersion: tls.VersionTLS12},
		DialTLSContext:  c.dial,
		ReadIdleTimeout: pingAfter,
		PingTimeout:     pingWait,
		IdleConnTimeout: idleTimeout,
	}}
}

// NewLine makes the line for what comes from now on, beginning with one request as every new connection does. What is
// under way on the former one ends there, and then it is closed.
func (c *Client) NewLine() *Line {
	made := c.newLine()
	former := c.line.Swap(made)
	c.gate.dialed() // an answer on the former says nothing of this one
	time.AfterFunc(CallTimeout+time.Second, former.transport.CloseIdleConnections)
	return made
}

// HTTP is a client for a library. It follows no redirect: the answer is the host's own.
func (c *Client) HTTP() *http.Client {
	return &http.Client{Transport: c, CheckRedirect: noRedirect}
}

// Plain is a client for requests that are not notifications, such as for an access token, on the same terms of trust.
func (c *Client) Plain() *http.Client {
	return &http.Client{Transport: c.line.Load().transport, CheckRedirect: noRedirect, Timeout: CallTimeout}
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// CloseIdleConnections closes what nobody uses; apns2 asks for this method by name.
func (c *Client) CloseIdleConnections() { c.line.Load().transport.CloseIdleConnections() }

type exchangeKey struct{}

// With makes x the exchange of every request under the context.
func With(ctx context.Context, x *Exchange) context.Context {
	return context.WithValue(ctx, exchangeKey{}, x)
}

var (
	errNoExchange = errors.New("a request outside an exchange")
	errSecond     = errors.New("a second request within one exchange")
)

// RoundTrip sends the exchange's body once and notes what came of it. The library gets a tame answer, so that it does
// neither repeat the request nor fail on a page that is not JSON.
func (c *Client) RoundTrip(req *http.Request) (*http.Response, error) {
	x, _ := req.Context().Value(exchangeKey{}).(*Exchange)
	if x == nil {
		return nil, errNoExchange
	}
	if x.Sent {
		return nil, errSecond
	}
	x.Sent = true
	l := laneOf(x.Urgent)
	if x.Err = c.gate.enter(req.Context(), l); x.Err == nil {
		c.sizes.add(len(x.Body))
		x.Err = c.exchange(req, x)
		c.gate.leave(l)
	}
	return tame(req, x.Status), nil
}

func (c *Client) exchange(req *http.Request, x *Exchange) error {
	var place seat
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		x.conn = info.Conn
		c.gate.board(req.Context(), &place)
	}}
	defer func() { c.gate.unboard(place) }()
	out, err := http.NewRequestWithContext(httptrace.WithClientTrace(req.Context(), trace), req.Method, req.URL.String(), bytes.NewReader(x.Body))
	if err != nil {
		return err
	}
	out.GetBody = c.onceMore(out.GetBody)
	out.Header = req.Header.Clone()
	for name, values := range x.Header {
		out.Header[http.CanonicalHeaderKey(name)] = values
	}
	resp, err := cmp.Or(x.Line, c.line.Load()).transport.RoundTrip(out)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	c.gate.answered(place.generation)
	x.Answer, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	x.Status, x.Got = resp.StatusCode, resp.Header
	return nil
}

var errRefusedTwice = errors.New("the host did not begin with the request twice")

// onceMore lets the transport repeat a request that the host says it did not begin with, once: it does so at once. Before
// it repeats it again it would wait for seconds, with the one place on a new connection.
func (c *Client) onceMore(body func() (io.ReadCloser, error)) func() (io.ReadCloser, error) {
	repeated := false
	return func() (io.ReadCloser, error) {
		c.refused.Add(1)
		if repeated {
			return nil, errRefusedTwice
		}
		repeated = true
		return body()
	}
}

// tame is an answer that both libraries take quietly: empty JSON, and never the 503 that firebase repeats.
func tame(req *http.Request, status int) *http.Response {
	if status != http.StatusOK {
		status = http.StatusInternalServerError
	}
	return &http.Response{
		StatusCode: status, Status: strconv.Itoa(status) + " " + http.StatusText(status),
		Proto: "HTTP/2.0", ProtoMajor: 2, Header: http.Header{}, Request: req,
		Body: io.NopCloser(bytes.NewReader([]byte("{}"))), ContentLength: 2,
	}
}

// dial makes a connection, over which one request goes first.
func (c *Client) dial(ctx context.Context, network, addr string, cfg *tls.Config) (net.Conn, error) {
	conn, err := c.reach(ctx, network, addr, cfg)
	if err == nil {
		c.gate.dialed()
	}
	return conn, err
}

// dialTLS makes a connection that speaks HTTP/2 and nothing else.
func (c *Client) dialTLS(ctx context.Context, network, addr string, cfg *tls.Config) (net.Conn, error) {
	conn, err := c.traffic.Dial(ctx, net.Dialer{Timeout: dialTimeout, Control: c.Control}, network, addr, cfg)
	if err != nil {
		return nil, err
	}
	if p := conn.ConnectionState().NegotiatedProtocol; p != http2.NextProtoTLS {
		_ = conn.Close()
		return nil, fmt.Errorf("the host speaks %q, not HTTP/2", p)
	}
	return conn, nil
}

// Failure is the result of an exchange that brought no answer.
func Failure(ctx context.Context, err error) push.Result {
	var cert *tls.CertificateVerificationError
	switch {
	case errors.As(err, &cert):
		return push.Result{Outcome: push.ConfigTrouble, Reason: push.ReasonCertificate}
	case errors.Is(ctx.Err(), context.Canceled):
		return push.Result{Outcome: push.TryAgain, Reason: push.ReasonCancelled}
	case ctx.Err() != nil:
		return push.Result{Outcome: push.TryAgain, Reason: push.ReasonTimeout}
	}
	return push.Result{Outcome: push.TryAgain, Reason: push.ReasonConnection}
}

// BuildFailure is the result of a notification that could not be built.
func BuildFailure(err error) push.Result {
	if errors.Is(err, push.ErrTooLarge) {
		return push.Result{Outcome: push.OurBug, Reason: push.ReasonTooLarge}
	}
	return push.Result{Outcome: push.OurBug, Reason: push.ReasonMalformed}
}

// RetryAfter reads the header in both its forms, seconds and a date; 0 if absent, malformed or past.
func RetryAfter(header string, now time.Time) time.Duration {
	if s, err := strconv.ParseUint(header, 10, 31); err == nil {
		return time.Duration(s) * time.Second
	}
	at, err := http.ParseTime(header)
	if err != nil {
		return 0
	}
	return max(at.Sub(now), 0)
}
