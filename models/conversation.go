package models

import (
	"slices"

	"officermobile/models/record"
)

// ConversationKind tells the three kinds of conversations apart.
type ConversationKind string

// The kinds.
const (
	DispatchKind  ConversationKind = "dispatch"  // of a dispatch, labelled with its number
	PersonalKind  ConversationKind = "personal"  // made by hand
	BroadcastKind ConversationKind = "broadcast" // to a zone or team, by role and duty
)

// Conversation is where people write to one another.
type Conversation struct {
	ID       ConversationID   `json:"id"`
	Kind     ConversationKind `json:"kind"`
	Dispatch DispatchID       `json:"dispatch"`
	Zone     ZoneID           `json:"zone,omitzero"` // of a broadcast
	Team     TeamID           `json:"team,omitzero"` // of a broadcast to one team
	Title    string           `json:"title"`         // of a personal one or a broadcast, if given
	Group    bool             `json:"group"`         // personal: more than two people are or were in or invited; else Single
	Creator  UserID           `json:"creator"`
	Created  Micros           `json:"created"`
	Closed   bool             `json:"closed"` // read-only
	ClosedAt Micros           `json:"closed_at,omitzero"`
	Print    Print            `json:"print,omitzero"` // of the command that made it
	Rev      uint32           `json:"rev"`

	LastN    uint32     `json:"last_n"`          // of its newest row
	Messages uint32     `json:"messages"`        // rows that are messages, not notices
	LastSeq  record.Seq `json:"last_seq"`        // position of the newest row
	Seen     uint32     `json:"seen,omitzero"`   // messages of before it last left memory, which count as read by all
	SeenN    uint32     `json:"seen_n,omitzero"` // its last row then
}

// Member is somebody's own entry in a conversation. Those who are in by role have none unless they stepped out.
type Member struct {
	User   UserID `json:"user"`
	In     bool   `json:"in"`     // false: stepped out of what their role would bring them into
	FromN  uint32 `json:"from_n"` // first row they may read; 0 and 1 are all
	Before uint32 `json:"before"` // messages before that row
	Rev    uint32 `json:"rev"`
}

// ConversationCreate makes a personal conversation and invites people to it. With one invitee it is a Single: both
// are in at once, and the other may still reject the invitation.
type ConversationCreate struct {
	ID       ConversationID `json:"id"`
	Title    string         `json:"title,omitzero"`
	Invitees []UserID       `json:"invitees"`
}

// CommandType is the name on the wire.
func (*ConversationCreate) CommandType() string { return "conversation.create" }

func (b *ConversationCreate) decide(s *State, c Command) ([]EventBody, error) {
	if err := first(needID("id", b.ID), mayName("title", b.Title), s.checkInvitees(b.Invitees)); err != nil {
		return nil, err
	}
	if c.Actor.IsZero() || onlyIntegration(s.actor(c)) {
		return nil, ErrForbidden
	}
	if len(b.Invitees) == 0 || slices.Contains(b.Invitees, c.Actor) {
		return nil, Invalid("invitees", "are one or more other people")
	}
	if old := s.conversations[b.ID]; old != nil && old.Creator == c.Actor {
		return old.Print.again(b)
	} else if old != nil {
		return nil, ErrNotFound
	}
	if c.Taken != nil {
		return c.again()
	}
	single := len(b.Invitees) == 1
	events := []EventBody{&ConversationCreated{ID: b.ID, Title: b.Title, Group: !single, Creator: c.Actor, Print: printOf(b)}}
	for i, id := range b.Invitees {
		events = append(events, s.invite(c, b.ID, id, uint32(1+i), single))
	}
	return events, nil
}

// ConversationCreated makes a personal conversation; its creator is in.
type ConversationCreated struct {
	ID      ConversationID `json:"id"`
	Title   string         `json:"title,omitzero"`
	Group   bool           `json:"group,omitzero"`
	Creator UserID         `json:"creator"`
	Print   Print          `json:"print,omitzero"`
}

func (b *ConversationCreated) print() Print { return b.Print }

// EventType is the name in the log.
func (*ConversationCreated) EventType() string       { return "conversation.created" }
func (b *ConversationCreated) minted() []record.UUID { return []record.UUID{b.ID.UUID()} }

func (b *ConversationCreated) apply(s *State, e Event) {
	if s.conversations[b.ID] != nil || b.ID.IsZero() {
		return
	}
	s.putConversation(Conversation{ID: b.ID, Kind: PersonalKind, Title: b.Title, Group: b.Group, Creator: b.Creator, Created: e.At, Print: b.Print})
	s.join(b.ID, b.Creator, 1)
}

