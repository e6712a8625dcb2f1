package models

import (
	"slices"

	"officermobile/models/record"
)

// Bounds of a dispatch's log, so that its record can be sealed in one batch.
const (
	MaxNote     = 1000      // characters of a note: a paragraph
	maxNotes    = 500       // of one dispatch: a note every three minutes for a day
	maxLogBytes = 200 << 10 // of all notes of one dispatch together, as JSON
)

// LogNote is a note on a dispatch's record: kind "log" on the wire.
type LogNote struct {
	ID       LogID      `json:"id"`
	Dispatch DispatchID `json:"dispatch"`
	Author   UserID     `json:"author"`
	At       Micros     `json:"at"`
	Text     string     `json:"text"`
	Claims   Claims     `json:"claims,omitzero"`
	Print    Print      `json:"print,omitzero"` // of the command that wrote it
	Rev      uint32     `json:"rev"`
}

// DispatchLog writes a note on the record of an open dispatch: by who runs its zone, officers who are or were assigned,
// and the integration that created it.
type DispatchLog struct {
	DispatchID DispatchID `json:"dispatch_id"`
	ID         LogID      `json:"id"`
	Text       string     `json:"text"`
}

// CommandType is the name on the wire.
func (*DispatchLog) CommandType() string { return "dispatch.log" }

func (b *DispatchLog) decide(s *State, c Command) ([]EventBody, error) {
	if err := first(needID("id", b.ID), needText("text", b.Text, MaxNote)); err != nil {
		return nil, err
	}
	d, u := s.dispatches[b.DispatchID], s.actor(c)
	if u == nil || !s.seesDispatch(u, d) {
		return nil, ErrNotFound
	}
	if !s.runsZone(u, d.Zone) && !slices.Contains(d.Officers, u.ID) && !(u.Types.Any(Integration) && d.Creator == u.ID) {
		return nil, ErrForbidden
	}
	if old := s.notes[b.ID]; old != nil && old.Author == c.Actor {
		return old.Print.again(b)
	} else if old != nil {
		return nil, ErrNotFound
	}
	if c.Taken != nil {
		return c.again()
	}
	if d.Closed {
		return nil, errClosed
	}
	if len(d.Log) >= maxNotes || s.logBytes(d)+jsonSize(b.Text) > maxLogBytes {
		return nil, Refuse(KindConflict, "log_full", "The log of this dispatch is full.")
	}
	return []EventBody{&DispatchLogged{ID: b.ID, Dispatch: d.ID, Text: b.Text, Claims: c.Claims, Print: printOf(b)}}, nil
}

// logBytes is how long a dispatch's notes are.
func (s *State) logBytes(d *Dispatch) (n int) {
	for _, id := range d.Log {
		n += jsonSize(s.notes[id].Text)
	}
	return n
}

// DispatchLogged is a note; its author is the event's actor.
type DispatchLogged struct {
	ID       LogID      `json:"id"`
	Dispatch DispatchID `json:"dispatch"`
	Text     string     `json:"text"`
	Claims   Claims     `json:"claims,omitzero"`
	Print    Print      `json:"print,omitzero"`
}

// EventType is the name in the log.
func (*DispatchLogged) EventType() string       { return "dispatch.logged" }
func (b *DispatchLogged) minted() []record.UUID { return []record.UUID{b.ID.UUID()} }
func (b *DispatchLogged) print() Print          { return b.Print }

func (b *DispatchLogged) apply(s *State, e Event) {
	s.addNote(LogNote{ID: b.ID, Dispatch: b.Dispatch, Author: e.Actor, At: e.At, Text: b.Text, Claims: b.Claims, Print: b.Print})
}

// addNote puts a note at the end of its dispatch's log.
func (s *State) addNote(n LogNote) {
	d := s.dispatches[n.Dispatch]
	if d == nil || n.ID.IsZero() || s.notes[n.ID] != nil {
		return
	}
	next := *d
	next.Log = append(slices.Clip(d.Log), n.ID)
	s.dispatches[d.ID] = &next
	s.showNote(n)
}

// showNote stores a note under its next rev and shows it in the scopes that it lies in.
func (s *State) showNote(n LogNote) {
	n.Rev++
	s.notes[n.ID] = &n
	row, d := Row{RowLog, n.ID.UUID()}, s.dispatches[n.Dispatch]
	s.touch(ZoneScope(d.Zone), row, n.Rev, false)
	s.touch(DispatchScope(d.ID), row, n.Rev, false)
}

func (s *State) forgetNote(id LogID, z ZoneID) {
	s.vanish(ZoneScope(z), Row{RowLog, id.UUID()})
	delete(s.notes, id)
	s.evict(id.UUID())
}
