package auth

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"officermobile/store"
)

const (
	kindSigningKey store.Kind = "signing_key"
	// ringID is the one document that holds all keys, so that a rotation is one compare-and-swap.
	ringID = "ring"
	// publishAhead is how long a key is published before it signs, so that every node and every reader of the JWKS
	// has it by then.
	publishAhead = 24 * time.Hour
)

// storedKey is a signing key in the ring document. The private key is as secret as the database.
type storedKey struct {
	Private  []byte    `json:"private"`  // PKCS #8
	Signs    time.Time `json:"signs"`    // from when on, until the next one signs
	Verifies time.Time `json:"verifies"` // until when its tokens are accepted; zero while it has no successor
}

// JWKS is the public keys, current, next and retired ones, as a JSON Web Key Set (RFC 7517). Not to be changed.
func (s *Service) JWKS() []byte { return s.ring.Load().jwks }

// ReplaceKeys is the emergency rotation: all present signing keys are void at once, all access tokens with them, and
// all streams close. Refresh tokens don't depend on these keys; phones renew and go on.
func (s *Service) ReplaceKeys(ctx context.Context) error {
	now := s.clock.Now()
	err := s.changeRing(ctx, func([]storedKey) ([]storedKey, error) { return firstKeys(now, s.opts.RotateEvery) })
	if err == nil {
		s.audit(ctx, Event{What: KeysReplaced})
	}
	return err
}

// rotateIfDue adds the next key when the last one is about to sign, and drops keys whose tokens have all expired.
func (s *Service) rotateIfDue(ctx context.Context) error {
	now := s.clock.Now()
	if !rotationDue(s.ring.Load().keys, now) {
		return nil
	}
	return s.changeRing(ctx, func(keys []storedKey) ([]storedKey, error) {
		return rotated(keys, now, s.opts.RotateEvery)
	})
}

func rotationDue(keys []ringKey, now time.Time) bool {
	last := keys[len(keys)-1]
	first := keys[0]
	return !now.Before(last.Signs) || !first.Verifies.IsZero() && !now.Before(first.Verifies)
}

// firstKeys are one that signs now and the next one.
func firstKeys(now time.Time, every time.Duration) ([]storedKey, error) {
	k, err := newKey(now)
	if err != nil {
		return nil, err
	}
	return rotated([]storedKey{k}, now, every)
}

// rotated drops what expired and, if the last key signs already, adds one that signs a period later. A server that was
// off for longer than that still publishes ahead.
func rotated(keys []storedKey, now time.Time, every time.Duration) ([]storedKey, error) {
	kept := []storedKey{}
	for _, k := range keys {
		if k.Verifies.IsZero() || now.Before(k.Verifies) {
			kept = append(kept, k)
		}
	}
	last := &kept[len(kept)-1]
	if now.Before(last.Signs) {
		return kept, nil
	}
	signs := last.Signs.Add(every)
	if ahead := now.Add(publishAhead); signs.Before(ahead) {
		signs = ahead
	}
	next, err := newKey(signs)
	if err != nil {
		return nil, err
	}
	last.Verifies = signs.Add(publishAhead) // far longer than a token lives, and than clocks differ
	return append(kept, next), nil
}

func newKey(signs time.Time) (storedKey, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return storedKey{}, fmt.Errorf("make a signing key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	return storedKey{Private: der, Signs: signs}, err
}

// changeRing writes the ring that alter makes of the present one, and uses it.
func (s *Service) changeRing(ctx context.Context, alter func([]storedKey) ([]storedKey, error)) error {
	for range maxTries {
		version, keys, err := s.readRing(ctx)
		if err != nil {
			return err
		}
		if keys, err = alter(keys); err != nil {
			return err
		}
		body, err := json.Marshal(keys)
		if err != nil {
			return err
		}
		_, err = s.docs.PutIf(ctx, store.Document{Kind: kindSigningKey, ID: ringID, Version: version, Body: body})
		if err == nil {
			return s.loadRing(ctx)
		}
		if !errors.Is(err, store.ErrVersion) {
			return storage("write the signing keys", err)
		}
	}
	return errContended
}

// openRing loads the ring, at the very first start after making it.
func (s *Service) openRing(ctx context.Context) error {
	_, keys, err := s.readRing(ctx)
	if err != nil || len(keys) > 0 {
		return errors.Join(err, s.loadRing(ctx))
	}
	now := s.clock.Now()
	return s.changeRing(ctx, func(keys []storedKey) ([]storedKey, error) {
		if len(keys) > 0 { // another node was faster
			return keys, nil
		}
		return firstKeys(now, s.opts.RotateEvery)
	})
}

// loadRing uses the stored ring. If a key in use has gone, every token verified with it is forgotten and streams close.
func (s *Service) loadRing(ctx context.Context) error {
	version, keys, err := s.readRing(ctx)
	if err != nil {
		return err
	}
	old := s.ring.Load()
	if old != nil && old.version >= version {
		return nil
	}
	fresh, err := newRing(version, keys)
	if err != nil {
		return err
	}
	if !s.ring.CompareAndSwap(old, fresh) {
		return nil // another goroutine loaded it
	}
	if old != nil && fresh.verifier(old.signer(s.clock.Now()).kid, s.clock.Now()) == nil {
		s.cache.clear()
		s.live.forgetAll()
	}
	return nil
}

func (s *Service) readRing(ctx context.Context) (version uint64, keys []storedKey, err error) {
	d, err := s.docs.Get(ctx, kindSigningKey, ringID)
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil, nil
	}
	if err != nil {
		return 0, nil, storage("read the signing keys", err)
	}
	return d.Version, keys, json.Unmarshal(d.Body, &keys)
}
