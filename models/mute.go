package models

import "officermobile/models/record"

// Mute is that a person wants no rings about a conversation's routine messages. Invitations and what is urgent ring all
// the same, and nothing of it is hidden: only push and the badge look at it.
type Mute struct {
	Until Micros `json:"until,omitzero"` // 0: for good
	Rev   uint32 `json:"rev"`
}

// holds: not over yet.
func (m *Mute) holds(now Micros) bool { return m != nil && (m.Until == 0 || now < m.Until) }

// MuteConversation says that the actor wants no rings about a conversation, on any of their devices.
type MuteConversation struct {
	ConversationID ConversationID `json:"conversation_id"`
	Until          int64          `json:"until,omitzero"` // milliseconds since 1970; absent: for good
}

// CommandType is the name on the wire.
func (*MuteConversation) CommandType() string { return "conversation.mute" }

func (b *MuteConversation) decide(s *State, c Command) ([]EventBody, error) {
	if in, _ := s.IsIn(c.Actor, b.ConversationID); !in {
		return nil, ErrNotFound
	}
	if b.Until < 0 || b.Until > maxMuteMS {
		return nil, Invalid("until", "is a time in milliseconds since 1970")
	}
	if b.Until > 0 && b.Until <= c.At.Millis() {
		return s.unmuted(c.Actor, b.ConversationID), nil // it came too late, or the phone's clock is off: it is over
	}
	if old := s.MuteOf(c.Actor, b.ConversationID); old != nil && old.Until.Millis() == b.Until {
		return nil, nil
	}
	return []EventBody{&ConversationMuted{Conversation: b.ConversationID, User: c.Actor, Until: b.Until}}, nil
}

// maxMuteMS is the year 10000: beyond it a time has no date.
const maxMuteMS = 253_402_300_800_000

// UnmuteConversation lets a conversation ring again.
type UnmuteConversation struct {
	ConversationID ConversationID `json:"conversation_id"`
}

// CommandType is the name on the wire.
func (*UnmuteConversation) CommandType() string { return "conversation.unmute" }

func (b *UnmuteConversation) decide(s *State, c Command) ([]EventBody, error) {
	if in, _ := s.IsIn(c.Actor, b.ConversationID); !in {
		return nil, ErrNotFound
	}
	return s.unmuted(c.Actor, b.ConversationID), nil
}

// unmuted is what ends a mute; nothing if there is none.
func (s *State) unmuted(u UserID, c ConversationID) []EventBody {
	if s.MuteOf(u, c) == nil {
		return nil
	}
	return []EventBody{&ConversationMuted{Conversation: c, User: u, Off: true}}
}

// ConversationMuted says whether a user's devices ring about a conversation.
type ConversationMuted struct {
	Conversation ConversationID `json:"conversation"`
	User         UserID         `json:"user"`
	Until        int64          `json:"until,omitzero"` // milliseconds since 1970; 0: for good
	Off          bool           `json:"off,omitzero"`   // it rings again
}

// EventType is the name in the log.
func (*ConversationMuted) EventType() string { return "conversation.muted" }

func (b *ConversationMuted) apply(s *State, _ Event) {
	in, _ := s.IsIn(b.User, b.Conversation)
	switch {
	case b.Off:
		s.unmute(b.User, b.Conversation)
	case in && b.Until >= 0 && b.Until <= maxMuteMS:
		s.mute(b.User, b.Conversation, Micros(b.Until*1000))
	}
}

func (s *State) mute(u UserID, c ConversationID, until Micros) {
	m := Mute{Until: until, Rev: 1}
	if old := s.mutes[c][u]; old != nil {
		m.Rev = old.Rev + 1
	}
	if s.mutes[c] == nil {
		s.mutes[c] = map[UserID]*Mute{}
	}
	s.mutes[c][u] = &m
	s.touchOwn(u, Row{RowMute, c.UUID()}, m.Rev)
}

// unmute is also for who leaves: whoever comes back hears again what is said.
func (s *State) unmute(u UserID, c ConversationID) {
	if s.mutes[c][u] == nil {
		return
	}
	delete(s.mutes[c], u)
	if len(s.mutes[c]) == 0 {
		delete(s.mutes, c)
	}
	s.vanish(SelfScope(u), Row{RowMute, c.UUID()})
}

// MuteOf returns a user's mute of a conversation, which may be over; nil for none.
func (s *State) MuteOf(u UserID, c ConversationID) *Mute { return s.mutes[c][u] }

// Muted reports whether a user wants no rings about a conversation at a time.
func (s *State) Muted(u UserID, c ConversationID, at Micros) bool { return s.mutes[c][u].holds(at) }

// shownMute brings a mute back to who has come into its conversation again by role.
func (s *State) shownMute(u UserID, id record.UUID) {
	if m := s.mutes[ConversationID(id)][u]; m != nil {
		s.touchOwn(u, Row{RowMute, id}, m.Rev)
	}
}
