// Package pushtest is Apple's, Google's and browsers' push services for tests and rehearsals: real TLS, HTTP/2 and signatures on
// loopback, with their rules, their error bodies, faults on request, and a record of what they took and what an
// officer would see. Nothing here reaches the network.
//
// Faithful, APNs: HTTP/2 only, over TLS; the ES256 provider token (algorithm, key, team, an hour by the real clock, no
// change within 20 minutes on a connection); path, header, priority and size rules; apns-id echoed in upper case; the
// reasons and the millisecond time of a 410. FCM: the jwt-bearer grant (RS256, audience, the one scope, expiry);
// bearers that expire; target union, string data, reserved keys, ttl, 4096 bytes; error bodies with and without
// FcmError, Retry-After, QuotaFailure.
//
// Not faithful: devices are always online, so nothing is stored, batched or dropped for expiry, and Doze, Focus and
// the two providers' quotas do not exist unless a device is made Limited; APNs allows its streams before the first
// valid token, and GOAWAY comes only after an answer, without debug data; a background push whose aps holds more than
// content-available is refused, where Apple is silent; only what our senders use of both message formats is known.
package pushtest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"officermobile/push"
)

// Options of the services. The zero value listens on random ports of 127.0.0.1 and knows no device.
type Options struct {
	Host        string // a loopback address
	APNsPort    int    // 0 for a random one, as the others
	FCMPort     int
	WebPort     int
	ControlPort int

	Environment push.Environment // that APNs plays; production if ""
	Topic       string           // bundle id that the key may push to; "org.example.officer" if ""
	Project     string           // of FCM; "officer-test" if ""
	TokenLife   time.Duration    // of an FCM access token; an hour if 0
	Open        bool             // a well-formed address that was never registered is a live device
}

// Config is what the real senders need to reach the services.
type Config struct {
	CA      []byte // PEM of the certificate authority to trust
	APNs    APNsConfig
	FCM     FCMConfig
	Web     WebConfig
	Control string // base URL of the control API
}

// APNsConfig is Apple's side of Config.
type APNsConfig struct {
	URL, KeyID, TeamID, Topic string
	Key                       []byte // PEM of the .p8 file
	Environment               push.Environment
}

// FCMConfig is Google's side of Config.
type FCMConfig struct {
	URL, ProjectID string
	ServiceAccount []byte // the JSON key file
}

// WebConfig is the side of browsers' push services.
type WebConfig struct {
	URL       string // origin of every endpoint
	Key       []byte // PEM of the VAPID key
	PublicKey string // as a browser wants it for subscribe
	Subject   string
}

// Services are the running providers. All methods are safe for concurrent use.
type Services struct {
	opts    Options
	creds   credentials
	config  Config
	servers []*http.Server
	done    sync.WaitGroup
	closing chan struct{}
	once    sync.Once

	mu       sync.Mutex
	conns    int
	devices  map[string]*device
	browsers map[string]browser // by endpoint
	faults   []*Fault
	outages  map[Provider]outage
	bearers  map[string]time.Time // access token, end
	revoked  bool                 // the service account's key
	mints    int
	journal  []Entry
	trimmed  int // entries that were dropped from the journal's front
	inFlight map[Provider]int
	peak     map[Provider]int
}

// Provider names one of the services.
type Provider string

// The providers.
const (
	Apple        Provider = "apns"
	Google       Provider = "fcm"
	Browsers     Provider = "webpush"
	GoogleTokens Provider = "fcm_token_service" // for faults of POST /token alone
)

// Start makes credentials, listens and serves until Close.
func Start(opts Options) (*Services, error) {
	opts.defaults()
	if ip := net.ParseIP(opts.Host); ip == nil || !ip.IsLoopback() {
		return nil, errors.New("pushtest: these are toys, they listen on loopback only")
	}
	s := &Services{
		opts: opts, closing: make(chan struct{}), devices: map[string]*device{}, browsers: map[string]browser{}, outages: map[Provider]outage{},
		bearers: map[string]time.Time{}, inFlight: map[Provider]int{}, peak: map[Provider]int{},
	}
	if err := s.start(); err != nil {
		s.Close()
		return nil, fmt.Errorf("pushtest: %w", err)
	}
	return s, nil
}

