package models

import "slices"

// settledKept is how many settled invitations of an agency stay in memory, the latest: enough that an answer from a phone
// that was offline for days hears what became of its invitation. To an older one there is no such invitation.
const settledKept = 2000

// lineUpSettled queues an invitation that is not pending any more to be forgotten in its turn.
func (s *State) lineUpSettled(id InvitationID) {
	s.settled = append(s.settled, id)
	for len(s.settled) > settledKept {
		delete(s.invitations, s.settled[0])
		s.settled = s.settled[1:]
	}
}

// forgetInvitations takes all invitations to a conversation out of memory.
func (s *State) forgetInvitations(c ConversationID) {
	gone := false
	for _, i := range sorted(s.invitations) {
		if i.Conversation == c {
			s.vanish(SelfScope(i.Invitee), Row{RowInvitation, i.ID.UUID()})
			delete(s.invitations, i.ID)
			gone = true
		}
	}
	delete(s.pending, c)
	if gone {
		s.settled = slices.DeleteFunc(slices.Clone(s.settled), func(id InvitationID) bool { return s.invitations[id] == nil })
	}
}

// abandon takes a personal conversation out of memory that nobody is in or invited to any more: nobody can come back
// into it. The record stays.
func (s *State) abandon(id ConversationID) {
	c := s.conversations[id]
	if c != nil && c.Kind == PersonalKind && len(s.members[id]) == 0 && len(s.pending[id]) == 0 {
		s.forgetConversation(c)
	}
}
