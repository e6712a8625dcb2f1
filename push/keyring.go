package push

import (
	"context"
	"crypto/ecdh"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-json-experiment/json"

	"officermobile/models"
	"officermobile/models/doorbell"
	"officermobile/store"
)

// kindKeys documents are what a device reads its pushes with: the key that its content is sealed to, and the secret of
// its fetch tokens. They are gone when nobody is signed in on the device, and with them all content.
const kindKeys store.Kind = "push_keys"

// Lives of what a device registers.
const (
	KeyOverlap = 7 * 24 * time.Hour // for which a former key is kept by the device: longer than a provider keeps a ring
	FetchLife  = 7 * 24 * time.Hour // of a fetch token; an app that is opened once a week always has a good one
)

// keysBody is the document. User is who registered it: it is worth nothing to another.
type keysBody struct {
	User     models.UserID `json:"user"`
	Secret   []byte        `json:"secret"`
	Key      []byte        `json:"key,omitzero"`    // uncompressed point; none: nothing is sealed to this device
	Former   []byte        `json:"former,omitzero"` // the point before it
	FormerTo time.Time     `json:"former_to,omitzero"`
	version  uint64
}

// former is the id of the key before the present one, "" once it is over.
func (b keysBody) former(now time.Time) string {
	if b.Former == nil || !now.Before(b.FormerTo) {
		return ""
	}
	return doorbell.KeyID(b.Former)
}

// ParseKey reads a device's public key: an uncompressed point on P-256, base64url. The error is a *models.Error.
func ParseKey(text string) (*ecdh.PublicKey, error) {
	point, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, models.Invalid("key", "is not base64url")
	}
	key, err := ecdh.P256().NewPublicKey(point)
	if err != nil {
		return nil, models.Invalid("key", "is not an uncompressed point on P-256")
	}
	return key, nil
}

// keyring is where the documents are.
type keyring struct {
	docs   store.Documents
	random io.Reader
}

// register keeps a device's key, nil for none, in place of the one before. The secret stays while the user does.
func (s *keyring) register(ctx context.Context, k deviceKey, user models.UserID, key *ecdh.PublicKey, now time.Time) (keysBody, error) {
	for range contested {
		old, err := s.get(ctx, k)
		if err != nil {
			return old, err
		}
		next, err := s.next(old, user, key, now)
		if err != nil {
			return old, err
		}
		body, err := json.Marshal(next)
		if err != nil {
			return old, err
		}
		_, err = s.docs.PutIf(ctx, store.Document{Kind: kindKeys, ID: k.String(), Version: old.version, Body: body})
		if err == nil {
			return next, nil
		}
		if !errors.Is(err, store.ErrVersion) {
			return old, fmt.Errorf("store a device's push keys: %w", err)
		}
	}
	return keysBody{}, errors.New("store a device's push keys: too much contention")
}

// next is the document after a registration.
func (s *keyring) next(old keysBody, user models.UserID, key *ecdh.PublicKey, now time.Time) (keysBody, error) {
	next := old
	if old.User != user || len(old.Secret) == 0 {
		next = keysBody{User: user, Secret: make([]byte, sha256.Size)}
		if _, err := io.ReadFull(s.random, next.Secret); err != nil {
			return next, fmt.Errorf("draw the secret of fetch tokens: %w", err)
		}
	}
	if next.former(now) == "" {
		next.Former, next.FormerTo = nil, time.Time{}
	}
	if key == nil {
		next.Key, next.Former, next.FormerTo = nil, nil, time.Time{}
		return next, nil
	}
	if point := key.Bytes(); !hmac.Equal(point, next.Key) {
		if next.Key != nil {
			next.Former, next.FormerTo = next.Key, now.Add(KeyOverlap)
		}
		next.Key = point
	}
	return next, nil
}

// get reads a device's document; the zero one for none, and for one that is damaged: the app's next start makes it anew.
func (s *keyring) get(ctx context.Context, k deviceKey) (keysBody, error) {
	var b keysBody
	d, err := s.docs.Get(ctx, kindKeys, k.String())
	if errors.Is(err, store.ErrNotFound) {
		return b, nil
	}
	if err != nil {
		return b, fmt.Errorf("read a device's push keys: %w", err)
	}
	if json.Unmarshal(d.Body, &b) != nil {
		b = keysBody{}
	}
	b.version = d.Version
	return b, nil
}

// remove forgets a device's keys.
func (s *keyring) remove(ctx context.Context, k deviceKey) error {
	for range contested {
		b, err := s.get(ctx, k)
		if err != nil || b.version == 0 {
			return err
		}
		err = s.docs.Delete(ctx, kindKeys, k.String(), b.version)
		if !errors.Is(err, store.ErrVersion) {
			return err
		}
	}
	return errors.New("forget a device's push keys: too much contention")
}

// Sizes of a fetch token's parts: agency, device, the second when it ends, and what proves them.
const (
	fetchClaims = 16 + 16 + 8
	fetchBytes  = fetchClaims + sha256.Size
)

// fetchToken is what a device may fetch previews with, and nothing else. It is derived, so that nothing is kept for it.
func (b keysBody) fetchToken(k deviceKey, until time.Time) string {
	claims := binary.BigEndian.AppendUint64(append(k.agency[:], k.device[:]...), uint64(until.Unix()))
	return base64.RawURLEncoding.EncodeToString(append(claims, b.proof(claims)...))
}

func (b keysBody) proof(claims []byte) []byte {
	mac := hmac.New(sha256.New, b.Secret)
	mac.Write([]byte("fetch"))
	mac.Write(claims)
	return mac.Sum(nil)
}

// readFetchToken answers whose device a token claims to be of, until when, and what must be proven.
func readFetchToken(text string) (k deviceKey, until time.Time, raw []byte, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) != fetchBytes {
		return k, until, nil, false
	}
	copy(k.agency[:], raw[:16])
	copy(k.device[:], raw[16:32])
	return k, time.Unix(int64(binary.BigEndian.Uint64(raw[32:fetchClaims])), 0), raw, true
}
