package models

import (
	"maps"
	"slices"
)

// Urgent is an urgent message that waits for acknowledgement: by each member in person, and by one of those who are in
// by role. The role waits as the role: who has it when they look has it to acknowledge, so that a shift change hands it over.
type Urgent struct {
	Message      MessageID         `json:"message"`
	Conversation ConversationID    `json:"conversation"`
	N            uint32            `json:"n"`
	Author       UserID            `json:"author"`
	At           Micros            `json:"at"`
	Waiting      []UserID          `json:"waiting"` // in person, by id
	Role         bool              `json:"role"`    // one of those who are in by role has yet to acknowledge
	Acked        map[UserID]Micros `json:"acked"`
	Again        bool              `json:"again,omitzero"` // it rang again, before any step
	Step         Step              `json:"step"`           // how far it has been escalated
	Next         Micros            `json:"next"`           // when the next step is due; 0 for never
	Unreached    []UserID          `json:"unreached"`      // given up, by id; they may still acknowledge
	Rev          uint32            `json:"rev"`
}

// open: somebody has yet to acknowledge.
func (u *Urgent) open() bool { return len(u.Waiting) > 0 || u.Role }

// Unacknowledged is how many urgent messages, posted since a time or at it, somebody has yet to acknowledge.
func (s *State) Unacknowledged(since Micros) (n int) {
	for _, u := range s.urgent {
		if u.open() && u.At >= since {
			n++
		}
	}
	return n
}

func (u *Urgent) waitsFor(id UserID) bool {
	_, waits := slices.BinarySearchFunc(u.Waiting, id, compareIDs[UserID])
	return waits
}

// raiseUrgent makes everybody who is in wait for, the author apart. A dispatcher who writes speaks for the role.
func (s *State) raiseUrgent(e Event, b *MessagePosted) {
	u := Urgent{Message: b.ID, Conversation: b.Conversation, N: b.N, Author: e.Actor, At: e.At, Acked: map[UserID]Micros{}}
	for _, r := range s.Recipients(b.Conversation) {
		if r.User != e.Actor && !r.ByRole {
			u.Waiting = append(u.Waiting, r.User)
		}
	}
	u.Role = s.hasRole(b.Conversation) && !s.serves(e.Actor, b.Conversation)
	if s.allows((*UrgentEscalated)(nil).EventType()) {
		u.Next = e.At + s.Agency.Settings.againAfter()
	}
	s.urgentIn[u.Conversation] = append(s.urgentIn[u.Conversation], u.Message)
	s.putUrgent(u)
	for _, id := range s.WaitedFor(u.Message) {
		s.showUrgent(id, u.Message)
	}
	s.boundUrgent(u.Conversation)
}

// MaxOpenUrgent is how many urgent messages of a conversation are remembered, but for those that are still escalated: as
// many as rows, so that none of a row in memory goes. Else who never acknowledges could be made to fill phone and server.
const MaxOpenUrgent = 2 * hotRows

// boundUrgent lets the oldest go of those whose ladder has ended.
func (s *State) boundUrgent(id ConversationID) {
	over := len(s.urgentIn[id]) - MaxOpenUrgent
	for _, m := range s.urgentIn[id] {
		if over <= 0 {
			return
		}
		if s.urgent[m].Next == 0 {
			s.letGo(m)
			over--
		}
	}
}

// hasRole reports whether people are in a conversation by role.
func (s *State) hasRole(id ConversationID) bool {
	c := s.conversations[id]
	return c != nil && c.Kind != PersonalKind
}

// serves: they acknowledge for the role, also when they are in by name. Who raised a duress does not: somebody else must.
func (s *State) serves(id UserID, cid ConversationID) bool {
	u, c := s.users[id], s.conversations[cid]
	if c != nil && s.dispatches[c.Dispatch] != nil && s.dispatches[c.Dispatch].Duress && c.Creator == id {
		return false
	}
	return u != nil && u.Active && c != nil && s.isIn(u, c) && s.inByRole(u, c)
}

// MustAcknowledge reports whether an urgent message waits for a user: in person, or as one of those in by role.
func (s *State) MustAcknowledge(user UserID, id MessageID) bool {
	u := s.urgent[id]
	return u != nil && (u.waitsFor(user) || u.Role && s.serves(user, u.Conversation))
}

// WaitedFor returns those for whom an urgent message waits now, by id.
func (s *State) WaitedFor(id MessageID) []UserID {
	u := s.urgent[id]
	if u == nil {
		return nil
	}
	all := u.Waiting
	if u.Role {
		for _, r := range s.runners {
			all = with(all, r, s.serves(r, u.Conversation) || u.waitsFor(r))
		}
	}
	return slices.Clone(all)
}

