package push_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/push"
)

// account is what was done in a seeded world, and what rang.
type account struct {
	began   time.Time
	devices []*handset
	items   []item
	reads   []reading
	starts  []time.Time // of the process

	mu    sync.Mutex
	rings []rung
}

// item is a message.
type item struct {
	id     models.MessageID
	seq    record.Seq
	author models.UserID
	at     time.Time
	urgent bool
	ended  time.Time // acknowledged
}

// handset is a device and what it did.
type handset struct {
	id       models.DeviceID
	user     models.UserID
	doings   []doing
	bindings []time.Time // it lost its address at the first, got it back at the second, and so on
}

type doing struct {
	at        time.Time
	looking   bool
	confirmed record.Seq
}

type reading struct {
	user models.UserID
	at   time.Time
	upTo record.Seq
}

type rung struct {
	device  string
	id      record.UUID
	class   push.Class
	at      time.Time // when the answer came
	outcome push.Outcome
}

func newAccount(tip record.Seq, now time.Time, devices []models.DeviceID, users []models.UserID) *account {
	a := &account{began: now}
	for i, d := range devices {
		a.devices = append(a.devices, &handset{id: d, user: users[i], doings: []doing{{now, true, tip}}})
	}
	return a
}

func (d *handset) confirmed() record.Seq { return d.doings[len(d.doings)-1].confirmed }
func (d *handset) bound() bool           { return len(d.bindings)%2 == 0 }

// as is what the device was doing at a time.
func (d *handset) as(at time.Time) doing {
	is := d.doings[0]
	for _, next := range d.doings {
		if !next.at.After(at) {
			is = next
		}
	}
	return is
}

func (a *account) sent(n push.Notification, at time.Time, outcome push.Outcome) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.rings = append(a.rings, rung{n.Address.Token, n.ID, n.Class, at, outcome})
}

// journal is what rang: by device, in order.
func (a *account) journal() []rung {
	slices.SortFunc(a.rings, func(x, y rung) int { return cmp.Or(strings.Compare(x.device, y.device), x.at.Compare(y.at)) })
	return a.rings
}

// sameMoment is what two runs may differ by: a ring that falls due in the very instant of a flush waits for it or not.
const sameMoment = 100 * time.Millisecond

// difference is the first of two journals, "" for none.
func difference(a, b []rung) string {
	for i := range min(len(a), len(b)) {
		x, y := a[i], b[i]
		apart := x.at.Sub(y.at).Abs()
		if x.at = y.at; x != y || apart > sameMoment {
			return fmt.Sprintf("ring %d: %+v and %+v, %v apart", i, a[i], b[i], apart)
		}
	}
	if len(a) != len(b) {
		return fmt.Sprintf("%d rings and %d", len(a), len(b))
	}
	return ""
}

// owedWithin is when whatever is owed must have rung: the longest wait of a window, several failures, and a restart.
const owedWithin = 4 * time.Minute

// patience is what a device that is looked at has to confirm.
func patience(urgent bool) time.Duration {
	if urgent {
		return 2 * time.Second
	}
	return 8 * time.Second
}

// judge holds what rang against the rule.
func (a *account) judge(t *testing.T, r *recorder) {
	t.Helper()
	for _, d := range a.devices {
		var rings []rung
		for _, r := range a.rings {
			if r.device == addressOf(d.id).Token && r.outcome == push.Accepted {
				rings = append(rings, r)
			}
		}
		slices.SortFunc(rings, func(x, y rung) int { return x.at.Compare(y.at) })
		a.owed(t, d, rings)
		a.unowed(t, d, rings)
	}
	for _, s := range r.all() {
		if s.Class == 0 || s.ID.IsZero() {
			t.Errorf("a ring of nothing: %+v", s.Notification)
		}
	}
	if r.peak != 1 {
		t.Errorf("%d requests at once to one device", r.peak)
	}
}

