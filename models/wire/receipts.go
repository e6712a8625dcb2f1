package wire

import (
	"time"

	"officermobile/models"
	"officermobile/models/record"
)

// DeliveryState is how far a message has come to a device.
type DeliveryState string

// The states.
const (
	Delivered       DeliveryState = "delivered"  // the device confirmed that it has it
	NotYet          DeliveryState = "not_yet"    // it has not confirmed so far
	OnRequest       DeliveryState = "on_request" // a reset left it out: the device has it if it asked for the history
	DeliveryUnknown DeliveryState = "unknown"    // not heard for a week, another's device since, or forgotten
)

// RowRef is a timeline row by all that finds it.
type RowRef struct {
	Conversation models.ConversationID
	N            uint32
	Seq          record.Seq
}

// Delivery is what is known of a row on a device.
type Delivery struct {
	State  DeliveryState
	At     time.Time // when delivered
	Before bool      // it was at At or before: the step is forgotten
}

// Receipts are what became of a message. docs/RECEIPTS.md describes them.
type Receipts struct {
	Message      models.MessageID      `json:"message_id"`
	Conversation models.ConversationID `json:"conversation_id"`
	N            uint32                `json:"n"` // number of its row in the conversation
	Author       models.UserID         `json:"author"`
	At           int64                 `json:"at" doc:"When it was queued for everybody: milliseconds since 1970, as all times here."`
	Urgent       bool                  `json:"urgent,omitzero"` // it asks for acknowledgement
	Known        string                `json:"recipients_known" enum:"posted,later,now" doc:"As of when the recipients are known: of its posting, of recipients_as_of, or of now because nothing is kept any more."`
	AsOf         int64                 `json:"recipients_as_of"` // milliseconds since 1970
	Forgotten    bool                  `json:"reads_forgotten,omitzero" doc:"The conversation has left memory since, and who had read how far with it; also if it has come back."`
	Recipients   []Receipt             `json:"recipients"` // without the author
	Steps        []ReceiptStep         `json:"steps,omitzero" doc:"Of an urgent message: each time it was escalated, and what rang then."`
}

// ReceiptStep is a step by which an urgent message was escalated.
type ReceiptStep struct {
	Step       models.Step     `json:"step"`       // 0, 1: rung again, 2: those in by role were told, 3: given up, use the radio
	At         int64           `json:"at"`         // milliseconds since 1970
	Recipients []StepRecipient `json:"recipients"` // who had yet to acknowledge then, and by role who was told; the author too
}

// StepRecipient is somebody for whom an urgent message was escalated.
type StepRecipient struct {
	User    models.UserID `json:"user_id"`
	ByRole  bool          `json:"by_role,omitzero"` // told for the role's sake, not waited for in person
	Devices []DeviceRing  `json:"devices"`          // the recipient's
	Push    *PushVerdict  `json:"push,omitzero" doc:"Of who has no device."`
}

// DeviceRing is whether and why one device rang.
type DeviceRing struct {
	Device models.DeviceID `json:"device_id"`
	Push   PushVerdict     `json:"push"` // whether and why it rang
}

// Receipt is what became of a message for one recipient.
type Receipt struct {
	User         models.UserID   `json:"user_id"`
	ByRole       bool            `json:"by_role,omitzero"` // is in the conversation by role, not by name
	State        ReceiptState    `json:"state" enum:"queued,delivered,read,acknowledged" doc:"The furthest it has come."`
	Read         *Moment         `json:"read,omitzero"`         // absent: not yet
	Acknowledged *Moment         `json:"acknowledged,omitzero"` // absent: not yet, or not asked for
	Devices      []DeviceReceipt `json:"devices"`               // the recipient's
	Push         *PushVerdict    `json:"push,omitzero" doc:"Of who has no device."`
}

// ReceiptState is how far a message has come with a person.
type ReceiptState string

// The states, each further than the one before.
const (
	Queued       ReceiptState = "queued"
	HasIt        ReceiptState = "delivered"
	HasRead      ReceiptState = "read"
	Acknowledged ReceiptState = "acknowledged"
)

// Rank orders states; a state of a later version is 0.
func (s ReceiptState) Rank() int {
	switch s {
	case Queued:
		return 1
	case HasIt:
		return 2
	case HasRead:
		return 3
	case Acknowledged:
		return 4
	}
	return 0
}

// Moment is a time, or one that something was not after.
type Moment struct {
	At     int64 `json:"at"` // milliseconds since 1970
	Before bool  `json:"before,omitzero" doc:"Then or before: when exactly is forgotten."`
}

// DeviceReceipt is what became of a message on one device.
type DeviceReceipt struct {
	Device    models.DeviceID `json:"device_id"`
	Queued    int64           `json:"queued"`                                               // when it was ready for the device, milliseconds since 1970
	Delivery  DeliveryState   `json:"delivery" enum:"delivered,not_yet,on_request,unknown"` // how far it has come
	Delivered *Moment         `json:"delivered,omitzero"`                                   // absent: not known to be there
	Push      PushVerdict     `json:"push"`                                                 // whether and why it rang
}

// PushVerdict is whether and why a device rang.
type PushVerdict struct {
	Verdict string      `json:"verdict" enum:"push,suppress,wait"` // whether it rang: push, suppress, or wait while that is not decided
	Reason  string      `json:"reason" doc:"A stable code; docs/PUSH.md has them all."`
	At      int64       `json:"at"` // milliseconds since 1970
	Words   string      `json:"words" doc:"One plain sentence, with times of day in the agency's time zone."`
	Facts   PushFacts   `json:"facts"` // what the verdict stood on
	Reached PushReached `json:"reached,omitzero" doc:"What the device itself told of the notification; absent: nothing so far."`
	Derived bool        `json:"derived,omitzero" doc:"Worked out from the present, because it was not kept or is not decided."`
}

// PushFacts are what a verdict stood on, as of its time, and what the provider said.
type PushFacts struct {
	State      models.PresenceState `json:"state,omitzero"` // presence of the device
	Uncertain  bool                 `json:"uncertain,omitzero" doc:"The state is of before a restart."`
	Heard      int64                `json:"heard,omitzero" doc:"When the device was heard last."`
	Since      int64                `json:"since,omitzero" doc:"Since when it was in that state."`
	Confirmed  bool                 `json:"confirmed,omitzero" doc:"It had the message."`
	HasAddress bool                 `json:"has_address,omitzero"`                                    // a push address was registered
	WaitUntil  int64                `json:"wait_until,omitzero"`                                     // milliseconds since 1970
	Passive    bool                 `json:"passive,omitzero"`                                        // it rang without a sound: off duty
	Overrode   string               `json:"overrode,omitzero"`                                       // the reason that would have kept back anything less than an urgent message
	Provider   string               `json:"provider,omitzero" enum:"apns,fcm_token,fcm_fid,webpush"` // whose push service
	Outcome    string               `json:"outcome,omitzero" doc:"Of the request: accepted, token_dead, our_bug."`
	Answer     string               `json:"answer,omitzero" doc:"The provider's word."`
	Attempts   int                  `json:"attempts,omitzero"` // requests to the provider so far
}

// DeviceVerdict is one of the latest verdicts about a device.
type DeviceVerdict struct {
	User  models.UserID `json:"user_id" doc:"Who used the device then."`
	About string        `json:"about" enum:"message,urgent_message,invitation,task,test"` // what it would have rung for
	ID    string        `json:"id,omitzero" doc:"Of the conversation, urgent message, invitation or task; only for that user."`
	Push  PushVerdict   `json:"push"` // whether and why it rang
}
