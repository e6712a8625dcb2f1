package auth

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"officermobile/models"
)

// live is a session as this node knows it. Cached tokens and open streams hold a pointer to it, so that ending it ends
// all of them in the same instant.
type live struct {
	caller Caller
	until  time.Time
	cookie bool

	generation atomic.Uint32 // the latest that this node heard of
	used       atomic.Uint32 // the latest seen in use, and stored as such
	pending    atomic.Uint32 // the latest seen in use while the store could not be told
	lastUsed   atomic.Int64  // of a cookie, nanoseconds since 1970
	written    atomic.Int64  // lastUsed as stored

	ended atomic.Bool
	life  context.Context // ends when ended becomes true
	die   context.CancelFunc
}

func newLive(f family) *live {
	l := &live{caller: f.caller(), until: f.Until, cookie: f.Cookie}
	l.life, l.die = context.WithCancel(context.Background())
	l.lastUsed.Store(f.LastUsed.UnixNano())
	l.written.Store(f.LastUsed.UnixNano())
	l.learn(f)
	return l
}

// learn raises the generations to what a family document says.
func (l *live) learn(f family) {
	raise(&l.generation, f.Generation)
	if f.Used {
		raise(&l.used, f.Generation)
	}
}

func raise(a *atomic.Uint32, to uint32) {
	for old := a.Load(); old < to; old = a.Load() {
		if a.CompareAndSwap(old, to) {
			return
		}
	}
}

func (l *live) sawUsed(generation uint32) bool {
	return max(l.used.Load(), l.pending.Load()) >= generation
}

func (l *live) end() {
	if l.ended.CompareAndSwap(false, true) {
		l.die()
	}
}

type sessionKey struct {
	agency  models.AgencyID
	session models.SessionID
}

// cutKey is a user, a device, or a user on a device.
type cutKey struct {
	agency models.AgencyID
	user   models.UserID
	device models.DeviceID
}

// registry holds the live sessions, for a while also the ended ones, so that a token that is still in flight can't
// bring one back.
type registry struct {
	mu     sync.Mutex
	byID   map[sessionKey]*live
	graves map[sessionKey]time.Time // when it ended
	cuts   map[cutKey]cut
}

// cut says that sessions begun before are over but one. It catches a sign-in that was under way at a revocation.
type cut struct {
	before time.Time
	keep   models.SessionID
}

func newRegistry() *registry {
	return &registry{byID: map[sessionKey]*live{}, graves: map[sessionKey]time.Time{}, cuts: map[cutKey]cut{}}
}

func (r *registry) get(k sessionKey) (l *live, ended bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ended = r.graves[k]
	return r.byID[k], ended
}

// enter makes a family live, or finds it so. It answers nil if the family was ended meanwhile.
func (r *registry) enter(f family) *live {
	r.mu.Lock()
	defer r.mu.Unlock()
	k := sessionKey{f.Agency, f.Session}
	if _, ended := r.graves[k]; ended || r.isCut(f.caller()) {
		return nil
	}
	if l := r.byID[k]; l != nil {
		l.learn(f)
		return l
	}
	l := newLive(f)
	r.byID[k] = l
	return l
}

func (r *registry) isCut(c Caller) bool {
	anyUser, anyDevice := cutKey{agency: c.Agency, device: c.Device}, cutKey{agency: c.Agency, user: c.User}
	for _, k := range []cutKey{anyUser, anyDevice, {c.Agency, c.User, c.Device}} {
		if found, ok := r.cuts[k]; ok && c.AuthTime.Before(found.before) && c.Session != found.keep {
			return true
		}
	}
	return false
}

// end ends what a revocation says.
func (r *registry) end(rev revocation, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range rev.Sessions {
		r.bury(sessionKey{rev.Agency, one.Session}, now)
	}
	if !rev.Wide {
		return
	}
	k := cutKey{rev.Agency, rev.User, rev.Device}
	if until := rev.until(); until.After(r.cuts[k].before) {
		r.cuts[k] = cut{until, rev.Keep}
	}
	for k, l := range r.byID {
		if rev.covers(l.caller) {
			r.bury(k, now)
		}
	}
}

func (r *registry) bury(k sessionKey, now time.Time) {
	r.graves[k] = now
	if l := r.byID[k]; l != nil {
		l.end()
		delete(r.byID, k)
	}
}

// forgetAll ends everything without saying that it is over: clients come back and are looked up anew.
func (r *registry) forgetAll() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range r.byID {
		l.end()
	}
	clear(r.byID)
}

// sweep ends what reached its absolute end or idles, and forgets graves and cuts older than keep.
func (r *registry) sweep(now time.Time, idle, keep time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for k, l := range r.byID {
		idles := idle > 0 && l.cookie && now.UnixNano()-l.lastUsed.Load() >= int64(idle)
		if !now.Before(l.until) || idles {
			l.end()
			delete(r.byID, k)
		}
	}
	for k, at := range r.graves {
		if now.Sub(at) >= keep {
			delete(r.graves, k)
		}
	}
	for k, c := range r.cuts {
		if now.Sub(c.before) >= keep {
			delete(r.cuts, k)
		}
	}
}
