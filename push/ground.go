package push

import (
	"time"

	"officermobile/models"
)

// Ground is what a verdict stood on, for whoever asks why. It says what the device was doing, never where or what.
type Ground struct {
	State     models.PresenceState `json:"state,omitzero"`
	Certain   bool                 `json:"certain,omitzero"`   // false: as of before a restart
	Heard     time.Time            `json:"heard,omitzero"`     // the device, last
	Since     time.Time            `json:"since,omitzero"`     // it was doing so
	Confirmed bool                 `json:"confirmed,omitzero"` // it had the event
	Address   bool                 `json:"address,omitzero"`   // it could be rung
	Until     time.Time            `json:"until,omitzero"`     // of a wait
	Passive   bool                 `json:"passive,omitzero"`   // without a sound: off duty
	Overrode  Reason               `json:"overrode,omitzero"`  // what would have kept back anything less than an emergency
	Provider  AddressKind          `json:"provider,omitzero"`  // that was asked
}

// ground is what is worth keeping of the facts.
func (f Facts) ground() Ground {
	return Ground{
		State: f.Presence.State, Certain: f.Presence.Certain, Heard: f.Presence.Heard, Since: f.Presence.Since,
		Confirmed: f.Presence.Confirmed >= f.Seq, Address: f.HasAddress,
	}
}
