package sync_test

import (
	"testing"
	"testing/synctest"
	"time"

	"officermobile/models"
	"officermobile/models/wire"
	"officermobile/sync"
)

// TestWhoHandsATabletOverIsSeenToGo: others do not see them at it for ever.
func TestWhoHandsATabletOverIsSeenToGo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, sync.ServiceOptions{})
		viewer := d.tune(callerOf(0), "")
		report := func(i int) {
			t.Helper()
			who := callerOf(i)
			who.Device = phoneID(1)
			mustSubmit(t, d.g, models.Command{Actor: who.User, Device: who.Device, Body: &models.DeviceRegister{Name: "Tablet", Class: "vehicle", Platform: "ios"}})
			d.sync(who, wire.SyncRequest{Presence: &wire.Presence{State: models.Foreground, Report: uint64(i)}})
			elapse(3 * time.Second)
		}
		report(1)
		report(2)
		last := map[models.UserID]models.PresenceState{}
		for _, f := range viewer.named("now") {
			for _, p := range f.Data.(wire.Now).Presence {
				last[p.User] = p.State
			}
		}
		if last[personID(1)] != models.Offline || last[personID(2)] != models.Foreground {
			t.Errorf("got %s for who handed it over and %s for who has it, want offline and foreground", last[personID(1)], last[personID(2)])
		}
	})
}

func TestAStreamIsAtOnceAndThenRests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, sync.ServiceOptions{})
		l := d.tune(callerOf(1), d.pass(callerOf(1), "", newPocket()))
		elapse(time.Second)
		for burst := range 3 {
			before := len(l.named("page"))
			began := time.Now()
			d.say(0, 100*burst)
			synctest.Wait()
			if got := len(l.named("page")) - before; got != 1 {
				t.Fatalf("burst %d: got %d pages after the first message, want 1", burst, got)
			}
			for m := range 5 {
				d.say(0, 100*burst+1+m)
			}
			synctest.Wait()
			spent := time.Since(began)
			if got := len(l.named("page")) - before; got != 1 && spent < 10*time.Millisecond {
				t.Errorf("burst %d: got %d pages within %v, want the others to wait", burst, got, spent)
			}
			elapse(10 * time.Millisecond)
			synctest.Wait()
			if got := len(l.named("page")) - before; got < 2 || got > 2+int(spent/(10*time.Millisecond)) {
				t.Errorf("burst %d: got %d pages, want the others to share the second", burst, got)
			}
			elapse(time.Second)
		}
	})
}
