package node_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"officermobile/api"
	"officermobile/auth"
	"officermobile/models"
	"officermobile/node"
	"officermobile/store/sqlite"
)

// TestAHandOverIsFinishedAfterACrash: the next officer's registration is durable, and the node dies before it has ended the
// first one's session and push. The next start does, and doing it again harms nobody.
func TestAHandOverIsFinishedAfterACrash(t *testing.T) {
	t.Parallel()
	st, err := sqlite.Open(t.Context(), t.TempDir())
	ok(t, err)
	t.Cleanup(func() { ok(t, st.Close()) })
	s := openStation(t, st, nil)
	follow := func() { t.Helper(); ok(t, node.FollowLog(t.Context(), s.of, st, s.auth, s.desk, s.agency)) }
	reach := func(want bool) {
		t.Helper()
		if got, err := s.push.Reachable(t.Context(), s.agency, tablet); err != nil || got != want {
			t.Errorf("got %v, %v, want it to be reachable: %v", got, err, want)
		}
	}
	const address = `{"kind":"fcm_token","token":"the:tablet-of-this-test","app":"org.example"}`
	put := func(token string) {
		t.Helper()
		if got := s.call(token, "PUT", "/v1/devices/"+tablet.String()+"/address", address, nil); got != http.StatusNoContent {
			t.Fatalf("an address: got %d", got)
		}
	}
	first := s.takeOver(looking)
	put(first.Access)
	follow()
	_, err = s.sync.Do(t.Context(), s.agency, models.Command{At: models.Micros(time.Now().UnixMicro()), Actor: person(farDispatcher), Device: tablet,
		Body: &models.DeviceRegister{Name: "Car 7", Class: "vehicle", Platform: "android"}})
	ok(t, err)
	s.close()

	s = openStation(t, st, s.tokens)
	reach(true)
	if got := s.call(first.Access, "GET", "/v1/me", "", nil); got != http.StatusOK {
		t.Fatalf("the first's token before anybody followed the log: got %d", got)
	}
	follow()
	reach(false)
	if got := s.call(first.Access, "GET", "/v1/me", "", nil); got != http.StatusUnauthorized {
		t.Errorf("the first's token: got %d", got)
	}
	all, err := s.auth.Sessions(t.Context(), s.agency, person(looking))
	ok(t, err)
	ended := map[models.DeviceID]string{}
	for _, one := range all {
		ended[one.Device] = one.Ended
	}
	if ended[tablet] != "handed_over" || ended[phone(looking)] != "" {
		t.Errorf("got %v, want the tablet's session to have ended, and the phone's to live", ended)
	}

	second := s.takeOver(farDispatcher)
	put(second.Access)
	g, err := s.of.Agency(t.Context(), s.agency)
	ok(t, err)
	events, _, err := node.EventsOf(t.Context(), s.of, s.agency, 0, int(g.Tip().Seq))
	ok(t, err)
	for range 2 {
		ok(t, api.Follow(t.Context(), s.auth, s.desk, s.agency, events))
	}
	reach(true)
	if got := s.call(second.Access, "GET", "/v1/devices", "", nil); got != http.StatusOK {
		t.Errorf("the second's token after all was done again: got %d", got)
	}
}

// troubled can't end sessions.
type troubled struct{}

var errTrouble = errors.New("the store is in trouble")

func (troubled) End(_ context.Context, _ auth.End) error { return errTrouble }

// TestWhatCouldNotBeEndedIsTriedAgain: the position stays before it.
func TestWhatCouldNotBeEndedIsTriedAgain(t *testing.T) {
	t.Parallel()
	st, err := sqlite.Open(t.Context(), t.TempDir())
	ok(t, err)
	t.Cleanup(func() { ok(t, st.Close()) })
	s := openStation(t, st, nil)
	off := false
	s.do(0, &models.UserChange{UserID: person(away), Active: &off})
	if err := node.FollowLog(t.Context(), s.of, st, troubled{}, s.desk, s.agency); !errors.Is(err, errTrouble) {
		t.Fatalf("got %v, want the trouble", err)
	}
	ok(t, node.FollowLog(t.Context(), s.of, st, s.auth, s.desk, s.agency))
	all, err := s.auth.Sessions(t.Context(), s.agency, person(away))
	ok(t, err)
	if len(all) != 1 || all[0].Ended != "deactivated" {
		t.Errorf("got %+v, want the session ended", all)
	}
}
