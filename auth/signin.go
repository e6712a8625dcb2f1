package auth

import (
	"context"
	"time"

	"officermobile/models"
)

const maxUsernameBytes = 128

// SignIn checks a password and begins a session. An earlier session of the same user on the same device ends. Whether
// the device may be this user's at all is for the caller's device.register command; if that moves a device from one
// user to another, the caller follows with End.
//
// Errors: ErrSignIn; ErrDevice; KindInvalid for malformed credentials; KindLimited and KindUnavailable with RetryMS.
func (s *Service) SignIn(ctx context.Context, c Credentials) (Session, error) {
	key, err := c.check()
	if err != nil {
		return Session{}, err
	}
	began := s.clock.Now()
	user, err := s.authenticate(ctx, c, began)
	if err != nil {
		return Session{}, err
	}
	device, known, err := s.users.Device(ctx, c.Agency, c.Device)
	if err != nil {
		return Session{}, err
	}
	if known && device.Revoked {
		s.audit(ctx, Event{What: SignInRefused, Why: "device_revoked", Agency: c.Agency, User: user, Device: c.Device, Remote: c.Remote})
		return Session{}, ErrDevice
	}
	return s.begin(ctx, c, user, key, began)
}

func (c Credentials) check() (key secret, err error) {
	switch {
	case c.Agency.IsZero():
		return key, models.Invalid("agency_id", "missing.")
	case c.Username == "" || len(c.Username) > maxUsernameBytes:
		return key, models.Invalid("username", "1 to 128 bytes.")
	case c.Password == "" || len(c.Password) > MaxPasswordBytes:
		return key, models.Invalid("password", "1 to 256 bytes.")
	case c.Device.IsZero():
		return key, models.Invalid("device_id", "missing.")
	case c.Browser:
		return key, nil
	}
	key, ok := parseSecret(c.DeviceKey)
	if !ok || key == (secret{}) {
		return key, models.Invalid("device_key", "256 random bits as 43 characters of base64url.")
	}
	return key, nil
}

// authenticate answers whose password it is. Whatever is wrong, the same reads, one hash and, for a wrong password,
// one write are done, and the answer is ErrSignIn.
func (s *Service) authenticate(ctx context.Context, c Credentials, now time.Time) (models.UserID, error) {
	user, known, err := s.users.ByName(ctx, c.Agency, c.Username)
	if err != nil {
		return models.UserID{}, err
	}
	if !known {
		user = User{}
	}
	acc := accountOf(c.Agency, user.ID, c.Username)
	if err := s.throttle.check(now, c.Remote, acc.id); err != nil {
		return models.UserID{}, err
	}
	stored, err := s.readPassword(ctx, c.Agency, user.ID)
	if err != nil {
		return models.UserID{}, err
	}
	ok, stale, err := s.passwords.Matches(ctx, stored.PHC, c.Password)
	if err != nil {
		return models.UserID{}, err
	}
	if !ok {
		return models.UserID{}, s.wrong(ctx, c, user, acc, now)
	}
	// Read after the hash: of many guesses at once, those that finish after the lock don't count.
	locked, err := s.locked(ctx, acc)
	if err != nil {
		return models.UserID{}, err
	}
	if locked || !user.Active {
		return models.UserID{}, s.refused(ctx, c, user, map[bool]string{true: "locked", false: "disabled"}[locked])
	}
	s.throttle.forgive(c.Remote, acc.id)
	if err := s.forgive(ctx, acc); err != nil {
		s.opts.Log.WarnContext(ctx, "forget failures", "error", err) // e.g. the disk is full; sign-in goes on
	}
	if stale {
		s.rehash(ctx, c.Agency, user.ID, stored, c.Password)
	}
	return user.ID, nil
}

// wrong counts a wrong password, or a name that nobody has.
func (s *Service) wrong(ctx context.Context, c Credentials, user User, acc account, now time.Time) error {
	s.throttle.fail(now, c.Remote, acc.id)
	locked, err := s.fail(ctx, acc, now)
	if err != nil {
		return err
	}
	if locked && acc.known {
		s.audit(ctx, Event{What: Locked, Agency: c.Agency, User: user.ID, Device: c.Device, Remote: c.Remote})
	}
	return s.refused(ctx, c, user, map[bool]string{true: "password", false: "unknown_user"}[acc.known])
}

func (s *Service) refused(ctx context.Context, c Credentials, user User, why string) error {
	s.audit(ctx, Event{What: SignInRefused, Why: why, Agency: c.Agency, User: user.ID, Device: c.Device, Remote: c.Remote})
	return ErrSignIn
}

// begin writes the family of a new session and answers its first tokens.
func (s *Service) begin(ctx context.Context, c Credentials, user models.UserID, key secret, began time.Time) (Session, error) {
	first, proof := newSecret(), newSecret()
	f := family{
		Agency: c.Agency, User: user, Session: models.SessionID(s.opts.NewID()), Device: c.Device, Cookie: c.Browser,
		AuthTime: began, Until: began.Add(s.opts.Absolute), LastUsed: began,
		Proof: proof.digest(), Generation: 1, Secret: first.digest(), Used: true,
	}
	if !c.Browser {
		f.Key = key.digest()
	}
	if err := s.save(ctx, f, 0); err != nil {
		return Session{}, err
	}
	if s.live.enter(f) == nil {
		return Session{}, ErrSignIn // revoked while signing in
	}
	if err := s.makeRoom(ctx, f); err != nil {
		return Session{}, err
	}
	s.audit(ctx, Event{What: SignedIn, Agency: c.Agency, User: user, Device: c.Device, Session: f.Session, Remote: c.Remote})
	return s.answer(f, proof, first)
}

// makeRoom ends the user's earlier sessions on the device of the new one, and the oldest ones above the limit. The new
// one is written by then: a sign-in that fails ends nothing.
func (s *Service) makeRoom(ctx context.Context, begun family) error {
	families, err := s.familiesOf(ctx, begun.Agency, begun.User)
	if err != nil {
		return err
	}
	now := s.clock.Now()
	alive := 1
	for i := len(families) - 1; i >= 0; i-- { // the newest first
		f := families[i]
		switch {
		case f.Session == begun.Session:
		case f.Device == begun.Device:
			err = s.replace(ctx, f)
		case f.over(now, s.opts.Idle):
		case alive < s.opts.SessionsEach:
			alive++
		default:
			err = s.RevokeSession(ctx, f.Agency, f.User, f.Session, "too_many")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// answer makes the tokens of a family's current generation.
func (s *Service) answer(f family, proof, current secret) (Session, error) {
	now := s.clock.Now()
	t := ticket{kind: refreshTicket, agency: f.Agency, user: f.User, session: f.Session, generation: f.Generation,
		proof: proof, secret: current}
	session := Session{Caller: f.caller(), AbsoluteUntil: f.Until}
	if f.Cookie {
		t.kind = cookieTicket
		session.Cookie, session.ExpiresIn = t.String(), f.Until.Sub(now)
		return session, nil
	}
	access, ttl, err := s.mint(f, now)
	session.Access, session.ExpiresIn, session.Refresh = access, ttl, t.String()
	return session, err
}
