package push_test

import (
	"sync/atomic"
	"testing"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/push"
)

// inbox is what a device would show: by id, and by what replaces what.
func (r *recorder) inbox(d models.DeviceID, from time.Time) (taken []sent) {
	seen := map[record.UUID]bool{}
	for _, s := range r.to(d) {
		if !s.at.Before(from) && !seen[s.ID] {
			seen[s.ID] = true
			taken = append(taken, s)
		}
	}
	return taken
}

// phones registers more devices of olga's.
func (r *rig) phones(n int) (all []models.DeviceID) {
	r.t.Helper()
	for range n {
		d := r.device(r.olga, "phone")
		if err := r.push.Register(r.t.Context(), r.id(), d, addressOf(d)); err != nil {
			r.t.Fatal(err)
		}
		all = append(all, d)
	}
	return all
}

func TestOutage(t *testing.T) {
	t.Parallel()
	down, up := push.Result{Outcome: push.TryAgain, Status: 503, Reason: "UNAVAILABLE"}, push.Result{Outcome: push.Accepted, Status: 200}
	bubble(t, "R21 half an hour without a provider costs the delay and nothing else", func(t *testing.T, r *rig) {
		phones := append(r.phones(300), r.phone, r.tablet)
		r.away()
		r.pass(time.Minute)
		r.provider.forget()
		r.provider.took = 50 * time.Millisecond
		r.provider.answers(down)
		began := time.Now()
		var waiting []int
		for range 30 {
			r.post(r.omar, r.chat, "hello")
			r.pass(time.Minute)
			stats := r.push.Stats()
			waiting = append(waiting, stats.Waiting)
			if stats.Flying > 1 || stats.Breakers[push.BreakerTally{Provider: "fcm", State: "open"}] != 1 {
				t.Fatalf("after %v: %+v", time.Since(began), stats)
			}
		}
		if first, last := waiting[0], waiting[len(waiting)-1]; first != len(phones) || last != len(phones) {
			t.Errorf("%d slots wait after a minute and %d after thirty, want %d", first, last, len(phones))
		}
		if got := len(r.docs.holding("push_message", `"owner"`)); got > 0 {
			t.Errorf("%d leases are held meanwhile", got)
		}
		first := r.provider.all()
		const burst = 48 + 4                     // under way when it opened, and begun in the place of the first four to fail
		if got := len(first); got > burst+60+3 { // two a minute, and the shorter intervals of the beginning
			t.Errorf("R23 %d requests in half an hour's outage", got)
		}
		for i := burst + 1; i < len(first); i++ {
			if gap := first[i].at.Sub(first[i-1].at); gap < 5*time.Second {
				t.Errorf("a probe %v after another", gap)
			}
		}
		r.provider.forget()
		r.provider.answers(up)
		r.pass(31 * time.Second) // a probe at the latest
		if len(r.provider.all()) == 0 {
			t.Fatal("no probe within its longest interval")
		}
		recovered := r.provider.all()[0].at
		r.pass(time.Until(recovered.Add(time.Minute)))
		if got := r.push.Stats().Waiting; got != 0 {
			t.Errorf("%d slots wait a minute after the first good probe", got)
		}
		r.pass(10 * time.Minute)
		for _, d := range phones {
			got := r.provider.inbox(d, recovered)
			if len(got) != 1 || got[0].Badge != 30 || len(r.provider.to(d)) != 1 {
				t.Fatalf("a device shows %d, of %d requests, want one with 30 unread", len(got), len(r.provider.to(d)))
			}
		}
	})
	bubble(t, "R23 a provider that fails gets a probe now and then, whatever comes meanwhile", func(t *testing.T, r *rig) {
		r.away()
		r.phones(50)
		r.provider.answers(down)
		for range 60 { // an hour of emergencies, which ask more than anything else
			r.urgent(r.omar, r.chat)
			r.pass(time.Minute)
		}
		const burst, probes = 48 + 16 + 4, 120 + 3 // what was under way when it opened; two a minute, and the shorter intervals of the beginning
		if got := len(r.provider.all()); got > burst+probes {
			t.Errorf("%d requests in an hour", got)
		}
	})
	bubble(t, "R21 the most urgent is the probe, and what expires meanwhile is told", func(t *testing.T, r *rig) {
		r.phones(10)
		r.away()
		r.provider.answers(down)
		r.post(r.omar, r.chat, "hello")
		r.pass(5 * time.Minute)
		r.provider.forget()
		_, seq := r.urgent(r.omar, r.chat)
		r.pass(time.Minute)
		for i, s := range r.provider.all() {
			if s.Class != push.Emergency {
				t.Errorf("probe %d is of class %s", i, s.Class)
			}
		}
		if got := len(r.provider.all()); got < 1 || got > 3 {
			t.Errorf("%d probes within a minute", got)
		}
		r.pass(9*time.Minute + 2*time.Second)
		r.reason(seq, r.phone, push.Suppress, push.HasExpired)
		if got := r.push.Stats().Waiting; got != 12 {
			t.Errorf("%d rings are owed, want the 12 of the message", got)
		}
	})
	bubble(t, "R21 a provider's trouble is not another's", func(t *testing.T, r *rig) {
		r.away()
		apple := push.Address{Kind: push.APNs, Environment: push.Production, App: "org.example", Token: "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"}
		if err := r.push.Register(t.Context(), r.id(), r.tablet, apple); err != nil {
			t.Fatal(err)
		}
		r.phones(10)
		r.provider.answer = func(n push.Notification) push.Result {
			if n.Address.Kind == push.APNs {
				return up
			}
			return down
		}
		r.post(r.omar, r.chat, "hello")
		r.pass(time.Minute)
		r.provider.forget()
		r.post(r.omar, r.chat, "again")
		r.pass(time.Second)
		if got := r.provider.all(); len(got) != 1 || got[0].Address.Kind != push.APNs {
			t.Errorf("%d requests, want one to Apple", len(got))
		}
	})
	bubble(t, "R24 Retry-After of a provider that is busy is waited", func(t *testing.T, r *rig) {
		r.away()
		r.is(r.tablet, models.Foreground, 1000)
		asking := down
		asking.RetryAfter = 100 * time.Second
		r.provider.answers(asking)
		r.post(r.omar, r.chat, "hello")
		r.pass(99 * time.Second)
		r.want(r.phone, 1)
		r.pass(2 * time.Second)
		r.want(r.phone, 2)
	})
	bubble(t, "R25 FCM's 429 stops all to it for a minute", func(t *testing.T, r *rig) {
		phones := r.phones(100)
		r.away()
		r.pass(time.Minute)
		r.provider.forget()
		var limited atomic.Bool
		r.provider.took = 10 * time.Millisecond
		r.provider.answer = func(push.Notification) push.Result {
			if limited.CompareAndSwap(false, true) {
				return push.Result{Outcome: push.Limited, Status: 429, Reason: "QUOTA_EXCEEDED"}
			}
			return up
		}
		r.post(r.omar, r.chat, "hello")
		r.pass(time.Second)
		before := len(r.provider.all())
		r.pass(58 * time.Second)
		if got := len(r.provider.all()); before > 48 || got != before {
			t.Errorf("%d requests, then %d more within the minute", before, got-before)
		}
		r.pass(5 * time.Minute)
		for _, d := range phones {
			if got := len(r.provider.to(d)); got > 2 || got == 0 {
				t.Fatalf("%d requests to a device", got)
			}
		}
		if got := r.push.Stats(); got.Waiting != 0 || got.Retries[push.RetryTally{Provider: "fcm", Reason: "QUOTA_EXCEEDED"}] != 1 {
			t.Errorf("afterwards: %+v", got)
		}
	})
	bubble(t, "a device that is rung too fast delays no other, and its emergencies less", func(t *testing.T, r *rig) {
		r.away()
		r.provider.answer = func(n push.Notification) push.Result {
			if n.Address == addressOf(r.phone) {
				return push.Result{Outcome: push.Limited, Status: 429, ForDevice: true, Reason: "QUOTA_EXCEEDED"}
			}
			return up
		}
		r.post(r.omar, r.chat, "hello")
		r.pass(59 * time.Second)
		r.want(r.phone, 1)
		r.want(r.tablet, 1)
		r.pass(2 * time.Second)
		r.want(r.phone, 2)
		r.pass(118 * time.Second)
		r.want(r.phone, 2)
		r.pass(2 * time.Second)
		r.want(r.phone, 3)
	})
	bubble(t, "dead letters are kept to be listed", func(t *testing.T, r *rig) {
		r.away()
		r.provider.answers(push.Result{Outcome: push.OurBug, Status: 400, Reason: "BadMessageId"})
		_, seq := r.urgent(r.omar, r.chat)
		r.pass(time.Second)
		all, err := r.push.DeadLetters(t.Context(), r.id(), "", 100)
		if err != nil || len(all) != 2 {
			t.Fatalf("%d dead letters, %v; want those of two devices", len(all), err)
		}
		got := all[0]
		if got.Status != 400 || got.Verdict.Answer != "BadMessageId" || got.Verdict.Seq != seq || got.Verdict.Class != "emergency" {
			t.Errorf("the letter says %+v", got)
		}
		next, err := r.push.DeadLetters(t.Context(), r.id(), all[0].ID, 1)
		if err != nil || len(next) != 1 || next[0].ID != all[1].ID {
			t.Errorf("the next page: %v, %v", next, err)
		}
		if got := r.push.Stats().DeadLetters["BadMessageId"]; got != 2 {
			t.Errorf("%d counted", got)
		}
		for id, d := range r.docs.docs["push_dead_letter"] {
			if life := time.Until(d.Due).Round(time.Hour); life != 30*24*time.Hour {
				t.Errorf("%s is kept for %v", id, life)
			}
		}
	})
}
