package wire

import (
	"time"

	"officermobile/models"
	"officermobile/models/record"
)

// Caller is who asks, as the session says.
type Caller struct {
	Agency  models.AgencyID
	User    models.UserID
	Device  models.DeviceID // zero: a console or integration without a device
	Session models.SessionID
}

// LiveRequest opens a stream at a token; an absent token starts a full pass.
type LiveRequest struct {
	Token  string
	Schema int
	Window int
}

// Frame is one server-sent event.
type Frame struct {
	Event string // page, mark, now, bye; "" is a comment that keeps the connection
	ID    string // the token, with page and mark
	Data  any
}

// RepairRequest asks for one scope anew.
type RepairRequest struct {
	Token  string       `json:"t"`               // the client's token, which stays as it is
	Schema int          `json:"schema"`          // of the rows that the client can read; now 1
	Scope  models.Scope `json:"scope"`           // the one to bring anew
	Window int          `json:"window,omitzero"` // newest messages of a conversation wanted
}

// DevicePresence is what is known of a device's presence.
type DevicePresence struct {
	State     models.PresenceState // lease applied
	Certain   bool                 // false: a foreground from before a restart, not heard since
	Heard     time.Time            // last time the device was heard; zero for never
	Since     time.Time            // when State was entered
	Confirmed record.Seq           // everything up to here is delivered to the device
}