// putUrgent stores u and shows it in the conversation.
func (s *State) putUrgent(u Urgent) {
	if !u.open() {
		u.Next = 0
	}
	u.Rev++
	s.urgent[u.Message] = &u
	if u.Next > 0 {
		s.climbing[u.Message] = true
	} else {
		delete(s.climbing, u.Message)
	}
	s.touch(ConversationScope(u.Conversation), Row{RowUrgent, u.Message.UUID()}, u.Rev, false)
}

// showUrgent brings the row in a user's own scope in line with whether the message waits for them.
func (s *State) showUrgent(user UserID, id MessageID) {
	row := Row{RowUrgent, id.UUID()}
	if !s.MustAcknowledge(user, id) {
		s.vanish(SelfScope(user), row)
		return
	}
	if !s.shown(SelfScope(user), row) {
		s.touchOwn(user, row, s.urgent[id].Rev)
	}
}

// showRole does showUrgent for all who can be in by role.
func (s *State) showRole(id MessageID) {
	for _, user := range s.runners {
		s.showUrgent(user, id)
	}
}

// forgetUrgent lets the state of an urgent message go when nobody waits for it any more and its row has left memory.
func (s *State) forgetUrgent(id MessageID) {
	u := s.urgent[id]
	if u == nil || u.open() || s.byMessage[id] != nil {
		return
	}
	s.letGo(id)
}

// letGo forgets the state of an urgent message, and that anybody should acknowledge it.
func (s *State) letGo(id MessageID) {
	u, waiting := s.urgent[id], s.WaitedFor(id)
	delete(s.urgent, id)
	delete(s.climbing, id)
	for _, user := range waiting {
		s.showUrgent(user, id)
	}
	list := s.urgentIn[u.Conversation]
	i := slices.Index(list, id)
	s.urgentIn[u.Conversation] = slices.Concat(list[:i], list[i+1:])
	s.vanish(ConversationScope(u.Conversation), Row{RowUrgent, id.UUID()})
}

// Acknowledge says that the actor has taken note of an urgent message.
type Acknowledge struct {
	MessageID MessageID `json:"message_id"`
}

// CommandType is the name on the wire.
func (*Acknowledge) CommandType() string { return "message.acknowledge" }

func (b *Acknowledge) decide(s *State, c Command) ([]EventBody, error) {
	u := s.urgent[b.MessageID]
	if u == nil || c.Actor.IsZero() {
		return nil, ErrNotFound
	}
	if s.MustAcknowledge(c.Actor, u.Message) {
		return []EventBody{&MessageAcknowledged{Message: u.Message, User: c.Actor}}, nil
	}
	_, acked := u.Acked[c.Actor]
	in, _ := s.IsIn(c.Actor, u.Conversation)
	if !acked && (!in || u.N < s.FromN(c.Actor, u.Conversation)) {
		return nil, ErrNotFound
	}
	return nil, nil // nobody waits for them: acknowledged already, or served by another
}

// MessageAcknowledged is an acknowledgement, in person and for the role, whichever was waited for.
type MessageAcknowledged struct {
	Message MessageID `json:"message"`
	User    UserID    `json:"user"`
}

// EventType is the name in the log.
func (*MessageAcknowledged) EventType() string { return "message.acknowledged" }

func (b *MessageAcknowledged) apply(s *State, e Event) {
	if !s.MustAcknowledge(b.User, b.Message) {
		return
	}
	u := *s.urgent[b.Message]
	u.Acked = maps.Clone(u.Acked)
	u.Acked[b.User] = e.At
	u.Waiting, u.Unreached = with(u.Waiting, b.User, false), with(u.Unreached, b.User, false)
	served := u.Role && s.serves(b.User, u.Conversation)
	u.Role = u.Role && !served // one dispatcher's acknowledgement serves the role
	s.putUrgent(u)
	s.showUrgent(b.User, u.Message)
	if served {
		s.showRole(u.Message)
	}
	s.forgetUrgent(u.Message)
}

// dropUrgent: nobody waits in person for who is out of the conversation.
func (s *State) dropUrgent(cid ConversationID, id UserID) {
	for _, m := range s.urgentIn[cid] {
		s.stopWaiting(*s.urgent[m], id, false)
	}
}

// stopWaiting takes somebody out of those who are waited for; unreached if they could not be asked any more.
func (s *State) stopWaiting(u Urgent, id UserID, unreached bool) {
	if !u.waitsFor(id) {
		return
	}
	u.Waiting, u.Unreached = with(u.Waiting, id, false), with(u.Unreached, id, unreached)
	s.putUrgent(u)
	s.showUrgent(id, u.Message)
	s.forgetUrgent(u.Message)
}

