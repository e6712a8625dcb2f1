// Package apns rings iPhones: a push.Sender over github.com/sideshow/apns2, which builds the requests. What the
// library loses or cannot say is put right underneath it: see package wire, and the provider token here.
//
// One Sender serves one environment of Apple's with one key. Sandbox and production are two Senders, never one switched.
package apns

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"github.com/sideshow/apns2"

	"officermobile/clock"
	"officermobile/models/record"
	"officermobile/push"
	"officermobile/push/internal/wire"
)

// Options of a Sender.
type Options struct {
	Environment push.Environment
	KeyID       string
	TeamID      string
	Key         []byte        // PEM of the .p8 file
	Clock       clock.Clock   // of Notification.Expires
	Timeout     time.Duration // of a call; 0 for 10 s

	TestURL   string         // an https host other than Apple's; needs TestRoots
	TestRoots *x509.CertPool // whom to trust there
}

// Sender is a push.Sender for APNs.
type Sender struct {
	opts   Options
	tokens Tokens
	wire   *wire.Client
	apple  *apns2.Client
	now    func() time.Time // Apple's time

	mu     sync.Mutex
	bearer string     // that line has seen
	line   *wire.Line // a connection never sees two provider tokens: Apple allows no change within 20 minutes on one
}

// New checks the options and makes a Sender. It does not connect.
func New(opts Options) (*Sender, error) {
	host, err := opts.host()
	if err != nil {
		return nil, fmt.Errorf("apns: %w", err)
	}
	key, err := NewKey(opts.KeyID, opts.TeamID, opts.Key)
	if err != nil {
		return nil, err
	}
	if opts.Timeout == 0 {
		opts.Timeout = wire.CallTimeout
	}
	client := wire.NewClient(opts.TestRoots)
	return &Sender{
		opts: opts, tokens: Tokens{Key: key}, wire: client, now: time.Now,
		apple: &apns2.Client{Host: host, HTTPClient: client.HTTP()},
	}, nil
}

// host is Apple's for the environment, unless both test options are given.
func (o Options) host() (string, error) {
	if (o.TestURL == "") != (o.TestRoots == nil) {
		return "", errors.New("a test host needs its own roots, and roots a test host")
	}
	if o.Environment != push.Production && o.Environment != push.Sandbox {
		return "", fmt.Errorf("unknown environment %q", o.Environment)
	}
	if o.TestURL != "" {
		u, err := url.Parse(o.TestURL)
		if err != nil || u.Scheme != "https" || u.Host == "" || u.Path != "" {
			return "", errors.New("the test host is not https://host:port")
		}
		return o.TestURL, nil
	}
	if o.Environment == push.Sandbox {
		return apns2.HostDevelopment, nil
	}
	return apns2.HostProduction, nil
}

// Close lets go of connections that nobody uses.
func (s *Sender) Close() { s.wire.CloseIdleConnections() }

// Stats implements push.Reporter.
func (s *Sender) Stats() push.SenderStats {
	stats := s.wire.Stats()
	stats.Minted, stats.TokenAge = s.tokens.Stats(time.Now())
	return stats
}

// Send implements push.Sender.
func (s *Sender) Send(ctx context.Context, n push.Notification) push.Result {
	if n.Address.Kind != push.APNs || n.Address.Environment != s.opts.Environment {
		return push.Result{Outcome: push.OurBug, Reason: push.ReasonWrongSender}
	}
	req, err := push.BuildAPNs(n)
	if err != nil {
		return wire.BuildFailure(err)
	}
	bearer, line, err := s.authority()
	if err != nil {
		return push.Result{Outcome: push.AuthTrouble, Reason: push.ReasonMalformed}
	}
	ctx, cancel := context.WithTimeout(ctx, s.opts.Timeout)
	defer cancel()
	x := &wire.Exchange{Line: line, Body: req.Body, Urgent: n.Class == push.Emergency, Header: http.Header{
		"Authorization":   {"bearer " + bearer},
		"Apns-Expiration": {strconv.FormatInt(s.expiration(n), 10)},
	}}
	// The library's own answer says less than the exchange does.
	_, _ = s.apple.PushWithContext(wire.With(ctx, x), &apns2.Notification{
		ApnsID: MessageID(n.ID, n.Attempt), CollapseID: req.CollapseID, DeviceToken: n.Address.Token,
		Topic: n.Address.App, Priority: req.Priority, PushType: apns2.EPushType(req.PushType), Payload: req.Body,
	})
	r := s.result(ctx, x)
	s.tokens.Refused(bearer, r.Reason, s.now())
	return r
}

// authority is the provider token to use now, and the line that knows it.
func (s *Sender) authority() (string, *wire.Line, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	bearer, err := s.tokens.Token(s.now())
	if err != nil {
		return "", nil, err
	}
	if bearer != s.bearer {
		s.bearer, s.line = bearer, s.wire.NewLine()
	}
	return bearer, s.line, nil
}

// expiration is in seconds since 1970 of real time; 0 means one attempt and no storing, and is always said.
func (s *Sender) expiration(n push.Notification) int64 {
	left := s.opts.Clock.Real(n.Lifetime(s.opts.Clock.Now()))
	if left <= 0 {
		return 0
	}
	return time.Now().Add(left).Unix()
}

func (s *Sender) result(ctx context.Context, x *wire.Exchange) push.Result {
	if !x.Sent {
		return push.Result{Outcome: push.OurBug, Reason: push.ReasonRefused}
	}
	if x.Err != nil {
		return wire.Failure(ctx, x.Err)
	}
	r := push.Result{Status: x.Status, RetryAfter: wire.RetryAfter(x.Got.Get("Retry-After"), time.Now())}
	if x.Status == http.StatusOK {
		r.ProviderID = x.Got.Get("Apns-Id")
	} else {
		r.Reason, r.DeadSince = reasonOf(x.Answer)
	}
	r.Outcome = push.ClassifyAPNs(r.Status, r.Reason)
	r.ForDevice = r.Reason == "TooManyRequests"
	if lostConnection(r.Reason) {
		x.CloseConn()
	}
	return r
}

const tooManyUpdates = "TooManyProviderTokenUpdates"

// lostConnection reports an answer after which Apple takes nothing more on the same connection.
func lostConnection(reason string) bool {
	return reason == tooManyUpdates || reason == "IdleTimeout" || reason == "Shutdown"
}

// reasonOf reads Apple's error body; the time of a 410 is in milliseconds.
func reasonOf(answer []byte) (reason string, deadSince time.Time) {
	var body struct {
		Reason    string `json:"reason"`
		Timestamp int64  `json:"timestamp"`
	}
	if json.Unmarshal(answer, &body) != nil {
		return push.ReasonNotJSON, time.Time{}
	}
	if body.Timestamp > 0 {
		deadSince = time.UnixMilli(body.Timestamp).UTC()
	}
	return push.CleanReason(body.Reason), deadSince
}

// MessageID is the apns-id of a ladder step of a notification: the same over retries, another for the next step. It
// is a UUID of version 8, hashed from the two.
func MessageID(id record.UUID, attempt int) string {
	sum := sha256.Sum256([]byte("apns-id/" + id.Hex() + "/" + strconv.Itoa(attempt)))
	u := uuid.UUID(sum[:16])
	u[6] = u[6]&0x0f | 0x80
	u[8] = u[8]&0x3f | 0x80
	return u.String()
}
