package wire

import (
	"officermobile/models"
)

// The data of rows, by kind. Times are milliseconds since 1970.

// Me is the user themselves.
type Me struct {
	Username string           `json:"username"`
	Name     string           `json:"name"`
	Types    models.UserTypes `json:"types"`           // administrator, dispatcher, officer, reviewer, integration
	Zones    []models.ZoneID  `json:"zones,omitempty"` // accessible to dispatchers and reviewers
}

// Device is one of the user's own.
type Device struct {
	Name     string `json:"name"`
	Class    string `json:"class"`            // phone, vehicle or console
	Platform string `json:"platform"`         // one of ios, android, web, other
	Revoked  bool   `json:"revoked,omitzero"` // shut out for good
}

// Mark is how far the user has read a conversation.
type Mark struct {
	N uint32 `json:"n"` // the last row that was read
}

// Mute is that the user wants no rings about a conversation.
type Mute struct {
	Until int64 `json:"until,omitzero"` // milliseconds since 1970, after which it counts no more; absent: for good
}

// Invitation is a pending one, with what its invitee needs to decide: they can't see the conversation yet.
type Invitation struct {
	Conversation models.ConversationID `json:"conversation"` // not visible before it is accepted
	Label        Label                 `json:"label"`        // as of a conversation: kind, title and so on
	Inviter      models.UserID         `json:"inviter"`
	Invitee      models.UserID         `json:"invitee"`
	At           int64                 `json:"at"`      // milliseconds since 1970
	Expires      int64                 `json:"expires"` // milliseconds since 1970
}

// Label is what a conversation is called.
type Label struct {
	Kind   models.ConversationKind `json:"kind"` // dispatch, personal, broadcast
	Title  string                  `json:"title,omitzero"`
	Group  bool                    `json:"group,omitzero"`  // personal: Group, else Single
	Number uint32                  `json:"number,omitzero"` // dispatch number, to be shown with zone and date
	Date   string                  `json:"date,omitzero"`   // of a dispatch: its business date
	Zone   models.ZoneID           `json:"zone,omitzero"`   // of a dispatch, or of a broadcast to one: operational zone
	Team   models.TeamID           `json:"team,omitzero"`   // of a broadcast to one team
}

// Urgent is an urgent message that waits for acknowledgement. In a user's own scope it says that they have to; the
// numbers and names are in the conversation's row, the names while there are few.
type Urgent struct {
	Conversation models.ConversationID `json:"conversation"`
	N            uint32                `json:"n"` // number of its row in the conversation
	Author       models.UserID         `json:"author"`
	At           int64                 `json:"at"`
	Waiting      []models.UserID       `json:"waiting"`            // who has yet to acknowledge, in person
	Acked        []Ack                 `json:"acked,omitempty"`    // who has: user, at
	Role         bool                  `json:"role,omitzero"`      // one of those in by role has yet to acknowledge
	Left         int                   `json:"left,omitzero"`      // how many have yet to, in person
	Confirmed    int                   `json:"confirmed,omitzero"` // how many have
	Again        bool                  `json:"again,omitzero"`     // to who has to acknowledge: it rings again, before any step
	Step         models.Step           `json:"step,omitzero"`      // 1: rung again, 2: those in by role were told, 3: given up, use the radio
	GivenUp      int                   `json:"given_up,omitzero"`  // how many are not reached
	Unreached    []models.UserID       `json:"unreached,omitempty"`
}

// Ack is one acknowledgement.
type Ack struct {
	User models.UserID `json:"user"`
	At   int64         `json:"at"` // milliseconds since 1970
}

// Agency is the agency's name and settings.
type Agency struct {
	Name     string          `json:"name"`
	TimeZone string          `json:"time_zone"` // IANA name
	Settings models.Settings `json:"settings"`  // all of them, defaults too
}

// User is a person in the directory.
type User struct {
	Name   string           `json:"name"`
	Types  models.UserTypes `json:"types"`
	Active bool             `json:"active"` // may sign in
}

// Duty is an officer on duty.
type Duty struct {
	Zone     models.ZoneID `json:"zone"` // operational zone
	Team     models.TeamID `json:"team"`
	CallSign string        `json:"call_sign"`      // theirs for this duty
	Status   models.Status `json:"status"`         // available, assigned, on_route, on_scene, busy
	State    string        `json:"state,omitzero"` // why busy
	Since    int64         `json:"since"`          // when it began, milliseconds since 1970
}

