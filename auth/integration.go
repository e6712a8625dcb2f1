package auth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"officermobile/models"
	"officermobile/store"
)

// Keys of integrations. A service account has no phone and nobody at its keyboard; it proves who it is by a key that an
// administrator made for it and can take back. All keys of a user are one document, so that two at once is a limit that
// holds whoever makes them.

const kindIntegration store.Kind = "integration_keys"

const (
	keyPrefix = "omk_"
	// MaxKeys lets the next key come into use before the last one goes.
	MaxKeys = 2
)

// KeyInfo is what may be shown of an integration's key.
type KeyInfo struct {
	ID      models.SessionID // also the session that requests by the key are said to be of
	Created time.Time
	Used    time.Time // the day of its latest use, UTC; zero: never
	Expires time.Time // zero: never
}

type heldKey struct {
	KeyInfo
	Secret digest
}

// keyring is the document of an integration's keys.
type keyring struct {
	Keys    []heldKey `json:"keys"`
	version uint64
}

func (k *keyring) find(id models.SessionID) *heldKey {
	i := slices.IndexFunc(k.Keys, func(one heldKey) bool { return one.ID == id })
	if i < 0 {
		return nil
	}
	return &k.Keys[i]
}

func (k *KeyInfo) expired(now time.Time) bool { return !k.Expires.IsZero() && !now.Before(k.Expires) }

// The refusals of keys.
var (
	ErrKeyLimit = models.Refuse(models.KindConflict, "too_many_keys", "The integration has two keys; revoke one first.")
	ErrKeyShown = models.Refuse(models.KindConflict, "key_shown", "This key was made before, and is shown only once; revoke it and make another.")
	errNoKeys   = models.Refuse(models.KindConflict, "not_an_integration", "Only users of the type integration alone have keys.")
)

// CreateKey makes a key of that id for an integration and answers it in the only form in which it can be used.
func (s *Service) CreateKey(ctx context.Context, agency models.AgencyID, user models.UserID, id models.SessionID, expires time.Time) (string, KeyInfo, error) {
	if err := s.mustIntegrate(ctx, agency, user); err != nil {
		return "", KeyInfo{}, err
	}
	now := s.clock.Now()
	if !expires.IsZero() && !expires.After(now) {
		return "", KeyInfo{}, models.Invalid("expires_at", "is a time to come")
	}
	secret := newSecret()
	info := KeyInfo{ID: id, Created: now, Expires: expires}
	err := s.changeKeys(ctx, agency, user, func(k *keyring) error {
		if k.find(id) != nil {
			return ErrKeyShown
		}
		k.Keys = slices.DeleteFunc(k.Keys, func(one heldKey) bool { return one.expired(now) })
		if len(k.Keys) >= MaxKeys {
			return ErrKeyLimit
		}
		k.Keys = append(k.Keys, heldKey{info, secret.digest()})
		return nil
	})
	if err != nil {
		return "", KeyInfo{}, err
	}
	bytes := slices.Concat(agency[:], user[:], id[:], secret[:])
	return keyPrefix + base64.RawURLEncoding.EncodeToString(bytes), info, nil
}

// Keys lists an integration's keys, the oldest first.
func (s *Service) Keys(ctx context.Context, agency models.AgencyID, user models.UserID) ([]KeyInfo, error) {
	k, err := s.readKeys(ctx, agency, user)
	if err != nil {
		return nil, err
	}
	all := make([]KeyInfo, len(k.Keys))
	for i := range k.Keys {
		all[i] = k.Keys[i].KeyInfo
	}
	return all, nil
}

// RevokeKey ends a key: on this node when it returns, on others within PollEvery. ErrNotFound if there is none.
func (s *Service) RevokeKey(ctx context.Context, agency models.AgencyID, user models.UserID, id models.SessionID) error {
	err := s.changeKeys(ctx, agency, user, func(k *keyring) error {
		if k.find(id) == nil {
			return models.ErrNotFound
		}
		k.Keys = slices.DeleteFunc(k.Keys, func(one heldKey) bool { return one.ID == id })
		return nil
	})
	if errors.Is(err, models.ErrNotFound) {
		return s.tellAgain(ctx, revocation{Agency: agency, User: user, Sessions: []stored{{user, id}}, Why: "key_revoked"})
	}
	if err != nil {
		return err
	}
	return s.RevokeSession(ctx, agency, user, id, "key_revoked")
}

// tellAgain has all nodes hear of a key that is not there, unless a session has that id, and answers that there is none: it
// may have been removed by a node that died, or could not write, before they heard; and they would take it to the day's end.
func (s *Service) tellAgain(ctx context.Context, rev revocation) error {
	_, _, err := s.load(ctx, ref{rev.Agency, rev.User, rev.Sessions[0].Session})
	if err == nil {
		return models.ErrNotFound
	}
	if !errors.Is(err, ErrSession) {
		return err
	}
	rev.Node, rev.At = s.node, s.clock.Now()
	s.live.end(rev, rev.At)
	if err := s.announce(ctx, rev); err != nil {
		return err
	}
	return models.ErrNotFound
}

