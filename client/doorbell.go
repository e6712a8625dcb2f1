package client

import (
	"context"
	"crypto/ecdh"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"time"

	"officermobile/models"
	"officermobile/models/doorbell"
)

// Doorbell is what a device reads its notifications with. The program that a phone starts for one shares it with the
// app, so that it is kept beside the Store: in the keychain, the private keys in secure hardware where there is some. It
// is used by one program at a time.
type Doorbell struct {
	Device      models.DeviceID
	Key         []byte // private, of P-256; nil: nothing is sealed to this device
	Former      []byte // the one before, to which notifications under way may be sealed
	FormerUntil time.Time
	Signers     [][]byte // the server's public keys
	Content     models.PushContent
	FetchToken  string
	Seen        map[string]time.Time // rings that were shown
}

// Lives of what a Doorbell holds.
const (
	keyOverlap  = 7 * 24 * time.Hour // of a former key; a provider keeps nothing as long
	seenFor     = 24 * time.Hour     // of an id: the longest that a notification waits for its device
	fetchWithin = 2 * time.Second    // real time; then the generic words are shown
)

// ErrSeen is of a copy that Ring dropped.
var ErrSeen = errors.New("a copy of a notification that was shown")

// Notice is what to show.
type Notice struct {
	ID      string
	Preview *doorbell.Preview // nil: the generic words
	Fetch   bool              // a preview may be had by FetchPush
}

// Rotate makes a new key pair; the old one opens what is under way for seven days. ReadPushes tells the server.
func (b *Doorbell) Rotate(random io.Reader, now time.Time) error {
	key, err := ecdh.P256().GenerateKey(random)
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	if b.Key != nil {
		b.Former, b.FormerUntil = b.Key, now.Add(keyOverlap)
	}
	b.Key = key.Bytes()
	return nil
}

// Ring reads a notification as the platform hands it over. In this order: it ignores what this server did not sign for
// this device, then drops copies, then opens what is sealed. What can't be opened leaves the generic words.
//
// Errors: doorbell.ErrMalformed, doorbell.ErrForged, ErrSeen.
func (b *Doorbell) Ring(payload []byte, now time.Time) (Notice, error) {
	bell, err := doorbell.Parse(payload)
	if err != nil {
		return Notice{}, err
	}
	signers := make([]ed25519.PublicKey, len(b.Signers))
	for i, k := range b.Signers {
		signers[i] = k
	}
	if err := bell.Verify(b.Device, signers); err != nil {
		return Notice{}, err
	}
	if b.saw(bell.Ring(), now) {
		return Notice{}, ErrSeen
	}
	n := Notice{ID: bell.ID}
	if p, err := bell.Open(b.Device, b.keys(now)...); err == nil {
		n.Preview = &p
	} else {
		n.Fetch = b.Content != models.ContentNone
	}
	return n, nil
}

// saw notes an id, and reports whether it was seen within the day.
func (b *Doorbell) saw(id string, now time.Time) bool {
	maps.DeleteFunc(b.Seen, func(_ string, at time.Time) bool { return now.Sub(at) >= seenFor })
	if _, seen := b.Seen[id]; seen {
		return true
	}
	if b.Seen == nil {
		b.Seen = map[string]time.Time{}
	}
	b.Seen[id] = now
	return false
}

// keys are those that may open something now.
func (b *Doorbell) keys(now time.Time) (keys []*ecdh.PrivateKey) {
	if !now.Before(b.FormerUntil) {
		b.Former = nil
	}
	for _, raw := range [][]byte{b.Key, b.Former} {
		if key, err := ecdh.P256().NewPrivateKey(raw); err == nil {
			keys = append(keys, key)
		}
	}
	return keys
}

// pushKeys is the answer to a registration of keys.
type pushKeys struct {
	Content models.PushContent `json:"content"`
	Signers []struct {
		Key string `json:"key"`
	} `json:"signers"`
	FetchToken string `json:"fetch_token"`
}

// ReadPushes registers the device's key and learns what else it needs to read notifications. Call it at every start and
// after each sign-in, while the session is fresh: the fetch token lives for a week, and ends with the session.
func (d *Device) ReadPushes(ctx context.Context, b *Doorbell) error {
	meta := d.Meta()
	var in struct {
		Key string `json:"key,omitzero"`
	}
	if b.Key != nil {
		key, err := ecdh.P256().NewPrivateKey(b.Key)
		if err != nil {
			return fmt.Errorf("read the device's key: %w", err)
		}
		in.Key = base64.RawURLEncoding.EncodeToString(key.PublicKey().Bytes())
	}
	var out pushKeys
	path := "/v1/devices/" + meta.Device.String() + "/push-keys"
	if err := d.call(ctx, http.MethodPut, path, bearer(meta.Session.Access), in, &out); err != nil {
		return fmt.Errorf("register push keys: %w", err)
	}
	var signers [][]byte
	for _, s := range out.Signers {
		raw, err := base64.RawURLEncoding.DecodeString(s.Key)
		if err != nil || len(raw) != ed25519.PublicKeySize {
			return errNoAnswer
		}
		signers = append(signers, raw)
	}
	b.Device, b.Signers, b.Content, b.FetchToken = meta.Device, signers, out.Content, out.FetchToken
	return nil
}

// FetchPush asks what a notification is about. Whatever the error, the generic words stand; it takes no longer than a
// phone waits before it shows them.
func (d *Device) FetchPush(ctx context.Context, b *Doorbell, id string) (doorbell.Preview, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchWithin)
	defer cancel()
	var p doorbell.Preview
	if err := d.call(ctx, http.MethodGet, "/v1/push/"+id, bearer(b.FetchToken), nil, &p); err != nil {
		return p, fmt.Errorf("fetch a preview: %w", err)
	}
	return p, nil
}
