package models

import "strings"

// Status is what an officer on duty is doing.
type Status string

// The statuses of an officer. Available and busy are chosen; the others are forced by tasks.
const (
	StatusAvailable Status = "available"
	StatusAssigned  Status = "assigned"
	StatusOnRoute   Status = "on_route"
	StatusOnScene   Status = "on_scene"
	StatusBusy      Status = "busy"
)

// Duty is the shift that an officer is on.
type Duty struct {
	User     UserID `json:"user"`
	Zone     ZoneID `json:"zone"`
	Team     TeamID `json:"team"`
	CallSign string `json:"call_sign"`
	Chosen   Status `json:"chosen"` // available or busy
	State    string `json:"state"`  // why busy, such as "break"
	Since    Micros `json:"since"`
	Rev      uint32 `json:"rev"`
}

// ReportForDuty brings an officer on duty: themselves, or by a dispatcher of the zone.
type ReportForDuty struct {
	UserID   UserID `json:"user_id,omitzero"` // absent: the actor
	Zone     ZoneID `json:"zone"`             // operational zone
	Team     TeamID `json:"team"`             // of the zone
	CallSign string `json:"call_sign"`        // theirs for this duty
}

// CommandType is the name on the wire.
func (*ReportForDuty) CommandType() string { return "duty.on" }

func (b *ReportForDuty) decide(s *State, c Command) ([]EventBody, error) {
	id, err := s.dutyOf(c, b.UserID, b.Zone)
	if err != nil {
		return nil, err
	}
	if !s.users[id].Types.Any(Officer) {
		return nil, Refuse(KindConflict, "not_an_officer", "Only officers are on duty.")
	}
	if s.zones[b.Zone] == nil {
		return nil, Invalid("zone", "does not exist")
	}
	if t := s.teams[b.Team]; t == nil || t.Zone != b.Zone {
		return nil, Invalid("team", "is not one of that operational zone")
	}
	sign := strings.ToUpper(strings.TrimSpace(b.CallSign))
	if err := needName("call_sign", sign); err != nil {
		return nil, err
	}
	if d := s.duty[id]; d != nil {
		if d.Zone == b.Zone && d.Team == b.Team && d.CallSign == sign {
			return nil, nil
		}
		return nil, Refuse(KindConflict, "on_duty", "Already on duty; go off duty first.")
	}
	if _, taken := s.callSigns[sign]; taken {
		return nil, Refuse(KindConflict, "call_sign_taken", "Somebody on duty has this call sign.")
	}
	return []EventBody{&DutyOn{User: id, Zone: b.Zone, Team: b.Team, CallSign: sign}}, nil
}

// dutyOf is whose duty a command is about: the actor's own, or that of somebody in a zone which the actor runs.
func (s *State) dutyOf(c Command, id UserID, zone ZoneID) (UserID, error) {
	if id.IsZero() || id == c.Actor {
		if c.Actor.IsZero() {
			return id, Invalid("user_id", "is missing")
		}
		return c.Actor, nil
	}
	// Who is off duty is so in every zone, and any dispatcher sees in the directory that they are.
	nowhere := zone.IsZero() && !c.Actor.IsZero() && s.actor(c).Types.Any(Administrator|Dispatcher)
	if err := s.mustRun(c, zone); err != nil && !nowhere {
		return id, err
	}
	if u := s.users[id]; u == nil || !u.Active {
		return id, ErrNotFound
	}
	return id, nil
}

// DutyOn begins a shift.
type DutyOn struct {
	User     UserID `json:"user"`
	Zone     ZoneID `json:"zone"`
	Team     TeamID `json:"team"`
	CallSign string `json:"call_sign"`
}

// EventType is the name in the log.
func (*DutyOn) EventType() string { return "duty.on" }

func (b *DutyOn) apply(s *State, e Event) {
	if s.users[b.User] == nil || s.duty[b.User] != nil {
		return
	}
	s.callSigns[b.CallSign], s.lastZone[b.User] = b.User, b.Zone
	s.putDuty(Duty{User: b.User, Zone: b.Zone, Team: b.Team, CallSign: b.CallSign, Chosen: StatusAvailable, Since: e.At})
	s.dutyChanged(b.User, b.Zone)
}

// GoOffDuty ends a shift; tasks that the officer holds become unassigned.
type GoOffDuty struct {
	UserID UserID `json:"user_id,omitzero"` // absent: the actor
}

// CommandType is the name on the wire.
func (*GoOffDuty) CommandType() string { return "duty.off" }

func (b *GoOffDuty) decide(s *State, c Command) ([]EventBody, error) {
	id, err := s.dutyOf(c, b.UserID, s.dutyZone(b.UserID))
	if err != nil {
		return nil, err
	}
	return s.offDuty(id), nil
}

