package wire

import (
	"slices"

	"officermobile/models"
)

// MaxPushReceipts bounds what one request tells of notifications: more than a phone shows on its screen.
const MaxPushReceipts = 64

// PushStage is how far a notification has come on a device.
type PushStage string

// The stages. An app may tell any of them alone: a dead extension tells no first one.
const (
	PushReceived  PushStage = "received"  // the app's code ran for it
	PushDisplayed PushStage = "displayed" // it was on the screen
	PushOpened    PushStage = "opened"    // a person tapped it
)

// PushStages are all of them, in their order.
func PushStages() []PushStage { return []PushStage{PushReceived, PushDisplayed, PushOpened} }

// PushReceipt is a device's word about a notification that it got. The same may be told any number of times: the first
// counts.
type PushReceipt struct {
	ID    models.NotificationID `json:"n"`                                      // the n of its payload
	Stage PushStage             `json:"stage" enum:"received,displayed,opened"` // how far it has come
	At    int64                 `json:"at"`                                     // when, by the device's clock: milliseconds since 1970
}

// CheckPushes refuses receipts that no device could write: the error names the field.
func CheckPushes(all []PushReceipt) error {
	if len(all) > MaxPushReceipts {
		return models.Invalid("pushes", "are more than one request takes")
	}
	for _, r := range all {
		if r.ID.IsZero() {
			return models.Invalid("pushes.n", "is missing")
		}
		if !slices.Contains(PushStages(), r.Stage) {
			return models.Invalid("pushes.stage", "is received, displayed or opened")
		}
		if r.At <= 0 {
			return models.Invalid("pushes.at", "is no time")
		}
	}
	return nil
}

// PushReached is what a device told of a notification, in milliseconds since 1970; 0 for what it did not.
type PushReached struct {
	Received  int64 `json:"received,omitzero"`  // the app's code ran for it
	Displayed int64 `json:"displayed,omitzero"` // it was on the screen
	Opened    int64 `json:"opened,omitzero"`    // a person tapped it
}
