package models

import (
	"slices"

	"officermobile/models/record"

	"github.com/go-json-experiment/json"
)

// Sealed is a closed dispatch as it left memory, with all that its return needs, or a closed broadcast. Its messages stay where they are, in
// the log. The event that carries it says when it was sealed.
type Sealed struct {
	Dispatch     Dispatch     `json:"dispatch,omitzero"` // without Tasks and Log: they are below; absent of a broadcast
	Conversation Conversation `json:"conversation"`      // with what counts: last row, messages
	Members      []UserID     `json:"members,omitzero"`  // in by name, by id; in a dispatch's conversation each may read all
	Out          []UserID     `json:"out,omitzero"`      // stepped out of what their role would bring them into, by id
	Part
	Parts int `json:"parts,omitzero"` // events of the same batch right behind this one that carry the rest
}

// Part is as much of what hangs on a dispatch as one event carries.
type Part struct {
	Tasks []Task    `json:"tasks,omitzero"`
	Log   []LogNote `json:"log,omitzero"`
}

// partBytes is how much JSON one event of a sealed dispatch carries: less than record.MaxPayloadBytes by room for the
// rest of the event. Five thousand members and a thousand officers come to 150 KB.
const partBytes = record.MaxPayloadBytes - 16<<10

// zone is the operational zone that it belongs to.
func (x *Sealed) zone() ZoneID {
	if x.Conversation.Kind == BroadcastKind {
		return x.Conversation.Zone
	}
	return x.Dispatch.Zone
}

// creator is who made it.
func (x *Sealed) creator() UserID {
	if x.Conversation.Kind == BroadcastKind {
		return x.Conversation.Creator
	}
	return x.Dispatch.Creator
}

// SeesSealed reports whether a user may see what has left memory. A dispatch: administrators, dispatchers and reviewers
// of its zone, who was ever assigned to it or in its conversation by name, and the integration that created it. A
// broadcast: those who run its zone, for all others were in as long as they were on duty.
func (s *State) SeesSealed(id UserID, x *Sealed) bool {
	u := s.users[id]
	if u == nil || !u.Active || x == nil {
		return false
	}
	inZone := slices.Contains(u.Zones, x.zone())
	if u.Types.Any(Administrator) || u.Types.Any(Dispatcher) && inZone {
		return true
	}
	if x.Conversation.Kind == BroadcastKind {
		return false
	}
	if u.Types.Any(Reviewer) && inZone {
		return true
	}
	if u.Types.Any(Integration) && x.Dispatch.Creator == id {
		return true
	}
	return slices.Contains(x.Dispatch.Officers, id) || slices.Contains(x.Members, id)
}

// ReadsSealed reports whether a user may read the messages of what has left memory: who was in its
// conversation by name, and who would be in by role and has not stepped out.
func (s *State) ReadsSealed(id UserID, x *Sealed) bool {
	u := s.users[id]
	if !s.SeesSealed(id, x) || onlyIntegration(u) || slices.Contains(x.Out, id) {
		return false
	}
	return slices.Contains(x.Members, id) || u.Types.Any(Administrator) ||
		u.Types.Any(Dispatcher) && slices.Contains(u.Zones, x.zone())
}

// SealedIn returns what an event of a batch sealed, put together with the events behind it that carry the rest; nil if
// it sealed nothing.
func SealedIn(events []Event, i int) *Sealed {
	var x Sealed
	switch b := events[i].Body.(type) {
	case *DispatchRetired:
		x = b.Sealed
	case *BroadcastRetired:
		x = b.Sealed
	default:
		return nil
	}
	for _, e := range events[i+1 : min(i+1+max(x.Parts, 0), len(events))] {
		if p, ok := e.Body.(*DispatchPart); ok && p.ID == x.Dispatch.ID {
			x.Tasks, x.Log = slices.Concat(x.Tasks, p.Tasks), slices.Concat(x.Log, p.Log)
		}
	}
	x.Parts = 0
	return &x
}

// seal copies what is in memory of a conversation and its dispatch, if it has one.
func (s *State) seal(c *Conversation) *Sealed {
	x := &Sealed{Conversation: *c}
	for _, id := range sortedKeys(s.members[c.ID]) {
		if s.members[c.ID][id].In {
			x.Members = append(x.Members, id)
		} else {
			x.Out = append(x.Out, id)
		}
	}
	d := s.dispatches[c.Dispatch]
	if d == nil {
		return x
	}
	x.Dispatch = *d
	x.Dispatch.Tasks, x.Dispatch.Log = nil, nil
	for _, id := range d.Tasks {
		x.Tasks = append(x.Tasks, *s.tasks[id])
	}
	for _, id := range d.Log {
		x.Log = append(x.Log, *s.notes[id])
	}
	return x
}

// sealBytes is how much JSON all events of a sealed dispatch carry: less than record.MaxBatchBytes by room for the rest
// of the batch.
const sealBytes = record.MaxBatchBytes - 64<<10

