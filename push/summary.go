package push

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/fnv"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"officermobile/models"
	"officermobile/models/record"
)

// After a long gap (a provider that was down, a device that was rung too often) a device may have dozens of
// conversations to ring about at once. It rings once for all of them: a summary goes out as the ring of one, the leader,
// and the others are its riders. A rider has no lease of its own: until the leader's ring was taken it is owed as before.
const (
	summaryFrom = 5   // riders that make a summary; fewer ring one by one, each with its own preview
	summaryMost = 200 // riders: their documents are written before the device may ring again, also for an emergency
	lastStep    = 255 // that a device reads

	behind = time.Nanosecond // that a rider waits longer than its leader, so that the same leads again under the same id
)

// rider is a slot that rings along with another's.
type rider struct {
	slot    *slot
	ring    ring
	verdict Verdict
}

// errWritten is that a ring should wait for a moment: some that may go along with it are being written.
var errWritten = errors.New("what may ring along is being written")

// riders decides which other conversations a ring about one tells of too; nil unless they make a summary. Those that
// need no ring are left to their own turn.
func (p *Service) riders(ctx context.Context, s *slot, l outlook) ([]rider, error) {
	all, err := p.box.board(s, p.node, p.clock.Now())
	if len(all) == 0 {
		return nil, err
	}
	facts, others := make([]Facts, len(all)), make([]otherDevices, len(all))
	err = p.sight.View(ctx, s.key.agency, func(st *models.State) {
		now := p.clock.Now()
		for i, a := range all {
			facts[i], others[i] = factsNow(st, a.slot.key, a.ring.User, a.ring.N, now), othersOf(st, a.slot.key, a.ring.User)
		}
	})
	kept := all[:0]
	for i, a := range all {
		if err != nil {
			break
		}
		p.complete(&facts[i], a.slot.key, a.ring, l.address, others[i])
		if a.verdict = Decide(facts[i]); a.verdict.Decision == Push {
			kept = append(kept, a)
		}
	}
	if len(kept) < summaryFrom {
		kept = nil
	}
	p.box.keep(s, kept)
	return kept, err
}

// settleRiders notes that riders rang by the leader's notification. They are durable before the leader is settled: after a
// crash between the two it rings again under the same id, which the device drops.
func (p *Service) settleRiders(ctx context.Context, leader slotKey, r ring, l outlook, all []rider, res Result) {
	var g errgroup.Group
	g.SetLimit(flushers)
	now := p.clock.Now()
	for _, a := range all {
		a.verdict.Ground.Provider = l.address.address().Kind
		a.ring.Attempts = r.Attempts
		v := a.ring.verdict(a.slot.key, a.verdict, res, now)
		v.Notification = notificationID(leader, r.First).String()
		p.box.endAlong(a, leader.thing, r.First, now)
		p.note(a.slot.key, v)
		g.Go(func() error { p.store(ctx, a.slot); return nil })
	}
	_ = g.Wait() // store tells of what fails
}