// verifyKey says who a key speaks for. What is remembered of it lasts to the end of the day, so that a key costs two
// reads of the store, and one note of its use, a day.
func (s *Service) verifyKey(ctx context.Context, text string, sum tokenSum, now time.Time) (Caller, error) {
	caller, secret, ok := parseKey(text)
	if !ok {
		return Caller{}, ErrToken
	}
	if _, err := s.heldKey(ctx, caller, secret, now); err != nil {
		return Caller{}, err // before anything is remembered: anybody can make up what looks like a key
	}
	// Live first and read after: a revocation removes the key and then ends what is live, so one of both is seen here.
	l := s.live.enterKey(caller)
	key, err := s.heldKey(ctx, caller, secret, now)
	if err != nil {
		return Caller{}, err
	}
	if err := s.mustIntegrate(ctx, caller.Agency, caller.User); err != nil {
		return Caller{}, toKeyError(err)
	}
	today := now.Truncate(24 * time.Hour)
	until := today.Add(24 * time.Hour)
	if !key.Expires.IsZero() && key.Expires.Before(until) {
		until = key.Expires
	}
	if key.Used.Before(today) {
		s.noteKey(ctx, caller, today)
	}
	s.cache.put(sum, verified{live: l, expires: until})
	return caller, nil
}

// heldKey is a key as it is stored; ErrToken if it is not there, has expired, or has another secret.
func (s *Service) heldKey(ctx context.Context, c Caller, proof secret, now time.Time) (*heldKey, error) {
	k, err := s.readKeys(ctx, c.Agency, c.User)
	if err != nil {
		return nil, err
	}
	key := k.find(c.Session)
	if key == nil || key.expired(now) || !key.Secret.matches(proof) {
		return nil, ErrToken
	}
	return key, nil
}

func toKeyError(err error) error {
	if models.AsError(err) != nil {
		return ErrToken
	}
	return err
}

// noteKey remembers the day of a use. It is not worth refusing one for.
func (s *Service) noteKey(ctx context.Context, c Caller, today time.Time) {
	err := s.changeKeys(ctx, c.Agency, c.User, func(k *keyring) error {
		if key := k.find(c.Session); key != nil {
			key.Used = today
		}
		return nil
	})
	if err != nil {
		s.opts.Log.WarnContext(ctx, "note the use of a key", "error", err)
	}
}

func parseKey(text string) (c Caller, proof secret, ok bool) {
	const id = 16
	raw, err := base64.RawURLEncoding.Strict().DecodeString(strings.TrimPrefix(text, keyPrefix))
	if err != nil || len(raw) != 3*id+len(proof) {
		return c, proof, false
	}
	c = Caller{Agency: models.AgencyID(raw[:id]), User: models.UserID(raw[id : 2*id]), Session: models.SessionID(raw[2*id : 3*id]), Key: true}
	return c, secret(raw[3*id:]), true
}

func (s *Service) mustIntegrate(ctx context.Context, agency models.AgencyID, user models.UserID) error {
	u, known, err := s.users.ByID(ctx, agency, user)
	switch {
	case err != nil:
		return err
	case !known:
		return models.ErrNotFound
	case !u.Integration:
		return errNoKeys
	case !u.Active:
		return models.ErrInactive
	}
	return nil
}

func (s *Service) readKeys(ctx context.Context, agency models.AgencyID, user models.UserID) (k keyring, err error) {
	d, err := s.docs.Get(ctx, kindIntegration, passwordID(agency, user))
	if errors.Is(err, store.ErrNotFound) {
		return k, nil
	}
	if err != nil {
		return k, storage("read keys", err)
	}
	k.version = d.Version
	return k, json.Unmarshal(d.Body, &k)
}

func (s *Service) changeKeys(ctx context.Context, agency models.AgencyID, user models.UserID, alter func(*keyring) error) error {
	for range maxTries {
		k, err := s.readKeys(ctx, agency, user)
		if err != nil {
			return err
		}
		if err := alter(&k); err != nil {
			return err
		}
		body, err := json.Marshal(k)
		if err != nil {
			return err
		}
		_, err = s.docs.PutIf(ctx, store.Document{Kind: kindIntegration, ID: passwordID(agency, user), Version: k.version, Body: body})
		if !errors.Is(err, store.ErrVersion) {
			if err != nil {
				return storage("write keys", err)
			}
			return nil
		}
	}
	return errContended
}

// enterKey makes a key live, or finds it so. Whether it is good is for its document to say.
func (r *registry) enterKey(c Caller) *live {
	r.mu.Lock()
	defer r.mu.Unlock()
	k := sessionKey{c.Agency, c.Session}
	if l := r.byID[k]; l != nil {
		return l
	}
	l := newLive(family{Agency: c.Agency, User: c.User, Session: c.Session, Until: farOff})
	l.caller = c
	r.byID[k] = l
	return l
}

// farOff is the end of what ends by itself never.
var farOff = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
