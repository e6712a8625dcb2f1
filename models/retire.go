package models

import (
	"cmp"
	"slices"

	"officermobile/models/record"
)

// Memory holds what is open and what was closed lately. A dispatch that has been closed for as long as the agency keeps
// it on the panels is sealed into the log and leaves, with all that hangs on it.

// Bounds of how long a closed dispatch stays.
const (
	defaultPanelHours = 7 * 24
	maxPanelHours     = 366 * 24 // a year: what is older is looked up in the record
	// retireAtOnce is how many dispatches leave in one go, so that a backlog of months does not stand before what
	// people are doing. The engine asks again within seconds.
	retireAtOnce = 64
)

// DispatchRetire is the system's command to let a closed dispatch leave memory once its time has come.
type DispatchRetire struct {
	DispatchID DispatchID `json:"dispatch_id"`
}

// CommandType is the name of the command; no client may send it.
func (*DispatchRetire) CommandType() string { return "dispatch.retire" }

func (b *DispatchRetire) decide(s *State, c Command) ([]EventBody, error) {
	if !c.Actor.IsZero() {
		return nil, ErrForbidden
	}
	d := s.dispatches[b.DispatchID]
	if d == nil || !d.Closed || d.ClosedAt+s.Agency.Settings.panelLife() > c.At {
		return nil, nil
	}
	head, rest := s.seal(d).split()
	return append([]EventBody{&DispatchRetired{head}}, rest...), nil
}

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
	s.lineUp(d, false)
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

// evict notes that an id has left memory: from now on only the log can tell whether one up to it is taken.
func (s *State) evict(id record.UUID) {
	if s.evicted.Less(ID[any](id)) {
		s.evicted = ID[any](id)
	}
}

// lineUp puts a dispatch among the closed ones, of which the longest closed comes first, or takes it out. Copies of the
// state share the list, so that it is only ever changed behind its end.
func (s *State) lineUp(d *Dispatch, closed bool) {
	if i := slices.Index(s.closed, d.ID); i == 0 {
		s.closed = s.closed[1:]
	} else if i > 0 {
		s.closed = slices.Concat(s.closed[:i], s.closed[i+1:])
	}
	if !closed {
		return
	}
	i, _ := slices.BinarySearchFunc(s.closed, d, func(id DispatchID, d *Dispatch) int {
		return cmp.Or(cmp.Compare(s.dispatches[id].ClosedAt, d.ClosedAt), compareIDs(id, d.ID))
	})
	if i == len(s.closed) {
		s.closed = append(s.closed, d.ID)
		return
	}
	s.closed = slices.Insert(slices.Clip(s.closed), i, d.ID)
}

// dueRetirements are the closed dispatches whose time has come, and when the next one's will; it looks at no other.
func (s *State) dueRetirements(now Micros) (due []CommandBody, next Micros) {
	if !s.allows("dispatch.retired") {
		return nil, 0
	}
	for _, id := range s.closed {
		at := s.dispatches[id].ClosedAt + s.Agency.Settings.panelLife()
		if at > now || len(due) == retireAtOnce {
			return due, max(at, now)
		}
		due = append(due, &DispatchRetire{DispatchID: id})
	}
	return due, 0
}
