package models

import (
	"slices"

	"officermobile/models/record"
)

// hotRows is how many of a conversation's newest rows stay in memory at least: more than the window that a phone may
// ask for, so that a sync never reads the store. Twice as many are kept before the older half is let go.
const hotRows = MaxWindow

// MaxWindow is the most rows of a conversation that a reset may bring.
const MaxWindow = 100

// Notice is what a row says that is not a message. Notices neither push nor count as unread.
type Notice string

// The notices.
const (
	NoticeInvited  Notice = "invited"
	NoticeRejected Notice = "rejected"
	NoticeJoined   Notice = "joined"
	NoticeLeft     Notice = "left"
	NoticeAssigned Notice = "assigned"
	NoticeClosed   Notice = "closed"
	NoticeReopened Notice = "reopened"

	NoticeDuress     Notice = "duress"      // Subject needs assistance
	NoticeNotReached Notice = "not_reached" // Subject did not acknowledge an urgent message: use the radio
)

// Entry is a row of a conversation's timeline: a message, or a notice about Subject.
type Entry struct {
	N       uint32     `json:"n"` // dense from 1
	ID      MessageID  `json:"id,omitzero"`
	Author  UserID     `json:"author"`
	At      Micros     `json:"at"`
	Text    string     `json:"text,omitzero"`
	Urgent  bool       `json:"urgent,omitzero"`
	Claims  Claims     `json:"claims,omitzero"`
	Notice  Notice     `json:"notice,omitzero"`
	Subject UserID     `json:"subject,omitzero"`
	Count   uint32     `json:"count"` // messages of the conversation up to here
	Seq     record.Seq `json:"seq"`

	Conversation ConversationID `json:"-"`
}

// MessagePost writes a message. The phone minted ID; the same id again with the same text is the same message.
type MessagePost struct {
	ConversationID ConversationID `json:"conversation_id"`
	ID             MessageID      `json:"id"`
	Text           string         `json:"text"`
	Urgent         bool           `json:"urgent,omitzero"`
}

// CommandType is the name on the wire.
func (*MessagePost) CommandType() string { return "message.post" }

func (b *MessagePost) decide(s *State, c Command) ([]EventBody, error) {
	u, conversation := s.actor(c), s.conversations[b.ConversationID]
	if u == nil || !s.isIn(u, conversation) {
		return nil, ErrNotFound
	}
	if conversation.Kind == BroadcastKind && !s.inByRole(u, conversation) {
		return nil, errReadOnly
	}
	var events []EventBody
	if id, ok := s.pending[conversation.ID][u.ID]; ok { // who writes in a Single has accepted it
		events = append(events, s.settle(s.invitations[id], InvitationAccepted))
	}
	posted, err := b.posted(s, c, uint32(len(events)))
	if err != nil || posted == nil {
		return nil, err
	}
	return append(events, posted), nil
}

// posted makes the event of a message by somebody who is, or is about to be, in; nil if it was posted before.
func (b *MessagePost) posted(s *State, c Command, offset uint32) (EventBody, error) {
	if err := first(needID("id", b.ID), needText("text", b.Text, MaxText)); err != nil {
		return nil, err
	}
	if old := s.byMessage[b.ID]; old != nil {
		return nil, b.repeated(old.Author == c.Actor && old.Conversation == b.ConversationID && old.Text == b.Text)
	}
	if c.Taken != nil {
		old, ok := c.Taken.Body.(*MessagePosted)
		return nil, b.repeated(ok && c.Taken.Actor == c.Actor && old.Conversation == b.ConversationID && old.Text == b.Text)
	}
	if conversation := s.conversations[b.ConversationID]; conversation != nil && conversation.Closed {
		return nil, errClosed
	}
	return &MessagePosted{
		ID: b.ID, Conversation: b.ConversationID, N: s.nextN(b.ConversationID) + offset, Text: b.Text, Urgent: b.Urgent, Claims: c.Claims,
	}, nil
}

// repeated: the id of a message that exists is fine from its author with the same text, and not there for anyone else.
func (*MessagePost) repeated(same bool) error {
	if same {
		return nil
	}
	return ErrNotFound
}

