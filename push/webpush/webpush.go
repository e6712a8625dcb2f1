// Package webpush rings browsers: a push.Sender for tablets in vehicles that run the web app. The message is encrypted
// to the browser (RFC 8291) and the server proves itself by a VAPID token (RFC 8292); both are some hundred lines of
// the standard library, and the Go libraries for it either ignore their own options or are used by few.
package webpush

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"officermobile/clock"
	"officermobile/push"
	"officermobile/push/internal/wire"
)

// Options of a Sender.
type Options struct {
	Key     Key
	Hosts   []string      // push services that may be asked, "*." for any below; nil for those of the known browsers
	Clock   clock.Clock   // of Notification.Expires
	Timeout time.Duration // of a call; 0 for 10 s
	Random  io.Reader     // of salts and keys; nil for crypto/rand

	TestURL   string         // an https host that may be asked whatever its address; needs TestRoots
	TestRoots *x509.CertPool // whom to trust there
}

// Sender is a push.Sender for browsers.
type Sender struct {
	opts Options

	mu      sync.Mutex
	clients map[string]*wire.Client // by host: each service has connections of its own
}

// maxClients bounds the hosts below a "*.": Microsoft has a few dozen.
const maxClients = 64

// New checks the options and makes a Sender. It does not connect.
func New(opts Options) (*Sender, error) {
	if opts.Key.private == nil {
		return nil, errors.New("webpush: the key is needed")
	}
	if (opts.TestURL == "") != (opts.TestRoots == nil) {
		return nil, errors.New("webpush: a test host needs its own roots, and roots a test host")
	}
	if opts.Hosts == nil {
		opts.Hosts = defaultHosts
	}
	if opts.Timeout == 0 {
		opts.Timeout = wire.CallTimeout
	}
	if opts.Random == nil {
		opts.Random = rand.Reader
	}
	return &Sender{opts: opts, clients: map[string]*wire.Client{}}, nil
}

// Close lets go of connections that nobody uses.
func (s *Sender) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.clients {
		c.CloseIdleConnections()
	}
}

// Stats implements push.Reporter: of the services that were asked lately, together. Each request has a token of its own.
func (s *Sender) Stats() push.SenderStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := push.SenderStats{Payload: push.NewHistogram(push.PayloadBounds()).Clone()}
	for _, c := range s.clients {
		one := c.Stats()
		all.Connections += one.Connections
		all.InFlight += one.InFlight
		all.Sent += one.Sent
		all.Received += one.Received
		all.Refused += one.Refused
		all.Payload.Merge(one.Payload)
	}
	return all
}

// Send implements push.Sender.
func (s *Sender) Send(ctx context.Context, n push.Notification) push.Result {
	if n.Address.Kind != push.WebPush {
		return push.Result{Outcome: push.OurBug, Reason: push.ReasonWrongSender}
	}
	x, endpoint, err := s.exchange(n)
	if err != nil {
		return wire.BuildFailure(err)
	}
	client, err := s.client(endpoint)
	if err != nil {
		return push.Result{Outcome: push.TokenDead, Reason: "HostRefused"}
	}
	ctx, cancel := context.WithTimeout(ctx, s.opts.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(wire.With(ctx, x), http.MethodPost, endpoint.String(), nil)
	if err != nil {
		return push.Result{Outcome: push.OurBug, Reason: push.ReasonMalformed}
	}
	if res, err := client.RoundTrip(req); err == nil {
		_ = res.Body.Close() // the exchange has the answer
	}
	if errors.Is(x.Err, errAddress) {
		return push.Result{Outcome: push.ConfigTrouble, Reason: "AddressRefused"}
	}
	if x.Err != nil {
		return wire.Failure(ctx, x.Err)
	}
	return result(x)
}

// exchange is what goes over the wire for a notification.
func (s *Sender) exchange(n push.Notification) (*wire.Exchange, *url.URL, error) {
	plain, err := push.BuildWebPush(n)
	if err != nil {
		return nil, nil, err
	}
	endpoint, err := url.Parse(n.Address.Token)
	if err != nil {
		return nil, nil, push.ErrMalformed
	}
	body, err := Encrypt(plain, n.Address.Keys, s.opts.Random)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", push.ErrMalformed, err)
	}
	authorization, err := s.opts.Key.Authorization(endpoint, time.Now())
	if err != nil {
		return nil, nil, err
	}
	ttl := s.opts.Clock.Real(n.Lifetime(s.opts.Clock.Now()))
	h := http.Header{
		"Authorization": {authorization}, "Content-Encoding": {"aes128gcm"}, "Content-Type": {"application/octet-stream"},
		"Ttl": {strconv.FormatInt(int64(ttl/time.Second), 10)}, "Urgency": {urgency(n)},
	}
	if n.CollapseTag != "" && n.Class != push.Quiet {
		h["Topic"] = []string{string(n.CollapseTag)} // replaces what the service still holds: RFC 8030, 5.4
	}
	return &wire.Exchange{Body: body, Urgent: n.Class == push.Emergency, Header: h}, endpoint, nil
}

// urgency is RFC 8030's: high reaches a device that saves its battery.
func urgency(n push.Notification) string {
	switch {
	case n.Class == push.Quiet:
		return "very-low"
	case n.Passive:
		return "low"
	}
	return "high"
}

// client is the connection to an endpoint's host, if that may be asked.
func (s *Sender) client(endpoint *url.URL) (*wire.Client, error) {
	test := s.opts.TestURL != "" && endpoint.Scheme+"://"+endpoint.Host == s.opts.TestURL
	if !test && !allowed(endpoint, s.opts.Hosts) {
		return nil, errHost
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.clients[endpoint.Host]; c != nil {
		return c, nil
	}
	if len(s.clients) >= maxClients {
		for host, c := range s.clients { // any will do: it comes back when it is needed
			c.CloseIdleConnections()
			delete(s.clients, host)
			break
		}
	}
	c := wire.NewClient(nil)
	if test {
		c = wire.NewClient(s.opts.TestRoots)
	} else {
		c.Control = public
	}
	s.clients[endpoint.Host] = c
	return c, nil
}

func result(x *wire.Exchange) push.Result {
	r := push.Result{Status: x.Status, RetryAfter: wire.RetryAfter(x.Got.Get("Retry-After"), time.Now())}
	r.Outcome, r.Reason = push.ClassifyWeb(x.Status, string(x.Answer))
	r.ForDevice = r.Outcome == push.Limited // a service counts by subscription
	if r.Outcome == push.Accepted {
		r.ProviderID = lastOf(x.Got.Get("Location"))
	}
	return r
}

// lastOf is the last part of a URL: the message's name at the service.
func lastOf(location string) string {
	u, err := url.Parse(location)
	if err != nil || u.Path == "" {
		return ""
	}
	for i := len(u.Path) - 1; i >= 0; i-- {
		if u.Path[i] == '/' {
			return u.Path[i+1:]
		}
	}
	return u.Path
}
