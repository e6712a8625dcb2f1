package pushtest

import (
	"math/rand/v2"
	"time"

	"officermobile/push"
)

// Provider names one of the services.
type Provider string

// The providers.
const (
	Apple        Provider = "apns"
	Google       Provider = "fcm"
	Browsers     Provider = "webpush"
	GoogleTokens Provider = "fcm_token_service" // for faults of POST /token alone
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

	PerMinute int // messages that FCM takes for the project; Google's 600,000 if 0

	Unlimited bool // Google's quotas don't count: for rehearsals whose clock runs faster than these services'

	Streams uint32           // at once on a connection to APNs, once it has seen a valid token; 1000 if 0
	Now     func() time.Time // time.Now if nil; Advance runs ahead of it
	Seed    uint64           // of addresses, message ids and chance; another each time if 0. Keys are always new
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

func (o *Options) defaults() {
	o.Host = orElse(o.Host, "127.0.0.1")
	o.Environment = orElse(o.Environment, push.Production)
	o.Topic = orElse(o.Topic, "org.example.officer")
	o.Project = orElse(o.Project, "officer-test")
	o.TokenLife = orElse(o.TokenLife, time.Hour)
	o.Streams = orElse(o.Streams, appleStreams)
	o.PerMinute = orElse(o.PerMinute, projectPerMinute)
	o.Seed = orElse(o.Seed, rand.Uint64())
	if o.Now == nil {
		o.Now = time.Now
	}
}

func orElse[T comparable](v, fallback T) T {
	var zero T
	if v == zero {
		return fallback
	}
	return v
}
