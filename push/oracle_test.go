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

// account is what was done in a seeded world, and what rang: what an oracle judges by.
type account struct {
	began   time.Time
	devices []*handset
	chats   []chat
	items   []*item
	reads   []reading
	mutes   []muting
	lives   []life  // of the process
	weather []spell // of the provider

	mu    sync.Mutex
	rings []rung
}

// chat is a conversation and those in it from the beginning to the end.
type chat struct {
	id      models.ConversationID
	members []models.UserID
	tag     push.Tag
}

// item is a message.
type item struct {
	id     models.MessageID
	chat   models.ConversationID
	seq    record.Seq
	author models.UserID
	at     time.Time
	urgent bool
	tag    push.Tag // of its rings: the conversation's, or its own if it is urgent
	acks   map[models.UserID]time.Time
}

// handset is a device and what it did.
type handset struct {
	id       models.DeviceID
	user     models.UserID
	many     push.Tag // of a ring for many conversations
	offDuty  bool
	doings   []doing
	bindings []time.Time // it lost its address at the first, got it back at the second, and so on
}

// doing is what a device does from a time on.
type doing struct {
	at        time.Time
	looking   bool
	since     time.Time // it is looked at, without a break
	confirmed record.Seq
}

type reading struct {
	user models.UserID
	chat models.ConversationID
	at   time.Time
	upTo record.Seq
}

// muting is that somebody mutes a conversation from a time on, or does so no more.
type muting struct {
	user models.UserID
	chat models.ConversationID
	at   time.Time
	on   bool
}

// life is that of a process: from its start until it was stopped. If it was killed, what it did after it died is nowhere.
type life struct{ from, died, to time.Time }

// spell is a time in which the provider fails now and then, or is down.
type spell struct {
	from, to time.Time // to is zero while it lasts
	down     bool
}

// rung is a request to the provider.
type rung struct {
	device  string
	id      record.UUID
	step    int
	class   push.Class
	tag     push.Tag
	passive bool
	badge   int
	unread  int       // what the badge should have been
	left    time.Time // the decision is of then
	at      time.Time // the answer came
	outcome push.Outcome
}

func newAccount(tip record.Seq, now time.Time, devices []models.DeviceID, users []models.UserID) *account {
	a := &account{began: now, lives: []life{{from: now}}}
	for i, d := range devices {
		a.devices = append(a.devices, &handset{id: d, user: users[i], many: tagOf(users[i].UUID()), doings: []doing{{now, true, now, tip}}})
	}
	return a
}

func (d *handset) last() doing { return d.doings[len(d.doings)-1] }
func (d *handset) bound() bool { return len(d.bindings)%2 == 0 }

// does notes what the device does from now on.
func (d *handset) does(looking bool, confirmed record.Seq, now time.Time) {
	next := doing{now, looking, now, confirmed}
	if last := d.last(); last.looking && looking {
		next.since = last.since
	}
	d.doings = append(d.doings, next)
}

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

// boundAt reports that it had an address.
func (d *handset) boundAt(at time.Time) bool {
	n := 0
	for _, b := range d.bindings {
		if !b.After(at) {
			n++
		}
	}
	return n%2 == 0
}

// rebound reports that its address was taken or given within a time.
func (d *handset) rebound(from, to time.Time) bool {
	return slices.ContainsFunc(d.bindings, func(at time.Time) bool { return !at.Before(from) && !at.After(to) })
}

// looked reports that it was looked at some time.
func (d *handset) looked(from, to time.Time) bool {
	return d.as(from).looking || slices.ContainsFunc(d.doings, func(x doing) bool { return x.looking && !x.at.Before(from) && !x.at.After(to) })
}

// stared reports that it was looked at all the time, and what it showed was not confirmed.
func (d *handset) stared(m *item, from, to time.Time) bool {
	stares := func(x doing) bool { return x.looking && x.confirmed < m.seq }
	return stares(d.as(from)) && !slices.ContainsFunc(d.doings, func(x doing) bool { return !stares(x) && !x.at.Before(from) && !x.at.After(to) })
}

// heard reports that it said anything within a time.
func (d *handset) heard(from, to time.Time) bool {
	return slices.ContainsFunc(d.doings, func(x doing) bool { return x.at.After(from) && !x.at.After(to) })
}

