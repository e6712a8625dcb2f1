package models

// OffDutyPush is how an agency wants the devices of officers off duty to ring. What is urgent always rings.
type OffDutyPush string

// The ways.
const (
	OffDutyRing    OffDutyPush = "ring"    // as on duty: for agencies whose officers do not report for duty here
	OffDutyPassive OffDutyPush = "passive" // shown without a sound: messages, invitations and tasks
	OffDutyHold    OffDutyPush = "hold"    // messages do not ring, the sync has them when the officer reports for duty; the rest is shown without a sound
)

func (p OffDutyPush) check(field string) error {
	switch p {
	case "", OffDutyRing, OffDutyPassive, OffDutyHold:
		return nil
	}
	return Invalid(field, "is ring, passive or hold")
}

// maxOtherDeviceWaitS: a message that waits for longer is no conversation any more.
const maxOtherDeviceWaitS = 60
