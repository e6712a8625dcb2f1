package push

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-json-experiment/json"

	"officermobile/clock"
	"officermobile/models"
	"officermobile/store"
)

// Kinds of the addresses' documents. A claim is keyed by the hash of an address and says which device has it: whoever
// claims it last has it alone, so that a phone that changed hands rings for one person.
const (
	kindAddress store.Kind = "push_address"
	kindClaim   store.Kind = "push_claim"
)

// contested is how often a write is tried anew when another got in between; more than that is not people.
const contested = 8

// addresses is where devices can be reached. No address is cached: it is read once per ring, beside several writes, and
// so a device that signed out on another node is never rung from a memory of this one. That there is none is
// remembered for a moment.
type addresses struct {
	docs   store.Documents
	clock  clock.Clock
	random io.Reader
	absent unreachable
}

// addressBody is an address's document. Secret makes the tags of the device's notifications.
type addressBody struct {
	Kind         AddressKind  `json:"kind"`
	Token        string       `json:"token"`
	App          string       `json:"app,omitzero"`
	Environment  Environment  `json:"environment,omitzero"`
	Keys         WebKeys      `json:"keys,omitzero"`
	RegisteredAt time.Time    `json:"registered_at"`
	Secret       DeviceSecret `json:"secret"`
	version      uint64
}

type claimBody struct {
	Device string `json:"device"` // agency and device, as in the address's id
}

func (a addressBody) address() Address {
	return Address{Kind: a.Kind, Token: a.Token, App: a.App, Environment: a.Environment, Keys: a.Keys}
}

// claimID names the claim on an address.
func claimID(a Address) string {
	sum := sha256.Sum256([]byte(string(a.Kind) + "\x00" + a.App + "\x00" + a.Token))
	return hex.EncodeToString(sum[:])
}

// check refuses an address that no provider would take; it echoes nothing of it.
func (a Address) check() error {
	switch a.Kind {
	case APNs:
		if !apnsPattern.MatchString(a.Token) {
			return models.Invalid("token", "is not a device token of APNs")
		}
		if a.Environment != Production && a.Environment != Sandbox {
			return models.Invalid("environment", "is production or sandbox")
		}
	case FCMToken, FCMFID:
		if !fcmPattern.MatchString(a.Token) || len(a.Token) > maxToken {
			return models.Invalid("token", "is not an address of FCM")
		}
		if a.Environment != "" {
			return models.Invalid("environment", "is for APNs only")
		}
	case WebPush:
		return a.checkSubscription()
	default:
		return models.Invalid("kind", "is apns, fcm_token, fcm_fid or webpush")
	}
	if a.Keys != (WebKeys{}) {
		return models.Invalid("keys", "are for webpush only")
	}
	return nil
}

// checkSubscription is check for a browser's. Which hosts may be asked is the sender's to say.
func (a Address) checkSubscription() error {
	if !webPattern.MatchString(a.Token) || len(a.Token) > maxToken {
		return models.Invalid("token", "is not the endpoint of a subscription")
	}
	if a.Environment != "" {
		return models.Invalid("environment", "is for APNs only")
	}
	if _, _, err := a.Keys.Parse(); err != nil {
		return models.Invalid("keys", "are not those of a subscription")
	}
	return nil
}

// maxToken is over ten times the length of FCM's tokens as they are.
const maxToken = 2048

// register claims an address for a device. Whoever had it before has it no more, and is returned to be silenced. Of two
// at once the one whose claim stands has it: the other's document is left without effect.
func (s *addresses) register(ctx context.Context, k deviceKey, a Address) (former string, err error) {
	defer s.absent.forget(k) // whatever the error: the write may have been done
	if former, err = s.claim(ctx, k, a); err != nil {
		return "", err
	}
	return former, s.put(ctx, k, a)
}

// claim takes the claim on an address and answers whose it was.
func (s *addresses) claim(ctx context.Context, k deviceKey, a Address) (string, error) {
	body, err := json.Marshal(claimBody{k.String()})
	if err != nil {
		return "", err
	}
	for range contested {
		former, version, err := s.owner(ctx, a)
		if err != nil {
			return "", err
		}
		if former == k.String() {
			return "", nil
		}
		_, err = s.docs.PutIf(ctx, store.Document{Kind: kindClaim, ID: claimID(a), Version: version, Body: body})
		if err == nil {
			return former, nil
		}
		if !errors.Is(err, store.ErrVersion) {
			return "", fmt.Errorf("claim a push address: %w", err)
		}
	}
	return "", errors.New("claim a push address: too much contention")
}

