package auth_test

import (
	"testing"
	"testing/synctest"
	"time"

	"officermobile/auth"
	"officermobile/models"
)

// integration makes ada a service account with a key, which never expires if expires is zero.
func (w *world) integration(s *auth.Service, expires time.Time) (key string, id models.SessionID) {
	w.t.Helper()
	w.people.set(func() { w.people.robot = w.ada })
	id = models.SessionID(newID[int]())
	key, _, err := s.CreateKey(w.t.Context(), w.agency, w.ada, id, expires)
	if err != nil {
		w.t.Fatal(err)
	}
	return key, id
}

// keyIs holds a key to being good, or refused, on a node.
func (w *world) keyIs(good bool, s *auth.Service, key string) {
	w.t.Helper()
	c, err := s.Verify(w.t.Context(), key)
	if good && (err != nil || c.User != w.ada || !c.Key) {
		w.t.Fatalf("got %+v, %v, want the integration", c, err)
	}
	if !good && err != auth.ErrToken {
		w.t.Fatalf("got %v, want ErrToken", err)
	}
}

// TestARevokedKeyEndsOnAllNodes: at once where it is revoked, and within a second where it is remembered as good.
func TestARevokedKeyEndsOnAllNodes(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		here, there := w.service(), w.service()
		defer run(t, there)()
		key, id := w.integration(here, time.Time{})
		other, _ := w.integration(here, time.Time{})
		for _, node := range []*auth.Service{here, there} {
			w.keyIs(true, node, key)
			w.keyIs(true, node, other)
		}
		pass(time.Minute)
		if err := here.RevokeKey(t.Context(), w.agency, w.ada, id); err != nil {
			t.Fatal(err)
		}
		w.keyIs(false, here, key)
		w.keyIs(false, w.service(), key)
		pass(time.Second)
		synctest.Wait()
		w.keyIs(false, there, key)
		for _, node := range []*auth.Service{here, there} {
			w.keyIs(true, node, other)
		}
		if err := there.RevokeKey(t.Context(), w.agency, w.ada, id); models.AsError(err) != models.ErrNotFound {
			t.Errorf("a second time: got %v, want ErrNotFound", err)
		}
	})
}

// TestAKeyExpires: on the second, also where it is remembered as good, and it makes room for the next.
func TestAKeyExpires(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		here, there := w.service(), w.service()
		defer run(t, there)()
		key, _ := w.integration(here, time.Now().Add(time.Hour))
		lasting, _ := w.integration(here, time.Time{})
		if _, _, err := here.CreateKey(t.Context(), w.agency, w.ada, models.SessionID(newID[int]()), time.Time{}); models.AsError(err) != auth.ErrKeyLimit {
			t.Fatalf("a third: got %v, want ErrKeyLimit", err)
		}
		pass(time.Hour - time.Second)
		w.keyIs(true, here, key)
		w.keyIs(true, there, key)
		pass(time.Second)
		for _, node := range []*auth.Service{here, there, w.service()} {
			w.keyIs(false, node, key)
			w.keyIs(true, node, lasting)
		}
		w.integration(here, time.Time{}) // in the place of the one that expired
		pass(48 * time.Hour)
		w.keyIs(true, there, lasting)
	})
}

// TestAKeyNeedsItsUser: of one who was deactivated no node takes a key.
func TestAKeyNeedsItsUser(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		here, there := w.service(), w.service()
		defer run(t, there)()
		key, _ := w.integration(here, time.Time{})
		w.keyIs(true, here, key)
		w.keyIs(true, there, key)
		w.people.set(func() { w.people.active[w.ada] = false })
		if err := here.End(t.Context(), auth.End{Agency: w.agency, User: w.ada, Why: "deactivated"}); err != nil {
			t.Fatal(err)
		}
		w.keyIs(false, here, key)
		pass(time.Second)
		synctest.Wait()
		w.keyIs(false, there, key)
	})
}

// TestAKeyThatIsRevokedAgain: the key was removed, and before the other nodes heard of it the store failed. To revoke it
// again, which is told that there is none, has them hear.
func TestAKeyThatIsRevokedAgain(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		here, there := w.service(), w.service()
		defer run(t, there)()
		key, id := w.integration(here, time.Time{})
		w.keyIs(true, there, key)
		w.docs.failKind(errDisk, "revocation")
		if err := here.RevokeKey(t.Context(), w.agency, w.ada, id); err == nil {
			t.Fatal("got no error for what no other node hears of")
		}
		w.docs.failKind(nil, "")
		pass(2 * time.Second)
		synctest.Wait()
		w.keyIs(true, there, key)
		if err := w.service().RevokeKey(t.Context(), w.agency, w.ada, id); models.AsError(err) != models.ErrNotFound {
			t.Errorf("again: got %v, want ErrNotFound", err)
		}
		pass(2 * time.Second)
		synctest.Wait()
		w.keyIs(false, there, key)
	})
}
