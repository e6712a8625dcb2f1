package auth_test

import (
	"testing"
	"testing/synctest"
	"time"

	"officermobile/auth"
	"officermobile/clock"
	"officermobile/models"
	"officermobile/store"
)

func TestRevocationTakesEffectAtOnce(t *testing.T) {
	t.Parallel()
	for name, revoke := range map[string]func(w *world, s *auth.Service, c auth.Caller) error{
		"sign-out": func(w *world, s *auth.Service, c auth.Caller) error { return s.SignOut(w.t.Context(), c) },
		"user": func(w *world, s *auth.Service, c auth.Caller) error {
			return s.End(w.t.Context(), auth.End{Agency: w.agency, User: c.User, Why: "disabled"})
		},
		"device": func(w *world, s *auth.Service, c auth.Caller) error {
			return s.End(w.t.Context(), auth.End{Agency: w.agency, Device: c.Device, Why: "lost"})
		},
		"hand-over": func(w *world, s *auth.Service, c auth.Caller) error {
			return s.End(w.t.Context(), auth.End{Agency: w.agency, User: c.User, Device: c.Device, Why: "handed_over"})
		},
		"password is set": func(w *world, s *auth.Service, c auth.Caller) error {
			return s.SetPassword(w.t.Context(), w.agency, c.User, otherPassword, models.SessionID{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T, w *world) {
				here, there := w.ready(), w.service()
				stop := run(t, there)
				defer stop()
				w.people.set(func() { w.people.devices[w.device] = auth.Device{User: w.ada} })
				session := w.signIn(here)
				bo := w.signIn(here, func(c *auth.Credentials) { c.Username, c.Device = "bo", models.DeviceID(newID[int]()) })
				for _, node := range []*auth.Service{here, there} {
					w.good(node, session)
					w.good(node, bo)
				}
				near, far, bystander := here.Watch(session.Caller), there.Watch(session.Caller), there.Watch(bo.Caller)
				pass(time.Minute)
				if closed(near) || closed(far) {
					t.Fatal("closed before anything was revoked")
				}
				if err := revoke(w, here, session.Caller); err != nil {
					t.Fatal(err)
				}
				w.refused(here, session)
				w.renewRefused(here, session, w.key)
				w.renewRefused(there, session, w.key) // a renewal always reads the store
				if !closed(near) {
					t.Fatal("its stream on this node is open")
				}
				pass(time.Second)
				synctest.Wait()
				if !closed(far) {
					t.Fatal("its stream on the other node is open after a second")
				}
				w.refused(there, session)
				w.refused(w.service(), session)
				if closed(bystander) {
					t.Fatal("somebody else's stream was closed")
				}
				w.good(there, bo)
				if !closed(here.Watch(session.Caller)) {
					t.Fatal("an ended session can be watched")
				}
			})
		})
	}
}

func TestASessionBegunAfterARevocationLives(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		here, there := w.ready(), w.service()
		defer run(t, there)()
		w.signIn(here)
		if err := here.End(t.Context(), auth.End{Agency: w.agency, User: w.ada, Why: "disabled"}); err != nil {
			t.Fatal(err)
		}
		pass(time.Millisecond)
		fresh := w.signIn(here)
		w.good(there, fresh)
		pass(time.Hour + time.Minute)
		fresh = w.renew(here, fresh)
		w.good(here, fresh)
		w.good(there, fresh)
	})
}

// TestAnEndThatComesLate: who follows the log late, or again, ends no session that began since; here, there and after a
// restart.
func TestAnEndThatComesLate(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		here, there := w.ready(), w.service()
		defer run(t, there)()
		w.people.set(func() { w.people.devices[w.device] = auth.Device{User: w.ada} })
		old := w.signIn(here)
		pass(time.Second)
		until := clock.Clock{}.Now()
		pass(time.Second)
		fresh := w.signIn(here, func(c *auth.Credentials) { c.Device = models.DeviceID(newID[int]()) })
		for _, e := range []auth.End{
			{Agency: w.agency, User: w.ada, Until: until, Why: "deactivated"},
			{Agency: w.agency, User: w.ada, Device: w.device, Until: until, Why: "handed_over"},
			{Agency: w.agency, Device: w.device, Until: until, Why: "released"},
		} {
			for range 2 {
				if err := here.End(t.Context(), e); err != nil {
					t.Fatal(err)
				}
			}
			pass(2 * time.Second)
			synctest.Wait()
			for _, s := range []*auth.Service{here, there, w.service()} {
				w.refused(s, old)
				w.good(s, fresh)
			}
		}
		if n := w.count(auth.Revoked); n != 1 {
			t.Errorf("got %d lines about it, want 1", n)
		}
		w.good(here, w.signIn(here)) // on the first device, after what had ended there
	})
}

