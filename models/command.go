package models

import (
	"time"

	"officermobile/models/record"

	"github.com/go-json-experiment/json"
)

// Lane is one of a device's two queues. Lane 0 goes first, so that nothing urgent waits behind what is routine.
type Lane uint8

// The lanes. A command's type decides which it belongs to.
const (
	LaneUrgent  Lane = 0 // all but what is named below
	LaneRoutine Lane = 1 // routine messages, marks, own settings
	lanes            = 2
)

// Command is what somebody wants to happen.
type Command struct {
	At      Micros // the server's time of deciding
	Actor   UserID // zero: the system
	Device  DeviceID
	Lane    Lane
	Num     uint64 // 0: not from a device's outbox
	ID      CommandID
	Request record.Request
	Claims  Claims
	Base    uint32 // rev of what is changed, as it was when the person decided; 0: not told
	Match   uint32 // rev that what is changed must still have; 0: any
	Body    CommandBody
	// Around is where people were last heard of, as the edge knows it; for duress alone.
	Around []Sighting
	// Taken is the event that already carries the id which this command mints, where the state alone can't tell
	// (see LookUp). The engine finds it in the log.
	Taken *Event
	// Sealed is what Taken sealed, with the parts of it that stand in the events behind.
	Sealed *Sealed
}

// Claims are what a device says of time: shown to people, never used for order, expiry or refusal.
type Claims struct {
	DeviceAt int64 `json:"device_at,omitzero"` // its wall clock when the command was given, milliseconds since 1970
	AgeMS    int64 `json:"age_ms,omitzero"`    // how long ago that was by its monotonic clock; 0: not told
}

// CommandBody is what is wanted: one struct per command type.
type CommandBody interface {
	// CommandType is the name on the wire, such as "message.post".
	CommandType() string
	// decide answers the events that follow, none if all is so already, or an *Error.
	decide(s *State, c Command) ([]EventBody, error)
}

// Decide answers what follows from c in state s: events to append in one batch, or a refusal (*Error). It changes
// nothing. No event and no error means that all is as wanted already.
func Decide(s *State, c Command) ([]EventBody, error) {
	if err := s.admit(c); err != nil {
		return nil, err
	}
	events, err := c.Body.decide(s, c)
	if moved := s.checkMatch(c, err); moved != nil {
		return nil, moved
	}
	if err != nil {
		return nil, err
	}
	return events, s.checkLevel(events)
}

// admit checks the actor and the device before anything else is looked at.
func (s *State) admit(c Command) error {
	if s.Agency.ID.IsZero() {
		if _, ok := c.Body.(*AgencyCreate); !ok {
			return ErrNotFound
		}
		return nil
	}
	if c.Actor.IsZero() {
		return nil
	}
	if u := s.users[c.Actor]; u == nil || !u.Active {
		return ErrInactive
	}
	if c.Device.IsZero() {
		return nil
	}
	if _, ok := c.Body.(*DeviceRegister); ok {
		return nil
	}
	if d := s.devices[c.Device]; d == nil || d.Revoked || d.User != c.Actor {
		return ErrInactive
	}
	if c.Num > 0 && LaneOf(c.Body) != c.Lane {
		return Refuse(KindInvalid, "wrong_lane", "This type of command belongs to the other lane.")
	}
	return nil
}

// ErrInactive refuses a user or device that has been switched off.
var ErrInactive = Refuse(KindUnauthenticated, "inactive", "This user or device is not active.")

// LaneOf is the lane that a command belongs to.
func LaneOf(b CommandBody) Lane {
	switch b := b.(type) {
	case *MessagePost:
		if !b.Urgent {
			return LaneRoutine
		}
	case *ReadUpTo, *MuteConversation, *UnmuteConversation:
		return LaneRoutine
	case *Malformed:
		return b.Lane
	}
	return LaneUrgent
}

// MaxCommandBytes bounds the JSON of one command's body.
const MaxCommandBytes = 64 << 10