// putAway reports that it was put away for longer than any look at it takes.
func (d *handset) putAway(from, to time.Time) bool {
	for i, x := range d.doings {
		until := to
		if i+1 < len(d.doings) && d.doings[i+1].at.Before(to) {
			until = d.doings[i+1].at
		}
		if !x.looking && until.Sub(maxOf(x.at, from)) > pollSlack {
			return true
		}
	}
	return false
}

func maxOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// pollSlack is longer than until the next look at those who are waited for.
const pollSlack = 300 * time.Millisecond

// member reports that somebody is in a conversation.
func (a *account) member(c models.ConversationID, u models.UserID) bool {
	return slices.ContainsFunc(a.chats, func(x chat) bool { return x.id == c && slices.Contains(x.members, u) })
}

// read reports that somebody had read a message by a time.
func (a *account) read(m *item, u models.UserID, by time.Time) bool {
	return slices.ContainsFunc(a.reads, func(r reading) bool { return r.user == u && r.chat == m.chat && r.upTo >= m.seq && r.at.Before(by) })
}

// muted reports that somebody had muted a conversation as of a time.
func (a *account) muted(c models.ConversationID, u models.UserID, at time.Time) (on bool) {
	for _, m := range a.mutes {
		if m.user == u && m.chat == c && !m.at.After(at) {
			on = m.on
		}
	}
	return on
}

// started reports that a process began within a time, and last when the last began before it.
func (a *account) started(from, to time.Time) bool {
	return slices.ContainsFunc(a.lives, func(l life) bool { return l.from.After(from) && !l.from.After(to) })
}

func (a *account) lastStart(by time.Time) (at time.Time) {
	for _, l := range a.lives {
		if !l.from.After(by) {
			at = l.from
		}
	}
	return at
}

// lost reports that the process was dead when a ring's answer came: nobody knows of it.
func (a *account) lost(r rung) bool {
	return slices.ContainsFunc(a.lives, func(l life) bool {
		return !l.died.IsZero() && !l.from.After(r.left) && !l.to.Before(r.left) && !r.at.Before(l.died)
	})
}

// patience is what a device that is looked at has to confirm.
func patience(urgent bool) time.Duration {
	if urgent {
		return 2 * time.Second
	}
	return 8 * time.Second
}

// now is the weather.
func (a *account) now() spell {
	a.mu.Lock()
	defer a.mu.Unlock()
	if last := len(a.weather) - 1; last >= 0 {
		return a.weather[last]
	}
	return spell{to: a.began}
}

func (a *account) sent(r rung) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.rings = append(a.rings, r)
}

// journal is what rang: by device, in order.
func (a *account) journal() []rung {
	slices.SortStableFunc(a.rings, func(x, y rung) int { return cmp.Or(strings.Compare(x.device, y.device), x.left.Compare(y.left)) })
	return a.rings
}

// sameMoment is what two runs may differ by: a ring that falls due in the very instant of a flush waits for it or not.
const sameMoment = 100 * time.Millisecond

// difference is the first of two journals, "" for none.
func difference(a, b []rung) string {
	for i := range min(len(a), len(b)) {
		x, y := a[i], b[i]
		apart := x.at.Sub(y.at).Abs()
		if x.at, x.left = y.at, y.left; x != y || apart > sameMoment {
			return fmt.Sprintf("ring %d: %+v and %+v, %v apart", i, a[i], b[i], apart)
		}
	}
	if len(a) != len(b) {
		return fmt.Sprintf("%d rings and %d", len(a), len(b))
	}
	return ""
}

// of are the requests to a device, in order.
func (a *account) of(d *handset) (all []rung) {
	for _, r := range a.journal() {
		if r.device == addressOf(d.id).Token {
			all = append(all, r)
		}
	}
	return all
}

// judge holds what rang against the rules.
func (a *account) judge(t *testing.T, r *recorder) {
	t.Helper()
	for _, d := range a.devices {
		rings := a.of(d)
		a.owed(t, d, rings)
		(&judged{account: a, t: t, d: d, told: map[*item]rung{}, may: map[*item]bool{}, ids: map[*item]record.UUID{}}).all(rings)
	}
	if r.peak != 1 {
		t.Errorf("%d requests at once to one device", r.peak)
	}
}