// owner is the device that has an address, as agency and device, "" for none.
func (s *addresses) owner(ctx context.Context, a Address) (string, uint64, error) {
	d, err := s.docs.Get(ctx, kindClaim, claimID(a))
	if errors.Is(err, store.ErrNotFound) {
		return "", 0, nil
	}
	if err != nil {
		return "", 0, fmt.Errorf("read the claim on a push address: %w", err)
	}
	var c claimBody
	if err := json.Unmarshal(d.Body, &c); err != nil {
		return "", 0, fmt.Errorf("decode the claim on a push address: %w", err)
	}
	return c.Device, d.Version, nil
}

// put stores a device's address in place of its former one, whose claim goes. The secret stays, and with it the tags.
func (s *addresses) put(ctx context.Context, k deviceKey, a Address) error {
	for range contested {
		old, err := s.get(ctx, k)
		if err != nil {
			return err
		}
		next := addressBody{
			Kind: a.Kind, Token: a.Token, App: a.App, Environment: a.Environment, Keys: a.Keys, RegisteredAt: s.clock.Now(), Secret: old.Secret,
		}
		if next.Secret == (DeviceSecret{}) {
			if _, err := io.ReadFull(s.random, next.Secret[:]); err != nil {
				return fmt.Errorf("draw a device secret: %w", err)
			}
		}
		body, err := json.Marshal(next)
		if err != nil {
			return err
		}
		_, err = s.docs.PutIf(ctx, store.Document{Kind: kindAddress, ID: k.String(), Version: old.version, Body: body})
		if errors.Is(err, store.ErrVersion) {
			continue
		}
		if err != nil {
			return fmt.Errorf("store a push address: %w", err)
		}
		if old.Token != "" && claimID(old.address()) != claimID(a) {
			return s.disclaim(ctx, k, old.address())
		}
		return nil
	}
	return errors.New("store a push address: too much contention")
}

// get reads a device's address; the zero one for none.
func (s *addresses) get(ctx context.Context, k deviceKey) (addressBody, error) {
	var a addressBody
	d, err := s.docs.Get(ctx, kindAddress, k.String())
	if errors.Is(err, store.ErrNotFound) {
		return a, nil
	}
	if err != nil {
		return a, fmt.Errorf("read a push address: %w", err)
	}
	if err := json.Unmarshal(d.Body, &a); err != nil {
		return a, fmt.Errorf("decode a push address: %w", err)
	}
	a.version = d.Version
	return a, nil
}

// find reads the address that a device may be rung at: one that it still has the claim on.
func (s *addresses) find(ctx context.Context, k deviceKey) (addressBody, error) {
	now := s.clock.Now()
	absent, changes := s.absent.holds(k, now)
	if absent {
		return addressBody{}, nil
	}
	a, err := s.get(ctx, k)
	if err != nil {
		return addressBody{}, err
	}
	if a.Token == "" {
		s.absent.note(k, now, changes)
		return addressBody{}, nil
	}
	s.absent.found(k)
	owner, _, err := s.owner(ctx, a.address())
	if err != nil || owner != k.String() {
		return addressBody{}, err
	}
	return a, nil
}

// remove forgets a device's address and its claim.
func (s *addresses) remove(ctx context.Context, k deviceKey) error {
	for range contested {
		a, err := s.get(ctx, k)
		if err != nil || a.version == 0 {
			return err
		}
		if err = s.clear(ctx, k, a, time.Time{}); err != nil {
			return err
		}
	}
	return nil
}

// clear forgets an address if it is still that one, and unless it was registered after the provider saw it dead.
func (s *addresses) clear(ctx context.Context, k deviceKey, a addressBody, deadSince time.Time) error {
	if !deadSince.IsZero() && !deadSince.After(a.RegisteredAt) {
		return nil
	}
	err := s.docs.Delete(ctx, kindAddress, k.String(), a.version)
	if errors.Is(err, store.ErrVersion) {
		return nil // registered anew meanwhile
	}
	if err != nil {
		return fmt.Errorf("delete a push address: %w", err)
	}
	return s.disclaim(ctx, k, a.address())
}

// disclaim gives the claim on an address back, if the device has it.
func (s *addresses) disclaim(ctx context.Context, k deviceKey, a Address) error {
	owner, version, err := s.owner(ctx, a)
	if err != nil || owner != k.String() {
		return err
	}
	err = s.docs.Delete(ctx, kindClaim, claimID(a), version)
	if err != nil && !errors.Is(err, store.ErrVersion) {
		return fmt.Errorf("delete the claim on a push address: %w", err)
	}
	return nil
}