// split divides x into what one event carries and parts for the events behind it. Where one batch can't hold all, what
// leaves memory does so without the clocks of its tasks: they have stopped, and the log can tell them.
func (x *Sealed) split() (head Sealed, rest []EventBody) {
	if jsonSize(x) > sealBytes {
		x.Tasks = slices.Clone(x.Tasks)
		for i := range x.Tasks {
			x.Tasks[i].Clocks = nil
		}
	}
	head = *x
	head.Part = Part{}
	part, room := &head.Part, partBytes-jsonSize(head)
	fits := func(v any) *Part {
		size := jsonSize(v)
		if size > room {
			next := &DispatchPart{ID: x.Dispatch.ID}
			rest = append(rest, next)
			part, room = &next.Part, partBytes
		}
		room -= size
		return part
	}
	for _, t := range x.Tasks {
		p := fits(t)
		p.Tasks = append(p.Tasks, t)
	}
	for _, n := range x.Log {
		p := fits(n)
		p.Log = append(p.Log, n)
	}
	head.Parts = len(rest)
	return head, rest
}

// jsonSize is how much v adds to an event, its comma included.
func jsonSize(v any) int {
	b, _ := json.Marshal(v) // what came out of a log as JSON goes in again
	return len(b) + 1
}

// reopen is the decision to bring back what x holds, by who runs its zone.
func (x *Sealed) reopen(s *State, c Command) ([]EventBody, error) {
	if !c.Actor.IsZero() && !s.SeesSealed(c.Actor, x) || s.zones[x.Dispatch.Zone] == nil {
		return nil, ErrNotFound
	}
	if !c.Actor.IsZero() && !s.runsZone(s.actor(c), x.Dispatch.Zone) {
		return nil, ErrForbidden
	}
	if s.workZones[x.Dispatch.WorkZone] == nil {
		return nil, Refuse(KindConflict, "deleted", "Its work zone has been deleted; make a new dispatch.")
	}
	head, rest := x.split()
	opened := &DispatchReopened{Turn{x.Dispatch.ID, x.Conversation.ID, x.Conversation.LastN + 1}, &head}
	return append([]EventBody{opened}, rest...), nil
}

// restore brings back what x holds, closed as it was; false if that does not fit the state.
func (s *State) restore(x *Sealed) bool {
	d, c := x.Dispatch, x.Conversation
	if d.ID.IsZero() || s.dispatches[d.ID] != nil || s.zones[d.Zone] == nil || s.workZones[d.WorkZone] == nil || !d.Closed || !c.Closed ||
		c.ID.IsZero() || s.conversations[c.ID] != nil || c.ID != d.Conversation || c.Dispatch != d.ID || c.Kind != DispatchKind {
		return false
	}
	d.Tasks, d.Log = nil, nil
	d.Rev++ // above the tombstones that its leaving left
	c.Seen, c.SeenN = c.Messages, c.LastN
	s.putConversation(c)
	s.putDispatch(d)
	s.lineUp(c.ID, true)
	s.members[c.ID] = map[UserID]*Member{}
	for _, id := range x.Members {
		s.remember(c.ID, Member{User: id, In: true, Rev: 1})
	}
	for _, id := range x.Out {
		s.remember(c.ID, Member{User: id, Rev: 1})
	}
	s.putPart(d.ID, &x.Part)
	s.regrantAll(ConversationScope(c.ID))
	s.regrantAll(DispatchScope(d.ID))
	return true
}

func (s *State) remember(cid ConversationID, m Member) {
	if s.users[m.User] == nil || s.members[cid][m.User] != nil {
		return
	}
	s.members[cid][m.User] = &m
	s.touch(ConversationScope(cid), Row{RowMember, m.User.UUID()}, m.Rev, !m.In)
}

// putPart hangs on a dispatch what a part of its seal holds.
func (s *State) putPart(id DispatchID, p *Part) {
	for _, t := range p.Tasks {
		d := s.dispatches[id]
		if d == nil || t.Dispatch != id || t.ID.IsZero() || s.tasks[t.ID] != nil {
			continue
		}
		next := *d
		next.Tasks = append(slices.Clip(d.Tasks), t.ID)
		s.dispatches[id] = &next
		t.Rev++ // as above
		s.putTask(t)
	}
	for _, n := range p.Log {
		if n.Dispatch == id {
			n.Rev++
			s.addNote(n)
		}
	}
}

// DispatchPart carries what has no place in the event before it: of a dispatch that leaves memory it is only a record,
// of one that comes back it is applied.
type DispatchPart struct {
	ID DispatchID `json:"id"`
	Part
}

// EventType is the name in the log.
func (*DispatchPart) EventType() string { return "dispatch.part" }

func (b *DispatchPart) apply(s *State, _ Event) { s.putPart(b.ID, &b.Part) }