// owed: a message rings a device that nobody looked at, that kept its address, and whose user neither read nor
// acknowledged it meanwhile.
func (a *account) owed(t *testing.T, d *handset, rings []rung) {
	t.Helper()
	for _, m := range a.items {
		until := m.at.Add(owedWithin)
		if m.author == d.user || !a.undisturbed(d, m, until) {
			continue
		}
		if !slices.ContainsFunc(rings, func(r rung) bool {
			return (r.class == push.Emergency) == m.urgent && !r.at.Before(m.at) && r.at.Before(until)
		}) {
			t.Errorf("%s: no ring for event %d of %v, urgent %v", d.id.Hex()[:4], m.seq, m.at.Sub(a.began), m.urgent)
		}
	}
}

// undisturbed reports that from a message until a time nothing gave a reason not to ring.
func (a *account) undisturbed(d *handset, m item, until time.Time) bool {
	within := func(at time.Time) bool { return !at.Before(m.at) && at.Before(until) }
	if d.as(m.at).looking || slices.ContainsFunc(d.doings, func(x doing) bool { return x.looking && within(x.at) }) {
		return false
	}
	without := 0
	for _, at := range d.bindings {
		if within(at) {
			return false
		}
		if at.Before(m.at) {
			without++
		}
	}
	if without%2 == 1 || !m.ended.IsZero() && m.ended.Before(until) {
		return false
	}
	return m.urgent || !slices.ContainsFunc(a.reads, func(r reading) bool { return r.user == d.user && within(r.at) })
}

// inFlight is how long a request is under way at most: its reasons were those of when it left.
const inFlight = 150 * time.Millisecond

// unowed: every ring of its own id tells of a message that no earlier ring has told of, and that the user had neither
// read, nor acknowledged, nor seen on the device, nor may still be about to see.
func (a *account) unowed(t *testing.T, d *handset, rings []rung) {
	t.Helper()
	first := map[record.UUID]time.Time{}
	last := map[push.Class]time.Time{}
	for _, r := range rings {
		if r.class == push.Quiet {
			continue
		}
		if _, copied := first[r.id]; copied {
			continue
		}
		first[r.id] = r.at
		if r.class == push.Emergency {
			last[r.class] = time.Time{} // several may be open at once, each with rings of its own
		}
		if !slices.ContainsFunc(a.items, func(m item) bool { return a.tells(d, m, r, last[r.class]) }) {
			t.Errorf("%s rang at %v for %s without reason", d.id.Hex()[:4], r.at.Sub(a.began), r.class)
		}
		last[r.class] = r.at.Add(-inFlight)
	}
	urgent := 0
	for _, m := range a.items {
		if m.urgent && m.author != d.user {
			urgent++
		}
	}
	for id := range first {
		if slices.ContainsFunc(rings, func(r rung) bool { return r.id == id && r.class == push.Emergency }) {
			urgent--
		}
	}
	if urgent < 0 {
		t.Errorf("%s rang under more ids for emergencies than there were", d.id.Hex()[:4])
	}
}

// tells reports that a ring may be about a message.
func (a *account) tells(d *handset, m item, r rung, after time.Time) bool {
	left := r.at.Add(-inFlight)
	switch is := d.as(left); {
	case m.author == d.user, m.urgent != (r.class == push.Emergency), m.at.After(r.at), a.told(d, m, after):
		return false
	case !m.ended.IsZero() && m.ended.Before(left):
		return false
	case is.looking && is.confirmed >= m.seq && d.as(r.at) == is:
		return false
	case is.looking && d.as(r.at) == is && r.at.Before(m.at.Add(patience(m.urgent))):
		return false
	}
	return m.urgent || !slices.ContainsFunc(a.reads, func(x reading) bool { return x.user == d.user && x.upTo >= m.seq && x.at.Before(left) })
}

// told reports that a ring which left at a time told of a message. While a device is looked at each message has its own
// time to be confirmed, which begins anew with the process, so one that came later may ring later.
func (a *account) told(d *handset, m item, by time.Time) bool {
	if !d.as(m.at).looking {
		return m.at.Before(by)
	}
	noticed := m.at
	for _, at := range a.starts {
		if at.After(noticed) && at.Before(by.Add(inFlight)) {
			noticed = at
		}
	}
	return noticed.Add(patience(m.urgent)).Before(by)
}