// board takes the other conversations that a device is to ring about now, if they make a summary. The caller has the
// slot; they are its flight's until that lands. While some are being written it fails with errWritten: left behind, they
// would ring by themselves right after.
func (b *outbox) board(s *slot, node string, now time.Time) ([]rider, error) {
	if s.key.thing.sort != aConversation {
		return nil, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []rider
	written := false
	for _, o := range b.devices[s.key.deviceKey] {
		if o.ridesWith(s, node, now) && len(all) < summaryMost {
			all = append(all, rider{slot: o, ring: *o.now})
			written = written || o.busy
		}
	}
	switch {
	case len(all) < summaryFrom:
		return nil, nil
	case written:
		return nil, errWritten
	}
	f := b.flights[s.key.deviceKey]
	for _, a := range all {
		a.slot.heap.remove(a.slot)
		a.slot.busy, a.slot.ringing = true, true
		f.along = append(f.along, a.slot)
	}
	return all, nil
}

// pause lets a slot that is due be looked at again a moment later. It stays due, so that another may take it along. The
// caller has the slot.
func (b *outbox) pause(s *slot, until time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s.now, s.next, s.pause = s.now.with(s.next), nil, until
	s.rev++
}

// ridesWith reports a slot that may ring along with another: about a conversation too, for the same person, due, and in
// no other worker's hands. What it waits for in a heap (its provider, the device's pace) the leader has waited for.
func (s *slot) ridesWith(leader *slot, node string, now time.Time) bool {
	if s == leader || s.ringing || s.gone || s.now == nil || s.key.thing.sort != aConversation {
		return false
	}
	foreign := s.now.Owner != "" && s.now.Owner != node && s.now.Until.After(now) // another node's lease, from before it lost the agency
	return s.now.User == leader.now.User && !s.now.Due.After(now.Add(behind)) && !foreign
}

// keep gives all riders back but these.
func (b *outbox) keep(s *slot, kept []rider) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f := b.flights[s.key.deviceKey]
	all := f.along
	f.along = nil
	for _, o := range all {
		if slices.ContainsFunc(kept, func(a rider) bool { return a.slot == o }) {
			f.along = append(f.along, o)
			continue
		}
		b.alight(o)
	}
}

// waitWith puts riders off until right after their leader, where it has to ring again: earlier they would ask a provider
// that has just failed, and later the device be told by two rings.
func (b *outbox) waitWith(leader *slot, all []rider) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, a := range all {
		if r := a.slot.now; r != nil && leader.now != nil && r.Last == a.ring.Last {
			r.Due = maxTime(r.Due, b.untilExpired(a.slot, leader.now.Due.Add(behind)))
		}
	}
}

// alight makes a rider its own again, with what came meanwhile. The caller holds the mutex.
func (b *outbox) alight(s *slot) {
	s.busy, s.ringing = false, false
	if s.next != nil {
		s.now, s.next = s.now.with(s.next), nil
		s.rev++
	}
	if !s.gone && s.now != nil {
		b.queue(s, s.now.Due)
	}
}

// endAlong settles a rider: it has rung, by the notification of another thing.
func (b *outbox) endAlong(a rider, under thing, first record.Seq, now time.Time) {
	b.end(a.slot, now, a.verdict.Reason)
	b.mu.Lock()
	defer b.mu.Unlock()
	a.slot.last.Under, a.slot.last.First, a.slot.last.Attempts = under.String(), first, a.ring.Attempts
	a.slot.held = false
	b.coalesced += uint64(a.ring.Count)
}

// setOf tells one set of riders from another, 0 for none.
func setOf(all []rider) (sum uint64) {
	for _, a := range all {
		h := fnv.New64a()
		h.Write(a.slot.key.thing.id[:])
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(a.ring.Last)))
		sum += h.Sum64()
	}
	return sum
}

// takeAlong puts riders under a ring's id. Where that id may have been seen already with others, it goes with the next
// step: a device drops what it has seen, and would be told of the rest by nothing.
func (r *ring) takeAlong(set uint64) {
	if set == 0 {
		return
	}
	if r.Attempts > 0 && set != r.Along {
		r.Rung = min(r.Rung+1, lastStep)
	}
	r.Along = set
}

// summarise makes a notification that of all conversations: under a tag of the person's own on this device, which tells
// no conversation, and worth sending as long as any of them is. Its preview is that of the leader, as its id is.
func (n *Notification) summarise(secret DeviceSecret, user models.UserID, along []rider) {
	if len(along) == 0 {
		return
	}
	n.ThreadTag = TagOf(secret, user.UUID())
	n.CollapseTag = n.ThreadTag
	for _, a := range along {
		n.Expires = maxTime(n.Expires, a.ring.Expires)
	}
}

// id is that of the notification by which a slot rang last.
func (l sentRing) id(k slotKey) record.UUID {
	if under, ok := parseThing(l.Under); ok {
		k.thing = under
	}
	return notificationID(k, l.First)
}
