package pushtest

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"officermobile/push/pushtest/frames"
)

// Services are the running providers. All methods are safe for concurrent use.
type Services struct {
	opts    Options
	creds   credentials
	config  Config
	closers []func()
	done    sync.WaitGroup
	closing chan struct{}
	once    sync.Once

	mu       sync.Mutex
	ahead    time.Duration // of Options.Now
	random   *rand.ChaCha8
	conns    []*connection
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
	quota    bucket // of FCM's project

	arrivals    []Arrival
	lastArrival int
	changed     chan struct{} // closed by the next arrival
}

// Start makes credentials, listens and serves until Close.
func Start(opts Options) (*Services, error) {
	opts.defaults()
	if ip := net.ParseIP(opts.Host); ip == nil || !ip.IsLoopback() {
		return nil, errors.New("pushtest: these are toys, they listen on loopback only")
	}
	s := &Services{
		opts: opts, closing: make(chan struct{}), devices: map[string]*device{}, browsers: map[string]browser{}, outages: map[Provider]outage{},
		bearers: map[string]time.Time{}, inFlight: map[Provider]int{}, peak: map[Provider]int{}, random: seeded(opts.Seed), changed: make(chan struct{}),
	}
	if err := s.start(); err != nil {
		s.Close()
		return nil, fmt.Errorf("pushtest: %w", err)
	}
	return s, nil
}

func (s *Services) start() error {
	var err error
	if s.creds, err = newCredentials(s.opts.Host); err != nil {
		return err
	}
	apple, err := s.provider(Apple, s.opts.APNsPort, http.HandlerFunc(s.apple))
	if err != nil {
		return err
	}
	google, err := s.provider(Google, s.opts.FCMPort, s.google())
	if err != nil {
		return err
	}
	web, err := s.provider(Browsers, s.opts.WebPort, http.HandlerFunc(s.browserService))
	if err != nil {
		return err
	}
	control, err := s.plain(s.opts.ControlPort, s.control())
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

// provider listens and serves HTTP/2 as a provider does, and answers host:port.
func (s *Services) provider(p Provider, port int, h http.Handler) (string, error) {
	server := &frames.Server{
		Certificate: s.creds.leaf, Handler: h, Streams: firstStreams(p), Over: over(p),
		Opened:  func(c *frames.Conn) { s.opened(p, c) },
		Arrived: func(r *http.Request) (any, bool) { return s.arrived(p, r) },
	}
	return s.serve(port, server.Serve, server.Close)
}

// plain is serve of HTTP without encryption.
func (s *Services) plain(port int, h http.Handler) (string, error) {
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	return s.serve(port, server.Serve, func() { _ = server.Close() }) // connections are cut, there is nothing to save
}

func (s *Services) serve(port int, serve func(net.Listener) error, end func()) (string, error) {
	l, err := net.Listen("tcp", net.JoinHostPort(s.opts.Host, strconv.Itoa(port)))
	if err != nil {
		return "", err
	}
	s.closers = append(s.closers, func() { _ = l.Close(); end() })
	s.done.Go(func() { _ = serve(l) }) // ends with Close, and then says only that
	return l.Addr().String(), nil
}

// Config tells how to reach and trust the services. Its slices are not to be changed.
func (s *Services) Config() Config { return s.config }

// Close stops serving, cuts every connection and waits for the servers.
func (s *Services) Close() {
	s.once.Do(func() { close(s.closing) })
	for _, end := range s.closers {
		end()
	}
	s.done.Wait()
}

// Advance moves the services' clock ahead: tokens age, outages end, what is stored expires. Delays of faults are real
// time all the same.
func (s *Services) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ahead += d
}

// Time is what the services' clock shows.
func (s *Services) Time() time.Time { return s.now() }

// now is the services' time; Advance moves it.
func (s *Services) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clock()
}

// clock is now for those who hold the lock.
func (s *Services) clock() time.Time { return s.opts.Now().Add(s.ahead) }

func seeded(seed uint64) *rand.ChaCha8 {
	var key [32]byte
	for i := range 8 {
		key[i] = byte(seed >> (8 * i))
	}
	return rand.NewChaCha8(key)
}

// hex is n random bytes.
func (s *Services) hex(n int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hexed(n)
}

// hexed is hex for those who hold the lock.
func (s *Services) hexed(n int) string {
	b := make([]byte, n)
	_, _ = s.random.Read(b) // never fails
	return hex.EncodeToString(b)
}

// uuid is for a request that came without an apns-id.
func (s *Services) uuid() string {
	h := s.hex(16)
	return fmt.Sprintf("%s-%s-%s-%s-%s", h[:8], h[8:12], h[12:16], h[16:20], h[20:])
}
