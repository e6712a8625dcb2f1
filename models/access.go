package models

import "slices"

// This file is DOMAIN's table of who sees what and who is in, as predicates on the state. Nothing else decides it.

// may reports whether a user shall have a scope as the state stands.
func (s *State) may(id UserID, sc Scope) bool {
	u := s.users[id]
	if u == nil || !u.Active {
		return false
	}
	switch sc.Rank {
	case RankSelf:
		return sc.ID == id.UUID()
	case RankDirectory:
		return u.Types.Any(Administrator | Dispatcher | Officer | Reviewer)
	case RankZone:
		return s.seesZone(u, ZoneID(sc.ID))
	case RankDispatch:
		return s.holdsDispatch(u, s.dispatches[DispatchID(sc.ID)])
	case RankConversation:
		return s.isIn(u, s.conversations[ConversationID(sc.ID)])
	}
	return false
}

// seesZone: administrators all, dispatchers and reviewers the accessible ones, officers that of their duty.
func (s *State) seesZone(u *User, z ZoneID) bool {
	if s.zones[z] == nil {
		return false
	}
	if u.Types.Any(Administrator) {
		return true
	}
	if u.Types.Any(Dispatcher|Reviewer) && slices.Contains(u.Zones, z) {
		return true
	}
	d := s.duty[u.ID]
	return u.Types.Any(Officer) && d != nil && d.Zone == z
}

// holdsDispatch: those who were ever assigned to it, who are in its conversation by name, or whose system created it.
func (s *State) holdsDispatch(u *User, d *Dispatch) bool {
	if d == nil {
		return false
	}
	if u.Types.Any(Integration) && d.Creator == u.ID {
		return true
	}
	if slices.Contains(d.Officers, u.ID) {
		return true
	}
	m := s.members[d.Conversation][u.ID]
	return m != nil && m.In
}

// seesDispatch is the table's first column.
func (s *State) seesDispatch(u *User, d *Dispatch) bool {
	return d != nil && (s.seesZone(u, d.Zone) && !onlyIntegration(u) || s.holdsDispatch(u, d))
}

func onlyIntegration(u *User) bool { return u.Types == Integration }

// isIn is the table's second column: by a member's row where there is one, else by role.
func (s *State) isIn(u *User, c *Conversation) bool {
	if c == nil || onlyIntegration(u) {
		return false
	}
	if m := s.members[c.ID][u.ID]; m != nil {
		return m.In
	}
	return s.inByRole(u, c) || s.inByDuty(u, c)
}

// inByRole: administrators, and dispatchers of the zone, are in every dispatch's conversation and in every broadcast.
func (s *State) inByRole(u *User, c *Conversation) bool {
	if c.Kind == BroadcastKind {
		return s.runsZone(u, c.Zone)
	}
	d := s.dispatches[c.Dispatch]
	return d != nil && s.runsZone(u, d.Zone)
}

// inByDuty: officers are in the broadcasts to the zone, and to the team, that they are on duty with.
func (s *State) inByDuty(u *User, c *Conversation) bool {
	d := s.duty[u.ID]
	return c.Kind == BroadcastKind && d != nil && u.Types.Any(Officer) && d.Zone == c.Zone && (c.Team.IsZero() || d.Team == c.Team)
}

// runsZone: who creates and changes things in an operational zone.
func (s *State) runsZone(u *User, z ZoneID) bool {
	if u.Types.Any(Administrator) {
		return s.zones[z] != nil
	}
	return u.Types.Any(Dispatcher) && slices.Contains(u.Zones, z)
}

// IsIn reports whether a user is in a conversation now, and by role alone: that is, as somebody at a console. An officer
// who is in a broadcast by being on duty is meant in person.
func (s *State) IsIn(id UserID, cid ConversationID) (in, byRole bool) {
	u, c := s.users[id], s.conversations[cid]
	if u == nil || !u.Active || c == nil || !s.isIn(u, c) {
		return false, false
	}
	return true, s.members[cid][id] == nil && !s.inByDuty(u, c)
}

