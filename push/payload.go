package push

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strconv"
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

// payloadVersion is "v" of every payload, for apps that outlive this server.
const payloadVersion = 1

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

// APNsRequest is what goes to Apple for one notification, credentials and expiry apart.
type APNsRequest struct {
	Body       []byte // the exact bytes on the wire
	PushType   string // apns-push-type
	Priority   int    // apns-priority
	CollapseID string // apns-collapse-id, "" for none
}

type apnsBody struct {
	APS     aps    `json:"aps"`
	Version int    `json:"v"`
	ID      string `json:"n"`
	KeyID   string `json:"k,omitempty"`
	Box     string `json:"e,omitempty"`
}

type aps struct {
	Alert            *apsAlert `json:"alert,omitzero"`
	MutableContent   int       `json:"mutable-content,omitzero"`
	ContentAvailable int       `json:"content-available,omitzero"`
	Sound            string    `json:"sound,omitempty"`
	Badge            *int      `json:"badge,omitzero"`
	ThreadID         Tag       `json:"thread-id,omitempty"`
	Level            string    `json:"interruption-level,omitempty"`
	Category         string    `json:"category,omitempty"`
}

type apsAlert struct {
	TitleKey string `json:"title-loc-key"`
	Key      string `json:"loc-key"`
}

// BuildAPNs makes the redacted request of a notification. It answers ErrMalformed or ErrTooLarge, wrapped.
func BuildAPNs(n Notification) (APNsRequest, error) {
	if err := n.check(); err != nil {
		return APNsRequest{}, err
	}
	req := APNsRequest{PushType: "alert", Priority: 10, CollapseID: string(n.CollapseTag)}
	body := apnsBody{APS: apsOf(n), Version: payloadVersion, ID: n.ID.String()}
	switch {
	case n.Class == Quiet && n.Wake:
		req.PushType, req.Priority, req.CollapseID = "background", 5, "" // Apple: background is always 5
	case n.Class == Quiet:
		req.Priority, req.CollapseID = 5, ""
	case n.Passive:
		req.Priority = 5
	}
	if n.Class != Quiet {
		body.KeyID, body.Box = n.Sealed.KeyID, base64.RawURLEncoding.EncodeToString(n.Sealed.Box)
	}
	var err error
	req.Body, err = marshal(body, MaxAPNsBytes)
	return req, err
}

func apsOf(n Notification) aps {
	if n.Class == Quiet && n.Wake {
		return aps{ContentAvailable: 1} // and nothing else, or Apple treats it as an alert
	}
	if n.Class == Quiet {
		return aps{Badge: &n.Badge}
	}
	a := aps{
		Alert:          &apsAlert{TitleKey: "N_T", Key: locKey(n)},
		MutableContent: 1, Badge: &n.Badge, ThreadID: n.ThreadTag, Sound: "default", Level: "active", Category: category(n),
	}
	if n.Class == Emergency {
		a.Level = "time-sensitive" // "critical" needs an entitlement that Apple grants app by app
	}
	if n.Passive {
		a.Level, a.Sound = "passive", ""
	}
	return a
}

// locKey is the key of a sentence in the app. Unless the agency chose typed words, all classes share one.
func locKey(n Notification) string {
	if !n.Typed {
		return "N_MSG"
	}
	return "N_" + category(n)
}

func category(n Notification) string {
	switch {
	case n.Typed && n.Class == Invite:
		return "INV"
	case n.Typed && n.Class == Emergency:
		return "EMG"
	}
	return "MSG"
}

type fcmBody struct {
	Message fcmMessage `json:"message"`
}

type fcmMessage struct {
	Token   string     `json:"token,omitempty"`
	FID     string     `json:"fid,omitempty"`
	Data    fcmData    `json:"data"`
	Android fcmAndroid `json:"android"`
}

// fcmData has strings only: FCM refuses any other value.
type fcmData struct {
	Version  string `json:"v"`
	ID       string `json:"n"`
	Thread   Tag    `json:"t,omitempty"`
	Collapse Tag    `json:"c,omitempty"` // only where it differs from the thread
	Badge    string `json:"b"`
	Class    string `json:"x"`
	Passive  string `json:"p,omitempty"`
	KeyID    string `json:"k,omitempty"`
	Box      string `json:"e,omitempty"`
}

