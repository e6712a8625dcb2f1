package auth

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"officermobile/models"
	"officermobile/store"
)

const kindPassword store.Kind = "password"

// storedPassword is the document of a user's password.
type storedPassword struct {
	PHC     string    `json:"phc"`
	Changed time.Time `json:"changed"`

	version uint64
}

func passwordID(agency models.AgencyID, user models.UserID) string {
	return strings.TrimSuffix(userPrefix(agency, user), "/")
}

// SetPassword gives a user a password and ends all their sessions but keep, which may be zero. It refuses a weak one
// with KindInvalid and is refused with KindUnavailable when too many hashes wait.
func (s *Service) SetPassword(ctx context.Context, agency models.AgencyID, user models.UserID, password string, keep models.SessionID) error {
	if err := s.passwords.Check(password); err != nil {
		return err
	}
	hash, err := s.passwords.Hash(ctx, password)
	if err != nil {
		return err
	}
	for range maxTries {
		old, err := s.readPassword(ctx, agency, user)
		if err != nil {
			return err
		}
		err = s.writePassword(ctx, agency, user, storedPassword{PHC: hash, Changed: s.clock.Now(), version: old.version})
		if errors.Is(err, store.ErrVersion) {
			continue
		}
		if err != nil {
			return err
		}
		s.audit(ctx, Event{What: PasswordSet, Agency: agency, User: user})
		return s.End(ctx, End{Agency: agency, User: user, Keep: keep, Why: "password"})
	}
	return errContended
}

// ChangePassword lets a signed-in user set a new password by giving the old one. The caller's session stays, the
// user's others end. A wrong old password counts as a failed sign-in and is ErrSignIn.
func (s *Service) ChangePassword(ctx context.Context, caller Caller, old, password, remote string) error {
	now := s.clock.Now()
	acc := accountOf(caller.Agency, caller.User, "")
	if err := s.throttle.check(now, remote, acc.id); err != nil {
		return err
	}
	stored, err := s.readPassword(ctx, caller.Agency, caller.User)
	if err != nil {
		return err
	}
	ok, _, err := s.passwords.Matches(ctx, stored.PHC, old)
	if err != nil {
		return err
	}
	c := Credentials{Agency: caller.Agency, Device: caller.Device, Remote: remote}
	if !ok {
		return s.wrong(ctx, c, User{ID: caller.User}, acc, now)
	}
	if locked, err := s.locked(ctx, acc); err != nil || locked {
		return errors.Join(err, s.refused(ctx, c, User{ID: caller.User}, "locked"))
	}
	return s.SetPassword(ctx, caller.Agency, caller.User, password, caller.Session)
}

// rehash stores the password at today's cost. It is not worth failing a sign-in for.
func (s *Service) rehash(ctx context.Context, agency models.AgencyID, user models.UserID, stored storedPassword, password string) {
	hash, err := s.passwords.Hash(ctx, password)
	if err == nil {
		stored.PHC = hash
		err = s.writePassword(ctx, agency, user, stored)
	}
	if err != nil {
		s.opts.Log.WarnContext(ctx, "rehash a password", "error", err)
	}
}

// readPassword answers an empty one for who has none.
func (s *Service) readPassword(ctx context.Context, agency models.AgencyID, user models.UserID) (p storedPassword, err error) {
	d, err := s.docs.Get(ctx, kindPassword, passwordID(agency, user))
	if errors.Is(err, store.ErrNotFound) {
		return p, nil
	}
	if err != nil {
		return p, storage("read a password", err)
	}
	p.version = d.Version
	return p, json.Unmarshal(d.Body, &p)
}

func (s *Service) writePassword(ctx context.Context, agency models.AgencyID, user models.UserID, p storedPassword) error {
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	d := store.Document{Kind: kindPassword, ID: passwordID(agency, user), Version: p.version, Body: body}
	if _, err = s.docs.PutIf(ctx, d); err != nil {
		return storage("write a password", err)
	}
	return nil
}
