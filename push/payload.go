package push

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/go-json-experiment/json"

	"officermobile/models/record"
)

// Limits of the providers. Ours are on the whole body, which for FCM is a little stricter than Google's own count.
const (
	MaxAPNsBytes = 4096                // "maximum payload size for all other remote notifications", Apple
	MaxFCMBytes  = 4096                // "maximum payload for both message types", Google
	MaxWebBytes  = 3993                // what RFC 8291 leaves of the 4096 that every push service takes
	MaxLifetime  = 28 * 24 * time.Hour // the longest ttl that FCM takes; APNs keeps 30 days
)

// Errors of the builders. Such a notification must not leave.
var (
	ErrTooLarge  = errors.New("payload over the provider's limit")
	ErrMalformed = errors.New("notification cannot be addressed or built")
)

// DeviceSecret is known to the server and one device, and makes that device's tags unlike any other's.
type DeviceSecret [32]byte

// Tag is an opaque name for a conversation, an invitation or an emergency on one device: 16 characters made by TagOf,
// or "" for none. An id of the domain has 22, so it is refused where a tag is due.
type Tag string

const tagChars = 16 // 96 bits: no two conversations of a device meet, and apns-collapse-id takes 64 bytes

// TagOf is the tag of a thing on a device. Without the secret nobody can tell that two devices share a conversation.
func TagOf(secret DeviceSecret, id record.UUID) Tag {
	mac := hmac.New(sha256.New, secret[:])
	mac.Write(id[:])
	return Tag(base64.RawURLEncoding.EncodeToString(mac.Sum(nil))[:tagChars])
}

// Lifetime is how long a provider may keep a notification from now on: whole seconds, 0 once it has expired or if it
// never had an expiry, which means one attempt and no storing.
func (n Notification) Lifetime(now time.Time) time.Duration {
	left := min(n.Expires.Sub(now), MaxLifetime)
	if n.Expires.IsZero() || left < 0 || n.Class == Quiet {
		return 0
	}
	return left.Truncate(time.Second)
}

// code is the class in a payload. A test says that it is one.
func (n Notification) code() string {
	if n.Test {
		return "t"
	}
	return [...]string{"", "q", "m", "i", "e"}[n.Class]
}

// marshal writes JSON as it goes on the wire, without escapes that inflate it, and holds it to limit.
func marshal(v any, limit int) ([]byte, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if len(body) > limit {
		return nil, fmt.Errorf("%w: %d of %d bytes", ErrTooLarge, len(body), limit)
	}
	return body, nil
}

// box is the text of what is sealed, "" for nothing.
func (s Sealed) box() string { return base64.RawURLEncoding.EncodeToString(s.Box) }

var (
	tagPattern   = regexp.MustCompile(`^([A-Za-z0-9_-]{16})?$`)
	keyIDPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{0,32}$`)
	signPattern  = regexp.MustCompile(`^([A-Za-z0-9_-]{11}\.[A-Za-z0-9_-]{86})?$`)
	apnsPattern  = regexp.MustCompile(`^([0-9a-fA-F]{2}){32,100}$`)    // Apple: variable length, up to 100 bytes
	webPattern   = regexp.MustCompile(`^https://[a-z0-9.:-]+/[!-~]+$`) // an endpoint; which hosts may be asked is the sender's to say
	fcmPattern   = regexp.MustCompile(`^[A-Za-z0-9:_-]+$`)
)

// check finds what no provider could take, and what might betray something: a tag or key id that is not of its form.
// Errors never quote the value.
func (n Notification) check() error {
	switch {
	case n.ID.IsZero():
		return fmt.Errorf("%w: no id", ErrMalformed)
	case n.Class < Quiet || n.Class > Emergency:
		return fmt.Errorf("%w: class %d", ErrMalformed, n.Class)
	case n.Badge < 0 || n.Attempt < 0:
		return fmt.Errorf("%w: a negative badge or attempt", ErrMalformed)
	case !tagPattern.MatchString(string(n.ThreadTag)) || !tagPattern.MatchString(string(n.CollapseTag)):
		return fmt.Errorf("%w: a tag is not of TagOf's making", ErrMalformed)
	case !keyIDPattern.MatchString(n.Sealed.KeyID):
		return fmt.Errorf("%w: key id", ErrMalformed)
	case !signPattern.MatchString(n.Signature):
		return fmt.Errorf("%w: signature", ErrMalformed)
	case n.Address.Kind == APNs && !apnsPattern.MatchString(n.Address.Token):
		return fmt.Errorf("%w: not an APNs token", ErrMalformed)
	case n.Address.Kind == WebPush && !webPattern.MatchString(n.Address.Token):
		return fmt.Errorf("%w: not the endpoint of a subscription", ErrMalformed)
	case n.Address.Kind != APNs && n.Address.Kind != WebPush && !fcmPattern.MatchString(n.Address.Token):
		return fmt.Errorf("%w: not an FCM token", ErrMalformed)
	}
	return nil
}
