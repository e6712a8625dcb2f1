package push

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"officermobile/models"
	"officermobile/models/record"
)

// outbox is what this node owes, in memory, with the documents as its shadow. A slot becomes durable when it is leased
// to be sent, or within a second; until then the reader's position stays behind it.
type outbox struct {
	windows  windows // between two rings of a slot
	workers  int     // flights at once
	reserved int     // more of them, for emergencies alone

	mu        sync.Mutex
	now       time.Time // as take saw it last
	slots     map[models.AgencyID]map[slotKey]*slot
	devices   map[deviceKey][]*slot // the same, by device
	heaps     [Emergency + 1]dueHeap
	circuits  circuits
	paces     paces
	flights   map[deviceKey]*flight
	busy      [2]int        // flights of emergencies, and of the rest
	coalesced uint64        // events that went with another's ring
	wake      chan struct{} // of capacity 1: look again
}

// flight is a device's slot under way. A device has one at a time, so that nothing overtakes.
type flight struct {
	slot   *slot
	parked []*slot // of the same device, for when it has landed
	along  []*slot // that ring along with it
	cancel context.CancelFunc
	ended  chan struct{}
}

func newOutbox(window time.Duration, workers, reserved int) *outbox {
	return &outbox{
		windows: windows{window}, workers: workers, reserved: reserved, circuits: circuits{places: workers},
		slots: map[models.AgencyID]map[slotKey]*slot{}, devices: map[deviceKey][]*slot{},
		flights: map[deviceKey]*flight{}, paces: paces{}, wake: make(chan struct{}, 1),
	}
}

// stir makes the dispatcher look again.
func (b *outbox) stir() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// adopt puts slots from the store into the outbox, at the start of an agency's session. Leases of another node are
// waited for; own ones are from before a restart.
func (b *outbox) adopt(slots []*slot, front *frontier, node string, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range slots {
		s.front = front
		b.put(s)
		if s.now == nil {
			continue
		}
		s.now.trust(now)
		due := s.now.Due
		if s.now.Owner != node && s.now.Until.After(now) && s.now.Until.After(due) {
			due = s.now.Until
		}
		b.queue(s, due)
	}
	b.stir()
}

func (b *outbox) put(s *slot) {
	if b.slots[s.key.agency] == nil {
		b.slots[s.key.agency] = map[slotKey]*slot{}
	}
	b.slots[s.key.agency][s.key] = s
	b.devices[s.key.deviceKey] = append(b.devices[s.key.deviceKey], s)
}

// forget drops an agency that this node no longer serves.
func (b *outbox) forget(agency models.AgencyID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.slots[agency] {
		b.drop(s)
	}
	delete(b.slots, agency)
}

// drop takes a slot out. The caller holds the mutex.
func (b *outbox) drop(s *slot) {
	s.gone = true
	s.heap.remove(s)
	delete(b.slots[s.key.agency], s.key)
	of := s.key.deviceKey
	b.devices[of] = slices.DeleteFunc(b.devices[of], func(o *slot) bool { return o == s })
	if len(b.devices[of]) == 0 {
		delete(b.devices, of)
	}
}

// owe adds events to their slots, all before any of them rings: what is due together on one thing is one ring. The
// reader is told of those that need not become durable any more: they have rung, or are durable already.
func (b *outbox) owe(all []owed, front *frontier, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, o := range all {
		if !b.add(o, front, now) {
			front.close(o.seq)
		}
	}
	b.stir()
}

// add puts an event into its slot and reports whether it stays open. The caller holds the mutex.
func (b *outbox) add(o owed, front *frontier, now time.Time) bool {
	s := b.slots[o.key.agency][o.key]
	if s == nil {
		s = &slot{key: o.key, front: front, index: -1}
		b.put(s)
	}
	if o.seq <= s.sent || s.now.covers(o.seq) && len(s.now.open) == 0 {
		return false
	}
	due := now
	if again := s.sentAt.Add(b.windows.after(o.key.thing, s.run)); again.After(due) && !s.sentAt.After(now) { // later than now: the clock was set back
		due = again
	}
	s.rev++
	if s.next != nil || s.now != nil && !s.ringing && !s.now.covers(o.seq) {
		b.coalesced++
	}
	switch {
	case s.ringing && !s.now.covers(o.seq):
		s.next = s.next.raise(o, due)
	case s.ringing || s.now == nil || s.now.Attempts == 0 || s.now.covers(o.seq):
		s.now = s.now.raise(o, due)
	default:
		s.now = s.now.with((*ring)(nil).raise(o, due))
	}
	if !s.ringing {
		b.queue(s, s.now.Due)
	}
	if !s.kept() {
		s.forgetOpen()
		return false
	}
	return true
}

// again keeps what is owed for later. The caller has the slot.
func (b *outbox) again(s *slot, due time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s.now == nil {
		return
	}
	s.now.Owner, s.now.Until = "", time.Time{}
	if e := s.now.Expires; due.After(e) && e.After(s.now.Due) {
		due = e // to be told that it expired, no later; once: if that could not be told, it keeps to its pace
	}
	s.now, s.next = s.now.with(s.next), nil
	s.now.Due = due
	s.rev++
}

// hold keeps what is owed until its provider may be used again. The caller has the slot.
func (b *outbox) hold(s *slot, due time.Time) {
	b.again(s, due)
	b.mu.Lock()
	defer b.mu.Unlock()
	s.held = true
}

// end settles the ring under way. With a time it has rung, and the next waits for the window. The caller has the slot.
func (b *outbox) end(s *slot, rung time.Time, reason Reason) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := s.now
	b.settleOpen(s, r)
	if !rung.IsZero() {
		s.run = b.windows.run(s.key.thing, s.run, s.sentAt, rung)
		s.sent, s.sentAt = max(s.sent, r.Last), rung
		s.last = sentRing{From: r.From, First: r.First, Last: r.Last, User: r.User, Reason: reason, Attempts: r.Attempts}
	}
	s.now, s.next = s.next, nil
	if s.now != nil && !rung.IsZero() {
		s.now.Due = maxTime(s.now.Due, rung.Add(b.windows.after(s.key.thing, s.run)))
	}
	s.rev++
}

// ground ends the flight of a device, if it has one, and drops what is owed to it.
func (b *outbox) ground(ctx context.Context, k deviceKey) error {
	b.mu.Lock()
	for _, s := range slices.Clone(b.devices[k]) {
		b.settleOpen(s, s.now)
		b.settleOpen(s, s.next)
		b.drop(s)
	}
	f := b.flights[k]
	if f != nil && f.cancel != nil {
		f.cancel()
	}
	b.mu.Unlock()
	if f == nil {
		return nil
	}
	select {
	case <-f.ended:
		return nil
	case <-ctx.Done():
		return errors.Join(errors.New("a push was under way"), ctx.Err())
	}
}

// settleOpen tells the reader that a ring's events are decided. The caller holds the mutex.
func (b *outbox) settleOpen(s *slot, r *ring) {
	if r != nil && len(r.open) > 0 {
		s.front.close(r.open...)
		r.open = nil
	}
}

// sentUpTo is how far a slot has rung.
func (b *outbox) sentUpTo(k slotKey) record.Seq {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.slots[k.agency][k]; s != nil {
		return s.sent
	}
	return 0
}

// owes reports a slot with something to ring, or ringing: what comes now belongs to it.
func (b *outbox) owes(k slotKey) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.slots[k.agency][k]
	return s != nil && (s.now != nil || s.next != nil || s.ringing)
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
