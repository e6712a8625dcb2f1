package models

import (
	"officermobile/models/record"
)

// Event is something that has happened. Its order is its Seq; At is the server's time and only for people.
type Event struct {
	Seq     record.Seq
	At      Micros
	Actor   UserID   // zero: the system
	Device  DeviceID // zero: none, a console or integration by REST
	Lane    Lane
	Num     uint64 // of the device's command; 0: none
	Command CommandID
	Request record.Request // of a REST write with an idempotency key
	Body    EventBody
}

// Micros is a time in microseconds since 1970, UTC.
type Micros int64

// Millis is the time in milliseconds, the precision that leaves the server.
func (t Micros) Millis() int64 { return int64(t) / 1000 }

// EventBody is what happened: one struct per event type. Bodies are values; nobody changes one after it was made.
type EventBody interface {
	// EventType is the name in the log, such as "message.posted".
	EventType() string
	// apply changes s. It must take any body that JSON can make: what does not fit the state is a no-op.
	apply(s *State, e Event)
}

// A body that made a row of a conversation's timeline, or took an id that a client minted, can be found by it again.
type (
	rowMaker interface {
		row() (ConversationID, uint32)
	}
	minter interface {
		minted() []record.UUID
	}
)

// Apply folds e into s. The error is for an event out of order or a critical one of unknown type: then s is as it was
// and its owner must halt.
func Apply(s *State, e Event) error {
	if e.Seq != s.Seq+1 {
		return errOutOfOrder
	}
	if u, ok := e.Body.(Unknown); ok && u.Critical {
		return errUnknownCritical
	}
	s.Seq, s.At = e.Seq, e.At
	s.noteLane(e)
	e.Body.apply(s, e)
	return nil
}

// Unknown is an event that this version has no type for: written by a newer one, or redacted. It is kept and skipped.
type Unknown struct {
	Type     string
	Critical bool
}

// EventType is the name in the log.
func (u Unknown) EventType() string { return u.Type }
func (Unknown) apply(*State, Event) {}

// newEvent makes the empty body of a type, for decoding.
func newEvent(name string) (EventBody, bool) {
	switch name {
	case "agency.created":
		return &AgencyCreated{}, true
	case "agency.changed":
		return &AgencyChanged{}, true
	case "agency.level_raised":
		return &LevelRaised{}, true
	case "user.created":
		return &UserCreated{}, true
	case "user.changed":
		return &UserChanged{}, true
	case "zone.put":
		return &ZonePut{}, true
	case "work_zone.put":
		return &WorkZonePut{}, true
	case "team.put":
		return &TeamPut{}, true
	case "rta.put":
		return &RTAPut{}, true
	case "choice.put":
		return &ChoicePut{}, true
	case "directory.deleted":
		return &Deleted{}, true
	case "device.registered":
		return &DeviceRegistered{}, true
	case "device.released":
		return &DeviceReleased{}, true
	case "device.revoked":
		return &DeviceRevoked{}, true
	case "device.tested":
		return &DeviceTested{}, true
	case "device.wiped":
		return &DeviceWiped{}, true
	case "duty.on":
		return &DutyOn{}, true
	case "duty.off":
		return &DutyOff{}, true
	case "duty.status":
		return &DutyStatus{}, true
	case "dispatch.created":
		return &DispatchCreated{}, true
	case "dispatch.changed":
		return &DispatchChanged{}, true
	case "dispatch.closed":
		return &DispatchClosed{}, true
	case "dispatch.reopened":
		return &DispatchReopened{}, true
	case "dispatch.logged":
		return &DispatchLogged{}, true
	case "broadcast.retired":
		return &BroadcastRetired{}, true
	case "dispatch.retired":
		return &DispatchRetired{}, true
	case "dispatch.part":
		return &DispatchPart{}, true
	case "task.created":
		return &TaskCreated{}, true
	case "task.assigned":
		return &TaskAssigned{}, true
	case "task.unassigned":
		return &TaskUnassigned{}, true
	case "task.moved":
		return &TaskMoved{}, true
	case "conversation.created":
		return &ConversationCreated{}, true
	case "conversation.joined":
		return &Joined{}, true
	case "conversation.left":
		return &Left{}, true
	case "conversation.muted":
		return &ConversationMuted{}, true
	case "duress.raised":
		return &DuressRaised{}, true
	case "broadcast.created":
		return &BroadcastCreated{}, true
	case "broadcast.ended":
		return &BroadcastEnded{}, true
	case "invitation.sent":
		return &InvitationSent{}, true
	case "invitation.settled":
		return &InvitationSettled{}, true
	case "message.posted":
		return &MessagePosted{}, true
	case "message.acknowledged":
		return &MessageAcknowledged{}, true
	case "urgent.escalated":
		return &UrgentEscalated{}, true
	case "urgent.not_reached":
		return &NotReached{}, true
	case "mark.read":
		return &MarkRead{}, true
	case "outcome":
		return &OutcomeNoted{}, true
	case "floor.raised":
		return &FloorRaised{}, true
	}
	return nil, false
}