// DecodeCommand reads a command's body from JSON: strictly, with no unknown (but for duress), duplicate or case-variant names
// and only valid UTF-8. Errors name the field and echo no value.
func DecodeCommand(name string, body []byte) (CommandBody, error) {
	b, ok := newCommand(name)
	if !ok {
		return nil, Refuse(KindInvalid, "unknown_command", "type: there is no such command.")
	}
	if len(body) > MaxCommandBytes {
		return nil, Refuse(KindTooLarge, "too_large", "body: larger than 64 KiB.")
	}
	if err := DecodeStrict(body, b); err != nil {
		return nil, err
	}
	return b, nil
}

// DecodeStrict reads JSON into v, refusing unknown, duplicate and case-variant names and invalid UTF-8. The error is an
// *Error that names the place and no value.
func DecodeStrict(data []byte, v any) error {
	err := json.Unmarshal(data, v, json.RejectUnknownMembers(true))
	if err == nil {
		return nil
	}
	return Invalid(jsonPlace(err), "not what is expected here")
}

// newCommand makes the empty body of a type, for decoding.
func newCommand(name string) (CommandBody, bool) {
	switch name {
	case "agency.create":
		return &AgencyCreate{}, true
	case "agency.change":
		return &AgencyChange{}, true
	case "user.create":
		return &UserCreate{}, true
	case "user.change":
		return &UserChange{}, true
	case "zone.put":
		return &PutZone{}, true
	case "work_zone.put":
		return &PutWorkZone{}, true
	case "zone.delete":
		return &DeleteZone{}, true
	case "work_zone.delete":
		return &DeleteWorkZone{}, true
	case "team.put":
		return &PutTeam{}, true
	case "team.delete":
		return &DeleteTeam{}, true
	case "rta.put":
		return &PutRTA{}, true
	case "rta.delete":
		return &DeleteRTA{}, true
	case "choice.put":
		return &PutChoice{}, true
	case "choice.delete":
		return &DeleteChoice{}, true
	case "device.register":
		return &DeviceRegister{}, true
	case "device.release":
		return &DeviceRelease{}, true
	case "device.revoke":
		return &DeviceRevoke{}, true
	case "duty.on":
		return &ReportForDuty{}, true
	case "duty.off":
		return &GoOffDuty{}, true
	case "duty.status":
		return &SetStatus{}, true
	case "dispatch.create":
		return &DispatchCreate{}, true
	case "dispatch.change":
		return &DispatchChange{}, true
	case "dispatch.close":
		return &DispatchClose{}, true
	case "dispatch.reopen":
		return &DispatchReopen{}, true
	case "dispatch.log":
		return &DispatchLog{}, true
	case "dispatch.comment":
		return &Comment{}, true
	case "task.create":
		return &TaskCreate{}, true
	case "task.assign":
		return &TaskAssign{}, true
	case "task.unassign":
		return &TaskUnassign{}, true
	case "task.start":
		return &TaskStart{}, true
	case "task.arrive":
		return &TaskArrive{}, true
	case "task.clear":
		return &TaskClear{}, true
	case "task.suspend":
		return &TaskSuspend{}, true
	case "conversation.create":
		return &ConversationCreate{}, true
	case "conversation.mute":
		return &MuteConversation{}, true
	case "conversation.unmute":
		return &UnmuteConversation{}, true
	case "conversation.leave":
		return &Leave{}, true
	case "conversation.remove":
		return &Remove{}, true
	case "duress.raise":
		return &DuressRaise{}, true
	case "broadcast.create":
		return &BroadcastCreate{}, true
	case "broadcast.end":
		return &BroadcastEnd{}, true
	case "invitation.send":
		return &Invite{}, true
	case "invitation.accept":
		return &Accept{}, true
	case "invitation.reject":
		return &Reject{}, true
	case "invitation.cancel":
		return &Cancel{}, true
	case "message.post":
		return &MessagePost{}, true
	case "message.acknowledge":
		return &Acknowledge{}, true
	case "mark.read":
		return &ReadUpTo{}, true
	}
	return nil, false
}

// Time is the command's time as the standard library's.
func (c Command) Time() time.Time { return time.UnixMicro(int64(c.At)).UTC() }
