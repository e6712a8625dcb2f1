package conformance

import (
	"context"
	"sync"
	"testing"
	"time"

	"officermobile/push"
	"officermobile/push/pushtest"
)

// maxStreams is what a sender keeps to, and FCM demands: under a hundred.
const maxStreams = 96

func burst(t *testing.T, p Provider) {
	b := newBench(t, p, 0)
	const many = 500
	results := make([]push.Result, many)
	var wg sync.WaitGroup
	for i := range many {
		n := b.note(b.services.NewDevice(p.Kind)) // of its own: no provider takes 500 for one in a minute
		wg.Go(func() { results[i] = b.sender.Send(t.Context(), n) })
	}
	wg.Wait()
	for i, r := range results {
		if r.Outcome != push.Accepted {
			t.Errorf("send %d: %+v", i, r)
		}
	}
	j := b.services.Journal(0)
	if len(j) != many {
		t.Errorf("%d requests for %d sends", len(j), many)
	}
	if peak := b.services.Peak(p.Name); peak > maxStreams {
		t.Errorf("%d at once, want at most %d", peak, maxStreams)
	}
	conns := map[int]bool{}
	for _, e := range j {
		conns[e.Connection] = true
	}
	if len(conns) > 1 {
		t.Errorf("%d connections", len(conns))
	}
}

// canary: while the first request of a connection has no answer, no other leaves.
func canary(t *testing.T, p Provider) {
	b := newBench(t, p, time.Minute)
	a := b.services.NewDevice(p.Kind)
	b.services.Script(pushtest.Fault{Provider: p.Name, Delay: time.Hour})
	first, cancel := context.WithCancel(t.Context())
	canaryNote := b.note(a)
	var wg sync.WaitGroup
	wg.Go(func() { b.sender.Send(first, canaryNote) })
	until(t, func() bool { return b.services.Peak(p.Name) == 1 })
	impatient, stop := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer stop()
	var others sync.WaitGroup
	for range 10 {
		n := b.note(a)
		others.Go(func() {
			if got := b.sender.Send(impatient, n); got.Reason != push.ReasonTimeout {
				t.Errorf("beside the canary: %+v", got)
			}
		})
	}
	others.Wait()
	if peak := b.services.Peak(p.Name); peak != 1 {
		t.Errorf("%d at once on a cold connection", peak)
	}
	cancel()
	wg.Wait()
	if got := b.send(t, b.note(a)); got.Outcome != push.Accepted {
		t.Errorf("after the canary: %+v", got)
	}
	for _, e := range b.services.Journal(0) {
		if e.Accepted == (e.Notification == canaryNote.ID.String()) {
			t.Errorf("on the wire: %+v", e)
		}
	}
}

func until(t *testing.T, done func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal("the test ended first")
		}
	}
}

// goAway: whether the host has answered, has begun or has not begun with what it got, nothing is lost.
func goAway(t *testing.T, p Provider) {
	for _, f := range []pushtest.Fault{
		{GoAway: true}, {GoAway: true, Debug: `{"reason":"Shutdown"}`}, {Cut: pushtest.GoAwayBefore}, {Cut: pushtest.Reset, Code: refusedStream},
	} {
		b := newBench(t, p, 0)
		a := b.services.NewDevice(p.Kind)
		f.Provider = p.Name
		b.services.Script(f)
		if got := b.send(t, b.note(a)); got.Outcome != push.Accepted {
			t.Errorf("%+v: got %+v", f, got)
		}
		var wg sync.WaitGroup
		for i := range 100 {
			if i%20 == 0 {
				b.services.Script(f)
			}
			n := b.note(a)
			wg.Go(func() { b.persist(t, n) })
		}
		wg.Wait()
		arrived := map[string]bool{}
		for _, e := range b.services.Journal(0) {
			if e.Accepted {
				arrived[e.Notification] = true
			}
		}
		if len(arrived) != 101 {
			t.Errorf("%+v: %d arrived of 101", f, len(arrived))
		}
		if stats := b.sender.(push.Reporter).Stats(); stats.Refused == 0 && f.Cut != pushtest.CutNever {
			t.Errorf("%+v: no refused stream is counted", f)
		}
	}
}

// persist sends until it is accepted, as the outbox does; of five faults nobody gets them all.
func (b *bench) persist(t *testing.T, n push.Notification) {
	var got push.Result
	for range 5 {
		if got = b.sender.Send(t.Context(), n); got.Outcome != push.TryAgain {
			break
		}
	}
	if got.Outcome != push.Accepted {
		t.Errorf("got %+v", got)
	}
}

const refusedStream = 7 // RFC 9113: not begun with, and may be sent again
