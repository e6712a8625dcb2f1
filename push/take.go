package push

import (
	"container/heap"
	"time"
)

// take returns the most urgent slot that is due, whose device is free and whose provider, where it waits for one, may be
// used, with its device's flight; or nil and when to look again (zero: when stirred). Emergencies have room of their
// own besides sharing the rest.
func (b *outbox) take(now time.Time) (*slot, time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.onTime(now)
	var soonest time.Time
	for class := Emergency; class >= Quiet; class-- {
		if b.busy[0]+b.busy[1] >= b.workers+b.reserved || class < Emergency && b.busy[1] >= b.workers {
			continue // a landing stirs
		}
		if s := b.released(class, now, &soonest); s != nil {
			return s, time.Time{}
		}
		if s := b.ripe(&b.heaps[class], now, &soonest); s != nil {
			b.launch(s)
			return s, time.Time{}
		}
	}
	return nil, soonest
}

// released is a slot that waited for its provider and may go now, with its ticket.
func (b *outbox) released(class Class, now time.Time, soonest *time.Time) *slot {
	for _, k := range b.circuits.keys {
		c := b.circuits.of[k]
		if len(c.waiting[class])+len(c.doubted[class]) == 0 {
			continue
		}
		ok, again := c.breaker.can(now, class)
		if !ok {
			sooner(soonest, again)
			continue
		}
		s := b.ripe(&c.waiting[class], now, soonest)
		if s == nil && !c.wellFirst(now) {
			s = b.ripe(&c.doubted[class], now, soonest)
		}
		if s != nil {
			b.launch(s)
			s.circuit, s.ticket = c, c.breaker.leave(now, class)
			return s
		}
	}
	return nil
}

// ripe takes the first slot out of a heap that can be launched.
func (b *outbox) ripe(h *dueHeap, now time.Time, soonest *time.Time) *slot {
	for h.Len() > 0 && !(*h)[0].due.After(now) {
		s := (*h)[0]
		if s.busy { // the flusher has it for a moment
			h.at(s, now.Add(flushPause))
			continue
		}
		if at := b.paces.next(s.key.deviceKey, now, s.key.thing.class()); at.After(now) {
			h.at(s, b.untilExpired(s, at))
			continue
		}
		heap.Remove(h, 0)
		f := b.flights[s.key.deviceKey]
		if f == nil {
			return s
		}
		f.parked = append(f.parked, s)
	}
	if h.Len() > 0 {
		sooner(soonest, (*h)[0].due)
	}
	return nil
}

// flushPause is about the time of one durable write.
const flushPause = 20 * time.Millisecond

// untilExpired is no later than somebody is to be told that a slot has expired.
func (b *outbox) untilExpired(s *slot, at time.Time) time.Time {
	if e := s.now.Expires; !e.IsZero() && at.After(e) {
		return e
	}
	return at
}

func sooner(soonest *time.Time, t time.Time) {
	if !t.IsZero() && (soonest.IsZero() || t.Before(*soonest)) {
		*soonest = t
	}
}

func (b *outbox) launch(s *slot) {
	s.busy, s.ringing, s.held, s.pause = true, true, false, time.Time{}
	b.busy[lane(s)]++
	b.flights[s.key.deviceKey] = &flight{slot: s, ended: make(chan struct{})}
}

func lane(s *slot) int {
	if s.key.thing.class() == Emergency {
		return 0
	}
	return 1
}

// land ends a flight: the slot is due again if something is owed, and so are those that waited for the device.
func (b *outbox) land(s *slot, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waive(s, now)
	f := b.flights[s.key.deviceKey]
	delete(b.flights, s.key.deviceKey)
	b.busy[lane(s)]--
	s.busy, s.ringing = false, false
	if s.now == nil && s.next != nil { // it came after the ring had ended, while that was written
		s.now, s.next = s.next, nil
		s.rev++
	}
	for _, w := range append(f.parked, s) {
		if !w.gone && w.now != nil {
			b.queue(w, w.now.Due)
		}
	}
	for _, w := range f.along {
		b.alight(w)
	}
	if s.idle() && !s.gone {
		b.drop(s)
	}
	close(f.ended)
	b.stir()
}
