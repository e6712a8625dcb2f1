package push

import (
	"time"

	"officermobile/models"
	"officermobile/models/wire"
)

// manner is how a device rings if nothing forbids it.
type manner uint8

const (
	aloud   manner = iota
	passive        // shown, without a sound
	held           // not now
)

// offDuty is the policy by the agency's setting: how much it matters decides what an officer off duty is spared. The
// empty setting is of who is on duty, or has none. A badge makes no sound to be spared.
func offDuty(setting models.OffDutyPush, c Class) manner {
	switch {
	case setting == "" || setting == models.OffDutyRing || c == Emergency || c == Quiet:
		return aloud
	case setting == models.OffDutyHold && c == Message:
		return held
	}
	return passive
}

// overrode is what an emergency was not kept back by; "" for nothing. Waking somebody off duty is on record in the
// agency's audit log too.
func (f Facts) overrode() Reason {
	switch {
	case f.Class != Emergency:
		return ""
	case offDuty(f.OffDuty, Message) != aloud:
		return IsOffDuty
	case f.Muted:
		return IsMuted
	}
	return ""
}

// elsewhere is until when a message waits because other devices of the person are in use: wait is the agency's, and
// patience what such a device has to confirm. Began is when the oldest message that waits was first due, so that a lively conversation
// which nobody reads puts nothing off for ever.
func elsewhere(others []wire.DevicePresence, f Facts, began time.Time, wait time.Duration) time.Time {
	var until time.Time
	for _, o := range others {
		switch {
		case o.State != models.Foreground:
		case o.Confirmed >= f.Seq:
			until = maxTime(until, began.Add(wait))
		default:
			until = maxTime(until, began.Add(min(wait, f.Patience)))
		}
	}
	return until
}

// otherDevices are those of a person that may keep a device waiting, and for how long.
type otherDevices struct {
	devices []models.DeviceID
	wait    time.Duration
}

// othersOf is empty unless the agency chose the wait, and for all but messages.
func othersOf(s *models.State, k slotKey, user models.UserID) otherDevices {
	o := otherDevices{wait: time.Duration(s.Agency.Settings.OtherDeviceWaitS) * time.Second}
	if o.wait == 0 || k.thing.class() != Message {
		return otherDevices{}
	}
	for _, d := range s.DevicesOf(user) {
		if d.ID != k.device {
			o.devices = append(o.devices, d.ID)
		}
	}
	return o
}

// presences are what devices are doing now.
func (p *Service) presences(agency models.AgencyID, devices []models.DeviceID) []wire.DevicePresence {
	all := make([]wire.DevicePresence, len(devices))
	for i, d := range devices {
		all[i] = p.sight.Presence(agency, d)
	}
	return all
}
