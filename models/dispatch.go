package models

import (
	"slices"

	"officermobile/models/record"
)

// Priority of a dispatch.
type Priority string

// The priorities.
const (
	High   Priority = "high"
	Medium Priority = "medium"
	Low    Priority = "low"
)

// DispatchStatus is derived from a dispatch's tasks.
type DispatchStatus string

// The statuses of a dispatch; apart from new and closed they are those of the most advanced uncleared task.
const (
	DispatchNew        DispatchStatus = "new" // no task
	DispatchUnassigned DispatchStatus = "unassigned"
	DispatchAssigned   DispatchStatus = "assigned"
	DispatchOnRoute    DispatchStatus = "on_route"
	DispatchOnScene    DispatchStatus = "on_scene"
	DispatchCleared    DispatchStatus = "cleared" // all tasks
	DispatchClosedDone DispatchStatus = "closed"
)

// Dispatch is a call for service. Its number restarts, so it is a label and never a key: show it with the operational
// zone and the business date.
type Dispatch struct {
	ID           DispatchID     `json:"id"`
	Number       uint32         `json:"number"`
	BusinessDate string         `json:"business_date"` // YYYY-MM-DD in the time zone of the operational zone or the agency
	Zone         ZoneID         `json:"zone"`          // of the work zone
	Conversation ConversationID `json:"conversation"`
	Creator      UserID         `json:"creator"`
	Created      Micros         `json:"created"`
	Facts        Facts          `json:"facts"`
	WorkZone     WorkZoneID     `json:"work_zone"`
	Tasks        []TaskID       `json:"tasks"`
	Officers     []UserID       `json:"officers"` // assigned now or earlier
	Closed       bool           `json:"closed"`
	ClosedAt     Micros         `json:"closed_at,omitzero"`
	Decided      uint32         `json:"decided,omitzero"`    // rev of the last change of facts or work zone
	DecidedBy    DeviceID       `json:"decided_by,omitzero"` // the device that it came from, zero for none
	Rev          uint32         `json:"rev"`
}

// DispatchCreate opens a dispatch, and with it its conversation, whose id follows from the dispatch's.
type DispatchCreate struct {
	ID       DispatchID `json:"id"`
	WorkZone WorkZoneID `json:"work_zone"`
	Facts
}

// ConversationOf is the id of a dispatch's conversation.
func ConversationOf(id DispatchID) ConversationID {
	return Derive[conversationKind](id, "conversation")
}

// CommandType is the name on the wire.
func (*DispatchCreate) CommandType() string { return "dispatch.create" }

func (b *DispatchCreate) decide(s *State, c Command) ([]EventBody, error) {
	if err := first(needID("id", b.ID), b.check()); err != nil {
		return nil, err
	}
	w := s.workZones[b.WorkZone]
	if w == nil {
		return nil, Invalid("work_zone", "does not exist")
	}
	if err := s.mayCreateIn(c, w.Zone); err != nil {
		return nil, err
	}
	if old := s.dispatches[b.ID]; old != nil {
		if old.Creator == c.Actor && old.WorkZone == b.WorkZone {
			return nil, nil
		}
		return nil, ErrNotFound
	}
	if s.conversations[ConversationOf(b.ID)] != nil {
		return nil, ErrNotFound
	}
	number := s.nextNumber(s.zones[w.Zone], c.Time())
	return []EventBody{&DispatchCreated{
		ID: b.ID, Number: number.Last, BusinessDate: number.Date, Zone: w.Zone, WorkZone: w.ID, Conversation: ConversationOf(b.ID), Facts: b.Facts,
	}}, nil
}

// mayCreateIn: who runs the zone, and integrations that have it among theirs.
func (s *State) mayCreateIn(c Command, z ZoneID) error {
	if u := s.actor(c); u != nil && u.Types.Any(Integration) && slices.Contains(u.Zones, z) {
		return nil
	}
	return s.mustRun(c, z)
}

// DispatchCreated opens a dispatch and its conversation.
type DispatchCreated struct {
	ID           DispatchID     `json:"id"`
	Number       uint32         `json:"number"`
	BusinessDate string         `json:"business_date"`
	Zone         ZoneID         `json:"zone"`
	WorkZone     WorkZoneID     `json:"work_zone"`
	Conversation ConversationID `json:"conversation"`
	Facts        Facts          `json:"facts"`
}

// EventType is the name in the log.
func (*DispatchCreated) EventType() string       { return "dispatch.created" }
func (b *DispatchCreated) minted() []record.UUID { return []record.UUID{b.ID.UUID()} }

