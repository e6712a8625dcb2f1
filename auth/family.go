package auth

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"time"

	"officermobile/models"
	"officermobile/store"
)

const (
	kindSession store.Kind = "session"
	// keptAfter is how long a family is kept past its end: a phone that was lost, revoked, and is switched on weeks
	// later must still be recognised to be told to wipe itself.
	keptAfter = 90 * 24 * time.Hour
	// maxTries bounds compare-and-swap loops. Writers of one document are a phone's own requests, so a few dozen.
	maxTries = 100
)

var errContended = errors.New("a document kept changing")

// family is the document of a session: the line of refresh tokens that one sign-in began, or a browser's cookie.
type family struct {
	Agency  models.AgencyID  `json:"agency"`
	User    models.UserID    `json:"user"`
	Session models.SessionID `json:"session"`
	Device  models.DeviceID  `json:"device"`
	Cookie  bool             `json:"cookie,omitempty"`

	AuthTime time.Time `json:"auth_time"`
	Until    time.Time `json:"until"`
	LastUsed time.Time `json:"last_used"` // renewal, or a use of the cookie to within a quarter of the idle limit
	Revoked  string    `json:"revoked,omitempty"`

	Key   digest `json:"key,omitempty"` // of the device key
	Proof digest `json:"proof"`

	Generation uint32 `json:"generation"` // of the current token, from 1
	Secret     digest `json:"secret"`     // of the current token
	// Used says that a token of the current generation was seen. Until then its predecessor is still good for the
	// same successor, because the answer that carried it may have been lost.
	Used     bool   `json:"used"`
	Previous digest `json:"previous,omitempty"`
	Sealed   []byte `json:"sealed,omitempty"` // the current secret under the predecessor's
}

// ref names a family.
type ref struct {
	agency  models.AgencyID
	user    models.UserID
	session models.SessionID
}

func (r ref) id() string { return userPrefix(r.agency, r.user) + r.session.Hex() }

func userPrefix(agency models.AgencyID, user models.UserID) string {
	return agency.Hex() + "/" + user.Hex() + "/"
}

func (f family) ref() ref { return ref{f.Agency, f.User, f.Session} }

func (f family) caller() Caller {
	return Caller{Agency: f.Agency, User: f.User, Device: f.Device, Session: f.Session, AuthTime: f.AuthTime}
}

// bound is what a sealed successor belongs to.
func (f family) bound() []byte { return binary.BigEndian.AppendUint32(f.Session[:], f.Generation) }

// over reports a session that is revoked, at its absolute end, or idle for too long.
func (f family) over(now time.Time, idle time.Duration) bool {
	return f.Revoked != "" || !now.Before(f.Until) || idle > 0 && now.Sub(f.LastUsed) >= idle
}

// load reads a family; a missing one is ErrSession.
func (s *Service) load(ctx context.Context, r ref) (f family, version uint64, err error) {
	d, err := s.docs.Get(ctx, kindSession, r.id())
	if errors.Is(err, store.ErrNotFound) {
		return f, 0, ErrSession
	}
	if err != nil {
		return f, 0, storage("read a session", err)
	}
	return f, d.Version, json.Unmarshal(d.Body, &f)
}

// save writes a family if nobody else did since version (0: it is new); store.ErrVersion otherwise.
func (s *Service) save(ctx context.Context, f family, version uint64) error {
	body, err := json.Marshal(f)
	if err != nil {
		return err
	}
	d := store.Document{Kind: kindSession, ID: f.ref().id(), Version: version, Due: f.Until.Add(keptAfter), Body: body}
	if _, err = s.docs.PutIf(ctx, d); err != nil {
		return storage("write a session", err)
	}
	return nil
}

// change alters a family until no other writer came between. Alter reports whether there is anything to write.
func (s *Service) change(ctx context.Context, r ref, alter func(*family) bool) error {
	for range maxTries {
		f, version, err := s.load(ctx, r)
		if err != nil || !alter(&f) {
			return err
		}
		if err = s.save(ctx, f, version); !errors.Is(err, store.ErrVersion) {
			return err
		}
	}
	return errContended
}

// familiesOf lists a user's sessions, the oldest first.
func (s *Service) familiesOf(ctx context.Context, agency models.AgencyID, user models.UserID) ([]family, error) {
	const most = 1000 // far above SessionsEach on every device that one user had within keptAfter
	list, err := s.docs.List(ctx, kindSession, userPrefix(agency, user), "", most)
	if err != nil {
		return nil, storage("list sessions", err)
	}
	families := make([]family, len(list))
	for i, d := range list {
		if err := json.Unmarshal(d.Body, &families[i]); err != nil {
			return nil, err
		}
	}
	return families, nil
}
