package replay

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/replay/judge"
	"officermobile/replay/tap"
)

// sort is what a ring is about, in the words of the notification's id.
type sort string

const (
	aConversation sort = "conv"
	anInvitation  sort = "inv"
	aTask         sort = "task"
	anUrgent      sort = "urg"
)

func (s sort) class() judge.Class {
	switch s {
	case aConversation:
		return judge.Message
	case anUrgent:
		return judge.Urgent
	}
	return judge.Invite
}

// slotKey is one thing on one device.
type slotKey struct {
	device *device
	sort   sort
	id     record.UUID
}

// ringID is the notification id of a ring that is first made for an event: a device drops an id that it has seen, so
// the server must make the same one for the same ring again, and it follows from what is rung. Its first six bytes are
// the event's position under a mask that agency and device give.
func ringID(agency models.AgencyID, k slotKey, first record.Seq) string {
	device := slices.Concat(agency[:], k.device.id[:])
	position := binary.BigEndian.AppendUint64(nil, uint64(first))
	proof := sha256.Sum256(slices.Concat([]byte("notification"), device, []byte(string(k.sort)+":"+k.id.Hex()), position))
	var id record.UUID
	copy(id[6:], proof[:])
	id[6] = id[6]&0x0f | 0x80
	id[8] = id[8]&0x3f | 0x80
	mask := sha256.Sum256(slices.Concat([]byte("position"), device, id[6:]))
	for i := range 6 {
		id[i] = position[2+i] ^ mask[i]
	}
	return id.String()
}

// ringAt says which call of which slot a ring is first made for.
type ringAt struct {
	key  slotKey
	call int
}

// pushes collects from the log whom each event concerns, and when it no longer did.
type pushes struct {
	agency  models.AgencyID
	wallOf  func(time.Time) time.Time
	devices map[models.DeviceID]*device // those that can be rung
	slots   map[slotKey]*judge.Slot
	keys    []slotKey // of slots, in the order of the log
	rings   map[string]ringAt
	open    map[record.UUID][]*watch // by the conversation, invitation or task that may end them
}

// watch is a call that something in the log may still end.
type watch struct {
	key  slotKey
	call int
	due  func(*models.State) bool // still
}

func newPushes(agency models.AgencyID, wallOf func(time.Time) time.Time, devices []*device) *pushes {
	p := &pushes{
		agency: agency, wallOf: wallOf, devices: map[models.DeviceID]*device{}, slots: map[slotKey]*judge.Slot{},
		rings: map[string]ringAt{}, open: map[record.UUID][]*watch{},
	}
	for _, d := range devices {
		if d.address.Token != "" {
			p.devices[d.id] = d
		}
	}
	return p
}

// event takes an event in; s is the state just after it.
func (p *pushes) event(s *models.State, e models.Event) {
	switch b := e.Body.(type) {
	case *models.MessagePosted:
		p.message(s, e, b)
	case *models.UrgentEscalated:
		thing := tap.Thing{Kind: models.RowUrgent, ID: b.Message.UUID(), Step: b.Step}
		p.urgent(s, e, b.Message, func(t *tap.Tap) int { n, _ := t.Has(thing); return n })
	case *models.InvitationSent:
		due := func(s *models.State) bool {
			i := s.Invitation(b.ID)
			return i != nil && i.State == models.InvitationPending
		}
		thing := tap.Thing{Kind: models.RowInvitation, ID: b.ID.UUID()}
		p.call(s, e, b.Invitee, anInvitation, b.ID.UUID(), b.ID.UUID(), due, func(t *tap.Tap) int { n, _ := t.Has(thing); return n })
	case *models.TaskAssigned:
		due := func(s *models.State) bool {
			t := s.Task(b.ID)
			return t != nil && t.Assignee == b.User && t.Status == models.TaskAssignedStatus
		}
		thing := tap.Thing{Kind: models.RowTask, ID: b.ID.UUID(), User: b.User}
		p.call(s, e, b.User, aTask, b.ID.UUID(), b.ID.UUID(), due, func(t *tap.Tap) int { n, _ := t.Has(thing); return n })
	}
	p.end(s, e)
}

// message calls those who are in a conversation by name; if it is urgent, everybody who has to acknowledge it.
func (p *pushes) message(s *models.State, e models.Event, b *models.MessagePosted) {
	has := func(t *tap.Tap) int { n, _ := t.HasRow(b.Conversation, b.N); return n }
	if b.Urgent {
		p.urgent(s, e, b.ID, has)
		return
	}
	for _, r := range s.Recipients(b.Conversation) {
		if r.ByRole || s.FromN(r.User, b.Conversation) > b.N {
			continue
		}
		due := func(s *models.State) bool {
			in, _ := s.IsIn(r.User, b.Conversation)
			m := s.Mark(b.Conversation, r.User)
			return in && s.FromN(r.User, b.Conversation) <= b.N && (m == nil || m.N < b.N)
		}
		p.call(s, e, r.User, aConversation, b.Conversation.UUID(), b.Conversation.UUID(), due, has)
	}
}

// urgent calls everybody whom an urgent message waits for.
func (p *pushes) urgent(s *models.State, e models.Event, id models.MessageID, has func(*tap.Tap) int) {
	u := s.Urgent(id)
	if u == nil {
		return
	}
	for _, user := range s.WaitedFor(id) {
		due := func(s *models.State) bool {
			in, _ := s.IsIn(user, u.Conversation)
			return in && s.MustAcknowledge(user, id)
		}
		p.call(s, e, user, anUrgent, id.UUID(), u.Conversation.UUID(), due, has)
	}
}