// dutyZone is the operational zone of a user's shift, zero when off duty.
func (s *State) dutyZone(id UserID) ZoneID {
	if d := s.duty[id]; d != nil {
		return d.Zone
	}
	return ZoneID{}
}

// offDuty is what ends a user's shift; nothing if there is none.
func (s *State) offDuty(id UserID) []EventBody {
	if s.duty[id] == nil {
		return nil
	}
	var events []EventBody
	for _, t := range s.held[id] {
		events = append(events, &TaskUnassigned{ID: t, User: id})
	}
	return append(events, &DutyOff{User: id})
}

// DutyOff ends a shift.
type DutyOff struct {
	User UserID `json:"user"`
}

// EventType is the name in the log.
func (*DutyOff) EventType() string { return "duty.off" }

func (b *DutyOff) apply(s *State, _ Event) {
	d := s.duty[b.User]
	if d == nil {
		return
	}
	delete(s.duty, b.User)
	delete(s.callSigns, d.CallSign)
	s.vanish(DirectoryScope(s.Agency.ID), Row{RowDuty, b.User.UUID()})
	s.dutyChanged(b.User, d.Zone)
}

// OffDuty reports an officer who is not on duty now. Who reports for no duty is never off it: dispatchers and
// administrators, also if they are officers as well, for nobody says when they are at their console; and reviewers.
func (s *State) OffDuty(id UserID) bool {
	u := s.users[id]
	return u != nil && u.Types.Any(Officer) && !u.Types.Any(Administrator|Dispatcher) && s.duty[id] == nil
}

// SetStatus is an officer's choice of available or busy.
type SetStatus struct {
	UserID UserID `json:"user_id,omitzero"` // absent: the actor
	Status Status `json:"status"`           // available or busy; the others follow from tasks
	State  string `json:"state,omitzero"`   // why busy, one of the agency's choices
}

// CommandType is the name on the wire.
func (*SetStatus) CommandType() string { return "duty.status" }

func (b *SetStatus) decide(s *State, c Command) ([]EventBody, error) {
	id, err := s.dutyOf(c, b.UserID, s.dutyZone(b.UserID))
	if err != nil {
		return nil, err
	}
	d := s.duty[id]
	if d == nil {
		return nil, Refuse(KindConflict, "off_duty", "Not on duty.")
	}
	if err := first(b.check(), mayName("state", b.State)); err != nil {
		return nil, err
	}
	if b.Status == StatusBusy && (d.Chosen != b.Status || d.State != b.State) {
		if err := s.checkChosen(c, "state", BusyStateChoice, b.State); err != nil {
			return nil, err
		}
	}
	if d.Chosen == b.Status && d.State == b.State {
		return nil, nil
	}
	return []EventBody{&DutyStatus{User: id, Status: b.Status, State: b.State}}, nil
}

func (b *SetStatus) check() error {
	if b.Status != StatusAvailable && b.Status != StatusBusy {
		return Invalid("status", "can be chosen as available or busy")
	}
	if b.Status == StatusAvailable && b.State != "" {
		return Invalid("state", "is of who is busy")
	}
	return nil
}

// DutyStatus is a chosen status.
type DutyStatus struct {
	User   UserID `json:"user"`
	Status Status `json:"status"`
	State  string `json:"state,omitzero"`
}

// EventType is the name in the log.
func (*DutyStatus) EventType() string { return "duty.status" }

func (b *DutyStatus) apply(s *State, _ Event) {
	if old := s.duty[b.User]; old != nil {
		d := *old
		d.Chosen, d.State = b.Status, b.State
		s.putDuty(d)
	}
}

func (s *State) putDuty(d Duty) {
	row := Row{RowDuty, d.User.UUID()}
	d.Rev = max(d.Rev, s.lastRev(DirectoryScope(s.Agency.ID), row)) + 1 // goes on rising from shift to shift
	s.duty[d.User] = &d
	s.touch(DirectoryScope(s.Agency.ID), row, d.Rev, false)
}

// StatusOf is an officer's status: forced by the most advanced task held, else as chosen.
func (s *State) StatusOf(id UserID) Status {
	status := StatusAvailable
	if d := s.duty[id]; d != nil {
		status = d.Chosen
	}
	held := TaskUnassignedStatus
	for _, t := range s.held[id] {
		held = max(held, s.tasks[t].Status)
	}
	switch held {
	case TaskAssignedStatus:
		return StatusAssigned
	case TaskOnRoute:
		return StatusOnRoute
	case TaskOnScene:
		return StatusOnScene
	}
	return status
}