// Zone is an operational zone.
type Zone struct {
	Name        string              `json:"name"`
	TimeZone    string              `json:"time_zone,omitzero"`    // IANA name; absent: the agency's
	NumberReset *models.NumberReset `json:"number_reset,omitzero"` // absent: as the agency's settings say
}

// WorkZone is a part of an operational zone.
type WorkZone struct {
	Zone models.ZoneID `json:"zone"` // the operational zone that it is in
	Name string        `json:"name"`
}

// Team is a group of officers.
type Team struct {
	Zone      models.ZoneID       `json:"zone"` // the operational zone that it is in
	Name      string              `json:"name"`
	WorkZones []models.WorkZoneID `json:"work_zones"` // those that it works in
}

// RTA is a rule of regulated time to act.
type RTA struct {
	Name    string            `json:"name"`
	From    models.TaskStatus `json:"from"`    // the status from which it counts
	To      models.TaskStatus `json:"to"`      // the status that stops it
	Seconds int               `json:"seconds"` // regulated time between the two
	Match   models.RTAMatch   `json:"match"`   // all that is named must be so; empty: all dispatches
}

// Choice is something that the agency lets its people choose.
type Choice struct {
	Kind   models.ChoiceKind `json:"kind"`            // what is chosen
	Parent models.ChoiceID   `json:"parent,omitzero"` // the category above
	Name   string            `json:"name"`
	Order  int               `json:"order,omitzero"` // of showing; equal ones by name
}

// Dispatch is a call for service.
type Dispatch struct {
	Number       uint32                `json:"number"` // to be shown with zone and date
	Date         string                `json:"date"`   // business date
	Zone         models.ZoneID         `json:"zone"`   // operational zone
	WorkZone     models.WorkZoneID     `json:"work_zone"`
	Conversation models.ConversationID `json:"conversation_id"` // where it is talked about
	Status       models.DispatchStatus `json:"status"`          // new, unassigned, assigned, on_route, on_scene, cleared, closed
	Creator      models.UserID         `json:"creator"`
	Created      int64                 `json:"created"`         // milliseconds since 1970
	Duress       bool                  `json:"duress,omitzero"` // an officer needs assistance
	models.Facts
}

// Task is a job on a dispatch.
type Task struct {
	Dispatch    models.DispatchID `json:"dispatch"`
	Assignee    models.UserID     `json:"assignee,omitzero"`         // an officer; absent: nobody yet
	Status      models.TaskStatus `json:"status"`                    // unassigned, assigned, on_route, on_scene, cleared
	Disposition string            `json:"disposition,omitzero"`      // how it ended
	Response    string            `json:"officer_response,omitzero"` // what the officer reported on clearing
	Original    models.TaskID     `json:"original,omitzero"`         // of which this is the duplicate, after a diversion
	Moved       int64             `json:"moved"`                     // when the status changed last
	Clocks      []models.RTAClock `json:"clocks,omitempty"`          // regulated times: rta, name, from, to, start, limit in seconds, stopped?; grey once stopped, red at the limit, yellow from half of it on, else green
}

// Log is a note on a dispatch's record. The device's times are there if they are over a minute off.
type Log struct {
	Dispatch models.DispatchID `json:"dispatch"`
	Author   models.UserID     `json:"author"`
	At       int64             `json:"at"` // server's time, milliseconds since 1970
	Text     string            `json:"text"`
	DeviceAt int64             `json:"device_at,omitzero"` // when it was written by the device's clock
	AgeMS    int64             `json:"age_ms,omitzero"`    // how long before it arrived
}

// Conversation is where people write to one another.
type Conversation struct {
	Label
	Dispatch models.DispatchID `json:"dispatch,omitzero"` // the one that it is about
	Creator  models.UserID     `json:"creator"`
	Created  int64             `json:"created"`         // milliseconds since 1970
	Closed   bool              `json:"closed,omitzero"` // nothing can be written any more
}

// Member is somebody who is in a conversation by name; the row's id is theirs.
type Member struct{}