// call adds a call for every device of a user who did not do it themselves.
func (p *pushes) call(s *models.State, e models.Event, user models.UserID, sort sort, id, ends record.UUID, due func(*models.State) bool, has func(*tap.Tap) int) {
	if user == e.Actor {
		return
	}
	for _, owned := range s.DevicesOf(user) {
		d := p.devices[owned.ID]
		if d == nil || owned.Revoked {
			continue
		}
		key := slotKey{d, sort, id}
		slot := p.slots[key]
		if slot == nil {
			slot = &judge.Slot{}
			p.slots[key], p.keys = slot, append(p.keys, key)
		}
		slot.Calls = append(slot.Calls, judge.Call{Seq: e.Seq, Class: sort.class(), Posted: p.wallOf(timeOf(e.At)), Has: has(d.tap)})
		at := ringAt{key, len(slot.Calls) - 1}
		p.rings[ringID(p.agency, key, e.Seq)] = at
		p.open[ends] = append(p.open[ends], &watch{key, at.call, due})
	}
}

// end notes which calls an event ends.
func (p *pushes) end(s *models.State, e models.Event) {
	var about record.UUID
	switch b := e.Body.(type) {
	case *models.MarkRead:
		about = b.Conversation.UUID()
	case *models.Left:
		about = b.Conversation.UUID()
	case *models.MessageAcknowledged:
		if u := s.Urgent(b.Message); u != nil {
			about = u.Conversation.UUID()
		}
	case *models.InvitationSettled:
		about = b.ID.UUID()
	case *models.Joined, *models.TaskAssigned: // who came in by another way has nothing left to accept
		p.endAll(s, e)
		return
	case *models.TaskMoved:
		about = b.ID.UUID()
	case *models.TaskUnassigned:
		about = b.ID.UUID()
	default:
		return
	}
	p.endOf(s, e, about)
}

// endAll looks at every invitation: few are open at a time.
func (p *pushes) endAll(s *models.State, e models.Event) {
	for id, list := range p.open {
		if len(list) > 0 && list[0].key.sort == anInvitation {
			p.endOf(s, e, id)
		}
	}
}

func (p *pushes) endOf(s *models.State, e models.Event, about record.UUID) {
	p.open[about] = slices.DeleteFunc(p.open[about], func(w *watch) bool {
		if w.due(s) {
			return false
		}
		p.slots[w.key].Calls[w.call].Released = p.wallOf(timeOf(e.At))
		return true
	})
}

// judged is what became of all pushes: the faults, and the doubts, in words.
type judged struct {
	judge.Tally
	found [judge.Doubtful + 1][]string
}

func (j *judged) tell(kind judge.FindingKind, what string) {
	j.found[kind] = append(j.found[kind], what)
}

// judge judges every slot by what the providers took. What rang without ever having been a call was not owed.
func (p *pushes) judge(rules judge.Rules, outages []judge.Outage, journal []Push) judged {
	var all judged
	for _, push := range journal {
		if !push.Accepted {
			continue
		}
		at, ok := p.rings[push.Notification]
		if !ok || at.key.device.address.Token != push.Token {
			all.Rings++
			all.Unowed++
			all.tell(judge.Unowed, fmt.Sprintf("a push at %s is about nothing that its device may know of", push.At.Format(timeFormat)))
			continue
		}
		slot := p.slots[at.key]
		slot.Rings = append(slot.Rings, judge.Ring{ID: push.Notification, At: push.At, Call: at.call})
	}
	done := map[*device]judge.Device{}
	for _, key := range p.keys {
		d, ok := done[key.device]
		if !ok {
			d = judge.Device{Exchanges: key.device.tap.Exchanges(), Outages: outages}
		}
		d.Calls = append(d.Calls, p.slots[key].Calls...)
		done[key.device] = d
	}
	for _, key := range p.keys {
		slot := *p.slots[key]
		slot.Device = done[key.device]
		t, found := rules.Slot(slot)
		all.Add(t)
		for _, f := range found {
			all.tell(f.Kind, describeFinding(key, slot, f))
		}
	}
	return all
}

// describeFinding names what a finding is about.
func describeFinding(k slotKey, s judge.Slot, f judge.Finding) string {
	c := s.Calls[f.Call]
	what := fmt.Sprintf("%s, %s of event %d, posted %s", k.device.name(), k.sort, c.Seq, c.Posted.Format(timeFormat))
	switch f.Kind {
	case judge.Unowed:
		return what + ", rung at " + s.Rings[f.Ring].At.Format(timeFormat)
	case judge.Doubtful:
		return what + ", " + around(s.Device, c)
	}
	return what
}

// around tells what a device said close to a call.
func around(d judge.Device, c judge.Call) string {
	var said []string
	for _, x := range d.Exchanges {
		if after := x.Arrived.Sub(c.Posted); after.Abs() < time.Second {
			word := "at"
			if c.Has != judge.Never && x.Position >= c.Has {
				word = "confirmed at"
			}
			answer := "unanswered"
			if !x.Answered.IsZero() {
				answer = fmt.Sprintf("answered %+d ms", x.Answered.Sub(c.Posted).Milliseconds())
			}
			said = append(said, fmt.Sprintf("%s %s %+d ms, %s", x.State, word, after.Milliseconds(), answer))
		}
	}
	return strings.Join(said, "; ")
}

const timeFormat = "15:04:05.000"

func timeOf(at models.Micros) time.Time { return time.UnixMicro(int64(at)).UTC() }
