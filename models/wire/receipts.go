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
