package models

import (
	"fmt"
	"slices"

	"officermobile/models/record"
)

// Comment is the join verb: it brings the actor into the conversation of a dispatch that they may see, and posts the
// comment if one was written.
type Comment struct {
	DispatchID DispatchID `json:"dispatch_id"`
	MessageID  MessageID  `json:"message_id,omitzero"` // with Text
	Text       string     `json:"text,omitzero"`
}

// CommandType is the name on the wire.
func (*Comment) CommandType() string { return "dispatch.comment" }

func (b *Comment) decide(s *State, c Command) ([]EventBody, error) {
	d, u := s.dispatches[b.DispatchID], s.actor(c)
	if u == nil || !s.seesDispatch(u, d) {
		return nil, ErrNotFound
	}
	if onlyIntegration(u) {
		return nil, ErrForbidden
	}
	var events []EventBody
	conversation := s.conversations[d.Conversation]
	if !s.isIn(u, conversation) {
		if len(s.members[conversation.ID]) >= MaxMembers {
			return nil, errTooManyMembers
		}
		events = append(events, &Joined{Conversation: d.Conversation, User: u.ID, N: s.nextN(d.Conversation)})
	}
	if b.Text == "" {
		return events, nil
	}
	post := &MessagePost{ConversationID: d.Conversation, ID: b.MessageID, Text: b.Text}
	posted, err := post.posted(s, c, uint32(len(events)))
	if err != nil {
		return nil, err
	}
	if posted == nil { // by an earlier command
		return events, nil
	}
	return append(events, posted), nil
}

// Leave takes the actor out and the conversation off their panel. The record stays.
type Leave struct {
	ConversationID ConversationID `json:"conversation_id"`
}

// CommandType is the name on the wire.
func (*Leave) CommandType() string { return "conversation.leave" }

func (b *Leave) decide(s *State, c Command) ([]EventBody, error) {
	conversation := s.conversations[b.ConversationID]
	u := s.actor(c)
	if u == nil || conversation == nil {
		return nil, ErrNotFound
	}
	if !s.isIn(u, conversation) {
		if s.everIn(u, conversation) {
			return nil, nil // left already, on another device
		}
		return nil, ErrNotFound
	}
	if conversation.Kind == BroadcastKind {
		return nil, errByRole
	}
	return s.out(conversation, u.ID, &Left{Conversation: conversation.ID, User: u.ID, N: s.nextN(conversation.ID)}), nil
}

// everIn: they stepped out of it, so that it is no secret to them.
func (s *State) everIn(u *User, c *Conversation) bool { return s.members[c.ID][u.ID] != nil }

// out adds to somebody's leaving that a pending invitation of theirs is off.
func (s *State) out(c *Conversation, u UserID, left *Left) []EventBody {
	events := []EventBody{left}
	if id, ok := s.pending[c.ID][u]; ok {
		events = append(events, s.settle(s.invitations[id], InvitationCancelled))
	}
	return events
}

// Remove takes somebody else out: by the creator of a personal conversation or an administrator; out of a dispatch's by
// who runs its zone, unless the person is assigned.
type Remove struct {
	ConversationID ConversationID `json:"conversation_id"`
	UserID         UserID         `json:"user_id"`
}

// CommandType is the name on the wire.
func (*Remove) CommandType() string { return "conversation.remove" }

func (b *Remove) decide(s *State, c Command) ([]EventBody, error) {
	conversation := s.conversations[b.ConversationID]
	if conversation == nil || !c.Actor.IsZero() && !s.isIn(s.actor(c), conversation) {
		return nil, ErrNotFound
	}
	if err := s.mayRemove(c, conversation); err != nil {
		return nil, err
	}
	m := s.members[conversation.ID][b.UserID]
	if m == nil || !m.In {
		if in, _ := s.IsIn(b.UserID, conversation.ID); in {
			return nil, Refuse(KindConflict, "in_by_role", "They are in by their role.")
		}
		return nil, nil
	}
	if s.assignedTo(b.UserID, conversation.Dispatch) {
		return nil, Refuse(KindConflict, "assigned", "An assigned officer can't be removed.")
	}
	return s.out(conversation, b.UserID, &Left{Conversation: conversation.ID, User: b.UserID, N: s.nextN(conversation.ID)}), nil
}

func (s *State) mayRemove(c Command, conversation *Conversation) error {
	if c.Actor.IsZero() {
		return nil
	}
	u := s.actor(c)
	if u.Types.Any(Administrator) {
		return nil
	}
	if conversation.Kind == PersonalKind && conversation.Creator == u.ID {
		return nil
	}
	if d := s.dispatches[conversation.Dispatch]; d != nil && s.runsZone(u, d.Zone) {
		return nil
	}
	return ErrForbidden
}

// assignedTo reports whether an officer holds a task of a dispatch.
func (s *State) assignedTo(u UserID, d DispatchID) bool {
	return !d.IsZero() && slices.ContainsFunc(s.held[u], func(t TaskID) bool { return s.tasks[t].Dispatch == d })
}

// InvitationState is where an invitation stands.
type InvitationState string

// The states; all but pending are final.
const (
	InvitationPending   InvitationState = "pending"
	InvitationAccepted  InvitationState = "accepted"
	InvitationRejected  InvitationState = "rejected"
	InvitationCancelled InvitationState = "cancelled"
	InvitationExpired   InvitationState = "expired"
)

// Invitation asks somebody into a conversation. It waits for who is out of coverage.
type Invitation struct {
	ID           InvitationID    `json:"id"`
	Conversation ConversationID  `json:"conversation"`
	Inviter      UserID          `json:"inviter"`
	Invitee      UserID          `json:"invitee"`
	State        InvitationState `json:"state"`
	At           Micros          `json:"at"`
	Expires      Micros          `json:"expires"`
	Rev          uint32          `json:"rev"`
}

