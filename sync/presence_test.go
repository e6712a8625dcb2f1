package sync_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"officermobile/models"
	"officermobile/models/wire"
	"officermobile/sync"
)

// report is a device's word on itself.
func (d *desk) report(i int, number uint64, state models.PresenceState) {
	d.t.Helper()
	d.sync(callerOf(i), wire.SyncRequest{Presence: &wire.Presence{State: state, Report: number}})
}

func TestALeaseEndsByTheClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, sync.ServiceOptions{})
		var told atomic.Int32
		d.s.OnPresence(func(_ models.AgencyID, id models.DeviceID) {
			if id == phoneID(1) {
				told.Add(1)
			}
		})
		d.report(1, 1, models.Foreground)
		elapse(44 * time.Second)
		if got := d.s.Presence(agencyID(1), phoneID(1)); got.State != models.Foreground || !got.Certain {
			t.Errorf("after 44 s: got %+v, want a certain foreground", got)
		}
		d.report(1, 2, models.Foreground)
		elapse(44 * time.Second)
		if got := d.s.Presence(agencyID(1), phoneID(1)).State; got != models.Foreground {
			t.Errorf("renewed: got %s, want foreground", got)
		}
		d.report(1, 2, models.Foreground) // the same number again renews nothing
		before := told.Load()
		elapse(2 * time.Second)
		if got := d.s.Presence(agencyID(1), phoneID(1)).State; got != models.Offline || told.Load() != before+1 {
			t.Errorf("after the lease: got %s and %d calls, want offline and one", got, told.Load()-before)
		}
	})
}

func TestALateReportDoesNotOverrideANewerOne(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sync.ServiceOptions{})
	d.report(1, 5, models.Background)
	d.report(1, 4, models.Foreground)
	if got := d.s.Presence(agencyID(1), phoneID(1)).State; got != models.Background {
		t.Errorf("got %s, want background", got)
	}
}

func TestADeviceConfirmsByItsToken(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sync.ServiceOptions{})
	first := d.sync(callerOf(1), wire.SyncRequest{MaxBytes: 1}).Page
	d.sync(callerOf(1), wire.SyncRequest{T: first.T})
	if got := d.s.Presence(agencyID(1), phoneID(1)).Confirmed; got != 0 {
		t.Errorf("within its first pass: got %d confirmed, want nothing", got)
	}
	token := d.pass(callerOf(1), "", newPocket())
	seq := d.g.Tip().Seq
	d.sync(callerOf(1), wire.SyncRequest{T: token})
	if got := d.s.Presence(agencyID(1), phoneID(1)).Confirmed; got != seq {
		t.Errorf("got %d confirmed, want %d", got, seq)
	}
	if _, ok := deliveredOn(d.s, 1, seq); !ok {
		t.Error("got no time of delivery, want one")
	}
	if _, ok := deliveredOn(d.s, 1, seq+1); ok {
		t.Error("got a time of delivery of what was not confirmed")
	}
}

func TestPresenceIsSeenByOtherNodesAndDoubtedAfterARestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, sync.ServiceOptions{Node: "a"})
		other := openService(t, d.a, d.st, sync.ServiceOptions{Node: "b"})
		d.report(1, 7, models.Foreground)
		elapse(3 * time.Second)
		if got := other.Presence(agencyID(1), phoneID(1)); got.State != models.Foreground || !got.Certain {
			t.Errorf("on another node: got %+v, want a certain foreground", got)
		}
		if err := d.s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		again := openService(t, d.a, d.st, sync.ServiceOptions{Node: "a"})
		if got := again.Presence(agencyID(1), phoneID(1)); got.State != models.Foreground || got.Certain {
			t.Errorf("after a restart: got %+v, want a foreground in doubt", got)
		}
		elapse(time.Minute)
		if got := again.Presence(agencyID(1), phoneID(1)).State; got != models.Offline {
			t.Errorf("a minute later: got %s, want offline", got)
		}
	})
}

func TestAConsoleSeesPresenceLive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, sync.ServiceOptions{})
		l := d.tune(callerOf(0), "")
		elapse(2 * time.Second)
		for n := range 20 {
			state := []models.PresenceState{models.Foreground, models.Background}[n%2]
			d.report(1, uint64(n+1), state)
			elapse(100 * time.Millisecond)
		}
		elapse(2 * time.Second)
		frames := l.named("now")
		if len(frames) == 0 || len(frames) > 5 {
			t.Fatalf("got %d frames in 4 s, want at most one a second", len(frames))
		}
		last := frames[len(frames)-1].Data.(wire.Now).Presence
		if len(last) != 1 || last[0].User != personID(1) || last[0].State != models.Background || frames[0].ID != "" {
			t.Errorf("got %+v, want the latest state and no position", last)
		}
	})
}

// What many people do comes in frames of bounded size, those who changed first in the first, and nobody is left out.
func TestPresenceOfManyComesInParts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, sync.ServiceOptions{})
		const crowd = 450
		for i := people; i < people+crowd; i++ {
			mustSubmit(t, d.g,
				bySystem(&models.UserCreate{ID: personID(i), Username: fmt.Sprintf("user%d", i), Name: "A Name", Types: models.Officer, Active: true}),
				models.Command{Actor: personID(i), Device: phoneID(i), Body: &models.DeviceRegister{Name: "Phone", Class: "phone", Platform: "ios"}})
		}
		l := d.tune(callerOf(0), "")
		for i := people; i < people+crowd; i++ {
			d.report(i, 1, models.Foreground)
		}
		elapse(10 * time.Second)
		told := map[models.UserID]int{}
		for _, f := range l.named("now") {
			users := f.Data.(wire.Now).Presence
			if len(users) > 200 {
				t.Errorf("a frame tells of %d users, want at most 200", len(users))
			}
			for _, u := range users {
				told[u.User]++
			}
		}
		for i := people; i < people+crowd; i++ {
			if told[personID(i)] != 1 {
				t.Fatalf("user %d was told of %d times, want once", i, told[personID(i)])
			}
		}
	})
}
