package auth

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// CookieName is the name of the session cookie. A browser takes a __Host- cookie only from this host itself, over TLS,
// for all paths (RFC 6265bis), so that no neighbouring host can plant one.
const CookieName = "__Host-officer"

// NewCookie carries a browser's session. Scripts can't read it, other sites' requests don't carry it, and it is gone
// when the browser closes.
func NewCookie(session Session) *http.Cookie {
	return &http.Cookie{Name: CookieName, Value: session.Cookie, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode}
}

// ClearedCookie makes a browser forget the session cookie.
func ClearedCookie() *http.Cookie {
	c := NewCookie(Session{})
	c.MaxAge = -1
	return c
}

// CookieOf is the value of the request's session cookie; "" if it has none, or more than one, which no browser sends.
func CookieOf(r *http.Request) string {
	found := r.CookiesNamed(CookieName)
	if len(found) != 1 {
		return ""
	}
	return found[0].Value
}

var errCrossSite = errors.New("a request with a cookie came from elsewhere")

// CheckOrigin refuses a request that is signed in by cookie and doesn't come from the page's own origin, by what the
// browser itself says of it (Sec-Fetch-Site, Origin). It is net/http's CrossOriginProtection, but stricter: one that
// reads is looked at too, since a foreign page that opens a stream would take the place of the user's own; and one that
// changes something and carries neither header is refused, because every browser that takes the cookie sends one. A
// request by Authorization header needs no such check.
func CheckOrigin(r *http.Request) error {
	silent := r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == ""
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		if silent {
			return nil
		}
	}
	if silent {
		return errCrossSite
	}
	asked := *r
	asked.Method = http.MethodPost // it would let all others pass
	return http.NewCrossOriginProtection().Check(&asked)
}

// VerifyCookie says who a session cookie's value speaks for, as cheaply as Verify does, and counts as a use of it.
//
// Errors: ErrSession; *Wiped if the device was revoked and shall erase its data; KindUnavailable as for Verify.
func (s *Service) VerifyCookie(ctx context.Context, value string) (Caller, error) {
	if len(value) > maxToken {
		return Caller{}, ErrSession
	}
	if s.stale() {
		return Caller{}, errStale
	}
	now := s.clock.Now()
	sum := sumOf(value)
	if l := s.cache.get(sum, now); l != nil && l.cookie && s.touch(l, now) {
		return l.caller, nil
	}
	return s.verifyCookie(ctx, value, sum, now)
}

func (s *Service) verifyCookie(ctx context.Context, value string, sum tokenSum, now time.Time) (Caller, error) {
	t, ok := parseTicket(cookieTicket, value)
	if !ok {
		return Caller{}, ErrSession
	}
	f, _, err := s.load(ctx, ref{t.agency, t.user, t.session})
	if err != nil {
		return Caller{}, err
	}
	if !f.Cookie || !f.Proof.matches(t.proof) || !f.Secret.matches(t.secret) || t.generation != f.Generation {
		return Caller{}, ErrSession
	}
	if l, _ := s.live.get(sessionKey{f.Agency, f.Session}); l != nil {
		f.LastUsed = time.Unix(0, max(f.LastUsed.UnixNano(), l.lastUsed.Load()))
	}
	// As for an access token, a device that another user's session was begun on is not refused: its registration may
	// be under way.
	device, known, err := s.users.Device(ctx, f.Agency, f.Device)
	if err != nil {
		return Caller{}, err
	}
	if known && device.Revoked && device.Wipe {
		return Caller{}, &Wiped{Caller: f.caller()}
	}
	if f.over(now, s.opts.Idle) || known && device.Revoked {
		return Caller{}, ErrSession
	}
	if err := s.active(ctx, f); err != nil {
		return Caller{}, err
	}
	l := s.live.enter(f)
	if l == nil {
		return Caller{}, ErrSession
	}
	if err := s.writeUse(ctx, l, now); err != nil {
		return Caller{}, err
	}
	s.cache.put(sum, verified{live: l, expires: earliest(now.Add(s.opts.AccessTTL), f.Until)})
	return l.caller, nil
}

// touch counts a use in memory. It answers false if the session idled for too long, or if the use is to be stored.
func (s *Service) touch(l *live, now time.Time) bool {
	if s.opts.Idle == 0 {
		return true
	}
	at := now.UnixNano()
	if at-l.lastUsed.Load() >= int64(s.opts.Idle) || at-l.written.Load() >= int64(s.opts.Idle/4) {
		return false
	}
	l.lastUsed.Store(at)
	return true
}

// writeUse stores a use, at most four times in an idle limit. If the store can't be told, the session goes on here.
func (s *Service) writeUse(ctx context.Context, l *live, now time.Time) error {
	l.lastUsed.Store(now.UnixNano())
	if s.opts.Idle == 0 || now.UnixNano()-l.written.Load() < int64(s.opts.Idle/4) {
		return nil
	}
	err := s.change(ctx, ref{l.caller.Agency, l.caller.User, l.caller.Session}, func(f *family) bool {
		if !now.After(f.LastUsed) {
			return false
		}
		f.LastUsed = now
		return true
	})
	if errors.Is(err, ErrSession) {
		return err
	}
	if err != nil {
		s.opts.Log.WarnContext(ctx, "note the use of a cookie", "error", err)
		return nil
	}
	l.written.Store(now.UnixNano())
	return nil
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