func (o *Options) defaults() {
	o.Host = orElse(o.Host, "127.0.0.1")
	o.Environment = orElse(o.Environment, push.Production)
	o.Topic = orElse(o.Topic, "org.example.officer")
	o.Project = orElse(o.Project, "officer-test")
	o.TokenLife = orElse(o.TokenLife, time.Hour)
}

func orElse[T comparable](v, fallback T) T {
	var zero T
	if v == zero {
		return fallback
	}
	return v
}

func (s *Services) start() error {
	var err error
	if s.creds, err = newCredentials(s.opts.Host); err != nil {
		return err
	}
	apple, err := s.serve(s.opts.APNsPort, http.HandlerFunc(s.apple), []string{"h2"})
	if err != nil {
		return err
	}
	google, err := s.serve(s.opts.FCMPort, s.google(), []string{"h2", "http/1.1"})
	if err != nil {
		return err
	}
	web, err := s.serve(s.opts.WebPort, http.HandlerFunc(s.browserService), []string{"h2", "http/1.1"})
	if err != nil {
		return err
	}
	control, err := s.serve(s.opts.ControlPort, s.control(), nil)
	if err != nil {
		return err
	}
	account, err := s.creds.serviceAccount(s.opts.Project, "https://"+google+"/token")
	if err != nil {
		return err
	}
	s.config = Config{
		CA:      s.creds.ca,
		Control: "http://" + control,
		APNs: APNsConfig{
			URL: "https://" + apple, KeyID: keyID, TeamID: teamID, Topic: s.opts.Topic, Key: s.creds.p8, Environment: s.opts.Environment,
		},
		Web: WebConfig{URL: "https://" + web, Key: s.creds.vapid, PublicKey: s.creds.vapidPublic, Subject: "mailto:push@example.org"},
		FCM: FCMConfig{URL: "https://" + google, ProjectID: s.opts.Project, ServiceAccount: account},
	}
	return nil
}

// serve listens and serves h, with TLS if protocols are given, and answers host:port.
func (s *Services) serve(port int, h http.Handler, protocols []string) (string, error) {
	l, err := net.Listen("tcp", net.JoinHostPort(s.opts.Host, strconv.Itoa(port)))
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute, ConnContext: s.connected, ErrorLog: discard()}
	server.Protocols = new(http.Protocols)
	serve := server.Serve
	if protocols != nil {
		server.Protocols.SetHTTP2(true)
		server.Protocols.SetHTTP1(len(protocols) > 1)
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{s.creds.leaf}, NextProtos: protocols, MinVersion: tls.VersionTLS12}
		server.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: 1000}
		serve = func(l net.Listener) error { return server.ServeTLS(l, "", "") }
	} else {
		server.Protocols.SetHTTP1(true)
	}
	s.servers = append(s.servers, server)
	s.done.Go(func() { _ = serve(l) }) // ends with Close, and then says only that
	return l.Addr().String(), nil
}

// Config tells how to reach and trust the services. Its slices are not to be changed.
func (s *Services) Config() Config { return s.config }

// Close stops serving, cuts every connection and waits for the servers.
func (s *Services) Close() {
	s.once.Do(func() { close(s.closing) })
	for _, server := range s.servers {
		_ = server.Close() // connections are cut, there is nothing to save
	}
	s.done.Wait()
}

// connection is a client's, with what APNs remembers about it.
type connection struct {
	id   int
	conn net.Conn

	mu       sync.Mutex
	token    string // provider token last seen, and since when
	since    time.Time
	poisoned bool
}

type connectionKey struct{}

func (s *Services) connected(ctx context.Context, c net.Conn) context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns++
	return context.WithValue(ctx, connectionKey{}, &connection{id: s.conns, conn: c})
}

func connectionOf(ctx context.Context) *connection { return ctx.Value(connectionKey{}).(*connection) }

// cut ends the connection without a goodbye.
func (c *connection) cut() {
	if t, ok := c.conn.(*tls.Conn); ok {
		_ = t.NetConn().Close()
		return
	}
	_ = c.conn.Close()
}
