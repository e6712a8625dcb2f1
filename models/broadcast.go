package models

import "officermobile/models/record"

// BroadcastCreate writes to a whole operational zone, or to one team of it, at once. Nobody accepts anything: officers
// are in while they are on duty there, and those who run the zone are in by role. Only the latter write.
type BroadcastCreate struct {
	ID        ConversationID `json:"id"`
	Zone      ZoneID         `json:"zone,omitzero"` // the operational zone; absent with team
	Team      TeamID         `json:"team,omitzero"` // only those on duty with this team
	Title     string         `json:"title,omitzero"`
	MessageID MessageID      `json:"message_id"`
	Text      string         `json:"text"`
	Urgent    bool           `json:"urgent,omitzero"`
}

// CommandType is the name on the wire.
func (*BroadcastCreate) CommandType() string { return "broadcast.create" }

func (b *BroadcastCreate) decide(s *State, c Command) ([]EventBody, error) {
	if err := first(needID("id", b.ID), needID("message_id", b.MessageID), mayName("title", b.Title)); err != nil {
		return nil, err
	}
	zone, err := b.zone(s)
	if err != nil {
		return nil, err
	}
	if err := s.mustRun(c, zone); err != nil {
		return nil, err
	}
	if c.Actor.IsZero() {
		return nil, ErrForbidden // the system has nothing to say
	}
	if old := s.conversations[b.ID]; old != nil && old.Creator == c.Actor {
		return old.Print.again(b)
	} else if old != nil {
		return nil, ErrNotFound
	}
	if c.Taken != nil {
		return c.again()
	}
	post := &MessagePost{ConversationID: b.ID, ID: b.MessageID, Text: b.Text, Urgent: b.Urgent}
	posted, err := post.posted(s, c, 0)
	if err != nil {
		return nil, err
	}
	if posted == nil { // in another conversation it can't have been
		return nil, ErrNotFound
	}
	return []EventBody{&BroadcastCreated{ID: b.ID, Zone: zone, Team: b.Team, Title: b.Title, Print: printOf(b)}, posted}, nil
}

// zone is the operational zone that a broadcast goes to, or whose team it goes to.
func (b *BroadcastCreate) zone(s *State) (ZoneID, error) {
	if b.Zone.IsZero() == b.Team.IsZero() {
		return ZoneID{}, Invalid("zone", "or team is needed, not both")
	}
	if b.Team.IsZero() {
		return b.Zone, nil
	}
	t := s.teams[b.Team]
	if t == nil {
		return ZoneID{}, ErrNotFound
	}
	return t.Zone, nil
}

// BroadcastCreated begins a broadcast.
type BroadcastCreated struct {
	ID    ConversationID `json:"id"`
	Zone  ZoneID         `json:"zone"`
	Team  TeamID         `json:"team,omitzero"` // absent: to the whole zone
	Title string         `json:"title,omitzero"`
	Print Print          `json:"print,omitzero"`
}

// EventType is the name in the log.
func (*BroadcastCreated) EventType() string       { return "broadcast.created" }
func (b *BroadcastCreated) print() Print          { return b.Print }
func (b *BroadcastCreated) minted() []record.UUID { return []record.UUID{b.ID.UUID()} }

func (b *BroadcastCreated) apply(s *State, e Event) {
	if s.conversations[b.ID] != nil || b.ID.IsZero() || s.zones[b.Zone] == nil {
		return
	}
	s.putConversation(Conversation{
		ID: b.ID, Kind: BroadcastKind, Zone: b.Zone, Team: b.Team, Title: b.Title, Creator: e.Actor, Created: e.At, Print: b.Print,
	})
	s.broadcasts = with(s.broadcasts, b.ID, true)
	s.regrantAll(ConversationScope(b.ID))
}

// BroadcastEnd closes a broadcast: from now on it can only be read.
type BroadcastEnd struct {
	ConversationID ConversationID `json:"conversation_id"`
}

// CommandType is the name on the wire.
func (*BroadcastEnd) CommandType() string { return "broadcast.end" }

func (b *BroadcastEnd) decide(s *State, c Command) ([]EventBody, error) {
	conversation := s.conversations[b.ConversationID]
	if conversation == nil || conversation.Kind != BroadcastKind || !c.Actor.IsZero() && !s.isIn(s.actor(c), conversation) {
		return nil, ErrNotFound
	}
	if err := s.mustRun(c, conversation.Zone); err != nil {
		return nil, err
	}
	if conversation.Closed {
		return nil, nil
	}
	return []EventBody{&BroadcastEnded{ID: conversation.ID, N: s.nextN(conversation.ID)}}, nil
}

// BroadcastEnded closes a broadcast.
type BroadcastEnded struct {
	ID ConversationID `json:"id"`
	N  uint32         `json:"n"` // of the notice
}

// EventType is the name in the log.
func (*BroadcastEnded) EventType() string               { return "broadcast.ended" }
func (b *BroadcastEnded) row() (ConversationID, uint32) { return b.ID, b.N }

func (b *BroadcastEnded) apply(s *State, e Event) {
	if c := s.conversations[b.ID]; c != nil && c.Kind == BroadcastKind && !c.Closed {
		s.closeConversation(e, b.ID, b.N, true, NoticeClosed)
	}
}

// dutyChanged brings what somebody on duty is in for their duty's sake in line with a shift that began or ended in an
// operational zone. Nobody waits for who went off duty.
func (s *State) dutyChanged(u UserID, z ZoneID) {
	s.regrant(u, ZoneScope(z))
	for _, id := range s.broadcasts {
		if c := s.conversations[id]; c.Zone == z {
			if !s.isIn(s.users[u], c) {
				s.dropUrgent(id, u)
			}
			s.regrant(u, ConversationScope(id))
		}
	}
}

// Refusals of broadcasts.
var (
	errReadOnly = Refuse(KindForbidden, "read_only", "Only dispatchers of the zone write in a broadcast.")
	errByRole   = Refuse(KindConflict, "in_by_role", "A broadcast is for those on duty and those who run the zone: nobody is asked in, and nobody leaves.")
)
