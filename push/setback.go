package push

import (
	"container/heap"
	"time"
)

// stepBack is by how much a clock must have gone back to have been set: two goroutines that look at it one after the
// other may hand on what they saw the other way round.
const stepBack = 2 * time.Second

// setBack reports that the clock was set back since it showed then.
func setBack(then, now time.Time) bool { return then.Sub(now) > stepBack }

// onTime makes everything due that waits for a time, if the clock was set back: those times are as far ahead as it went.
// Whatever is due is decided anew, so at worst something rings earlier than it would have. The caller holds the mutex.
func (b *outbox) onTime(now time.Time) {
	was := b.now
	b.now = now
	if !setBack(was, now) {
		return
	}
	for class := range b.heaps {
		b.heaps[class].onTime(now)
	}
	for _, c := range b.circuits.of {
		c.breaker.onTime(now)
		for class := range c.waiting {
			c.waiting[class].onTime(now)
			c.doubted[class].onTime(now)
		}
	}
	for _, one := range b.paces {
		one.limited = time.Time{}
	}
}

// furthest is as far ahead as a ring is ever put off: for a device that was rung too often within an hour.
const furthest = time.Hour

// trust takes the times of a stored ring for what they can be. What lies further ahead was written by a clock that has been
// set back since.
func (r *ring) trust(now time.Time) {
	if r.Due.After(now.Add(furthest)) {
		r.Due = now
	}
	if r.Until.After(now.Add(leaseFor)) {
		r.Until = now.Add(leaseFor)
	}
}

func (h *dueHeap) onTime(now time.Time) {
	for _, s := range *h {
		if s.due.After(now) {
			s.due = now
		}
	}
	heap.Init(h)
}

// onTime lets the next probe go at once, and ends a pause.
func (b *breaker) onTime(now time.Time) {
	if b.cause != notOpen {
		b.probed, b.probeAt = now, now
	}
	if b.throttle.until.After(now) {
		b.throttle.until, b.throttle.filled = now, now
	}
}
