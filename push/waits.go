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
	of     map[models.DeviceID][]owed // by seq
	silent map[models.DeviceID]silence
}

// silence is of a device in the foreground that let a wait run out. Until it is heard again nothing waits for it longer
// than the oldest that it has not confirmed: it counts as put away.
type silence struct {
	begun time.Time // the oldest wait that ran out
	ended time.Time // when it did
}

// add lets something wait.
func (w *waits) add(o owed) {
	if w.of == nil {
		w.of = map[models.DeviceID][]owed{}
	}
	w.of[o.key.device] = append(w.of[o.key.device], o)
}

// begun is from when on a device has had time to confirm something that was noticed at a time.
func (w *waits) begun(device models.DeviceID, noticed time.Time, seen wire.DevicePresence) time.Time {
	s, ok := w.silent[device]
	if !ok {
		return noticed
	}
	if seen.State != models.Foreground || seen.Heard.After(s.ended) {
		delete(w.silent, device)
		return noticed
	}
	if s.begun.Before(noticed) {
		return s.begun
	}
	return noticed
}

// ranOut notes that a device in the foreground did not confirm in time.
func (w *waits) ranOut(device models.DeviceID, begun, now time.Time) {
	if w.silent == nil {
		w.silent = map[models.DeviceID]silence{}
	}
	s, ok := w.silent[device]
	if !ok {
		s = silence{begun, now}
	}
	if begun.Before(s.begun) {
		s.begun = begun
	}
	w.silent[device] = s
}

// outcome is what became of a wait.
type outcome struct {
	owed
	verdict Verdict
}

// poll looks at every device that is waited for and answers what is decided: confirmed, or to be rung about, because
// the time is over or the phone was put away. What is decided together of one thing is one ring.
func (w *waits) poll(now time.Time, presence func(models.DeviceID) wire.DevicePresence, patience Patience) []outcome {
	var done []outcome
	for device, all := range w.of {
		seen, left := presence(device), all[:0]
		for _, o := range all {
			due := o
			due.noticed = w.begun(device, o.noticed, seen)
			v := due.again(now, seen, patience)
			if v.Decision == Wait {
				left = append(left, o)
				continue
			}
			if v.Reason == ForegroundUnconfirmed || v.Reason == Uncertain {
				w.ranOut(device, due.noticed, now)
			}
			done = append(done, outcome{due, v}) // with its time over, for who decides late too
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

// again decides anew about something that waits, if anything has changed.
func (o owed) again(now time.Time, seen wire.DevicePresence, patience Patience) Verdict {
	if seen.State == models.Foreground && seen.Confirmed < o.seq && now.Before(o.noticed.Add(patience.of(o.key.thing.class()))) && !setBack(o.noticed, now) {
		return Verdict{Decision: Wait} // nearly always
	}
	return Decide(o.facts(now, seen, patience))
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
