package models

import "slices"

// marksKept is how many steps of a read mark are remembered. A phone raises its mark once per look at a conversation, so
// eight steps tell the time of reading for what was written since the eighth look; older is "read before then".
const marksKept = 8

// MarkStep is a read mark as it was raised once.
type MarkStep struct {
	N  uint32 `json:"n"`
	At Micros `json:"at"`
}

// stepped is the steps of a mark with one more, the oldest let go. What was handed out before stays as it is.
func (m *Mark) stepped(n uint32, at Micros) []MarkStep {
	kept := m.Steps[max(0, len(m.Steps)+1-marksKept):]
	return append(slices.Clone(kept), MarkStep{N: n, At: at})
}

// ReadAt says whether a mark covers row n, and when it first did. exact is false where that step is forgotten: it was
// read at that time or before. The mark may be nil.
func (m *Mark) ReadAt(n uint32) (at Micros, exact, read bool) {
	if m == nil || n == 0 || m.N < n {
		return 0, false, false
	}
	for i, step := range m.Steps {
		if step.N >= n {
			return step.At, i > 0 || int(m.Rev) <= len(m.Steps), true
		}
	}
	return m.At, false, true
}

// ReadsForgotten reports that nobody knows any more who had read a row: the conversation has left memory, or has come back
// since, and marks stay behind.
func (s *State) ReadsForgotten(id ConversationID, n uint32) bool {
	c := s.conversations[id]
	return c == nil || n <= c.SeenN
}

// MayAskReceipts reports whether a user may know what became of a message: its author and those who run things, as long
// as they are in the conversation and may read the row. Of a conversation that has left memory see MayAskSealedReceipts.
func (s *State) MayAskReceipts(id, author UserID, cid ConversationID, n uint32) bool {
	in, _ := s.IsIn(id, cid)
	return in && n >= s.FromN(id, cid) && (id == author || s.users[id].Types.Any(Administrator|Dispatcher))
}

// MayAskSealedReceipts is MayAskReceipts of a dispatch that has left memory.
func (s *State) MayAskSealedReceipts(id, author UserID, x *Sealed) bool {
	return s.ReadsSealed(id, x) && (id == author || s.users[id].Types.Any(Administrator|Dispatcher))
}
