package auth_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"officermobile/auth"
)

func browser(c *auth.Credentials) { c.Browser, c.DeviceKey = true, "" }

func TestCookieSession(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready()
		session := w.signIn(s, browser)
		if session.Access != "" || session.Refresh != "" {
			t.Fatal("a browser got tokens")
		}
		for _, node := range []*auth.Service{s, s, w.service()} {
			got, err := node.VerifyCookie(t.Context(), session.Cookie)
			if err != nil || got.Session != session.Caller.Session {
				t.Fatalf("got %+v, %v, want %+v", got, err, session.Caller)
			}
		}
		for name, value := range map[string]string{
			"empty": "", "another secret": mangle(session.Cookie), "another proof": mangleProof(session.Cookie),
			"as a refresh token": "omr_" + session.Cookie,
		} {
			if _, err := s.VerifyCookie(t.Context(), value); err != auth.ErrSession {
				t.Errorf("%s: got %v, want ErrSession", name, err)
			}
		}
		w.refused(s, auth.Session{Access: session.Cookie}) // though it is in the cache
		w.renewRefused(s, auth.Session{Refresh: session.Cookie}, w.key)
		w.renewRefused(s, auth.Session{Refresh: "omr_" + session.Cookie}, w.key)

		if err := s.SignOut(t.Context(), session.Caller); err != nil {
			t.Fatal(err)
		}
		if _, err := s.VerifyCookie(t.Context(), session.Cookie); err != auth.ErrSession {
			t.Fatalf("after sign-out: got %v, want ErrSession", err)
		}
	})
}

func TestTokensAreNoCookies(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready()
		session := w.signIn(s)
		w.good(s, session)
		for _, value := range []string{session.Access, session.Refresh, session.Refresh[len("omr_"):]} {
			if _, err := s.VerifyCookie(t.Context(), value); err != auth.ErrSession {
				t.Errorf("got %v, want ErrSession", err)
			}
		}
	})
}

func TestCookieEndsAbsolutely(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready()
		session := w.signIn(s, browser)
		pass(12*time.Hour - time.Second)
		if _, err := s.VerifyCookie(t.Context(), session.Cookie); err != nil {
			t.Fatal(err)
		}
		pass(time.Second)
		if _, err := s.VerifyCookie(t.Context(), session.Cookie); err != auth.ErrSession {
			t.Fatalf("got %v, want ErrSession", err)
		}
	})
}

func TestCookieIdles(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		idle := func(o *auth.Options) { o.Idle = 30 * time.Minute }
		s := w.ready(idle)
		session := w.signIn(s, browser)
		for range 10 {
			pass(29 * time.Minute)
			for _, node := range []*auth.Service{s, w.service(idle)} {
				if _, err := node.VerifyCookie(t.Context(), session.Cookie); err != nil {
					t.Fatal(err)
				}
			}
		}
		pass(30 * time.Minute)
		for _, node := range []*auth.Service{s, w.service(idle)} {
			if _, err := node.VerifyCookie(t.Context(), session.Cookie); err != auth.ErrSession {
				t.Fatalf("got %v, want ErrSession", err)
			}
		}
	})
}

func TestARevokedBrowserIsToldToWipeItself(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready()
		session := w.signIn(s, browser)
		w.people.set(func() { w.people.devices[w.device] = auth.Device{User: w.ada, Revoked: true, Wipe: true} })
		if err := s.End(t.Context(), auth.End{Agency: w.agency, Device: w.device, Why: "lost"}); err != nil {
			t.Fatal(err)
		}
		var wiped *auth.Wiped
		if _, err := s.VerifyCookie(t.Context(), session.Cookie); !errors.As(err, &wiped) {
			t.Fatalf("got %v, want Wiped", err)
		}
		if _, err := s.VerifyCookie(t.Context(), mangle(session.Cookie)); err != auth.ErrSession {
			t.Fatalf("a made-up one: got %v, want ErrSession", err)
		}
	})
}

func TestCookieAttributes(t *testing.T) {
	t.Parallel()
	got := auth.NewCookie(auth.Session{Cookie: "v"}).String()
	if want := "__Host-officer=v; Path=/; HttpOnly; Secure; SameSite=Strict"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	got = auth.ClearedCookie().String()
	if want := "__Host-officer=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	if got := auth.CookieOf(r); got != "" {
		t.Errorf("none: got %q", got)
	}
	r.AddCookie(&http.Cookie{Name: auth.CookieName, Value: "a"})
	if got := auth.CookieOf(r); got != "a" {
		t.Errorf("one: got %q, want a", got)
	}
	r.AddCookie(&http.Cookie{Name: auth.CookieName, Value: "b"})
	if got := auth.CookieOf(r); got != "" {
		t.Errorf("two: got %q, want none", got)
	}
}

func TestCheckOrigin(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, method, site, origin string
		pass                       bool
	}{
		{"read by another site", "GET", "cross-site", "https://evil.example", false},
		{"read by a neighbour", "GET", "same-site", "", false},
		{"read by the own page", "GET", "same-origin", "", true},
		{"read by the address line", "GET", "none", "", true},
		{"read by an old browser", "GET", "", "", true},
		{"own page", "POST", "same-origin", "https://app.example", true},
		{"own page, old browser", "POST", "", "https://app.example", true},
		{"other site", "POST", "cross-site", "https://evil.example", false},
		{"neighbour", "POST", "same-site", "https://other.app.example", false},
		{"other site, old browser", "POST", "", "https://evil.example", false},
		{"opaque origin", "POST", "", "null", false},
		{"no word of where from", "POST", "", "", false},
		{"delete", "DELETE", "cross-site", "", false},
		{"preflight", "OPTIONS", "cross-site", "", false},
	} {
		r := httptest.NewRequest(c.method, "https://app.example/v1/sync", nil)
		if c.site != "" {
			r.Header.Set("Sec-Fetch-Site", c.site)
		}
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		if err := auth.CheckOrigin(r); (err == nil) != c.pass {
			t.Errorf("%s: got %v, want pass %t", c.name, err, c.pass)
		}
	}
}
