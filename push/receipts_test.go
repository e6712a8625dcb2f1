package push_test

import (
	"slices"
	"testing"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
	"officermobile/push"
)

// verdict is what is known of a device and an event.
func (r *rig) verdict(seq record.Seq, d models.DeviceID) push.VerdictRecord {
	r.t.Helper()
	all, err := r.push.Verdicts(r.t.Context(), r.id(), seq)
	if err != nil {
		r.t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(v push.VerdictRecord) bool { return v.Device == d })
	if i < 0 {
		r.t.Fatalf("no verdict for the device among %d", len(all))
	}
	return all[i]
}

// tell has a device say what became of a notification.
func (r *rig) tell(d models.DeviceID, n record.UUID, stages ...wire.PushStage) {
	r.t.Helper()
	var all []wire.PushReceipt
	for _, s := range stages {
		all = append(all, wire.PushReceipt{ID: models.NotificationID(n), Stage: s, At: time.Now().UnixMilli()})
	}
	if err := r.push.Receive(r.t.Context(), r.id(), d, all); err != nil {
		r.t.Fatal(err)
	}
}

// TestReceipts: what a device tells of a notification stands beside its verdict, once, whatever is told again or by
// others, and over a restart.
func TestReceipts(t *testing.T) {
	t.Parallel()
	bubble(t, "received, displayed, opened", func(t *testing.T, r *rig) {
		r.is(r.phone, models.Background, 0)
		seq := r.post(r.omar, r.chat, "hello")
		r.pass(time.Second)
		rung := time.Now().Add(-time.Second)
		n := r.provider.to(r.phone)[0].ID
		r.tell(r.phone, n, wire.PushReceived, wire.PushDisplayed)
		shown := time.Now()
		r.pass(time.Minute)
		r.tell(r.phone, n, wire.PushDisplayed, wire.PushOpened)
		r.tell(r.phone, n, wire.PushOpened)
		want := push.Reached{Received: shown.UTC(), Displayed: shown.UTC(), Opened: shown.Add(time.Minute).UTC()}
		if got := r.verdict(seq, r.phone).Reached; got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		stats := r.push.Stats()
		if stats.Receipts[wire.PushReceived] != 1 || stats.Receipts[wire.PushDisplayed] != 1 || stats.Receipts[wire.PushOpened] != 1 || stats.ReceiptsRepeated != 2 {
			t.Errorf("got %v and %d repeated, want one of each and two", stats.Receipts, stats.ReceiptsRepeated)
		}
		if lag := stats.ReceiptLag["displayed"]; lag.Count != 1 || lag.Sum != shown.Sub(rung).Seconds() {
			t.Errorf("lag: got %d of %v s together, want one of %v", lag.Count, lag.Sum, shown.Sub(rung))
		}
		r.stop()
		r.start("node")
		if got := r.verdict(seq, r.phone).Reached; got != want {
			t.Errorf("after a restart: got %+v, want %+v", got, want)
		}
	})
	bubble(t, "another device's", func(t *testing.T, r *rig) {
		r.is(r.phone, models.Background, 0)
		seq := r.post(r.omar, r.chat, "hello")
		r.pass(time.Second)
		n := r.provider.to(r.phone)[0].ID
		r.tell(r.tablet, n, wire.PushOpened)
		r.stop()
		r.start("node") // which does not remember whose it was
		r.tell(r.tablet, n, wire.PushOpened)
		if got := r.docs.holding("push_receipt", ""); len(got) != 0 {
			t.Errorf("%d documents are kept of it", len(got))
		}
		for _, d := range []models.DeviceID{r.phone, r.tablet} {
			if got := r.verdict(seq, d).Reached; got != (push.Reached{}) {
				t.Errorf("got %+v by another's word", got)
			}
		}
	})
	bubble(t, "a device that makes them up", func(t *testing.T, r *rig) {
		for range 300 {
			r.tell(r.phone, newID[record.UUID](r.world), wire.PushReceived)
		}
		if got := len(r.docs.holding("push_receipt", "")); got != 0 {
			t.Errorf("%d documents, want none", got)
		}
		if got := r.push.Stats().ReceiptsIgnored; got != 300 {
			t.Errorf("%d ignored, want all", got)
		}
	})
	bubble(t, "a clock that is ahead", func(t *testing.T, r *rig) {
		r.is(r.phone, models.Background, 0)
		seq := r.post(r.omar, r.chat, "hello")
		r.pass(time.Second)
		now := time.Now()
		early := wire.PushReceipt{ID: models.NotificationID(r.provider.to(r.phone)[0].ID), Stage: wire.PushOpened, At: now.Add(24 * time.Hour).UnixMilli()}
		if err := r.push.Receive(t.Context(), r.id(), r.phone, []wire.PushReceipt{early}); err != nil {
			t.Fatal(err)
		}
		if got := r.verdict(seq, r.phone).Reached.Opened; !got.Equal(now) {
			t.Errorf("opened at %v, want now, %v", got, now)
		}
	})
	bubble(t, "one write for a notification told of at once", func(t *testing.T, r *rig) {
		r.is(r.phone, models.Background, 0)
		r.post(r.omar, r.chat, "hello")
		r.pass(time.Second)
		r.tell(r.phone, r.provider.to(r.phone)[0].ID, wire.PushReceived, wire.PushDisplayed, wire.PushOpened)
		if got := r.docs.writes["push_receipt"]; got != 1 {
			t.Errorf("%d writes, want one", got)
		}
		due, err := r.docs.Due(t.Context(), "push_receipt", time.Now().Add(90*24*time.Hour), 10)
		if err != nil || len(due) != 1 {
			t.Errorf("got %d, %v to delete in 90 days, want it", len(due), err)
		}
	})
}

// TestAcceptedAfter: how long a ring took is counted from when it was due, however often it was tried.
func TestAcceptedAfter(t *testing.T) {
	t.Parallel()
	bubble(t, "an outage", func(t *testing.T, r *rig) {
		r.is(r.phone, models.Background, 0)
		r.provider.answers(push.Result{Outcome: push.TryAgain, Status: 503, Reason: "unavailable"})
		r.is(r.tablet, models.Foreground, r.post(r.omar, r.chat, "hello"))
		r.pass(20 * time.Second)
		r.provider.answers(push.Result{Outcome: push.Accepted, Status: 200})
		r.pass(time.Minute)
		took := r.push.Stats().Accepted["message"]
		if took.Count != 1 || took.Sum < 20 || took.Sum > 60 {
			t.Errorf("got %d of %v s together, want one that took the outage", took.Count, took.Sum)
		}
		var counted uint64
		for _, n := range took.Counts {
			counted += n
		}
		if c := took.Cumulative(); counted != 1 || c[10] != 0 || c[300] != 1 {
			t.Errorf("got %v, want it between 10 and 300 s", c)
		}
	})
}
