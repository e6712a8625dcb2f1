package auth_test

import (
	"testing"
	"time"

	"officermobile/auth"
	"officermobile/clock"
)

func TestCacheNeverOutlivesTheToken(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready()
		session := w.signIn(s)
		w.good(s, session)
		pass(session.ExpiresIn - time.Nanosecond)
		w.good(s, session)
		pass(time.Nanosecond)
		w.refused(s, session)
	})
}

func TestASmallCacheOnlyCostsTime(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready(func(o *auth.Options) { o.Cached = 1 })
		var tokens []auth.Session
		first := w.signIn(s)
		for range 200 { // one family, many access tokens
			first = w.renew(s, first)
			w.good(s, first)
			tokens = append(tokens, first)
		}
		for _, session := range tokens {
			w.good(s, session)
		}
		if err := s.SignOut(t.Context(), first.Caller); err != nil {
			t.Fatal(err)
		}
		for _, session := range tokens {
			w.refused(s, session)
		}
	})
}

func BenchmarkVerifyCached(b *testing.B) {
	w := newWorld(b)
	s, err := auth.New(b.Context(), w.docs, w.people, clock.Clock{}, auth.Options{Cost: cheap})
	if err != nil {
		b.Fatal(err)
	}
	if err := s.SetPassword(b.Context(), w.agency, w.ada, rightPassword, [16]byte{}); err != nil {
		b.Fatal(err)
	}
	session := w.signIn(s)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := s.Verify(b.Context(), session.Access); err != nil {
				b.Error(err)
			}
		}
	})
}
