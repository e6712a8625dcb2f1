package auth_test

import (
	"errors"
	stdsync "sync"
	"testing"
	"time"

	"officermobile/auth"
	"officermobile/models"
	"officermobile/store"
)

func TestRenewTruthTable(t *testing.T) {
	t.Parallel()
	// Each case starts from a sign-in (first) and one renewal (second) whose answer may or may not have arrived.
	cases := []struct {
		name    string
		use     func(w *world, s *auth.Service, second auth.Session) // of the successor
		present func(first, second auth.Session) string
		key     func(w *world) string
		works   bool
		theft   bool // the family is revoked
	}{
		{"predecessor, successor unseen", nil, presentFirst, ownKey, true, false},
		{"current", nil, presentSecond, ownKey, true, false},
		{"predecessor, successor's access used", useAccess, presentFirst, ownKey, false, true},
		{"predecessor, successor's refresh used", useRefresh, presentFirst, ownKey, false, true},
		{"current, after its access was used", useAccess, presentSecond, ownKey, true, false},
		{"predecessor, other key", nil, presentFirst, otherKey, false, true},
		{"current, other key", nil, presentSecond, otherKey, false, true},
		{"current, no key", nil, presentSecond, noKey, false, false},
		{"made up", nil, func(_, second auth.Session) string { return mangle(second.Refresh) }, ownKey, false, false},
		{"an access token", nil, func(_, second auth.Session) string { return second.Access }, ownKey, false, false},
		{"nothing", nil, func(_, _ auth.Session) string { return "" }, ownKey, false, false},
	}
	for _, restart := range []bool{false, true} {
		for _, c := range cases {
			t.Run(c.name+map[bool]string{true: ", restarted"}[restart], func(t *testing.T) {
				in(t, func(t *testing.T, w *world) {
					s := w.ready()
					first := w.signIn(s)
					second := w.renew(s, first)
					if c.use != nil {
						c.use(w, s, second)
					}
					if restart {
						s = w.service()
					}
					got, err := s.Renew(t.Context(), c.present(first, second), c.key(w))
					if (err == nil) != c.works {
						t.Fatalf("got %v, want works %t", err, c.works)
					}
					if err != nil && err != auth.ErrSession {
						t.Fatalf("got %v, want ErrSession", err)
					}
					if got, want := w.count(auth.Reused) == 1, c.theft; got != want {
						t.Fatalf("reuse reported: got %t, want %t", got, want)
					}
					if c.theft {
						w.refused(s, second)
						w.renewRefused(s, second, w.key)
						return
					}
					if c.works {
						w.good(s, got)
						w.renew(s, got)
					}
				})
			})
		}
	}
}

func presentFirst(first, _ auth.Session) string   { return first.Refresh }
func presentSecond(_, second auth.Session) string { return second.Refresh }
func ownKey(w *world) string                      { return w.key }
func otherKey(*world) string                      { return newKey() }
func noKey(*world) string                         { return "" }
func useAccess(w *world, s *auth.Service, second auth.Session) {
	w.good(s, second)
}
func useRefresh(w *world, s *auth.Service, second auth.Session) { w.renew(s, second) }

// mangle changes the secret in a token and leaves the ids and the proof.
func mangle(token string) string {
	b := []byte(token)
	i := len(b) - 10
	b[i] = map[bool]byte{true: 'B', false: 'A'}[b[i] == 'A']
	return string(b)
}

func TestALostAnswerIsGivenAgain(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready()
		first := w.signIn(s)
		lost := w.renew(s, first)
		for range 3 { // on two nodes, and after a restart
			again := w.renew(w.service(), first)
			if again.Refresh != lost.Refresh {
				t.Fatal("another successor was made")
			}
		}
		again := w.renew(s, first)
		w.good(s, again)
		w.renewRefused(s, first, w.key)
		w.refused(s, again)
	})
}

func TestOlderThanThePredecessorIsTheft(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready()
		first := w.signIn(s)
		third := w.renew(s, w.renew(s, first))
		w.renewRefused(s, first, w.key)
		w.renewRefused(s, third, w.key)
	})
}

