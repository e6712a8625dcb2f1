// Package fcm rings Android phones: a push.Sender over firebase.google.com/go/v4, which checks and addresses the
// messages. Left alone that library repeats a request up to five times and asks for six broad scopes; here one Send is
// one request on the wire under the one scope it needs. Answers are read off the wire: see package wire.
package fcm

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	firebase "firebase.google.com/go/v4"
	"firebase.google.com/go/v4/messaging"

	"github.com/go-json-experiment/json"
	"golang.org/x/oauth2/google"
	"google.golang.org/api/option"

	"officermobile/clock"
	"officermobile/push"
	"officermobile/push/internal/wire"
)

// Scope is the only permission asked for.
const Scope = "https://www.googleapis.com/auth/firebase.messaging"

// Google's hosts. A service-account file names its own token service, which is held to this one.
const (
	endpoint = "https://fcm.googleapis.com"
	tokenURL = "https://oauth2.googleapis.com/token"
)

// Options of a Sender.
type Options struct {
	ServiceAccount []byte        // the JSON key file
	ProjectID      string        // "" for the service account's own
	Clock          clock.Clock   // of Notification.Expires
	Timeout        time.Duration // of a call; 0 for 10 s

	TestURL   string         // an https host other than Google's, for messages and tokens; needs TestRoots
	TestRoots *x509.CertPool // whom to trust there
}

// Sender is a push.Sender for FCM.
type Sender struct {
	opts   Options
	tokens *tokens
	wire   *wire.Client
	google *messaging.Client
}

// New checks the options and makes a Sender. It does not connect.
func New(opts Options) (*Sender, error) {
	host, err := opts.host()
	if err != nil {
		return nil, fmt.Errorf("fcm: %w", err)
	}
	conf, err := google.JWTConfigFromJSON(opts.ServiceAccount, Scope)
	if err != nil {
		return nil, fmt.Errorf("fcm service account: %w", err)
	}
	if opts.TestURL == "" && conf.TokenURL != tokenURL || opts.TestURL != "" && conf.TokenURL != opts.TestURL+"/token" {
		return nil, errors.New("fcm service account: token_uri is not the token service of this host")
	}
	if opts.ProjectID == "" {
		opts.ProjectID = projectOf(opts.ServiceAccount)
	}
	if opts.ProjectID == "" { // the library would look for one in the environment
		return nil, errors.New("fcm: neither the options nor the service account name a project")
	}
	if opts.Timeout == 0 {
		opts.Timeout = wire.CallTimeout
	}
	client := wire.NewClient(opts.TestRoots)
	google, err := library(opts.ProjectID, host, client)
	if err != nil {
		return nil, fmt.Errorf("fcm: %w", err)
	}
	return &Sender{opts: opts, tokens: &tokens{conf: conf, client: client.Plain()}, wire: client, google: google}, nil
}

func library(project, host string, client *wire.Client) (*messaging.Client, error) {
	ctx := context.Background() // nothing is fetched: the client comes with its own authorisation
	app, err := firebase.NewApp(ctx, &firebase.Config{ProjectID: project},
		option.WithHTTPClient(client.HTTP()), option.WithEndpoint(host+"/v1"))
	if err != nil {
		return nil, err
	}
	return app.Messaging(ctx)
}

// host is Google's, unless both test options are given.
func (o Options) host() (string, error) {
	if (o.TestURL == "") != (o.TestRoots == nil) {
		return "", errors.New("a test host needs its own roots, and roots a test host")
	}
	if o.TestURL == "" {
		return endpoint, nil
	}
	u, err := url.Parse(o.TestURL)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.Path != "" {
		return "", errors.New("the test host is not https://host:port")
	}
	return o.TestURL, nil
}

func projectOf(serviceAccount []byte) string {
	var sa struct {
		ProjectID string `json:"project_id"`
	}
	_ = json.Unmarshal(serviceAccount, &sa) // it has been read once already
	return sa.ProjectID
}

// Close lets go of connections that nobody uses.
func (s *Sender) Close() { s.wire.CloseIdleConnections() }

// Stats implements push.Reporter.
func (s *Sender) Stats() push.SenderStats {
	stats := s.wire.Stats()
	stats.Minted, stats.TokenAge = s.tokens.stats()
	return stats
}

// Send implements push.Sender.
func (s *Sender) Send(ctx context.Context, n push.Notification) push.Result {
	if n.Address.Kind != push.FCMToken && n.Address.Kind != push.FCMFID {
		return push.Result{Outcome: push.OurBug, Reason: push.ReasonWrongSender}
	}
	lifetime := s.opts.Clock.Real(n.Lifetime(s.opts.Clock.Now()))
	body, err := push.BuildFCM(n, lifetime)
	if err != nil {
		return wire.BuildFailure(err)
	}
	var request struct {
		Message *messaging.Message `json:"message"`
	}
	if err := json.Unmarshal(body, &request); err != nil {
		return push.Result{Outcome: push.OurBug, Reason: push.ReasonRefused}
	}
	ctx, cancel := context.WithTimeout(ctx, s.opts.Timeout)
	defer cancel()
	access, err := s.tokens.get(ctx)
	if err != nil {
		return tokenFailure(ctx, err)
	}
	x := &wire.Exchange{Body: body, Urgent: n.Class == push.Emergency, Header: http.Header{"Authorization": {"Bearer " + access}}}
	_, _ = s.google.Send(wire.With(ctx, x), request.Message) // the library's own answer says less than the exchange does
	r := result(ctx, x)
	if r.Status == http.StatusUnauthorized && r.Outcome == push.AuthTrouble {
		s.tokens.forget(access) // so that the one retry of the caller's goes with a fresh one
	}
	return r
}

func tokenFailure(ctx context.Context, err error) push.Result {
	if status, yes := refused(err); yes {
		return push.Result{Outcome: push.AuthTrouble, Status: status, Reason: "oauth_refused"}
	}
	return wire.Failure(ctx, err)
}

func result(ctx context.Context, x *wire.Exchange) push.Result {
	if !x.Sent {
		return push.Result{Outcome: push.OurBug, Reason: push.ReasonRefused}
	}
	if x.Err != nil {
		return wire.Failure(ctx, x.Err)
	}
	a := push.ParseFCM(x.Status, x.Answer)
	return push.Result{
		Outcome: a.Outcome(), Status: x.Status, Reason: a.Reason(), ForDevice: a.ForDevice(),
		RetryAfter: wire.RetryAfter(x.Got.Get("Retry-After"), time.Now()), ProviderID: nameOf(x),
	}
}

// nameOf is FCM's name of an accepted message.
func nameOf(x *wire.Exchange) string {
	var body struct {
		Name string `json:"name"`
	}
	if x.Status != http.StatusOK || json.Unmarshal(x.Answer, &body) != nil {
		return ""
	}
	return body.Name
}
