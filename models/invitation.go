package models

import "slices"

// Invite asks people into a conversation that the actor is in. Who is in or invited already is passed over.
type Invite struct {
	ConversationID ConversationID `json:"conversation_id"`
	Invitees       []UserID       `json:"invitees"`
}

// CommandType is the name on the wire.
func (*Invite) CommandType() string { return "invitation.send" }

func (b *Invite) decide(s *State, c Command) ([]EventBody, error) {
	conversation, u := s.conversations[b.ConversationID], s.actor(c)
	if u == nil || !s.isIn(u, conversation) {
		return nil, ErrNotFound
	}
	if conversation.Closed {
		return nil, errClosed
	}
	if conversation.Kind == BroadcastKind {
		return nil, errByRole
	}
	if len(b.Invitees) == 0 {
		return nil, Invalid("invitees", "is missing")
	}
	if err := s.checkInvitees(b.Invitees); err != nil {
		return nil, err
	}
	if len(s.members[conversation.ID])+len(s.pending[conversation.ID])+len(b.Invitees) > MaxMembers {
		return nil, errTooManyMembers
	}
	var events []EventBody
	for _, id := range b.Invitees {
		in, _ := s.IsIn(id, conversation.ID)
		if _, asked := s.pending[conversation.ID][id]; in || asked {
			continue
		}
		events = append(events, s.invite(c, conversation.ID, id, s.nextN(conversation.ID)+uint32(len(events)), false))
	}
	return events, nil
}

var errTooManyMembers = Refuse(KindConflict, "too_many_members", "The conversation has as many members as one can have.")

// Accept brings the invitee in.
type Accept struct {
	InvitationID InvitationID `json:"invitation_id"`
}

// CommandType is the name on the wire.
func (*Accept) CommandType() string { return "invitation.accept" }

func (b *Accept) decide(s *State, c Command) ([]EventBody, error) {
	return s.answer(c, b.InvitationID, InvitationAccepted)
}

// Reject takes the invitation off the invitee's panel. It does not prevent a later one.
type Reject struct {
	InvitationID InvitationID `json:"invitation_id"`
}

// CommandType is the name on the wire.
func (*Reject) CommandType() string { return "invitation.reject" }

func (b *Reject) decide(s *State, c Command) ([]EventBody, error) {
	return s.answer(c, b.InvitationID, InvitationRejected)
}

// answer is the invitee's word on their invitation.
func (s *State) answer(c Command, id InvitationID, state InvitationState) ([]EventBody, error) {
	i := s.invitations[id]
	if i == nil || i.Invitee != c.Actor {
		return nil, ErrNotFound
	}
	if i.State == state {
		return nil, nil
	}
	if i.State != InvitationPending {
		return nil, errSuperseded
	}
	return []EventBody{s.settle(i, state)}, nil
}

// settle makes the event; accepted and rejected write a notice.
func (s *State) settle(i *Invitation, state InvitationState) *InvitationSettled {
	b := &InvitationSettled{ID: i.ID, Conversation: i.Conversation, State: state}
	if state == InvitationAccepted || state == InvitationRejected {
		b.N = s.nextN(i.Conversation)
	}
	return b
}

// Cancel takes an invitation back: by who sent it, or who may remove members.
type Cancel struct {
	InvitationID InvitationID `json:"invitation_id"`
}

// CommandType is the name on the wire.
func (*Cancel) CommandType() string { return "invitation.cancel" }

func (b *Cancel) decide(s *State, c Command) ([]EventBody, error) {
	i := s.invitations[b.InvitationID]
	if i == nil {
		return nil, ErrNotFound
	}
	conversation := s.conversations[i.Conversation]
	if i.Inviter != c.Actor && !c.Actor.IsZero() {
		if !s.isIn(s.actor(c), conversation) {
			return nil, ErrNotFound
		}
		if err := s.mayRemove(c, conversation); err != nil {
			return nil, err
		}
	}
	if i.State == InvitationCancelled {
		return nil, nil
	}
	if i.State != InvitationPending {
		return nil, errSuperseded
	}
	return []EventBody{s.settle(i, InvitationCancelled)}, nil
}

// Expire is the system's command to end an invitation whose time has come. The first event wins.
type Expire struct {
	InvitationID InvitationID `json:"invitation_id"`
}

// CommandType is the name of the command; no client may send it.
func (*Expire) CommandType() string { return "invitation.expire" }

func (b *Expire) decide(s *State, c Command) ([]EventBody, error) {
	if !c.Actor.IsZero() {
		return nil, ErrForbidden
	}
	i := s.invitations[b.InvitationID]
	if i == nil || i.State != InvitationPending || i.Expires > c.At {
		return nil, nil
	}
	return []EventBody{s.settle(i, InvitationExpired)}, nil
}

// Due returns the system's commands whose time has come, and when the next will; 0 for none known.
func (s *State) Due(now Micros) (due []CommandBody, next Micros) {
	var late []InvitationID
	for _, asked := range s.pending {
		for _, id := range asked {
			switch i := s.invitations[id]; {
			case i.Expires <= now:
				late = append(late, id)
			case next == 0 || i.Expires < next:
				next = i.Expires
			}
		}
	}
	slices.SortFunc(late, compareIDs[InvitationID])
	for _, id := range late {
		due = append(due, &Expire{InvitationID: id})
	}
	climb, step := s.dueUrgent(now)
	retired, later := s.dueRetirements(now)
	expired, sooner := s.dueExpiries(now)
	return slices.Concat(due, climb, retired, expired), earliest(earliest(sooner, step), earliest(next, later))
}

// earliest is the earlier of two times, of which 0 is none.
func earliest(a, b Micros) Micros {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
