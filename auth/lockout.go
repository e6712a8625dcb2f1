package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"officermobile/models"
	"officermobile/store"
)

const kindLockout store.Kind = "lockout"

// lockout is the document that counts an account's failures. An account locks at the limit and stays locked until an
// administrator releases it (CJIS AC-7); sessions that exist already go on. A name that nobody has is counted too, so
// that it takes the same work, but its document goes with the window.
type lockout struct {
	Failures int       `json:"failures"`
	Since    time.Time `json:"since"` // start of the window
	Locked   bool      `json:"locked"`
}

// account is the key of a lockout: a user, or a name that nobody has.
type account struct {
	id    string
	known bool
}

func accountOf(agency models.AgencyID, user models.UserID, username string) account {
	if !user.IsZero() {
		return account{id: agency.Hex() + "/user/" + user.Hex(), known: true}
	}
	sum := sha256.Sum256([]byte(strings.ToLower(username)))
	return account{id: agency.Hex() + "/name/" + hex.EncodeToString(sum[:16])}
}

// Release unlocks an account and forgets its failures. Releasing what isn't locked is no error.
func (s *Service) Release(ctx context.Context, agency models.AgencyID, user models.UserID) error {
	if err := s.forgive(ctx, accountOf(agency, user, "")); err != nil {
		return err
	}
	s.audit(ctx, Event{What: Released, Agency: agency, User: user})
	return nil
}

func (s *Service) locked(ctx context.Context, acc account) (bool, error) {
	_, l, err := s.readLockout(ctx, acc)
	return l.Locked, err
}

// fail counts a failure and reports whether it locked the account.
func (s *Service) fail(ctx context.Context, acc account, now time.Time) (locked bool, err error) {
	for range maxTries {
		version, l, err := s.readLockout(ctx, acc)
		if err != nil {
			return false, err
		}
		if l.Locked {
			return false, nil
		}
		if now.Sub(l.Since) >= s.opts.LockWindow {
			l = lockout{Since: now}
		}
		l.Failures++
		l.Locked = l.Failures >= s.opts.LockAfter
		err = s.writeLockout(ctx, acc, version, l)
		if !errors.Is(err, store.ErrVersion) {
			return l.Locked, err
		}
	}
	return false, errContended
}

func (s *Service) forgive(ctx context.Context, acc account) error {
	for range maxTries {
		version, _, err := s.readLockout(ctx, acc)
		if err != nil || version == 0 {
			return err
		}
		err = s.docs.Delete(ctx, kindLockout, acc.id, version)
		if err == nil {
			return nil
		}
		if !errors.Is(err, store.ErrVersion) {
			return storage("forget failures", err)
		}
	}
	return errContended
}

func (s *Service) readLockout(ctx context.Context, acc account) (version uint64, l lockout, err error) {
	d, err := s.docs.Get(ctx, kindLockout, acc.id)
	if errors.Is(err, store.ErrNotFound) {
		return 0, lockout{}, nil
	}
	if err != nil {
		return 0, lockout{}, storage("read failures", err)
	}
	return d.Version, l, json.Unmarshal(d.Body, &l)
}

func (s *Service) writeLockout(ctx context.Context, acc account, version uint64, l lockout) error {
	body, err := json.Marshal(l)
	if err != nil {
		return err
	}
	d := store.Document{Kind: kindLockout, ID: acc.id, Version: version, Body: body}
	if !l.Locked || !acc.known {
		d.Due = l.Since.Add(s.opts.LockWindow)
	}
	if _, err = s.docs.PutIf(ctx, d); err != nil {
		return storage("count a failure", err)
	}
	return nil
}
