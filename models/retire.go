package models

import (
	"cmp"
	"slices"

	"officermobile/models/record"
)

// Memory holds what is open and what was closed lately. A dispatch or a broadcast that has been closed for as long as
// the agency keeps it on the panels is sealed into the log and leaves, with all that hangs on it.

// Bounds of how long what is closed stays.
const (
	defaultPanelHours = 7 * 24
	maxPanelHours     = 366 * 24 // a year: what is older is looked up in the record
	// retireAtOnce is how many leave in one go, so that a backlog of months does not stand before what
	// people are doing. The engine asks again within seconds.
	retireAtOnce = 64
)

// Retire is the system's command to let a closed conversation, with its dispatch if it has one, leave memory once its
// time has come.
type Retire struct {
	ConversationID ConversationID `json:"conversation_id"`
}

// CommandType is the name of the command; no client may send it.
func (*Retire) CommandType() string { return "conversation.retire" }

func (b *Retire) decide(s *State, c Command) ([]EventBody, error) {
	if !c.Actor.IsZero() {
		return nil, ErrForbidden
	}
	conversation := s.conversations[b.ConversationID]
	if conversation == nil || !conversation.Closed || s.retiresAt(conversation) > c.At {
		return nil, nil
	}
	head, rest := s.seal(conversation).split()
	if conversation.Kind == BroadcastKind {
		return []EventBody{&BroadcastRetired{head}}, nil
	}
	return append([]EventBody{&DispatchRetired{head}}, rest...), nil
}

// retiresAt is when a closed conversation has been on the panels for long enough.
func (s *State) retiresAt(c *Conversation) Micros { return c.ClosedAt + s.Agency.Settings.panelLife() }

// DispatchRetired says that a closed dispatch has left memory, and carries what its return needs.
type DispatchRetired struct {
	Sealed Sealed `json:"sealed"`
}

func (b *DispatchRetired) print() Print { return b.Sealed.Dispatch.Print }

// EventType is the name in the log.
func (*DispatchRetired) EventType() string { return "dispatch.retired" }

// minted: from now on the ids of the dispatch and of its conversation lead here.
func (b *DispatchRetired) minted() []record.UUID {
	return []record.UUID{b.Sealed.Dispatch.ID.UUID(), b.Sealed.Conversation.ID.UUID()}
}

func (b *DispatchRetired) apply(s *State, _ Event) {
	d := s.dispatches[b.Sealed.Dispatch.ID]
	if d == nil || !d.Closed {
		return
	}
	for _, id := range d.Tasks {
		s.forgetTask(s.tasks[id], d)
	}
	for _, id := range d.Log {
		s.forgetNote(id, d.Zone)
	}
	s.vanish(ZoneScope(d.Zone), Row{RowDispatch, d.ID.UUID()})
	delete(s.dispatches, d.ID)
	s.evict(d.ID.UUID())
	s.forgetConversation(s.conversations[d.Conversation])
	s.forgetScope(DispatchScope(d.ID))
}

// BroadcastRetired says that a closed broadcast has left memory, and carries what tells who may still read it.
type BroadcastRetired struct {
	Sealed Sealed `json:"sealed"`
}

// EventType is the name in the log.
func (*BroadcastRetired) EventType() string { return "broadcast.retired" }

func (b *BroadcastRetired) print() Print { return b.Sealed.Conversation.Print }

// minted: from now on its id leads here.
func (b *BroadcastRetired) minted() []record.UUID {
	return []record.UUID{b.Sealed.Conversation.ID.UUID()}
}

func (b *BroadcastRetired) apply(s *State, _ Event) {
	if c := s.conversations[b.Sealed.Conversation.ID]; c != nil && c.Kind == BroadcastKind && c.Closed {
		s.forgetConversation(c)
	}
}

func (s *State) forgetTask(t *Task, d *Dispatch) {
	row := Row{RowTask, t.ID.UUID()}
	s.hold(t.Assignee, t.ID, false)
	s.vanish(SelfScope(t.Assignee), row)
	s.vanish(ZoneScope(d.Zone), row)
	delete(s.tasks, t.ID)
	s.evict(t.ID.UUID())
	if t.Status != TaskCleared {
		s.statusChanged(t.Assignee)
	}
}

// forgetConversation takes a conversation out of memory with its rows, members, invitations, marks and urgent messages.
func (s *State) forgetConversation(c *Conversation) {
	s.forgetInvitations(c.ID)
	s.lineUp(c.ID, false)
	delete(s.conversations, c.ID)
	delete(s.members, c.ID)
	s.evict(c.ID.UUID())
	s.forgetScope(ConversationScope(c.ID)) // what the users' own scopes show of it goes with their access
	for _, r := range s.timelines[c.ID] {
		if r.Notice == "" {
			delete(s.byMessage, r.ID)
			s.evict(r.ID.UUID())
		}
	}
	delete(s.timelines, c.ID)
	for _, id := range s.urgentIn[c.ID] {
		delete(s.urgent, id)
		delete(s.climbing, id)
	}
	delete(s.urgentIn, c.ID)
	s.broadcasts = with(s.broadcasts, c.ID, false)
	for id := range s.users {
		delete(s.marks, pair{c.ID, id})
	}
	delete(s.mutes, c.ID)
}

// forgetScope takes a scope away from everybody, as what it was of is gone, and forgets its rows: nobody will ask for a
// difference, for whoever gets it again gets it anew.
func (s *State) forgetScope(sc Scope) {
	s.regrantAll(sc)
	if s.view == nil {
		return
	}
	if f := s.view.feeds[sc]; f != nil {
		s.view.unchain(f)
		delete(s.view.feeds, sc)
	}
}

// lineUp puts a conversation among the closed ones, of which the longest closed comes first, or takes it out. Copies of
// the state share the list, so that it is only ever changed behind its end.
func (s *State) lineUp(id ConversationID, closed bool) {
	if i := slices.Index(s.closed, id); i == 0 {
		s.closed = s.closed[1:]
	} else if i > 0 {
		s.closed = slices.Concat(s.closed[:i], s.closed[i+1:])
	}
	if !closed {
		return
	}
	i, _ := slices.BinarySearchFunc(s.closed, id, s.byClosing)
	if i == len(s.closed) {
		s.closed = append(s.closed, id)
		return
	}
	s.closed = slices.Insert(slices.Clip(s.closed), i, id)
}

// byClosing orders closed conversations.
func (s *State) byClosing(a, b ConversationID) int {
	return cmp.Or(cmp.Compare(s.conversations[a].ClosedAt, s.conversations[b].ClosedAt), compareIDs(a, b))
}

// dueRetirements are the closed conversations whose time has come, and when the next one's will; it looks at no other.
func (s *State) dueRetirements(now Micros) (due []CommandBody, next Micros) {
	if !s.allows("dispatch.retired") { // of the same level as "broadcast.retired"
		return nil, 0
	}
	for _, id := range s.closed {
		at := s.retiresAt(s.conversations[id])
		if at > now || len(due) == retireAtOnce {
			return due, max(at, now)
		}
		due = append(due, &Retire{ConversationID: id})
	}
	return due, 0
}
