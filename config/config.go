package config

import (
	"net/netip"
	"strings"
	"time"

	"officermobile/clock"
)

// Config is what the server is told at start. It is a value: nothing changes it afterwards.
type Config struct {
	Server  Server
	Store   Store
	Log     Log
	Trace   Trace
	Session Session
	Limits  Limits
	Client  Client
	Push    Push
	Clock   Clock
}

// Server is how the server is reached and how it lets go.
type Server struct {
	Listen         string         // host:port
	AdminListen    string         // host:port, "" for no admin listener
	AdminToken     Secret         // bearer token of the admin listener, "" for none
	TLSCertFile    string         // PEM, "" for plain HTTP
	TLSKeyFile     string         // PEM
	TrustedProxies []netip.Prefix // whose X-Forwarded-For is believed
	Heartbeat      time.Duration  // between heartbeats of a quiet stream
	DrainSpread    time.Duration  // least time over which devices are told to come back
}

// TLS reports whether the server itself ends TLS.
func (s Server) TLS() bool { return s.TLSCertFile != "" }

// Store is where the log and the documents are.
type Store struct {
	Address              Secret // a folder, or a mongodb:// address, which may hold a password
	MongoAllowStandalone bool   // accept a MongoDB that is no replica set
}

// Log is how the server logs. It is not the log of events, which has no settings.
type Log struct {
	Level  string // debug, info, warn or error
	Format string // json or text
}

// Trace is where spans of requests go.
type Trace struct {
	Endpoint string  // URL of an OTLP/HTTP receiver, "" for nowhere
	Ratio    float64 // of traces that are kept
}

// Session is how long a sign-in lasts.
type Session struct {
	Access   time.Duration // life of an access token
	Idle     time.Duration // without activity
	Absolute time.Duration // since the sign-in
	PBKDF2   int           // iterations of password hashes, 0 for argon2id
}

// Limits are the bounds on what one party may ask.
type Limits struct {
	UserPerSecond    int // requests
	DevicePerSecond  int // requests
	AddressPerSecond int // requests of nobody who is signed in; a whole station may share one address
}

// Client is what is asked of the apps.
type Client struct {
	Minimum []string // by app, the least version that is served: officer-ios/3.2.0
}

// Push is the providers of notifications, and how long a device that is looked at has to confirm before it is notified.
type Push struct {
	APNs           APNs
	FCM            FCM
	Web            WebPush
	AddressKey     Secret // keys that devices' addresses are sealed with, one a line, the newest first
	WaitMessage    time.Duration
	WaitInvitation time.Duration
	WaitUrgent     time.Duration
}

// APNs is Apple's push service, by token authentication.
type APNs struct {
	Key         Secret // the .p8 file's text
	KeyID       string
	TeamID      string
	Topic       string // the app's bundle id, or several with commas between
	Environment string // production, sandbox or both
	TestHost    string // host:port of a simulator, "" for Apple's
	TestCAFile  string // PEM of the simulator's authority
}

// Enabled reports whether there is a key.
func (a APNs) Enabled() bool { return a.Key != "" }

// Topics are the bundle ids of the apps that are rung.
func (a APNs) Topics() []string {
	topics := strings.Split(a.Topic, ",")
	for i, t := range topics {
		topics[i] = strings.TrimSpace(t)
	}
	return topics
}

// FCM is Google's push service, by the HTTP v1 interface.
type FCM struct {
	ServiceAccount Secret // the JSON file's text
	TestEndpoint   string // URL of a simulator, "" for Google's
	TestCAFile     string // PEM of the simulator's authority
}

// Enabled reports whether there is a service account.
func (f FCM) Enabled() bool { return f.ServiceAccount != "" }

// WebPush is the push services of browsers, for tablets that run the web app.
type WebPush struct {
	Key          Secret // PEM of a private key on P-256: the server's identity, which subscriptions are bound to for life
	Subject      string // mailto: or https: of whoever answers for this server
	TestEndpoint string // origin of a simulator, "" for the browsers' services
	TestCAFile   string // PEM of the simulator's authority
}

// Enabled reports whether there is a key.
func (w WebPush) Enabled() bool { return w.Key != "" }

// Clock is the time that the server lives in. Anything but the zero origin and speed 1 is for rehearsals.
type Clock struct {
	Origin time.Time // what the clock shows at start, zero for the present
	Anchor time.Time // the wall time at which it shows Origin, zero for the start
	Speed  float64   // times real time
}

// Rehearsal reports a clock that isn't the wall's.
func (c Clock) Rehearsal() bool { return c.Speed != 1 || !c.Origin.IsZero() }

// Start is the clock, running from now on.
func (c Clock) Start() clock.Clock {
	if !c.Rehearsal() {
		return clock.Clock{}
	}
	origin := c.Origin
	if origin.IsZero() {
		origin = clock.Clock{}.Now()
	}
	if !c.Anchor.IsZero() {
		return clock.Anchored(origin, c.Anchor, c.Speed)
	}
	return clock.Scaled(origin, c.Speed)
}
