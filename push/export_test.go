package push

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"errors"
	"time"

	"officermobile/models"
	"officermobile/models/doorbell"
	"officermobile/models/record"
	"officermobile/models/wire"
)

// BreakerUnderTest is a breaker for tests that pass the time in.
type BreakerUnderTest struct{ b breaker }

// NewBreaker makes one with so many places.
func NewBreaker(places int) *BreakerUnderTest { return &BreakerUnderTest{breaker{places: places}} }

// Ticket is leave for one request.
type Ticket = ticket

// IsProbe reports leave for a probe.
func (t ticket) IsProbe() bool { return t.probe }

// Can says whether a request may leave, and when to ask again.
func (t *BreakerUnderTest) Can(now time.Time, c Class) (bool, time.Time) { return t.b.can(now, c) }

// Leave takes a ticket.
func (t *BreakerUnderTest) Leave(now time.Time, c Class) Ticket { return t.b.leave(now, c) }

// Note returns a ticket with an answer.
func (t *BreakerUnderTest) Note(now time.Time, k Ticket, res Result) bool {
	return t.b.note(now, k, signalOf(res), res.RetryAfter)
}

// State is the breaker's in metrics.
func (t *BreakerUnderTest) State(now time.Time) string { return t.b.state(now) }

// Reconsider says that credentials have changed.
func (t *BreakerUnderTest) Reconsider(now time.Time) { t.b.reconsider(now) }

// RemedyOf is the table of retries.
func RemedyOf(c Class, attempt int, res Result) (drop, probe bool, wait time.Duration) {
	m := remedyOf(c, attempt, res, res.RetryAfter, 1)
	return m.drop, m.probe, m.wait
}

// OffDuty is the policy by the agency's setting, in words: aloud, passive or held.
func OffDuty(setting models.OffDutyPush, c Class) string {
	return [...]string{aloud: "aloud", passive: "passive", held: "held"}[offDuty(setting, c)]
}

// Elsewhere is until when a message waits for other devices.
func Elsewhere(others []wire.DevicePresence, f Facts, began time.Time, wait time.Duration) time.Time {
	return elsewhere(others, f, began, wait)
}

// Check is what an address is held to when a device registers it.
func (a Address) Check() error { return a.check() }

// SealAndSign puts a preview, sealed to a device's key, and the server's signature into a notification.
func SealAndSign(n Notification, agency models.AgencyID, device models.DeviceID, p doorbell.Preview, to *ecdh.PublicKey, by ed25519.PrivateKey) (Notification, error) {
	k := slotKey{deviceKey: deviceKey{agency, device}}
	_, err := content{preview: p, sealed: true, key: to}.seal(k, &n)
	return n.sign(device, by), err
}

// ForgedID is an id that says a position, for a thing that never rang there.
func ForgedID(agency models.AgencyID, device models.DeviceID, seq record.Seq) record.UUID {
	return notificationID(slotKey{deviceKey{agency, device}, thing{aTask, record.UUID{1}}}, seq)
}

// ClockSetBack says what an outbox hands out that rang a device at one time, whose provider failed then, when it is asked
// with a clock that was set back to another.
func ClockSetBack(at, back time.Time) (early, late bool) {
	b := newOutbox(time.Second, 1, 1)
	o := owed{seq: 1, first: 1}
	o.key.thing.sort = anUrgent
	b.owe([]owed{o}, &frontier{}, at)
	s, _ := b.take(at)
	b.admit(s, circuitKey{}, false, at)
	b.heard(s, at, sRefused, 0)
	b.hold(s, at.Add(time.Minute))
	b.land(s, at)
	s, _ = b.take(at.Add(time.Second))
	early = s != nil
	s, _ = b.take(back)
	return early, s != nil
}

// AdoptedAt is when a stored ring is due that says so of itself and of its lease, which another node has.
func AdoptedAt(now, due, until time.Time) time.Time {
	b := newOutbox(time.Second, 1, 1)
	s := &slot{index: -1, now: &ring{Due: due, Owner: "another", Until: until}}
	b.adopt([]*slot{s}, nil, "node", now)
	return s.due
}

// ClockSetBackWhileWaiting says how many waits, begun at one time, are over at another.
func ClockSetBackWhileWaiting(at, back time.Time) int {
	o := owed{seq: 1, noticed: at}
	o.key.thing.sort = anUrgent
	var w waits
	w.add(o)
	seen := wire.DevicePresence{State: models.Foreground, Certain: true}
	return len(w.poll(back, func(models.DeviceID) wire.DevicePresence { return seen }, DefaultPatience()))
}

// BoardWhileWritten says how many conversations ring along with one, of so many that are due on a device, while one of
// them is being written, and when that is done.
func BoardWhileWritten(due int, at time.Time) (during, after int, wait bool) {
	b := newOutbox(time.Second, 1, 1)
	var all []owed
	for i := range due {
		o := owed{seq: record.Seq(i + 1), first: record.Seq(i + 1)}
		o.key.thing = thing{aConversation, record.UUID{byte(i)}}
		all = append(all, o)
	}
	b.owe(all, &frontier{}, at)
	s, _ := b.take(at)
	other := b.slots[s.key.agency][all[due-1].key]
	other.busy = true
	found, err := b.board(s, "", at)
	during, wait = len(found), errors.Is(err, errWritten)
	b.release(other)
	found, _ = b.board(s, "", at)
	return during, len(found), wait
}