func (b *DispatchCreated) apply(s *State, e Event) {
	if s.dispatches[b.ID] != nil || s.conversations[b.Conversation] != nil || b.ID.IsZero() || s.zones[b.Zone] == nil {
		return
	}
	s.numbers[b.Zone] = dayNumber{b.BusinessDate, b.Number}
	s.putConversation(Conversation{ID: b.Conversation, Kind: DispatchKind, Dispatch: b.ID, Creator: e.Actor, Created: e.At})
	s.putDispatch(Dispatch{
		ID: b.ID, Number: b.Number, BusinessDate: b.BusinessDate, Zone: b.Zone, WorkZone: b.WorkZone, Conversation: b.Conversation,
		Facts: b.Facts, Creator: e.Actor, Created: e.At,
	})
	s.regrantAll(ConversationScope(b.Conversation))
	s.regrant(e.Actor, DispatchScope(b.ID))
}

// DispatchChange corrects what people said of a dispatch; nil fields stay. A work zone in another operational zone
// moves the dispatch there.
type DispatchChange struct {
	DispatchID  DispatchID  `json:"dispatch_id"`
	WorkZone    *WorkZoneID `json:"work_zone,omitzero"`
	Category    *[]string   `json:"category,omitzero"`
	Priority    *Priority   `json:"priority,omitzero"`
	Location    *string     `json:"location,omitzero"`
	Lat         *float64    `json:"lat,omitzero"`
	Lon         *float64    `json:"lon,omitzero"`
	Description *string     `json:"description,omitzero"`
	CallSource  *string     `json:"call_source,omitzero"`
}

// CommandType is the name on the wire.
func (*DispatchChange) CommandType() string { return "dispatch.change" }

func (b *DispatchChange) decide(s *State, c Command) ([]EventBody, error) {
	d := s.dispatches[b.DispatchID]
	if err := s.mustRunDispatch(c, d); err != nil {
		return nil, err
	}
	if overtaken(c, d.Decided, d.DecidedBy) {
		return nil, errSuperseded
	}
	if d.Closed {
		return nil, errClosed
	}
	f, wz := d.Facts, d.WorkZone
	set(&wz, b.WorkZone)
	set(&f.Category, b.Category)
	set(&f.Priority, b.Priority)
	set(&f.Location, b.Location)
	set(&f.Description, b.Description)
	set(&f.CallSource, b.CallSource)
	if b.Lat != nil || b.Lon != nil {
		f.Lat, f.Lon = b.Lat, b.Lon
	}
	if err := f.check(); err != nil {
		return nil, err
	}
	w := s.workZones[wz]
	if w == nil {
		return nil, Invalid("work_zone", "does not exist")
	}
	if err := s.mustRun(c, w.Zone); err != nil {
		return nil, err
	}
	if wz == d.WorkZone && f.equal(&d.Facts) {
		return nil, nil
	}
	return []EventBody{&DispatchChanged{ID: d.ID, Zone: w.Zone, WorkZone: w.ID, Facts: f}}, nil
}

// DispatchChanged carries all changeable fields.
type DispatchChanged struct {
	ID       DispatchID `json:"id"`
	Zone     ZoneID     `json:"zone"`
	WorkZone WorkZoneID `json:"work_zone"`
	Facts    Facts      `json:"facts"`
}

// EventType is the name in the log.
func (*DispatchChanged) EventType() string { return "dispatch.changed" }

func (b *DispatchChanged) apply(s *State, e Event) {
	old := s.dispatches[b.ID]
	if old == nil || s.zones[b.Zone] == nil {
		return
	}
	d := *old
	d.Facts, d.Zone, d.WorkZone = b.Facts, b.Zone, b.WorkZone
	d.Decided, d.DecidedBy = d.Rev+1, e.Device
	moved := old.Zone != d.Zone
	if moved {
		s.vanish(ZoneScope(old.Zone), Row{RowDispatch, d.ID.UUID()})
	}
	s.putDispatch(d)
	if !moved {
		return
	}
	for _, id := range d.Tasks { // they live where their dispatch lives
		s.vanish(ZoneScope(old.Zone), Row{RowTask, id.UUID()})
		s.showTask(*s.tasks[id])
	}
	s.relabel(*s.conversations[d.Conversation]) // its label names the zone
	s.regrantAll(ConversationScope(d.Conversation))
}

// DispatchClose ends a dispatch that is new or cleared; its conversation turns read-only.
type DispatchClose struct {
	DispatchID DispatchID `json:"dispatch_id"`
}

// CommandType is the name on the wire.
func (*DispatchClose) CommandType() string { return "dispatch.close" }

