package sync_test

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
	"officermobile/sync"
)

// deliveredOn is when a person's phone had a position of no conversation in particular, if it is known exactly.
func deliveredOn(s *sync.Service, i int, seq record.Seq) (time.Time, bool) {
	d := s.Delivery(agencyID(1), phoneID(i), personID(i), wire.RowRef{Seq: seq})
	return d.At, d.State == wire.Delivered && !d.Before
}

// row is a row of the first room.
func (d *desk) row(n uint32) (ref wire.RowRef) {
	d.g.View(func(s *models.State) {
		for _, e := range s.Timeline(roomID(0)) {
			if e.N == n {
				ref = wire.RowRef{Conversation: roomID(0), N: n, Seq: e.Seq}
			}
		}
	})
	return ref
}

func (d *desk) lastN() (n uint32) {
	d.g.View(func(s *models.State) { n = s.Conversation(roomID(0)).LastN })
	return n
}

// wantState checks what is known of rows on a person's phone.
func (d *desk) wantState(s *sync.Service, i int, want wire.DeliveryState, from, upto uint32) {
	d.t.Helper()
	for n := from; n <= upto; n++ {
		if got := s.Delivery(agencyID(1), phoneID(i), personID(i), d.row(n)).State; got != want {
			d.t.Errorf("row %d: got %s, want %s", n, got, want)
		}
	}
}

// pull passes with a window, and presents the token that it got, as confirmation.
func (d *desk) pull(i int, token string, window int) string {
	d.t.Helper()
	for {
		page := d.sync(callerOf(i), wire.SyncRequest{T: token, Window: window}).Page
		token = page.T
		if !page.More {
			d.sync(callerOf(i), wire.SyncRequest{T: token, Window: window})
			return token
		}
	}
}

// TestWhatAResetSkippedIsNotDelivered: thirty messages while a phone is away, of which its reset brings ten; what it
// had before stays delivered, and so it does on another node, after a restart and after a crash.
func TestWhatAResetSkippedIsNotDelivered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, sync.ServiceOptions{Node: "a"})
		other := openService(t, d.a, d.st, sync.ServiceOptions{Node: "b"})
		d.say(2, 1)
		token := d.pull(1, "", 100)
		had := d.lastN()
		for m := range 30 {
			d.say(2, 100+m)
		}
		d.wantState(d.s, 1, wire.NotYet, had+1, had+30)
		token = d.pull(1, token, 10)
		check := func(s *sync.Service) {
			t.Helper()
			d.wantState(s, 1, wire.Delivered, had, had)
			d.wantState(s, 1, wire.OnRequest, had+1, had+20)
			d.wantState(s, 1, wire.Delivered, had+21, had+30)
		}
		check(d.s)
		elapse(3 * time.Second)
		check(other)
		_ = d.s.Close(canceled()) // a crash: what was written each second is all there is
		again := openService(t, d.a, d.st, sync.ServiceOptions{Node: "a"})
		check(again)
		d.s = again
		d.say(2, 200)
		d.pull(1, token, 10)
		check(again)
		d.wantState(again, 1, wire.Delivered, had+31, had+31)
		if err := again.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		check(openService(t, d.a, d.st, sync.ServiceOptions{Node: "a"}))
	})
}

// TestAHandedOverDeviceKeepsWhatEachHad: a tablet of two officers, one after the other.
func TestAHandedOverDeviceKeepsWhatEachHad(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, sync.ServiceOptions{Node: "a"})
		d.say(3, 1)
		d.pull(1, "", 100)
		first := d.row(d.lastN())
		mustSubmit(t, d.g, models.Command{Actor: personID(1), Device: phoneID(1), Body: &models.DeviceRelease{DeviceID: phoneID(1)}})
		mustSubmit(t, d.g, models.Command{Actor: personID(2), Device: phoneID(1), Body: &models.DeviceRegister{Name: "Tablet", Class: "vehicle", Platform: "ios"}})
		d.say(3, 2)
		second, next := d.row(d.lastN()), callerOf(2)
		next.Device = phoneID(1)
		d.sync(next, wire.SyncRequest{T: d.pass(next, "", newPocket())})
		check := func(s *sync.Service) {
			t.Helper()
			for _, c := range []struct {
				person int
				row    wire.RowRef
				want   wire.DeliveryState
			}{{1, first, wire.Delivered}, {1, second, wire.DeliveryUnknown}, {2, first, wire.Delivered}, {2, second, wire.Delivered}, {3, first, wire.DeliveryUnknown}} {
				if got := s.Delivery(agencyID(1), phoneID(1), personID(c.person), c.row).State; got != c.want {
					t.Errorf("person %d, row %d: got %s, want %s", c.person, c.row.N, got, c.want)
				}
			}
		}
		check(d.s)
		if err := d.s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		check(openService(t, d.a, d.st, sync.ServiceOptions{Node: "a"}))
	})
}

