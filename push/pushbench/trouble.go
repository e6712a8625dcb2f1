package pushbench

import (
	"context"
	"fmt"
	"runtime"
	"time"
)

// The conversations for it, which nothing has rung about.
const (
	behindRoom = roomsLoad + iota
	urgentRoom
	outageRoom
)

// urgent makes every device ring at once, and then one group for something urgent.
func (r *rig) urgent(ctx context.Context, f *Figures) error {
	r.watch.take()
	if err := r.everybody(behindRoom); err != nil {
		return err
	}
	began := time.Now()
	if err := r.world.post(r.world.groups[len(r.world.groups)/2], urgentRoom, true); err != nil {
		return err
	}
	f.Behind = len(r.address)
	if err := r.settle(ctx); err != nil {
		return err
	}
	rings := r.watch.take().urgent
	if len(rings) < GroupRings {
		return fmt.Errorf("%d of %d urgent rings were accepted", len(rings), GroupRings)
	}
	f.UrgentMS = float64(rings[GroupRings-1].Sub(began)) / float64(time.Millisecond)
	return nil
}

// ForgottenIn is when the outbox has forgotten what has rung, so that nothing but the outage changes the heap.
const ForgottenIn = 2 * time.Minute

// everybody posts in a conversation of each group.
func (r *rig) everybody(room int) error {
	for _, g := range r.world.groups {
		r.watch.expect(r.addresses(g), time.Now())
		if err := r.world.post(g, room, false); err != nil {
			return err
		}
	}
	return nil
}

// outage makes every device's ring wait for its provider, measures what they hold, and how long they take afterwards.
func (r *rig) outage(ctx context.Context, f *Figures) error {
	const whole = 3600 // seconds
	if err := sleep(ctx, r.opts.Rest); err != nil {
		return err
	}
	if err := r.opts.Outage(ctx, whole); err != nil {
		return err
	}
	r.watch.take()
	before := heap()
	if err := r.everybody(outageRoom); err != nil {
		return err
	}
	for range 25 { // until the breakers have opened and all is held
		if err := sleep(ctx, lookEvery); err != nil {
			return err
		}
		if r.service.Stats().Held >= len(r.address)-GroupRings {
			break
		}
	}
	after := heap()
	f.Waiting = r.service.Stats().Waiting
	f.SlotBytes = float64(int64(after)-int64(before)) / float64(max(f.Waiting, 1))
	if !r.opts.Drain {
		return nil
	}
	if err := r.opts.Outage(ctx, 0); err != nil {
		return err
	}
	r.watch.take()
	if err := r.settle(ctx); err != nil {
		return err
	}
	t := r.watch.take()
	f.DrainS = t.last.Sub(t.first).Seconds()
	return nil
}

// heap is what is alive.
func heap() uint64 {
	runtime.GC()
	runtime.GC() // what the first has finalised
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