// settleUrgent is for a user who changed: who may not be in any more is not reached, and the role may have come or gone
// for somebody who is in by name too, so that no grant of theirs says so.
func (s *State) settleUrgent(id UserID) {
	for _, m := range sortedKeys(s.urgent) {
		u := s.urgent[m]
		if in, _ := s.IsIn(id, u.Conversation); !in {
			s.stopWaiting(*u, id, true)
		}
		if s.urgent[m] != nil {
			s.showUrgent(id, m)
		}
	}
}

// Mark is how far a user has read a conversation.
type Mark struct {
	N     uint32 `json:"n"`
	Count uint32 `json:"count"` // messages of the conversation up to there, so that what is unread can be counted
	At    Micros `json:"at"`
	Rev   uint32 `json:"rev"`

	Steps []MarkStep `json:"steps,omitzero"` // the newest times it was raised, by n
}

// ReadUpTo says that the actor has read a conversation up to row N. Marks only rise.
type ReadUpTo struct {
	ConversationID ConversationID `json:"conversation_id"`
	N              uint32         `json:"n"`
}

// CommandType is the name on the wire.
func (*ReadUpTo) CommandType() string { return "mark.read" }

func (b *ReadUpTo) decide(s *State, c Command) ([]EventBody, error) {
	if in, _ := s.IsIn(c.Actor, b.ConversationID); !in {
		return nil, ErrNotFound
	}
	if b.N == 0 {
		return nil, Invalid("n", "is missing")
	}
	n := min(b.N, s.conversations[b.ConversationID].LastN)
	if m := s.Mark(b.ConversationID, c.Actor); m != nil && m.N >= n {
		return nil, nil
	}
	return []EventBody{&MarkRead{Conversation: b.ConversationID, User: c.Actor, N: n}}, nil
}

// MarkRead raises a read mark.
type MarkRead struct {
	Conversation ConversationID `json:"conversation"`
	User         UserID         `json:"user"`
	N            uint32         `json:"n"`
}

// EventType is the name in the log.
func (*MarkRead) EventType() string { return "mark.read" }

func (b *MarkRead) apply(s *State, e Event) {
	key := pair{b.Conversation, b.User}
	c, m := s.conversations[b.Conversation], Mark{}
	if old := s.marks[key]; old != nil {
		m = *old
	}
	if c == nil || s.users[b.User] == nil || b.N <= m.N || b.N > c.LastN {
		return
	}
	m.N, m.At, m.Count, m.Rev, m.Steps = b.N, e.At, s.countUpTo(c, b.N, m.Count), m.Rev+1, m.stepped(b.N, e.At)
	s.marks[key] = &m
	s.touchOwn(b.User, Row{RowMark, c.ID.UUID()}, m.Rev)
}

// countUpTo is how many messages a conversation has up to row n; of rows that have left memory the known count stands.
func (s *State) countUpTo(c *Conversation, n, known uint32) uint32 {
	rows := s.timelines[c.ID]
	i, found := slices.BinarySearchFunc(rows, n, func(r *Entry, n uint32) int { return int(int64(r.N) - int64(n)) })
	if found {
		return rows[i].Count
	}
	return known
}

// Unread is how many messages of a conversation a user has not read, their own apart from the newest run included.
func (s *State) Unread(cid ConversationID, u UserID) uint32 {
	c := s.conversations[cid]
	if c == nil {
		return 0
	}
	seen := s.baseCount(c, u)
	if m := s.Mark(cid, u); m != nil {
		seen = max(seen, m.Count)
	}
	unread := c.Messages - min(seen, c.Messages)
	for _, r := range s.timelines[cid] {
		if r.Notice == "" && r.Author == u && r.Count > seen && unread > 0 {
			unread--
		}
	}
	return unread
}

// baseCount is how many messages lie before what a user may read.
func (s *State) baseCount(c *Conversation, u UserID) uint32 {
	if m := s.members[c.ID][u]; m != nil {
		return max(m.Before, c.Seen)
	}
	return c.Seen
}

// dropped hides what a user's own scope still shows of a conversation that they lost.
func (s *State) dropped(u UserID, sc Scope) {
	if sc.Rank != RankConversation {
		return
	}
	s.vanish(SelfScope(u), Row{RowMark, sc.ID})
	s.vanish(SelfScope(u), Row{RowMute, sc.ID})
	for _, id := range s.urgentIn[ConversationID(sc.ID)] {
		s.vanish(SelfScope(u), Row{RowUrgent, id.UUID()})
	}
}

// regained shows in a user's own scope what it has of a conversation that they have come into: what they had before, and
// what waits for their role.
func (s *State) regained(u UserID, sc Scope) {
	if sc.Rank != RankConversation {
		return
	}
	if m := s.marks[pair{ConversationID(sc.ID), u}]; m != nil {
		s.touchOwn(u, Row{RowMark, sc.ID}, m.Rev)
	}
	s.shownMute(u, sc.ID)
	for _, id := range s.urgentIn[ConversationID(sc.ID)] {
		s.showUrgent(u, id)
	}
}