func (s *State) putConversation(c Conversation) {
	c.Rev++
	s.conversations[c.ID] = &c
	s.touch(ConversationScope(c.ID), Row{RowConversation, c.ID.UUID()}, c.Rev, false)
}

// relabel stores a conversation that is called otherwise now, which those who are invited to it see too.
func (s *State) relabel(c Conversation) {
	s.putConversation(c)
	for _, u := range sortedKeys(s.pending[c.ID]) {
		s.putInvitation(*s.invitations[s.pending[c.ID][u]])
	}
}

// nextN is the number of a conversation's next row; 1 for one that is about to be.
func (s *State) nextN(id ConversationID) uint32 {
	if c := s.conversations[id]; c != nil {
		return c.LastN + 1
	}
	return 1
}

// join puts somebody into a conversation as of its row n.
func (s *State) join(cid ConversationID, u UserID, n uint32) {
	c := s.conversations[cid]
	if c == nil || s.users[u] == nil {
		return
	}
	if in, byRole := s.IsIn(u, cid); in && (!byRole || c.Kind != DispatchKind) || c.Kind == BroadcastKind {
		return
	}
	m := Member{User: u, In: true}
	if c.Kind == PersonalKind {
		m.FromN, m.Before = n, c.Messages
	}
	s.putMember(c, m)
	s.answered(c, u)
}

// answered: who has come into a dispatch's conversation by another way has nothing left to accept. In a Single both are
// in at once and the other may still reject.
func (s *State) answered(c *Conversation, u UserID) {
	if id, ok := s.pending[c.ID][u]; ok && c.Kind == DispatchKind {
		i := *s.invitations[id]
		i.State = InvitationAccepted
		s.putInvitation(i)
	}
}

// putMember stores somebody's entry and what follows: their access, and a dispatch's with its conversation's.
func (s *State) putMember(c *Conversation, m Member) {
	row := Row{RowMember, m.User.UUID()}
	if old := s.members[c.ID][m.User]; old != nil {
		m.Rev = old.Rev
	}
	m.Rev = max(m.Rev, s.lastRev(ConversationScope(c.ID), row)) + 1
	if s.members[c.ID] == nil {
		s.members[c.ID] = map[UserID]*Member{}
	}
	s.members[c.ID][m.User] = &m
	s.touch(ConversationScope(c.ID), row, m.Rev, !m.In)
	s.regrantMember(c, m.User)
}

func (s *State) regrantMember(c *Conversation, u UserID) {
	s.regrant(u, ConversationScope(c.ID))
	if c.Kind == DispatchKind {
		s.regrant(u, DispatchScope(c.Dispatch))
	}
}

// Joined brings somebody in who may see the dispatch (Comment).
type Joined struct {
	Conversation ConversationID `json:"conversation"`
	User         UserID         `json:"user"`
	N            uint32         `json:"n"`
}

// EventType is the name in the log.
func (*Joined) EventType() string               { return "conversation.joined" }
func (b *Joined) row() (ConversationID, uint32) { return b.Conversation, b.N }

func (b *Joined) apply(s *State, e Event) {
	s.join(b.Conversation, b.User, b.N)
	s.notice(e, b.Conversation, b.N, NoticeJoined, b.User)
}

// Left takes somebody out: by themselves, or removed by the event's actor.
type Left struct {
	Conversation ConversationID `json:"conversation"`
	User         UserID         `json:"user"`
	N            uint32         `json:"n"`
}

// EventType is the name in the log.
func (*Left) EventType() string               { return "conversation.left" }
func (b *Left) row() (ConversationID, uint32) { return b.Conversation, b.N }

func (b *Left) apply(s *State, e Event) {
	c, u := s.conversations[b.Conversation], s.users[b.User]
	if c == nil || u == nil {
		return
	}
	s.notice(e, c.ID, b.N, NoticeLeft, b.User)
	s.takeOut(s.conversations[b.Conversation], u)
	s.abandon(c.ID)
}

// takeOut ends somebody's membership: by role it leaves an entry that says so, else nothing.
func (s *State) takeOut(c *Conversation, u *User) {
	s.dropUrgent(c.ID, u.ID)
	s.unmute(u.ID, c.ID)
	if s.inByRole(u, c) {
		s.putMember(c, Member{User: u.ID})
		return
	}
	delete(s.members[c.ID], u.ID)
	s.vanish(ConversationScope(c.ID), Row{RowMember, u.ID.UUID()})
	s.regrantMember(c, u.ID)
}

// MembersOf returns those who are in a conversation by name, by id.
func (s *State) MembersOf(id ConversationID) []*Member {
	in := sorted(s.members[id])
	return slices.DeleteFunc(in, func(m *Member) bool { return !m.In })
}