// TestATabletThatComesBackKnowsWhatItHad: it goes from hand to hand and back; what was delivered stays so.
func TestATabletThatComesBackKnowsWhatItHad(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, sync.ServiceOptions{Node: "a"})
		mustSubmit(t, d.g, models.Command{Actor: personID(1), Device: phoneID(1), Body: &models.DeviceRegister{Name: "Tablet", Class: "vehicle", Platform: "ios"}})
		take := func(i int) {
			t.Helper()
			mustSubmit(t, d.g, models.Command{Actor: personID(i), Device: phoneID(1), Body: &models.DeviceRegister{Name: "Tablet", Class: "vehicle", Platform: "ios"}})
			who := callerOf(i)
			who.Device = phoneID(1)
			d.sync(who, wire.SyncRequest{T: d.pass(who, "", newPocket())})
		}
		d.say(3, 1)
		take(1)
		row := d.row(d.lastN())
		take(2)
		who := callerOf(1)
		who.Device = phoneID(1)
		mustSubmit(t, d.g, models.Command{Actor: personID(1), Device: phoneID(1), Body: &models.DeviceRegister{Name: "Tablet", Class: "vehicle", Platform: "ios"}})
		d.sync(who, wire.SyncRequest{Presence: &wire.Presence{State: models.Foreground, Report: 1}}) // it has nothing again yet
		for i := 1; i <= 2; i++ {
			if got := d.s.Delivery(agencyID(1), phoneID(1), personID(i), row).State; got != wire.Delivered {
				t.Errorf("person %d: got %s, want it delivered as before", i, got)
			}
		}
	})
}

// TestDeliveredNeverGoesBack: phones come and go with windows of all sizes, and tell the service what they hold; the
// node restarts and crashes. What was called delivered the phone was sent, and it stays so.
func TestDeliveredNeverGoesBack(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			d := newDesk(t, sync.ServiceOptions{Node: "a"})
			tokens, sent, delivered := map[int]string{}, map[int]map[uint32]bool{1: {}, 2: {}}, map[int]map[uint32]bool{1: {}, 2: {}}
			rows, begin := map[uint32]wire.RowRef{}, d.lastN() // what is before is of before they were in
			for m := range 60 {
				for range r.IntN(12) {
					d.say(3, 1000*m+r.IntN(1000))
				}
				for n := begin + 1; n <= d.lastN(); n++ {
					if _, ok := rows[n]; !ok {
						rows[n] = d.row(n)
					}
				}
				i := 1 + r.IntN(2)
				if r.IntN(12) == 0 {
					tokens[i] = "" // reinstalled
				}
				p := newPocket()
				window := 3 + r.IntN(20)
				for {
					page := d.sync(callerOf(i), wire.SyncRequest{T: tokens[i], Window: window}).Page
					d.put(p, page)
					tokens[i] = page.T
					if !page.More {
						break
					}
				}
				for n := range p.messages[models.ConversationScope(roomID(0))] {
					sent[i][n] = true
				}
				d.sync(callerOf(i), wire.SyncRequest{T: tokens[i], Window: window})
				elapse(time.Duration(r.IntN(5000)) * time.Millisecond)
				switch r.IntN(10) {
				case 0:
					_ = d.s.Close(t.Context())
					d.s = openService(t, d.a, d.st, sync.ServiceOptions{Node: "a"})
				case 1:
					elapse(2 * time.Second)
					_ = d.s.Close(canceled())
					d.s = openService(t, d.a, d.st, sync.ServiceOptions{Node: "a"})
				}
				for i := 1; i <= 2; i++ {
					for n, row := range rows {
						is := d.s.Delivery(agencyID(1), phoneID(i), personID(i), row).State == wire.Delivered
						if is && !sent[i][n] {
							t.Fatalf("seed %d: row %d is called delivered to %d, but was never sent", seed, n, i)
						}
						if !is && delivered[i][n] {
							t.Fatalf("seed %d: row %d was delivered to %d, and is not any more", seed, n, i)
						}
						delivered[i][n] = delivered[i][n] || is
					}
				}
			}
		})
	}
}