// MessagePosted is a message; its author is the event's actor.
type MessagePosted struct {
	ID           MessageID      `json:"id"`
	Conversation ConversationID `json:"conversation"`
	N            uint32         `json:"n"`
	Text         string         `json:"text"`
	Urgent       bool           `json:"urgent,omitzero"`
	Claims       Claims         `json:"claims,omitzero"`
}

// EventType is the name in the log.
func (*MessagePosted) EventType() string               { return "message.posted" }
func (b *MessagePosted) row() (ConversationID, uint32) { return b.Conversation, b.N }
func (b *MessagePosted) minted() []record.UUID         { return []record.UUID{b.ID.UUID()} }

func (b *MessagePosted) apply(s *State, e Event) {
	if s.conversations[b.Conversation] == nil || s.byMessage[b.ID] != nil || b.ID.IsZero() {
		return
	}
	s.addRow(e, &Entry{N: b.N, ID: b.ID, Text: b.Text, Urgent: b.Urgent, Claims: b.Claims, Conversation: b.Conversation})
	if b.Urgent && s.byMessage[b.ID] != nil && s.urgent[b.ID] == nil {
		s.raiseUrgent(e, b)
	}
}

// notice adds a row that is not a message.
func (s *State) notice(e Event, cid ConversationID, n uint32, kind Notice, subject UserID) {
	s.addRow(e, &Entry{N: n, Notice: kind, Subject: subject, Conversation: cid})
}

// addRow puts a row at the end of a conversation.
func (s *State) addRow(e Event, r *Entry) {
	old := s.conversations[r.Conversation]
	if old == nil || r.N <= old.LastN {
		return
	}
	c := *old
	c.LastN, c.LastSeq = r.N, e.Seq
	if r.Notice == "" {
		c.Messages++
		s.byMessage[r.ID] = r
	}
	r.Author, r.At, r.Seq, r.Count = e.Actor, e.At, e.Seq, c.Messages
	s.conversations[c.ID] = &c
	s.stir(ConversationScope(c.ID))
	s.timelines[c.ID] = s.trim(append(s.timelines[c.ID], r))
}

// trim lets the older half of a long timeline go.
func (s *State) trim(rows []*Entry) []*Entry {
	if len(rows) < 2*hotRows {
		return rows
	}
	old := rows[:len(rows)-hotRows]
	for _, r := range old {
		if r.Notice != "" {
			continue
		}
		delete(s.byMessage, r.ID)
		s.evict(r.ID.UUID())
		s.forgetUrgent(r.ID)
	}
	return slices.Clone(rows[len(old):])
}

// RowOf rebuilds a timeline row from its event, as read from the log; false if the event made none. Count is not known.
func RowOf(e Event) (Entry, bool) {
	r := Entry{Author: e.Actor, At: e.At, Seq: e.Seq}
	switch b := e.Body.(type) {
	case *MessagePosted:
		r.ID, r.Text, r.Urgent, r.Claims = b.ID, b.Text, b.Urgent, b.Claims
	case *TaskAssigned:
		r.Notice, r.Subject = NoticeAssigned, b.User
	case *Joined:
		r.Notice, r.Subject = NoticeJoined, b.User
	case *Left:
		r.Notice, r.Subject = NoticeLeft, b.User
	case *InvitationSent:
		r.Notice, r.Subject = NoticeInvited, b.Invitee
	case *InvitationSettled:
		r.Notice, r.Subject = NoticeJoined, e.Actor
		if b.State == InvitationRejected {
			r.Notice = NoticeRejected
		}
	case *DispatchClosed, *BroadcastEnded:
		r.Notice = NoticeClosed
	case *DispatchReopened:
		r.Notice = NoticeReopened
	case *DuressRaised:
		r.Notice, r.Subject = NoticeDuress, b.User
	case *NotReached:
		r.Notice, r.Subject = NoticeNotReached, b.User
	default:
		return r, false
	}
	r.Conversation, r.N = e.Body.(rowMaker).row()
	return r, r.N > 0
}