// SeesDispatch reports whether a user may see a dispatch now.
func (s *State) SeesDispatch(id UserID, d DispatchID) bool {
	u := s.users[id]
	return u != nil && u.Active && s.seesDispatch(u, s.dispatches[d])
}

// Recipients returns the users who are in a conversation now, by id; those who are in by role alone are marked.
func (s *State) Recipients(cid ConversationID) []Recipient {
	c := s.conversations[cid]
	if c == nil {
		return nil
	}
	var all []Recipient
	for _, id := range sortedKeys(s.members[cid]) {
		if u := s.users[id]; u != nil && u.Active && s.members[cid][id].In {
			all = append(all, Recipient{User: id})
		}
	}
	if c.Kind == PersonalKind {
		return all
	}
	for _, id := range s.runners {
		if u := s.users[id]; u.Active && s.members[cid][id] == nil && s.inByRole(u, c) && !s.inByDuty(u, c) {
			all = append(all, Recipient{User: id, ByRole: true})
		}
	}
	if c.Kind == BroadcastKind {
		all = append(all, s.onDutyIn(c)...)
	}
	slices.SortFunc(all, func(a, b Recipient) int { return compareIDs(a.User, b.User) })
	return all
}

// onDutyIn are those who are in a broadcast by their duty.
func (s *State) onDutyIn(c *Conversation) []Recipient {
	var all []Recipient
	for id := range s.duty {
		if u := s.users[id]; u != nil && u.Active && s.members[c.ID][id] == nil && s.inByDuty(u, c) {
			all = append(all, Recipient{User: id})
		}
	}
	return all
}

// Recipient is somebody who is in a conversation.
type Recipient struct {
	User   UserID
	ByRole bool
}

// fromN is the first row of a conversation that a user may read: all of a dispatch's, of a personal one from joining.
func (s *State) fromN(id UserID, c *Conversation) uint32 {
	if m := s.members[c.ID][id]; m != nil && m.FromN > 1 {
		return m.FromN
	}
	return 1
}

// FromN is the first row of a conversation that a user who is in it may read.
func (s *State) FromN(id UserID, cid ConversationID) uint32 {
	c := s.conversations[cid]
	if c == nil {
		return 1
	}
	return s.fromN(id, c)
}

// Shows reports whether a user who has a scope may be sent one of its rows. All are everybody's but one kind: an urgent
// message from before somebody joined is as little theirs as any other message.
func (s *State) Shows(id UserID, sc Scope, r Row) bool {
	if sc.Rank != RankConversation || r.Kind != RowUrgent {
		return true
	}
	u := s.urgent[MessageID(r.ID)]
	return u == nil || u.N >= s.FromN(id, u.Conversation)
}

// Refusals that several commands share.
var (
	ErrForbidden = Refuse(KindForbidden, "forbidden", "Your user type may not do this.")
	errClosed    = Refuse(KindConflict, "closed", "It is closed.")
)

// actor returns the user who gave a command; a system command has none.
func (s *State) actor(c Command) *User { return s.users[c.Actor] }

// mustAdminister refuses everyone but administrators and the system.
func (s *State) mustAdminister(c Command) error {
	if c.Actor.IsZero() || s.actor(c).Types.Any(Administrator) {
		return nil
	}
	return ErrForbidden
}

// mustRun refuses everyone but the system, administrators, and dispatchers with access to the zone. Who can't even
// see the zone is told that it does not exist.
func (s *State) mustRun(c Command, z ZoneID) error {
	if s.zones[z] == nil {
		return ErrNotFound
	}
	if c.Actor.IsZero() || s.runsZone(s.actor(c), z) {
		return nil
	}
	if s.seesZone(s.actor(c), z) {
		return ErrForbidden
	}
	return ErrNotFound
}
