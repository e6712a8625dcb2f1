// Package shift plans a rehearsal: from recorded calls and a corpus of texts it makes everything that people and
// machines do during some hours, as a list of steps on the time of the recording. A plan is data. It needs no server
// and no network, the same input and seed give the same plan, and what carries it out decides nothing of its own.
//
// Rules that every plan keeps: steps are in the order of time and within the window; whoever acts is on duty, holds
// the device and has it in the foreground; an officer has at most one task under way; nobody writes where they are not
// a member; nobody answers what their phone cannot have received yet.
package shift

import (
	"time"

	"officermobile/replay/calls"
)

// Numbers of things in a plan: indexes into the tables of a Shift.
type (
	PersonNo       int
	DeviceNo       int
	WorkZoneNo     int
	TeamNo         int
	DispatchNo     int
	TaskNo         int
	ConversationNo int
	InvitationNo   int
	MessageNo      int
)

// None is the absent one of any of the numbers.
const None = -1

// Shift is a plan. All of it lies in one operational zone; every team is authorised for every work zone.
type Shift struct {
	From, To      time.Time
	Seed          uint64
	WorkZones     []WorkZone
	Teams         []Team
	People        []Person
	Devices       []Device
	Dispatches    []Dispatch
	Tasks         []Task
	Conversations []Conversation
	Invitations   []Invitation
	Messages      []Message
	Steps         []Step
	Skipped       int // rows left out because their unit would have been beyond Options.MaxOfficers
}

// WorkZone is a district of the file.
type WorkZone struct{ Name string }

// Team is the officers whose first call was in one work zone.
type Team struct {
	Name     string
	WorkZone WorkZoneNo
}

// UserType is a person's part, in DOMAIN's words.
type UserType string

// The user types of a plan.
const (
	Dispatcher UserType = "dispatcher"
	Officer    UserType = "officer"
)

// Person is a user. Dispatchers come first in Shift.People.
type Person struct {
	Type     UserType
	Name     string     // unique
	CallSign string     // of an officer, unique
	Team     TeamNo     // of an officer, else None
	Devices  []DeviceNo // of an officer the phone first, then perhaps a tablet; of a dispatcher a console
}

// DeviceKind is what sort of device somebody holds.
type DeviceKind string

// The device kinds.
const (
	Console DeviceKind = "console"
	Phone   DeviceKind = "phone"
	Tablet  DeviceKind = "tablet"
)

// Device is signed in and in the foreground when the shift begins.
type Device struct {
	Owner     PersonNo
	Kind      DeviceKind
	DeadZones []Span // sorted and apart; none for consoles
}

// Span is a time, From included and To not.
type Span struct{ From, To time.Time }

// Dispatch is a call of the file.
type Dispatch struct {
	CallID       string
	WorkZone     WorkZoneNo
	Category     string
	Priority     calls.Priority
	Location     string
	Lat, Lon     float64 // meaningful only with Located
	Located      bool
	Reported     time.Time
	Conversation ConversationNo // comes with the dispatch
}

// Task is one officer's job on a dispatch.
type Task struct {
	Dispatch    DispatchNo
	Officer     PersonNo
	DuplicateOf TaskNo // the task whose suspension brings this one forth, or None
}

// ConversationKind is what a conversation belongs to.
type ConversationKind string

// The conversation kinds.
const (
	OfDispatch ConversationKind = "dispatch"
	Personal   ConversationKind = "personal"
)

// Conversation is of a dispatch, or personal.
type Conversation struct {
	Kind        ConversationKind
	Dispatch    DispatchNo // None for a personal one
	Creator     PersonNo   // None for a dispatch's
	Title       string     // "" for none
	Invitations []InvitationNo
}

// Single reports whether a personal conversation begins with two people, who are both in at once.
func (c Conversation) Single() bool { return c.Kind == Personal && len(c.Invitations) == 1 }

// Invitation asks somebody into a conversation.
type Invitation struct {
	Conversation     ConversationNo
	Inviter, Invitee PersonNo
}

// Message is something written.
type Message struct {
	Conversation ConversationNo
	Author       PersonNo
	Text         string
	Lang         string
	Urgent       bool
}

// Step is one thing that happens.
type Step struct {
	At time.Time
	By PersonNo // None for the server's misfortunes
	On DeviceNo // of By; None with By None
	Do Action
}
