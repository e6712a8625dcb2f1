package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/store"
)

const (
	// kindRevocation holds announcements to other nodes. Their ids sort by time, so that a poll reads the latest.
	kindRevocation store.Kind = "revocation"
	// announcedFor is how long an announcement stays. A node that heard nothing for longer starts from nothing.
	announcedFor = time.Hour
)

// revocation says which sessions are over. It is written before the families are, and every node that reads it
// finishes it, so that a crash between the two leaves none alive.
type revocation struct {
	Node   record.UUID     `json:"node"`
	Agency models.AgencyID `json:"agency"`
	// Wide: all sessions of User (zero: any) on Device (zero: any) that began until then, but Keep.
	Wide     bool             `json:"wide,omitempty"`
	User     models.UserID    `json:"user"`
	Device   models.DeviceID  `json:"device"`
	Keep     models.SessionID `json:"keep"`
	Sessions []stored         `json:"sessions"`       // by name
	Until    time.Time        `json:"until,omitzero"` // zero: At
	At       time.Time        `json:"at"`             // of the announcement
	Why      string           `json:"why"`
}

// stored names a family within an agency.
type stored struct {
	User    models.UserID    `json:"user"`
	Session models.SessionID `json:"session"`
}

func (r revocation) covers(c Caller) bool {
	return r.Wide && c.Agency == r.Agency && c.Session != r.Keep && !c.AuthTime.After(r.until()) &&
		(r.User.IsZero() || c.User == r.User) && (r.Device.IsZero() || c.Device == r.Device)
}

func (r revocation) until() time.Time {
	if r.Until.IsZero() {
		return r.At
	}
	return r.Until
}

// SignOut ends the caller's session.
func (s *Service) SignOut(ctx context.Context, c Caller) error {
	return s.RevokeSession(ctx, c.Agency, c.User, c.Session, "signed_out")
}

// RevokeSession ends one session: in memory before anything else, so that it holds on this node even if an error of
// the store is returned; then for good and for other nodes. An error is a reason to call it again.
func (s *Service) RevokeSession(ctx context.Context, agency models.AgencyID, user models.UserID, session models.SessionID, why string) error {
	return s.revoke(ctx, revocation{Agency: agency, User: user, Sessions: []stored{{user, session}}, Why: why})
}

// End says which sessions are over: a user's, those on a device, or a user's on a device. At least one is named.
type End struct {
	Agency models.AgencyID
	User   models.UserID    // zero: anybody's
	Device models.DeviceID  // zero: on any
	Keep   models.SessionID // but this one
	// Until is when what ended them happened: sessions that began later live, so whoever is late, or does it twice, ends
	// nobody's new session. Zero, and what lies ahead: now.
	Until time.Time
	Why   string // a stable word
}

// End ends sessions as RevokeSession does. On a device that is revoked in the agency's state already, it leaves a family
// by which the device is recognised and told to wipe itself.
func (s *Service) End(ctx context.Context, e End) error {
	if e.User.IsZero() && e.Device.IsZero() {
		return errors.New("end sessions: neither a user nor a device is named")
	}
	return s.revoke(ctx, revocation{Agency: e.Agency, Wide: true, User: e.User, Device: e.Device, Keep: e.Keep, Until: e.Until, Why: e.Why})
}

func (s *Service) revoke(ctx context.Context, rev revocation) error {
	rev.Node = s.node
	rev.At = s.clock.Now()
	if rev.Until.After(rev.At) {
		rev.Until = rev.At
	}
	if rev.Wide && rev.At.Sub(rev.until()) > s.opts.Absolute {
		return nil // whatever it meant has come to its end by itself
	}
	s.live.end(rev, rev.At)
	named, err := s.name(ctx, rev)
	if err != nil || len(named) > 0 { // else it was so already: several nodes follow one and the same event
		s.audit(ctx, Event{What: Revoked, Why: rev.Why, Agency: rev.Agency, User: rev.User, Device: rev.Device, Session: rev.single()})
	}
	if err != nil {
		return err
	}
	rev.Sessions = named
	return errors.Join(s.announce(ctx, rev), s.finish(ctx, rev))
}

func (r revocation) single() (id models.SessionID) {
	if !r.Wide && len(r.Sessions) == 1 {
		id = r.Sessions[0].Session
	}
	return id
}

// name lists the stored sessions that a wide revocation covers. Of a device, those of the user it is registered to:
// others on it are ended in memory, and refused by the device's state.
func (s *Service) name(ctx context.Context, rev revocation) ([]stored, error) {
	if !rev.Wide {
		return rev.Sessions, nil
	}
	user := rev.User
	if user.IsZero() {
		device, _, err := s.users.Device(ctx, rev.Agency, rev.Device)
		if err != nil {
			return nil, err
		}
		user = device.User
	}
	families, err := s.familiesOf(ctx, rev.Agency, user)
	if err != nil {
		return nil, err
	}
	var named []stored
	for _, f := range families {
		if f.Revoked == "" && rev.covers(f.caller()) {
			named = append(named, stored{f.User, f.Session})
		}
	}
	return named, nil
}

func (s *Service) announce(ctx context.Context, rev revocation) error {
	body, err := json.Marshal(rev)
	if err != nil {
		return err
	}
	d := store.Document{Kind: kindRevocation, ID: announcement(rev.At) + s.opts.NewID().Hex(), Due: rev.At.Add(announcedFor), Body: body}
	if _, err = s.docs.PutIf(ctx, d); err != nil {
		return storage("announce a revocation", err)
	}
	return nil
}

// announcement is the start of the ids of what is announced at a time.
func announcement(at time.Time) string { return fmt.Sprintf("%016x/", at.UnixMilli()) }

// finish marks the named families as revoked.
func (s *Service) finish(ctx context.Context, rev revocation) error {
	var failed error
	for _, one := range rev.Sessions {
		err := s.change(ctx, ref{rev.Agency, one.User, one.Session}, func(f *family) bool {
			if f.Revoked != "" {
				return false
			}
			f.Revoked, f.Previous, f.Sealed = rev.Why, nil, nil
			return true
		})
		if !errors.Is(err, ErrSession) { // gone is as good
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// replace ends a session that the same user's new one on the same device follows, and forgets it: the device has
// newer tokens to be recognised by.
func (s *Service) replace(ctx context.Context, old family) error {
	if old.Revoked == "" {
		if err := s.RevokeSession(ctx, old.Agency, old.User, old.Session, "replaced"); err != nil {
			return err
		}
	}
	_, version, err := s.load(ctx, old.ref())
	if err == nil {
		err = s.docs.Delete(ctx, kindSession, old.ref().id(), version)
	}
	if errors.Is(err, ErrSession) || errors.Is(err, store.ErrVersion) {
		return nil
	}
	return err
}