func TestFiftyRenewalsAtOnceMakeOneSuccessor(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		nodes := []*auth.Service{w.ready(), w.service()}
		first := w.signIn(nodes[0])
		answers := make([]auth.Session, 50)
		var wg stdsync.WaitGroup
		for i := range answers {
			wg.Go(func() {
				var err error
				if answers[i], err = nodes[i%2].Renew(t.Context(), first.Refresh, w.key); err != nil {
					t.Errorf("renewal %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		for i, a := range answers {
			if a.Refresh != answers[0].Refresh {
				t.Fatalf("renewal %d made another successor", i)
			}
			w.good(nodes[(i+1)%2], a)
		}
		if list, err := w.docs.List(t.Context(), "session", "", "", 10); err != nil || len(list) != 1 {
			t.Fatalf("families: got %d, %v, want 1", len(list), err)
		}
		w.renew(nodes[1], answers[7])
	})
}

func TestUseOfASuccessorHoldsThoughTheStoreFails(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready()
		first := w.signIn(s)
		second := w.renew(s, first)
		w.docs.fail(errDisk)
		w.good(s, second)
		w.good(s, second)
		w.docs.fail(nil)
		w.renewRefused(s, first, w.key)
		w.refused(s, second)
	})
}

func TestAFullDiskLeavesReading(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready()
		first := w.signIn(s)
		w.docs.fail(store.ErrFull)
		pass(11 * time.Minute)
		w.refused(s, first)
		again := w.renew(s, first)
		if again.Refresh != first.Refresh {
			t.Fatal("a refresh token that could not be stored was answered")
		}
		w.good(s, again)
		if _, err := s.SignIn(t.Context(), w.credentials()); kindOf(err) != models.KindFull {
			t.Fatalf("sign in: got %v, want KindFull", err)
		}
		w.docs.fail(nil)
		w.good(s, w.renew(s, first))
	})
}

func TestAnUnknownWriteErrorIsRetriedByTheClient(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready()
		first := w.signIn(s)
		w.docs.fail(errDisk)
		if _, err := s.Renew(t.Context(), first.Refresh, w.key); !errors.Is(err, errDisk) || models.AsError(err) != nil {
			t.Fatalf("got %v, want an internal error", err)
		}
		w.docs.fail(nil)
		w.good(s, w.renew(s, first))
	})
}

func TestAbsoluteLife(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready()
		session := w.signIn(s)
		began := time.Now()
		for range 71 { // every ten minutes of twelve hours but the last
			pass(10 * time.Minute)
			session = w.renew(s, session)
			w.good(s, session)
		}
		if want := began.Add(12 * time.Hour); !session.AbsoluteUntil.Equal(want) {
			t.Fatalf("until: got %v, want %v", session.AbsoluteUntil, want)
		}
		pass(5 * time.Minute)
		session = w.renew(s, session)
		if session.ExpiresIn > 5*time.Minute {
			t.Fatalf("the last token outlives the session: %v", session.ExpiresIn)
		}
		pass(5 * time.Minute)
		w.refused(s, session)
		w.renewRefused(s, session, w.key)
	})
}

func TestIdleLimitOfPhones(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready(func(o *auth.Options) { o.Idle = 30 * time.Minute })
		session := w.signIn(s)
		pass(29 * time.Minute)
		session = w.renew(s, session)
		pass(30 * time.Minute)
		w.renewRefused(s, session, w.key)
	})
}

func TestARevokedDeviceIsToldToWipeItself(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready()
		session := w.signIn(s)
		other := w.signIn(s, func(c *auth.Credentials) { c.Username, c.Device = "bo", models.DeviceID(newID[int]()) })
		w.people.set(func() { w.people.devices[w.device] = auth.Device{User: w.ada, Revoked: true, Wipe: true} })
		if err := s.End(t.Context(), auth.End{Agency: w.agency, Device: w.device, Why: "lost"}); err != nil {
			t.Fatal(err)
		}
		w.refused(s, session)
		w.good(s, other)
		pass(40 * 24 * time.Hour) // in a drawer
		for _, node := range []*auth.Service{s, w.service()} {
			var wiped *auth.Wiped
			_, err := node.Renew(t.Context(), session.Refresh, w.key)
			if !errors.As(err, &wiped) || wiped.Caller.Device != w.device {
				t.Fatalf("got %v, want Wiped", err)
			}
			w.renewRefused(node, session, newKey())
			w.renewRefused(node, auth.Session{Refresh: mangleProof(session.Refresh)}, w.key)
		}
		if _, err := s.SignIn(t.Context(), w.credentials()); err != auth.ErrDevice {
			t.Fatalf("sign in on it: got %v, want ErrDevice", err)
		}
	})
}

// mangleProof changes a character of the proof.
func mangleProof(token string) string {
	b := []byte(token)
	i := len(b) - 60
	b[i] = map[bool]byte{true: 'B', false: 'A'}[b[i] == 'A']
	return string(b)
}
