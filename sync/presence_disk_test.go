package sync_test

import (
	"testing"
	"testing/synctest"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
	"officermobile/store"
	"officermobile/sync"
)

// confirmed is a device at work: messages come, and it presents the position behind each. It returns what it confirmed
// and when, as the service answered at the time.
func (d *desk) confirmed(i, messages int, every time.Duration) map[uint64]time.Time {
	d.t.Helper()
	times := map[uint64]time.Time{}
	token := d.pass(callerOf(i), "", newPocket())
	for m := range messages {
		d.say(2, 1000*i+m)
		token = d.pass(callerOf(i), token, newPocket())
		elapse(every)
		d.sync(callerOf(i), wire.SyncRequest{T: token})
		seq := uint64(d.g.Tip().Seq)
		at, ok := deliveredOn(d.s, i, record.Seq(seq))
		if !ok {
			d.t.Fatalf("position %d: got no time of delivery", seq)
		}
		times[seq] = at
	}
	return times
}

// checkDelivered compares what a service knows, within what may have been lost.
func checkDelivered(t *testing.T, s *sync.Service, i int, want map[uint64]time.Time, within time.Duration) {
	t.Helper()
	for seq, at := range want {
		got, ok := deliveredOn(s, i, record.Seq(seq))
		if !ok || got.Before(at) || got.Sub(at) > within {
			t.Errorf("position %d: got %v, %v, want %v, at most %v later", seq, got, ok, at, within)
		}
	}
}

func TestWhatWasDeliveredIsKnownAfterARestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, sync.ServiceOptions{Node: "a"})
		want := d.confirmed(1, 20, 2*time.Second)
		if err := d.s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		again := openService(t, d.a, d.st, sync.ServiceOptions{Node: "a"})
		checkDelivered(t, again, 1, want, 0)
		d.s = again
		more := d.confirmed(1, 3, 2*time.Second) // and it goes on from there
		checkDelivered(t, again, 1, want, 0)
		checkDelivered(t, again, 1, more, 0)
	})
}

func TestWhatWasDeliveredIsKnownAfterACrash(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, sync.ServiceOptions{Node: "a"})
		want := d.confirmed(1, 60, 2*time.Second)
		elapse(3 * time.Second)
		_ = d.s.Close(canceled())
		again := openService(t, d.a, d.st, sync.ServiceOptions{Node: "a"})
		checkDelivered(t, again, 1, want, 64*time.Second)
	})
}

func TestOtherNodesKnowWhatWasDelivered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, sync.ServiceOptions{Node: "a"})
		a, b := d.s, openService(t, d.a, d.st, sync.ServiceOptions{Node: "b"})
		d.s = b
		early := d.confirmed(1, 3, 2*time.Second)
		d.s = a
		late := d.confirmed(1, 10, 2*time.Second)
		elapse(3 * time.Second)
		checkDelivered(t, b, 1, early, 0)
		checkDelivered(t, b, 1, late, 2*time.Second)
		checkDelivered(t, a, 1, late, 0)
		checkDelivered(t, a, 1, early, 2*time.Second)
		if _, ok := deliveredOn(b, 1, d.g.Tip().Seq+1); ok {
			t.Error("got a time of delivery of what was not confirmed")
		}
	})
}

// documentsOf lists the ids of one node's documents of a kind.
func documentsOf(t *testing.T, st store.Documents, kind store.Kind, node string) (ids []string) {
	t.Helper()
	docs, err := st.List(t.Context(), kind, node+"/", "", 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range docs {
		ids = append(ids, d.ID)
	}
	return ids
}

func TestADeadNodesDocumentsAreTakenOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, sync.ServiceOptions{Node: "a"})
		b := openService(t, d.a, d.st, sync.ServiceOptions{Node: "b"})
		d.report(1, 7, models.Background)
		want := d.confirmed(1, 5, 2*time.Second)
		elapse(3 * time.Second)
		_ = d.s.Close(canceled()) // a dies
		elapse(50 * time.Second)
		if got := documentsOf(t, d.st, "presence", "a"); len(got) == 0 {
			t.Error("a node that was silent for less than a minute was taken for dead")
		}
		elapse(15 * time.Second)
		for _, kind := range []store.Kind{"presence", "delivered"} {
			if got := documentsOf(t, d.st, kind, "a"); len(got) > 0 {
				t.Errorf("got %v left of the dead node, want none", got)
			}
		}
		elapse(70 * time.Second) // for b to write what it has now
		_ = b.Close(canceled())
		again := openService(t, d.a, d.st, sync.ServiceOptions{Node: "b"})
		if got := again.Presence(agencyID(1), phoneID(1)); got.State != models.Background || got.Confirmed != d.g.Tip().Seq {
			t.Errorf("got %+v, want a device in the background with all confirmed", got)
		}
		checkDelivered(t, again, 1, want, 64*time.Second)
	})
}

func TestOnlySoManyConfirmationsAreKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, sync.ServiceOptions{Node: "a"})
		want := d.confirmed(1, 300, 20*time.Millisecond)
		if err := d.s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		d.s = openService(t, d.a, d.st, sync.ServiceOptions{Node: "a"})
		known, tip := 0, d.g.Tip().Seq
		for seq, at := range want {
			got, ok := deliveredOn(d.s, 1, record.Seq(seq))
			if ok && !got.Equal(at) {
				t.Errorf("position %d: got %v, want %v or nothing", seq, got, at)
			}
			if !ok && record.Seq(seq)+192 > tip {
				t.Errorf("position %d of %d is not known", seq, tip)
			}
			if ok {
				known++
			}
		}
		if known > 256 {
			t.Errorf("got %d confirmations, want 256 at most", known)
		}
	})
}

func TestDamagedConfirmationsAreNoReasonToFail(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sync.ServiceOptions{Node: "a"})
	for id, body := range map[string]string{"x/00": "", "x/01": "\x02", "x/02": "\x01abc", "x/03": "\x01" + string(make([]byte, 32)) + "\xff\xff\xff\x7f\x01"} {
		if _, err := d.st.PutIf(t.Context(), store.Document{Kind: "delivered", ID: id, Body: []byte(body)}); err != nil {
			t.Fatal(err)
		}
	}
	openService(t, d.a, d.st, sync.ServiceOptions{Node: "b"})
}
