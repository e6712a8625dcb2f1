package wire

import "officermobile/models"

// Readiness is whether a device can be rung, in one word for an operator.
type Readiness string

// The words, which never change their meaning, the worst first. What comes later in the list is only said where nothing
// before it holds.
const (
	NoDevice         Readiness = "no_device"         // an officer on duty without any device
	NoAddress        Readiness = "no_address"        // the app has registered no address
	AddressDead      Readiness = "address_dead"      // its provider says that the app is gone
	PermissionDenied Readiness = "permission_denied" // the phone does not let the app show notifications
	ProviderDown     Readiness = "provider_down"     // its provider does not answer, or refuses us
	AddressDoubted   Readiness = "address_doubted"   // its provider says that the app is gone, and is not believed yet
	NotHeard         Readiness = "not_heard"         // the device was not heard for a shift
	TestUnanswered   Readiness = "test_unanswered"   // the latest test push was not told of
	NeverTested      Readiness = "never_tested"      // nothing speaks against it, and nothing has shown it
	Ready            Readiness = "ready"             // the latest test push was told of
)

// AllReadiness is every word, the worst first.
func AllReadiness() []Readiness {
	return []Readiness{NoDevice, NoAddress, AddressDead, PermissionDenied, ProviderDown, AddressDoubted, NotHeard, TestUnanswered, NeverTested, Ready}
}

// DeviceReadiness is what is known of the way to a device. Times are milliseconds since 1970; absent: never, or not known.
type DeviceReadiness struct {
	User       models.UserID        `json:"user_id"`
	Device     models.DeviceID      `json:"device_id,omitzero"` // absent with no_device
	Ready      Readiness            `json:"ready" enum:"no_device,no_address,address_dead,permission_denied,provider_down,address_doubted,not_heard,test_unanswered,never_tested,ready" doc:"Why it can't be rung, the worst reason, or ready."`
	State      models.PresenceState `json:"state,omitzero"`                                      // presence of the device
	Heard      int64                `json:"heard,omitzero"`                                      // when the device was heard last
	Kind       string               `json:"kind,omitzero" enum:"apns,fcm_token,fcm_fid,webpush"` // whose push service
	Address    string               `json:"address,omitzero" enum:"good,doubted,dead,aged,unreadable,none" doc:"How good the address is: doubted where its provider calls it dead and is not believed yet."`
	Permission string               `json:"permission,omitzero" enum:"granted,denied" doc:"Whether the phone lets the app show notifications; absent: the app did not say."`
	Provider   string               `json:"provider,omitzero" enum:"closed,ramping,throttled,open,refused" doc:"What the breaker before its provider does, on this server."`
	Accepted   int64                `json:"accepted,omitzero" doc:"When its provider last took a push, to the hour."`
	Tested     int64                `json:"tested,omitzero"`    // when the latest test push was asked for
	Confirmed  int64                `json:"confirmed,omitzero"` // when the device told of that
}
