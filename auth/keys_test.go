package auth_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"officermobile/auth"

	"github.com/golang-jwt/jwt/v5"
)

type published struct {
	Keys []struct{ Kty, Crv, X, Y, Use, Alg, Kid string }
}

func jwks(t *testing.T, s *auth.Service) map[string]bool {
	t.Helper()
	var set published
	if err := json.Unmarshal(s.JWKS(), &set); err != nil {
		t.Fatal(err)
	}
	kids := map[string]bool{}
	for _, k := range set.Keys {
		thumb := sha256.Sum256(fmt.Appendf(nil, `{"crv":%q,"kty":%q,"x":%q,"y":%q}`, k.Crv, k.Kty, k.X, k.Y))
		if want := base64.RawURLEncoding.EncodeToString(thumb[:]); k.Kid != want || k.Alg != "ES256" || k.Use != "sig" {
			t.Fatalf("got %+v, want kid %s", k, want)
		}
		kids[k.Kid] = true
	}
	return kids
}

func kid(t *testing.T, session auth.Session) string {
	t.Helper()
	token, _, err := jwt.NewParser().ParseUnverified(session.Access, jwt.MapClaims{})
	if err != nil {
		t.Fatal(err)
	}
	return token.Header["kid"].(string)
}

func TestKeysSurviveARestartAndAreShared(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready()
		session := w.signIn(s)
		other := w.service()
		w.good(other, session)
		if got, want := string(other.JWKS()), string(s.JWKS()); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
		if got := len(jwks(t, s)); got != 2 {
			t.Fatalf("published: got %d keys, want the current and the next", got)
		}
	})
}

func TestRotationOverlaps(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		// A long session and slow polls: half a year passes quickly.
		slow := func(o *auth.Options) {
			o.Absolute, o.PollEvery, o.StaleAfter = 365*24*time.Hour, 3*time.Hour, 9*time.Hour
		}
		s, other := w.ready(slow), w.service(slow)
		defer run(t, s)()
		defer run(t, other)()
		session := w.signIn(s)
		seen := map[string]time.Time{} // when a key was first published
		signers := map[string]bool{}
		for range 2 * 180 { // every twelve hours of half a year
			pass(12 * time.Hour)
			synctest.Wait()
			for k := range jwks(t, s) {
				if _, ok := seen[k]; !ok {
					seen[k] = time.Now()
				}
			}
			session = w.renew(s, session)
			w.good(other, session)
			k := kid(t, session)
			if !signers[k] && len(signers) > 0 && time.Since(seen[k]) < 24*time.Hour {
				t.Fatalf("a key signs %v after it was published", time.Since(seen[k]))
			}
			signers[k] = true
		}
		if len(signers) != 4 {
			t.Fatalf("got %d signing keys in 180 days, want 4", len(signers))
		}
		if got := len(jwks(t, s)); got > 3 {
			t.Fatalf("published: got %d keys, want at most 3", got)
		}
	})
}

func TestReplacedKeysVoidAllAccessTokens(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s, other := w.ready(), w.service()
		defer run(t, other)()
		session := w.signIn(s)
		w.good(s, session)
		w.good(other, session)
		near, far := s.Watch(session.Caller), other.Watch(session.Caller)
		if err := s.ReplaceKeys(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.refused(s, session)
		pass(time.Second)
		synctest.Wait()
		w.refused(other, session)
		if !closed(near) || !closed(far) {
			t.Fatal("a stream is open")
		}
		next := w.renew(s, session)
		w.good(s, next)
		w.good(other, next)
	})
}