func TestAnEndNamesSomebody(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready()
		session := w.signIn(s)
		if err := s.End(t.Context(), auth.End{Agency: w.agency, Why: "released"}); err == nil {
			t.Error("got no error for an end of everybody's sessions")
		}
		w.good(s, session)
	})
}

func TestARevocationHoldsThoughTheStoreFails(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready()
		session := w.signIn(s)
		w.docs.fail(errDisk)
		if err := s.SignOut(t.Context(), session.Caller); err == nil {
			t.Fatal("got no error for a revocation that is not durable")
		}
		w.refused(s, session)
		w.docs.fail(nil)
		if err := s.SignOut(t.Context(), session.Caller); err != nil {
			t.Fatal(err)
		}
		w.refused(w.service(), session)
	})
}

func TestAnotherNodeFinishesARevocation(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready()
		session := w.signIn(s)
		w.docs.failKind(errDisk, "session")
		if err := s.SignOut(t.Context(), session.Caller); err == nil {
			t.Fatal("got no error for a revocation that was cut short")
		}
		w.docs.failKind(nil, "")
		next := w.service() // the process was restarted
		w.refused(next, session)
		w.renewRefused(next, session, w.key)
	})
}

func TestADisabledUserIsRefusedWhereNotYetKnown(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		session := w.signIn(w.ready())
		w.people.set(func() { w.people.active[w.ada] = false })
		s := w.service()
		w.refused(s, session)
		w.renewRefused(s, session, w.key)
		w.people.set(func() {
			w.people.active[w.ada] = true
			w.people.devices[w.device] = auth.Device{User: w.bo}
		})
		w.renewRefused(s, session, w.key) // the device is another's now
	})
}

func TestStreamsCloseAtTheAbsoluteEnd(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready(func(o *auth.Options) { o.Absolute = time.Hour })
		defer run(t, s)()
		session := w.signIn(s)
		watch := s.Watch(session.Caller)
		pass(time.Hour - time.Second)
		synctest.Wait()
		if closed(watch) {
			t.Fatal("closed early")
		}
		pass(2 * time.Second)
		synctest.Wait()
		if !closed(watch) {
			t.Fatal("open past the absolute end")
		}
	})
}

func TestANodeThatHearsNothingLetsNobodyIn(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready()
		stop := run(t, s)
		session := w.signIn(s)
		w.docs.failReads(errDisk)
		pass(9 * time.Second)
		w.good(s, session)
		pass(3 * time.Second)
		if _, err := s.Verify(t.Context(), session.Access); kindOf(err) != models.KindUnavailable {
			t.Fatalf("verify: got %v, want KindUnavailable", err)
		}
		if _, err := s.Renew(t.Context(), session.Refresh, w.key); kindOf(err) != models.KindUnavailable {
			t.Fatalf("renew: got %v, want KindUnavailable", err)
		}
		w.docs.failReads(nil)
		pass(time.Second)
		synctest.Wait()
		w.good(s, session)
		stop()
	})
}

func TestExpiredDocumentsGo(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready()
		session := w.signIn(s)
		w.attempt(s, "nobody", otherPassword, "r")
		if err := s.SignOut(t.Context(), session.Caller); err != nil {
			t.Fatal(err)
		}
		pass(12*time.Hour + 90*24*time.Hour)
		stop := run(t, s)
		pass(time.Second)
		synctest.Wait()
		stop()
		for _, kind := range []store.Kind{"session", "lockout", "revocation"} {
			if list, err := w.docs.List(t.Context(), kind, "", "", 10); err != nil || len(list) != 0 {
				t.Errorf("%s: got %d documents, %v, want none", kind, len(list), err)
			}
		}
	})
}

func TestAgenciesWithTheSameIdsDoNotMeet(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready()
		ours := w.signIn(s)
		theirs := models.AgencyID(newID[int]())
		if err := s.End(t.Context(), auth.End{Agency: theirs, User: w.ada, Why: "disabled"}); err != nil {
			t.Fatal(err)
		}
		if err := s.End(t.Context(), auth.End{Agency: theirs, Device: w.device, Why: "lost"}); err != nil {
			t.Fatal(err)
		}
		elsewhere := ours.Caller
		elsewhere.Agency = theirs
		if err := s.SignOut(t.Context(), elsewhere); err != nil {
			t.Fatal(err)
		}
		if err := s.SetPassword(t.Context(), theirs, w.ada, otherPassword, models.SessionID{}); err != nil {
			t.Fatal(err)
		}
		w.good(s, ours)
		w.good(w.service(), w.renew(s, ours))
		if err := w.attempt(s, "ada", otherPassword, "r"); err != auth.ErrSignIn {
			t.Fatalf("their password: got %v, want ErrSignIn", err)
		}
	})
}
