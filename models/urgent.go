package models

import (
	"maps"
	"slices"
)

// Urgent is an urgent message that waits for acknowledgement: by each member by name, and by one of those who are in by role.
type Urgent struct {
	Message      MessageID         `json:"message"`
	Conversation ConversationID    `json:"conversation"`
	N            uint32            `json:"n"`
	Author       UserID            `json:"author"`
	At           Micros            `json:"at"`
	Waiting      map[UserID]bool   `json:"waiting"` // who has yet to acknowledge; true: by role, where one serves for all
	Acked        map[UserID]Micros `json:"acked"`
	Rev          uint32            `json:"rev"`
}

// raiseUrgent makes everybody who is in wait for, the author apart.
func (s *State) raiseUrgent(e Event, b *MessagePosted) {
	u := Urgent{
		Message: b.ID, Conversation: b.Conversation, N: b.N, Author: e.Actor, At: e.At,
		Waiting: map[UserID]bool{}, Acked: map[UserID]Micros{},
	}
	recipients := s.Recipients(b.Conversation)
	served := slices.ContainsFunc(recipients, func(r Recipient) bool { return r.ByRole && r.User == e.Actor })
	for _, r := range recipients {
		if r.User != e.Actor && !(r.ByRole && served) {
			u.Waiting[r.User] = r.ByRole
		}
	}
	s.putUrgent(u, nil)
}

// putUrgent stores u and shows it to who waits and in the conversation; rows of those in done go.
func (s *State) putUrgent(u Urgent, done []UserID) {
	u.Rev++
	row := Row{RowUrgent, u.Message.UUID()}
	for _, id := range done {
		s.vanish(SelfScope(id), row)
	}
	for _, id := range sortedKeys(u.Waiting) {
		if in, _ := s.IsIn(id, u.Conversation); in { // who lost their role still waits, and sees it when they have it again
			s.touchOwn(id, row, u.Rev)
		}
	}
	s.touch(ConversationScope(u.Conversation), row, u.Rev, false)
	if s.urgent[u.Message] == nil {
		s.urgentIn[u.Conversation] = append(s.urgentIn[u.Conversation], u.Message)
	}
	s.urgent[u.Message] = &u
}

// forgetUrgent lets the state of an urgent message go when nobody waits for it any more and its row has left memory.
func (s *State) forgetUrgent(id MessageID) {
	u := s.urgent[id]
	if u == nil || len(u.Waiting) > 0 || s.byMessage[id] != nil {
		return
	}
	delete(s.urgent, id)
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
	if _, waits := u.Waiting[c.Actor]; waits {
		return []EventBody{&MessageAcknowledged{Message: u.Message, User: c.Actor}}, nil
	}
	_, acked := u.Acked[c.Actor]
	in, _ := s.IsIn(c.Actor, u.Conversation)
	if !acked && (!in || u.N < s.FromN(c.Actor, u.Conversation)) {
		return nil, ErrNotFound
	}
	return nil, nil // nobody waits for them: acknowledged already, or served by another
}

// MessageAcknowledged is an acknowledgement.
type MessageAcknowledged struct {
	Message MessageID `json:"message"`
	User    UserID    `json:"user"`
}

// EventType is the name in the log.
func (*MessageAcknowledged) EventType() string { return "message.acknowledged" }

func (b *MessageAcknowledged) apply(s *State, e Event) {
	old := s.urgent[b.Message]
	if old == nil {
		return
	}
	byRole, waits := old.Waiting[b.User]
	if !waits {
		return
	}
	u, done := *old, []UserID{b.User}
	u.Acked = maps.Clone(old.Acked)
	u.Acked[b.User] = e.At
	if byRole { // one dispatcher's acknowledgement serves the role
		for _, id := range sortedKeys(old.Waiting) {
			if old.Waiting[id] && id != b.User {
				done = append(done, id)
			}
		}
	}
	s.stopWaiting(u, done)
}

func (s *State) stopWaiting(u Urgent, done []UserID) {
	u.Waiting = maps.Clone(u.Waiting)
	for _, id := range done {
		delete(u.Waiting, id)
	}
	s.putUrgent(u, done)
	s.forgetUrgent(u.Message)
}

// dropUrgent: nobody waits for who is out of the conversation.
func (s *State) dropUrgent(cid ConversationID, id UserID) {
	for _, m := range s.urgentIn[cid] {
		u := s.urgent[m]
		if _, waits := u.Waiting[id]; waits {
			s.stopWaiting(*u, []UserID{id})
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
	for _, id := range s.urgentIn[ConversationID(sc.ID)] {
		s.vanish(SelfScope(u), Row{RowUrgent, id.UUID()})
	}
}

// regained shows in a user's own scope what it had of a conversation before they lost it.
func (s *State) regained(u UserID, sc Scope) {
	if sc.Rank != RankConversation {
		return
	}
	if m := s.marks[pair{ConversationID(sc.ID), u}]; m != nil {
		s.touchOwn(u, Row{RowMark, sc.ID}, m.Rev)
	}
	for _, id := range s.urgentIn[ConversationID(sc.ID)] {
		m := s.urgent[id]
		if _, waits := m.Waiting[u]; waits {
			s.touchOwn(u, Row{RowUrgent, id.UUID()}, m.Rev)
		}
	}
}
