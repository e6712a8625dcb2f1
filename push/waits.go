package push

import (
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
)

// waits are what devices in the foreground have yet to confirm. They are in memory alone: nothing is written for a
// message that is seen, which is nearly every one, and after a crash the log brings the rest back. One look at a
// device's presence settles all that it has confirmed. The reader's goroutine alone uses it.
type waits struct {
	of    map[models.DeviceID][]owed // by seq
	begun map[slotKey]time.Time      // scratch of one look at a device
}

// add lets something wait.
func (w *waits) add(o owed) {
	if w.of == nil {
		w.of, w.begun = map[models.DeviceID][]owed{}, map[slotKey]time.Time{}
	}
	w.of[o.key.device] = append(w.of[o.key.device], o)
}

// outcome is what became of a wait.
type outcome struct {
	owed
	verdict Verdict
}

// poll looks at every device that is waited for and answers what is decided: confirmed, or to be rung about, because
// the time is over or the phone was put away. Read says whether somebody has read it elsewhere.
func (w *waits) poll(now time.Time, presence func(models.DeviceID) wire.DevicePresence, read func(owed) bool, patience Patience) []outcome {
	var done []outcome
	for device, all := range w.of {
		clear(w.begun)
		seen, left := presence(device), all[:0]
		for _, o := range all {
			v := w.again(&o, now, seen, patience)
			if v.Decision == Wait {
				left = append(left, o)
				continue
			}
			if v.Decision == Push && !read(o) {
				w.begun[o.key] = o.noticed // what follows of the thing goes along
			}
			done = append(done, outcome{o, v})
		}
		if len(left) == 0 {
			delete(w.of, device)
			continue
		}
		clear(all[len(left):])
		w.of[device] = left
	}
	return done
}

// again decides anew about something that waits. All that a device has not confirmed of one thing waits no longer than
// the oldest of it: when that rings, the rest is in the same ring. It has its own time again once that is confirmed, or
// read elsewhere.
func (w *waits) again(o *owed, now time.Time, seen wire.DevicePresence, patience Patience) Verdict {
	with := *o
	if begun, ok := w.begun[o.key]; ok {
		with.noticed = begun
	}
	v := Verdict{Decision: Wait} // nothing has changed: nearly always so
	if seen.State != models.Foreground || seen.Confirmed >= o.seq || !now.Before(with.noticed.Add(patience.of(o.key.thing.class()))) || setBack(with.noticed, now) {
		v = Decide(with.facts(now, seen, patience))
	}
	if v.Decision == Push {
		*o = with // it has waited, for who decides late too
	}
	return v
}

// facts are those of somebody who was in when the event was read; the rest is looked at again before a ring.
func (o owed) facts(now time.Time, seen wire.DevicePresence, patience Patience) Facts {
	class := o.key.thing.class()
	return Facts{
		Class: class, Seq: o.seq, Now: now, Noticed: o.noticed, Expires: o.expires,
		User: o.user, Device: o.key.device, Author: o.author, SendingDevice: o.sender,
		Bound: true, Member: true, HasAddress: true, Test: o.key.thing.sort == aTest,
		Presence: seen, Looked: o.looked, Patience: patience.of(class),
	}
}

// verdict is the record of something that never came to a ring.
func (o owed) verdict(v Verdict, now time.Time) VerdictRecord {
	return ring{From: o.seq, First: o.seq, Last: o.seq, User: o.user}.verdict(o.key, v, Result{}, now)
}

// toldOf finds the ring that told of an event, in a slot's mark.
func (b *outbox) toldOf(o owed) (VerdictRecord, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.slots[o.key.agency][o.key]
	if s == nil || s.sent < o.seq || s.last.User != o.user {
		return VerdictRecord{}, false
	}
	return VerdictRecord{
		Seq: max(o.seq, s.last.Last), From: min(o.seq, s.last.From), Device: o.key.device, User: o.user, Thing: o.key.thing.String(),
		Class: o.key.thing.class().String(), Decision: Push, Reason: s.last.Reason, At: s.sentAt, Attempts: s.last.Attempts,
		Notification: s.last.id(o.key).String(), Derived: true,
	}, true
}

// position is the agency reader's document: how far all is decided, and which node reads.
type positionBody struct {
	Seq   record.Seq `json:"seq"`
	Owner string     `json:"owner,omitzero"`
	Until time.Time  `json:"until,omitzero"`
}
