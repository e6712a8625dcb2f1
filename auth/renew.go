package auth

import (
	"context"
	"errors"
	"time"

	"officermobile/store"
)

// verdict is what a presented refresh token comes to.
type verdict int

const (
	refuse  verdict = iota // not known to be true: nothing changes
	rotate                 // the current token
	reissue                // its predecessor, while the answer that carried the current one may have been lost
	theft                  // was true once and is used up, or is true and comes with another device key
)

// judge decides over a token whose proof is the family's.
//
//	generation        secret    key     successor seen   verdict
//	current           right     right   -                rotate
//	predecessor       right     right   no               reissue
//	predecessor       right     right   yes              theft
//	any               -         other   -                theft
//	older             -         right   -                theft
//	current or later  wrong     right   -                refuse: a restored backup, say
func (f family) judge(t ticket, key secret) verdict {
	switch {
	case !f.Key.matches(key):
		return theft
	case t.generation == f.Generation && f.Secret.matches(t.secret):
		return rotate
	case t.generation+1 == f.Generation && !f.Used && f.Previous.matches(t.secret):
		return reissue
	case t.generation < f.Generation:
		return theft
	}
	return refuse
}

// rotated is the family with next as its current secret, which its predecessor can still open.
func (f family) rotated(current, next secret, now time.Time) (family, error) {
	f.Generation++
	f.Previous, f.Secret = f.Secret, next.digest()
	f.Used = false
	f.LastUsed = now
	var err error
	f.Sealed, err = current.seal(next, f.bound())
	return f, err
}

// Renew exchanges a refresh token for the next pair, on proof of the device key. A client whose answer was lost asks
// again with the same token, as often and as much in parallel as it likes, and gets the same successor; that ends
// when either token of the successor is used. From then on the predecessor is a stolen token, and ends the session.
// So a client stores a pair before it uses it. On a full disk the same refresh token is answered with a new access
// token, so that reading goes on.
//
// Errors: ErrSession; *Wiped if the device was revoked and shall erase itself; KindUnavailable with RetryMS.
func (s *Service) Renew(ctx context.Context, refresh, deviceKey string) (Session, error) {
	t, ok := parseTicket(refreshTicket, refresh)
	key, keyOK := parseSecret(deviceKey)
	if !ok || !keyOK {
		return Session{}, ErrSession
	}
	if s.stale() {
		return Session{}, errStale
	}
	for range maxTries {
		session, err := s.renew(ctx, t, key)
		if !errors.Is(err, store.ErrVersion) {
			return session, err
		}
	}
	return Session{}, errContended
}

func (s *Service) renew(ctx context.Context, t ticket, key secret) (Session, error) {
	f, version, err := s.load(ctx, ref{t.agency, t.user, t.session})
	if err != nil {
		return Session{}, err
	}
	if f.Cookie || !f.Proof.matches(t.proof) {
		return Session{}, ErrSession
	}
	if f.Key.matches(key) {
		if err := s.standing(ctx, f); err != nil {
			return Session{}, err
		}
	}
	now := s.clock.Now()
	if f.over(now, s.opts.Idle) {
		return Session{}, ErrSession
	}
	if l, _ := s.live.get(sessionKey{f.Agency, f.Session}); l != nil && l.sawUsed(f.Generation) {
		f.Used = true // seen here, though the store could not be told
	}
	switch f.judge(t, key) {
	case rotate:
		return s.rotate(ctx, f, version, t, now)
	case reissue:
		current, err := t.secret.open(f.Sealed, f.bound())
		if err != nil {
			return Session{}, err
		}
		return s.issue(f, t.proof, current)
	case theft:
		s.stolen(ctx, f)
	}
	return Session{}, ErrSession
}

// stolen ends a family. If the store can't be told, the session is over on this node, and the next use of the stolen
// token tries again.
func (s *Service) stolen(ctx context.Context, f family) {
	s.audit(ctx, Event{What: Reused, Agency: f.Agency, User: f.User, Device: f.Device, Session: f.Session})
	if err := s.RevokeSession(ctx, f.Agency, f.User, f.Session, "reused"); err != nil {
		s.opts.Log.ErrorContext(ctx, "revoke a stolen session", "error", err)
	}
}

func (s *Service) rotate(ctx context.Context, f family, version uint64, t ticket, now time.Time) (Session, error) {
	next := newSecret()
	successor, err := f.rotated(t.secret, next, now)
	if err != nil {
		return Session{}, err
	}
	err = s.save(ctx, successor, version)
	if errors.Is(err, store.ErrFull) {
		return s.issue(f, t.proof, t.secret)
	}
	if err != nil {
		return Session{}, err
	}
	return s.issue(successor, t.proof, next)
}

// issue answers tokens unless the session was revoked meanwhile.
func (s *Service) issue(f family, proof, current secret) (Session, error) {
	if s.live.enter(f) == nil {
		return Session{}, ErrSession
	}
	return s.answer(f, proof, current)
}

// standing checks what the agency's state says of the user and the device of a proven token.
func (s *Service) standing(ctx context.Context, f family) error {
	device, known, err := s.users.Device(ctx, f.Agency, f.Device)
	switch {
	case err != nil:
		return err
	case known && device.Revoked && device.Wipe:
		return &Wiped{Caller: f.caller()}
	case known && (device.Revoked || device.User != f.User):
		return ErrSession
	}
	return s.active(ctx, f)
}

func (s *Service) active(ctx context.Context, f family) error {
	user, known, err := s.users.ByID(ctx, f.Agency, f.User)
	if err == nil && !(known && user.Active) {
		return ErrSession
	}
	return err
}
