package auth

import (
	"context"
	"errors"
	"strings"
	"time"

	"officermobile/models"
)

// Verify says who an access token speaks for. A token seen before costs a hash and a look-up; revoking its session
// ends it in the same instant. The first use of a generation is written down before this answers, so that its
// predecessor is void on every node and after a restart.
//
// Errors: ErrToken; KindUnavailable if this node can't know of revocations.
func (s *Service) Verify(ctx context.Context, access string) (Caller, error) {
	if len(access) > maxToken {
		return Caller{}, ErrToken
	}
	if s.stale() {
		return Caller{}, errStale
	}
	now := s.clock.Now()
	sum := sumOf(access)
	if l := s.cache.get(sum, now); l != nil && !l.cookie {
		return l.caller, nil
	}
	return s.verify(ctx, access, sum, now)
}

func (s *Service) verify(ctx context.Context, access string, sum tokenSum, now time.Time) (Caller, error) {
	if strings.HasPrefix(access, keyPrefix) {
		return s.verifyKey(ctx, access, sum, now)
	}
	keys := s.ring.Load()
	c, err := s.parseAccess(access, keys, now)
	if err != nil {
		return Caller{}, err
	}
	l, err := s.session(ctx, ref{c.Agency, c.user, c.Session}, c.Generation, now)
	if err != nil {
		return Caller{}, toToken(err)
	}
	if l.cookie || l.caller.User != c.user || l.caller.Device != c.Device {
		return Caller{}, ErrToken
	}
	noted, err := s.note(ctx, l, c.Generation)
	if err != nil {
		return Caller{}, toToken(err)
	}
	if noted {
		s.remember(sum, verified{live: l, expires: c.ExpiresAt.Time}, keys)
	}
	return l.caller, nil
}

// remember caches a token, unless the keys were replaced while it was verified.
func (s *Service) remember(sum tokenSum, v verified, keys *ring) {
	s.cache.put(sum, v)
	if s.ring.Load() != keys {
		s.cache.clear()
	}
}

// session finds the live session of a token of that generation, in the store if this node doesn't know of it yet.
func (s *Service) session(ctx context.Context, r ref, generation uint32, now time.Time) (*live, error) {
	l, ended := s.live.get(sessionKey{r.agency, r.session})
	if ended {
		return nil, ErrSession
	}
	if l != nil && generation <= l.generation.Load() {
		return l, nil
	}
	f, _, err := s.load(ctx, r)
	if err != nil {
		return nil, err
	}
	if f.over(now, 0) || generation > f.Generation {
		return nil, ErrSession
	}
	device, known, err := s.users.Device(ctx, f.Agency, f.Device)
	if err != nil {
		return nil, err
	}
	if known && device.Revoked {
		return nil, ErrSession
	}
	if err := s.active(ctx, f); err != nil {
		return nil, err
	}
	if l = s.live.enter(f); l == nil {
		return nil, ErrSession
	}
	return l, nil
}

// note records that the current generation is in use. If the store can't be told, this node remembers, the token is
// not cached, and its next use tries again: a full disk must not keep anyone from reading.
func (s *Service) note(ctx context.Context, l *live, generation uint32) (noted bool, err error) {
	if l.used.Load() >= generation || l.generation.Load() > generation {
		return true, nil
	}
	r := ref{l.caller.Agency, l.caller.User, l.caller.Session}
	err = s.change(ctx, r, func(f *family) bool {
		if f.Generation != generation || f.Used {
			return false
		}
		f.Used, f.Previous, f.Sealed = true, nil, nil
		return true
	})
	if errors.Is(err, ErrSession) {
		return false, err
	}
	if err != nil {
		raise(&l.pending, generation)
		s.opts.Log.WarnContext(ctx, "note the use of a token", "error", err)
		return false, nil
	}
	raise(&l.used, generation)
	return true, nil
}

// Watch is closed when the caller's session ends, see Life.
func (s *Service) Watch(c Caller) <-chan struct{} { return s.Life(c).Done() }

// Life is a context that ends with the caller's session: at once if it is revoked on this node, within PollEvery if on
// another, at the absolute end. Streams hang on it by context.AfterFunc, which costs no goroutine.
func (s *Service) Life(c Caller) context.Context {
	if l, ended := s.live.get(sessionKey{c.Agency, c.Session}); l != nil && !ended {
		return l.life
	}
	over, end := context.WithCancel(context.Background())
	end()
	return over
}

// toToken answers for an access token what was said of its session.
func toToken(err error) error {
	if e := models.AsError(err); e == ErrSession {
		return ErrToken
	}
	return err
}
