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
	Log          []LogID        `json:"log,omitzero"` // notes on its record, in order
	Officers     []UserID       `json:"officers"`     // assigned now or earlier
	Closed       bool           `json:"closed"`
	Duress       bool           `json:"duress,omitzero"` // an officer needs assistance
	ClosedAt     Micros         `json:"closed_at,omitzero"`
	Print        Print          `json:"print,omitzero"`      // of the command that created it
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
	if old := s.dispatches[b.ID]; old != nil && old.Creator == c.Actor {
		return old.Print.again(b)
	}
	if c.Taken != nil {
		return c.again()
	}
	if s.dispatches[b.ID] != nil || s.conversations[ConversationOf(b.ID)] != nil {
		return nil, ErrNotFound
	}
	if err := b.checkChosen(s, c, &Facts{}); err != nil {
		return nil, err
	}
	number := s.nextNumber(s.zones[w.Zone], c.Time())
	return []EventBody{&DispatchCreated{
		ID: b.ID, Number: number.Last, BusinessDate: number.Date, Zone: w.Zone, WorkZone: w.ID, Conversation: ConversationOf(b.ID), Facts: b.Facts,
		Print: printOf(b),
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
	Print        Print          `json:"print,omitzero"`
}

func (b *DispatchCreated) print() Print { return b.Print }

// EventType is the name in the log.
func (*DispatchCreated) EventType() string       { return "dispatch.created" }
func (b *DispatchCreated) level() int            { return b.Facts.level() }
func (b *DispatchCreated) minted() []record.UUID { return []record.UUID{b.ID.UUID()} }

func (b *DispatchCreated) apply(s *State, e Event) {
	if s.dispatches[b.ID] != nil || s.conversations[b.Conversation] != nil || b.ID.IsZero() || s.zones[b.Zone] == nil {
		return
	}
	s.numbers[b.Zone] = dayNumber{b.BusinessDate, b.Number}
	s.putConversation(Conversation{ID: b.Conversation, Kind: DispatchKind, Dispatch: b.ID, Creator: e.Actor, Created: e.At})
	s.putDispatch(Dispatch{
		ID: b.ID, Number: b.Number, BusinessDate: b.BusinessDate, Zone: b.Zone, WorkZone: b.WorkZone, Conversation: b.Conversation,
		Facts: b.Facts, Creator: e.Actor, Created: e.At, Print: b.Print,
	})
	s.regrantAll(ConversationScope(b.Conversation))
	s.regrant(e.Actor, DispatchScope(b.ID))
}

// DispatchChange corrects what people said of a dispatch; nil fields stay. A work zone in another operational zone
// moves the dispatch there.
type DispatchChange struct {
	DispatchID     DispatchID  `json:"dispatch_id"`
	WorkZone       *WorkZoneID `json:"work_zone,omitzero"`
	Category       *[]string   `json:"category,omitzero"`
	Priority       *Priority   `json:"priority,omitzero"`
	Location       *string     `json:"location,omitzero"`
	IndoorLocation *string     `json:"indoor_location,omitzero"`
	Lat            *float64    `json:"lat,omitzero"`
	Lon            *float64    `json:"lon,omitzero"`
	Description    *string     `json:"description,omitzero"`
	CallSource     *string     `json:"call_source,omitzero"`
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
	set(&f.IndoorLocation, b.IndoorLocation)
	set(&f.Description, b.Description)
	set(&f.CallSource, b.CallSource)
	if b.Lat != nil || b.Lon != nil {
		f.Lat, f.Lon = b.Lat, b.Lon
	}
	if err := first(f.since(&d.Facts).check(), f.checkChosen(s, c, &d.Facts)); err != nil {
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
	changed := &DispatchChanged{ID: d.ID, Zone: w.Zone, WorkZone: w.ID, Facts: f}
	if w.Zone != d.Zone && s.Agency.Level >= 2 {
		number := s.nextNumber(s.zones[w.Zone], c.Time())
		changed.Number, changed.BusinessDate = number.Last, number.Date
	}
	return []EventBody{changed}, nil
}

// DispatchChanged carries all changeable fields. One that moves the dispatch to another operational zone gives it the
// next number there, for its label must be the only one of its zone and date.
type DispatchChanged struct {
	ID           DispatchID `json:"id"`
	Zone         ZoneID     `json:"zone"`
	WorkZone     WorkZoneID `json:"work_zone"`
	Facts        Facts      `json:"facts"`
	Number       uint32     `json:"number,omitzero"`
	BusinessDate string     `json:"business_date,omitzero"`
}

// EventType is the name in the log.
func (*DispatchChanged) EventType() string { return "dispatch.changed" }

func (b *DispatchChanged) level() int {
	if b.Number > 0 {
		return 2
	}
	return b.Facts.level()
}

func (b *DispatchChanged) apply(s *State, e Event) {
	old := s.dispatches[b.ID]
	if old == nil || s.zones[b.Zone] == nil {
		return
	}
	d := *old
	d.Facts, d.Zone, d.WorkZone = b.Facts, b.Zone, b.WorkZone
	d.Decided, d.DecidedBy = d.Rev+1, e.Device
	moved := old.Zone != d.Zone
	if moved && b.Number > 0 {
		d.Number, d.BusinessDate = b.Number, b.BusinessDate
		s.numbers[d.Zone] = dayNumber{b.BusinessDate, b.Number}
	}
	if moved {
		s.vanish(ZoneScope(old.Zone), Row{RowDispatch, d.ID.UUID()})
	}
	s.putDispatch(d)
	for _, id := range d.Tasks {
		t := *s.tasks[id]
		if moved { // they live where their dispatch lives
			s.vanish(ZoneScope(old.Zone), Row{RowTask, id.UUID()})
		}
		if s.rewind(&t, &old.Facts) || moved {
			s.showTask(t)
		}
	}
	if !moved {
		return
	}
	for _, id := range d.Log {
		s.vanish(ZoneScope(old.Zone), Row{RowLog, id.UUID()})
		s.showNote(*s.notes[id])
	}
	s.relabel(*s.conversations[d.Conversation]) // its label names the zone
	s.regrantAll(ConversationScope(d.Conversation))
	for _, id := range s.urgentIn[d.Conversation] { // the role is that of another zone's dispatchers now
		s.showRole(id)
	}
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
