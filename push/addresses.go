package push

import (
	"context"
	"errors"
	"fmt"
	"io"

	"officermobile/clock"
	"officermobile/models"
	"officermobile/store"
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
	keys   Keys
	absent unreachable
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
	return a.Permission.check()
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
	return a.Permission.check()
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

// put stores a device's address in place of its former one, whose claim goes. The secret stays, and with it the tags.
func (s *addresses) put(ctx context.Context, k deviceKey, a Address) error {
	for range contested {
		old, err := s.get(ctx, k)
		if err != nil {
			return err
		}
		next, err := s.registered(old, a)
		if err != nil {
			return err
		}
		err = s.write(ctx, k, next)
		if errors.Is(err, store.ErrVersion) {
			continue
		}
		if err == nil && old.Token != "" && !sameTarget(old.address(), a) {
			return s.disclaim(ctx, k, old.address())
		}
		return err
	}
	return errors.New("store a push address: too much contention")
}

// registered is an address as of its registration. What was said against the same one before is void: the app has just
// been given it anew.
func (s *addresses) registered(old addressBody, a Address) (addressBody, error) {
	now := s.clock.Now()
	next := addressBody{
		Kind: a.Kind, Token: a.Token, App: a.App, Environment: a.Environment, Keys: a.Keys, Permission: a.Permission,
		RegisteredAt: now, SeenAt: now, Secret: old.Secret, version: old.version,
	}
	if sameTarget(old.address(), a) {
		next.TookAt = old.TookAt
	}
	if next.Secret != (DeviceSecret{}) {
		return next, nil
	}
	if _, err := io.ReadFull(s.random, next.Secret[:]); err != nil {
		return next, fmt.Errorf("draw a device secret: %w", err)
	}
	return next, nil
}

// write stores an address over the version that was read, or fails with store.ErrVersion.
func (s *addresses) write(ctx context.Context, k deviceKey, a addressBody) error {
	d, err := s.document(k, a)
	if err != nil {
		return err
	}
	if _, err = s.docs.PutIf(ctx, d); err != nil {
		return fmt.Errorf("store a push address: %w", err)
	}
	return nil
}

// change alters an address, unless the device has registered since it was read; it reports whether it did.
func (s *addresses) change(ctx context.Context, k deviceKey, seen addressBody, alter func(*addressBody)) (bool, error) {
	for range contested {
		next := seen
		alter(&next)
		err := s.write(ctx, k, next)
		if !errors.Is(err, store.ErrVersion) {
			return err == nil, err
		}
		now, err := s.get(ctx, k)
		if err != nil || now.Token == "" || !now.same(seen) {
			return false, err
		}
		seen = now
	}
	return false, errors.New("change a push address: too much contention")
}

// get reads a device's address; the zero one for none.
func (s *addresses) get(ctx context.Context, k deviceKey) (addressBody, error) {
	d, err := s.docs.Get(ctx, kindAddress, k.String())
	if errors.Is(err, store.ErrNotFound) {
		return addressBody{}, nil
	}
	if err != nil {
		return addressBody{}, fmt.Errorf("read a push address: %w", err)
	}
	return s.read(k, d)
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
	c, err := s.claimOn(ctx, a.address())
	if err != nil || c.device != k.String() {
		return addressBody{}, err
	}
	return a, nil
}

// remove forgets a device's address and its claim, without a trace: it signed out, or was handed over.
func (s *addresses) remove(ctx context.Context, k deviceKey) error {
	for range contested {
		a, err := s.get(ctx, k)
		if err != nil || a.version == 0 {
			return err
		}
		if err := s.erase(ctx, k, a); !errors.Is(err, store.ErrVersion) {
			return err
		}
	}
	return errors.New("delete a push address: too much contention")
}

// erase deletes the version of an address that was read, and its claim.
func (s *addresses) erase(ctx context.Context, k deviceKey, a addressBody) error {
	if err := s.docs.Delete(ctx, kindAddress, k.String(), a.version); err != nil {
		return fmt.Errorf("delete a push address: %w", err)
	}
	if a.Token == "" {
		return nil
	}
	return s.disclaim(ctx, k, a.address())
}

// bury forgets an address that its provider calls dead, unless the device has registered since. What is left says for a
// while that there was one, and why it went; who it rang is not in there.
func (s *addresses) bury(ctx context.Context, k deviceKey, a addressBody, reason string) (bool, error) {
	now := s.clock.Now()
	done, err := s.change(ctx, k, a, func(b *addressBody) {
		b.Token, b.Keys, b.Secret, b.DiedAt = "", WebKeys{}, DeviceSecret{}, now
		b.Doubt = Doubt{reason, now}
	})
	if err != nil || !done {
		return false, err
	}
	return true, s.disclaim(ctx, k, a.address())
}
