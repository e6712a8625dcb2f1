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