type fcmAndroid struct {
	Priority string `json:"priority"`
	TTL      string `json:"ttl"`
}

// BuildFCM makes the redacted body of a notification: data only, since Android shows a notification block before the
// app could decide, and without collapse_key, which FCM throttles to one in three minutes. lifetime is in whole
// seconds. It answers ErrMalformed or ErrTooLarge, wrapped.
func BuildFCM(n Notification, lifetime time.Duration) ([]byte, error) {
	if err := n.check(); err != nil {
		return nil, err
	}
	msg := fcmMessage{
		Data: fcmData{
			Version: strconv.Itoa(payloadVersion), ID: n.ID.String(), Badge: strconv.Itoa(n.Badge), Class: n.Class.code(),
		},
		Android: fcmAndroid{Priority: "high", TTL: strconv.FormatInt(int64(lifetime/time.Second), 10) + "s"},
	}
	if n.Class == Quiet || n.Passive {
		msg.Android.Priority = "normal" // high without something to see costs the app its right to high
	}
	if n.Address.Kind == FCMFID {
		msg.FID = n.Address.Token
	} else {
		msg.Token = n.Address.Token
	}
	if n.Class != Quiet {
		msg.Data.show(n)
	}
	return marshal(fcmBody{msg}, MaxFCMBytes)
}

// webBody is what the web app's service worker reads.
type webBody struct {
	Version  int    `json:"v"`
	ID       string `json:"n"`
	Thread   Tag    `json:"t,omitempty"`
	Collapse Tag    `json:"c,omitempty"` // only where it differs from the thread
	Badge    int    `json:"b"`
	Class    string `json:"x"`
	Passive  bool   `json:"p,omitzero"`
	KeyID    string `json:"k,omitempty"`
	Box      string `json:"e,omitempty"`
}

// BuildWebPush makes the redacted body of a notification, before it is encrypted to the browser. It answers
// ErrMalformed or ErrTooLarge, wrapped.
func BuildWebPush(n Notification) ([]byte, error) {
	if err := n.check(); err != nil {
		return nil, err
	}
	b := webBody{Version: payloadVersion, ID: n.ID.String(), Badge: n.Badge, Class: n.Class.code()}
	if n.Class != Quiet {
		b.Thread, b.Passive = n.ThreadTag, n.Passive
		if n.CollapseTag != n.ThreadTag {
			b.Collapse = n.CollapseTag
		}
		b.KeyID, b.Box = n.Sealed.KeyID, base64.RawURLEncoding.EncodeToString(n.Sealed.Box)
	}
	return marshal(b, MaxWebBytes)
}

// show adds what only a visible notification has.
func (d *fcmData) show(n Notification) {
	d.Thread = n.ThreadTag
	if n.CollapseTag != n.ThreadTag {
		d.Collapse = n.CollapseTag
	}
	if n.Passive {
		d.Passive = "1"
	}
	d.KeyID, d.Box = n.Sealed.KeyID, base64.RawURLEncoding.EncodeToString(n.Sealed.Box)
}

// code is the class in an FCM payload.
func (c Class) code() string { return [...]string{"", "q", "m", "i", "e"}[c] }

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

var (
	tagPattern   = regexp.MustCompile(`^([A-Za-z0-9_-]{16})?$`)
	keyIDPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{0,32}$`)
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
	case n.Address.Kind == APNs && !apnsPattern.MatchString(n.Address.Token):
		return fmt.Errorf("%w: not an APNs token", ErrMalformed)
	case n.Address.Kind == WebPush && !webPattern.MatchString(n.Address.Token):
		return fmt.Errorf("%w: not the endpoint of a subscription", ErrMalformed)
	case n.Address.Kind != APNs && n.Address.Kind != WebPush && !fcmPattern.MatchString(n.Address.Token):
		return fmt.Errorf("%w: not an FCM token", ErrMalformed)
	}
	return nil
}
