package models

// Close and reopen are one turn, in two directions.

// DispatchClose ends a dispatch that is new or cleared; its conversation turns read-only.
type DispatchClose struct {
	DispatchID DispatchID `json:"dispatch_id"`
}

// CommandType is the name on the wire.
func (*DispatchClose) CommandType() string { return "dispatch.close" }

func (b *DispatchClose) decide(s *State, c Command) ([]EventBody, error) {
	d, err := s.toTurn(c, b.DispatchID, true)
	if d == nil || err != nil {
		return nil, err
	}
	if st := s.DispatchStatus(d); st != DispatchNew && st != DispatchCleared {
		return nil, Refuse(KindConflict, "outstanding_tasks", "A dispatch with outstanding tasks can't be closed.")
	}
	return []EventBody{&DispatchClosed{s.turn(d)}}, nil
}

// DispatchReopen undoes a close, also of a dispatch that has left memory.
type DispatchReopen struct {
	DispatchID DispatchID `json:"dispatch_id"`
}

// CommandType is the name on the wire.
func (*DispatchReopen) CommandType() string { return "dispatch.reopen" }

func (b *DispatchReopen) decide(s *State, c Command) ([]EventBody, error) {
	if x := c.Sealed; s.dispatches[b.DispatchID] == nil && x != nil && x.Dispatch.ID == b.DispatchID {
		return x.reopen(s, c)
	}
	d, err := s.toTurn(c, b.DispatchID, false)
	if d == nil || err != nil {
		return nil, err
	}
	return []EventBody{&DispatchReopened{Turn: s.turn(d)}}, nil
}

// toTurn returns a dispatch to be closed or reopened by who runs its zone; nil if it is so already.
func (s *State) toTurn(c Command, id DispatchID, closed bool) (*Dispatch, error) {
	d := s.dispatches[id]
	if err := s.mustRunDispatch(c, d); err != nil || d.Closed == closed {
		return nil, err
	}
	return d, nil
}

// Turn is what a close and a reopening have in common: a notice in the conversation.
type Turn struct {
	ID           DispatchID     `json:"id"`
	Conversation ConversationID `json:"conversation"`
	N            uint32         `json:"n"`
}

func (s *State) turn(d *Dispatch) Turn {
	return Turn{ID: d.ID, Conversation: d.Conversation, N: s.nextN(d.Conversation)}
}

func (t Turn) row() (ConversationID, uint32) { return t.Conversation, t.N }

// DispatchClosed ends a dispatch.
type DispatchClosed struct{ Turn }

// EventType is the name in the log.
func (*DispatchClosed) EventType() string { return "dispatch.closed" }

func (b *DispatchClosed) apply(s *State, e Event) { s.setClosed(e, b.Turn, true, NoticeClosed) }

// DispatchReopened undoes a close. It carries what a dispatch was that had left memory.
type DispatchReopened struct {
	Turn
	Sealed *Sealed `json:"sealed,omitzero"`
}

// EventType is the name in the log.
func (*DispatchReopened) EventType() string { return "dispatch.reopened" }

func (b *DispatchReopened) level() int {
	if b.Sealed != nil {
		return LevelOf("dispatch.retired")
	}
	return 0
}

func (b *DispatchReopened) apply(s *State, e Event) {
	if x := b.Sealed; s.dispatches[b.ID] == nil && x != nil && x.Dispatch.ID == b.ID {
		s.restore(x)
	}
	s.setClosed(e, b.Turn, false, NoticeReopened)
}

func (s *State) setClosed(e Event, t Turn, closed bool, kind Notice) {
	old := s.dispatches[t.ID]
	if old == nil || old.Closed == closed {
		return
	}
	d := *old
	d.Closed, d.ClosedAt = closed, 0
	if closed {
		d.ClosedAt = e.At
	}
	s.putDispatch(d)
	s.closeConversation(e, d.Conversation, t.N, closed, kind)
}

// closeConversation makes a conversation read-only, or undoes that, with a notice of it. Nothing is escalated in it any
// more, and it waits to leave memory.
func (s *State) closeConversation(e Event, id ConversationID, n uint32, closed bool, kind Notice) {
	s.notice(e, id, n, kind, UserID{})
	c := *s.conversations[id]
	c.Closed, c.ClosedAt = closed, 0
	if closed {
		c.ClosedAt = e.At
	}
	s.lineUp(id, false)
	s.putConversation(c)
	s.lineUp(id, closed)
	s.stopClimbing(id)
}