// invite makes the event that invites one person. At once: they are in without waiting, as in a Single.
func (s *State) invite(c Command, cid ConversationID, invitee UserID, n uint32, atOnce bool) *InvitationSent {
	parent := c.ID
	if parent.IsZero() {
		parent = CommandID(cid)
	}
	return &InvitationSent{
		ID:           Derive[invitationKind](parent, cid.Hex()+invitee.Hex()+fmt.Sprint(s.Seq)),
		Conversation: cid, Invitee: invitee, N: n, AtOnce: atOnce,
		Expires: c.At + s.Agency.Settings.invitationLife(),
	}
}

// checkInvitees refuses too many, unknown, inactive people, and integrations.
func (s *State) checkInvitees(ids []UserID) error {
	if len(ids) > MaxInvitees {
		return Invalid("invitees", "are too many")
	}
	for i, id := range ids {
		if u := s.users[id]; u == nil || !u.Active || onlyIntegration(u) {
			return Invalid("invitees", "names somebody who can't be invited")
		}
		if slices.Contains(ids[:i], id) {
			return Invalid("invitees", "names somebody twice")
		}
	}
	return nil
}

// InvitationSent asks somebody in.
type InvitationSent struct {
	ID           InvitationID   `json:"id"`
	Conversation ConversationID `json:"conversation"`
	Invitee      UserID         `json:"invitee"`
	N            uint32         `json:"n"`
	AtOnce       bool           `json:"at_once,omitzero"`
	Expires      Micros         `json:"expires"`
}

// EventType is the name in the log.
func (*InvitationSent) EventType() string               { return "invitation.sent" }
func (b *InvitationSent) row() (ConversationID, uint32) { return b.Conversation, b.N }
func (b *InvitationSent) minted() []record.UUID         { return []record.UUID{b.ID.UUID()} }

func (b *InvitationSent) apply(s *State, e Event) {
	c := s.conversations[b.Conversation]
	if c == nil || s.invitations[b.ID] != nil || s.users[b.Invitee] == nil || b.ID.IsZero() {
		return
	}
	if _, asked := s.pending[c.ID][b.Invitee]; asked {
		return
	}
	s.putInvitation(Invitation{
		ID: b.ID, Conversation: c.ID, Inviter: e.Actor, Invitee: b.Invitee, State: InvitationPending, At: e.At, Expires: b.Expires,
	})
	if b.AtOnce {
		s.join(c.ID, b.Invitee, 1)
	}
	s.notice(e, c.ID, b.N, NoticeInvited, b.Invitee)
	s.countPeople(c.ID)
}

// countPeople turns a Single into a Group once a third person is in or invited.
func (s *State) countPeople(cid ConversationID) {
	c := s.conversations[cid]
	if c.Kind != PersonalKind || c.Group {
		return
	}
	people := map[UserID]bool{}
	for u, m := range s.members[cid] {
		if m.In {
			people[u] = true
		}
	}
	for u := range s.pending[cid] {
		people[u] = true
	}
	if len(people) > 2 {
		next := *c
		next.Group = true
		s.relabel(next)
	}
}

// InvitationSettled ends an invitation.
type InvitationSettled struct {
	ID           InvitationID    `json:"id"`
	Conversation ConversationID  `json:"conversation"`
	State        InvitationState `json:"state"`
	N            uint32          `json:"n,omitzero"` // of the notice: accepted and rejected have one
}

// EventType is the name in the log.
func (*InvitationSettled) EventType() string               { return "invitation.settled" }
func (b *InvitationSettled) row() (ConversationID, uint32) { return b.Conversation, b.N }

func (b *InvitationSettled) apply(s *State, e Event) {
	old := s.invitations[b.ID]
	if old == nil || old.State != InvitationPending {
		return
	}
	i := *old
	i.State = b.State
	s.putInvitation(i)
	defer s.abandon(i.Conversation)
	switch b.State {
	case InvitationAccepted:
		s.join(i.Conversation, i.Invitee, b.N)
		s.notice(e, i.Conversation, b.N, NoticeJoined, i.Invitee)
	case InvitationRejected:
		s.notice(e, i.Conversation, b.N, NoticeRejected, i.Invitee)
		if m := s.members[i.Conversation][i.Invitee]; m != nil && m.In && s.conversations[i.Conversation].Kind == PersonalKind {
			s.takeOut(s.conversations[i.Conversation], s.users[i.Invitee]) // of a Single they were in already
		}
	}
}

// putInvitation stores an invitation. Its row is with the invitee and in the conversation while it is pending.
func (s *State) putInvitation(i Invitation) {
	i.Rev++
	s.invitations[i.ID] = &i
	waits := i.State == InvitationPending
	if waits {
		s.await(&i)
	} else if asked := s.pending[i.Conversation]; asked[i.Invitee] == i.ID {
		delete(asked, i.Invitee)
		if len(asked) == 0 {
			delete(s.pending, i.Conversation)
		}
		s.lineUpSettled(i.ID)
	}
	row := Row{RowInvitation, i.ID.UUID()}
	s.touch(SelfScope(i.Invitee), row, i.Rev, !waits)
	s.touch(ConversationScope(i.Conversation), row, i.Rev, !waits)
}

// await keeps a pending invitation in the index.
func (s *State) await(i *Invitation) {
	if s.pending[i.Conversation] == nil {
		s.pending[i.Conversation] = map[UserID]InvitationID{}
	}
	s.pending[i.Conversation][i.Invitee] = i.ID
}