func (b *DispatchClose) decide(s *State, c Command) ([]EventBody, error) {
	d := s.dispatches[b.DispatchID]
	if err := s.mustRunDispatch(c, d); err != nil {
		return nil, err
	}
	if d.Closed {
		return nil, nil
	}
	if st := s.DispatchStatus(d); st != DispatchNew && st != DispatchCleared {
		return nil, Refuse(KindConflict, "outstanding_tasks", "A dispatch with outstanding tasks can't be closed.")
	}
	return []EventBody{&DispatchClosed{ID: d.ID, Conversation: d.Conversation, N: s.nextN(d.Conversation)}}, nil
}

// DispatchClosed ends a dispatch.
type DispatchClosed struct {
	ID           DispatchID     `json:"id"`
	Conversation ConversationID `json:"conversation"`
	N            uint32         `json:"n"`
}

// EventType is the name in the log.
func (*DispatchClosed) EventType() string               { return "dispatch.closed" }
func (b *DispatchClosed) row() (ConversationID, uint32) { return b.Conversation, b.N }
func (b *DispatchClosed) apply(s *State, e Event) {
	s.setClosed(e, b.ID, b.N, true, NoticeClosed)
}

// DispatchReopen undoes a close.
type DispatchReopen struct {
	DispatchID DispatchID `json:"dispatch_id"`
}

// CommandType is the name on the wire.
func (*DispatchReopen) CommandType() string { return "dispatch.reopen" }

func (b *DispatchReopen) decide(s *State, c Command) ([]EventBody, error) {
	d := s.dispatches[b.DispatchID]
	if d == nil && c.Sealed != nil && c.Sealed.Dispatch.ID == b.DispatchID {
		return c.Sealed.reopen(s, c)
	}
	if err := s.mustRunDispatch(c, d); err != nil {
		return nil, err
	}
	if !d.Closed {
		return nil, nil
	}
	return []EventBody{&DispatchReopened{ID: d.ID, Conversation: d.Conversation, N: s.nextN(d.Conversation)}}, nil
}

// DispatchReopened undoes a close. It carries what a dispatch was that had left memory.
type DispatchReopened struct {
	ID           DispatchID     `json:"id"`
	Conversation ConversationID `json:"conversation"`
	N            uint32         `json:"n"`
	Sealed       *Sealed        `json:"sealed,omitzero"`
}

func (b *DispatchReopened) level() int {
	if b.Sealed != nil {
		return LevelOf("dispatch.retired")
	}
	return 0
}

// EventType is the name in the log.
func (*DispatchReopened) EventType() string               { return "dispatch.reopened" }
func (b *DispatchReopened) row() (ConversationID, uint32) { return b.Conversation, b.N }
func (b *DispatchReopened) apply(s *State, e Event) {
	if s.dispatches[b.ID] == nil && (b.Sealed == nil || b.Sealed.Dispatch.ID != b.ID || !s.restore(b.Sealed)) {
		return
	}
	s.setClosed(e, b.ID, b.N, false, NoticeReopened)
}

func (s *State) setClosed(e Event, id DispatchID, n uint32, closed bool, kind Notice) {
	old := s.dispatches[id]
	if old == nil || old.Closed == closed {
		return
	}
	d := *old
	d.Closed, d.ClosedAt = closed, 0
	if closed {
		d.ClosedAt = e.At
	}
	s.lineUp(old, false)
	s.putDispatch(d)
	s.lineUp(s.dispatches[id], closed)
	s.notice(e, d.Conversation, n, kind, UserID{})
	c := *s.conversations[d.Conversation]
	c.Closed = closed
	s.putConversation(c)
}

// DispatchStatus derives a dispatch's status from its tasks.
func (s *State) DispatchStatus(d *Dispatch) DispatchStatus {
	if d.Closed {
		return DispatchClosedDone
	}
	if len(d.Tasks) == 0 {
		return DispatchNew
	}
	status := DispatchCleared
	furthest := TaskUnassignedStatus
	for _, id := range d.Tasks {
		if t := s.tasks[id]; t.Status != TaskCleared {
			furthest = max(furthest, t.Status)
			status = DispatchStatus(furthest.String())
		}
	}
	return status
}

func (s *State) putDispatch(d Dispatch) {
	d.Rev++
	s.dispatches[d.ID] = &d
	row := Row{RowDispatch, d.ID.UUID()}
	s.touch(ZoneScope(d.Zone), row, d.Rev, false)
	s.touch(DispatchScope(d.ID), row, d.Rev, false)
}
