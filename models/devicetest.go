package models

import "time"

// testEvery is from one test of a device to the next: a test is for a person who looks at the phone meanwhile.
const testEvery = time.Minute

// DeviceTest asks for a push to a device, to see that it rings. It is of the REST API alone: a test that waited in an
// outbox would test nothing.
type DeviceTest struct {
	DeviceID DeviceID `json:"device_id"`
}

// CommandType is the name for logs; no device sends it.
func (*DeviceTest) CommandType() string { return "device.test" }

func (b *DeviceTest) decide(s *State, c Command) ([]EventBody, error) {
	d := s.devices[b.DeviceID]
	if d == nil || d.Revoked || d.User.IsZero() || !s.MayTest(c.Actor, d.ID) {
		return nil, ErrNotFound
	}
	if next := d.TestedAt + Micros(testEvery.Microseconds()); d.TestedAt != 0 && c.At < next {
		return nil, &Error{
			Kind: KindLimited, Code: "tested_just_now", Message: "This device was tested within the last minute.", RetryMS: int(next.Millis() - c.At.Millis()),
		}
	}
	return []EventBody{&DeviceTested{ID: d.ID, User: d.User}}, nil
}

// MayTest reports whether somebody may have a device rung for a test: its user, administrators, and dispatchers who run
// the zone that its user is on duty in.
func (s *State) MayTest(actor UserID, id DeviceID) bool {
	u, d := s.users[actor], s.devices[id]
	if u == nil || d == nil {
		return false
	}
	if d.User == actor || u.Types.Any(Administrator) {
		return true
	}
	on := s.duty[d.User]
	return on != nil && s.runsZone(u, on.Zone)
}

// Runs reports whether a user creates and changes things in an operational zone.
func (s *State) Runs(id UserID, z ZoneID) bool {
	u := s.users[id]
	return u != nil && s.runsZone(u, z)
}

// DeviceTested is that a device is to be rung for a test.
type DeviceTested struct {
	ID   DeviceID `json:"id"`
	User UserID   `json:"user"` // whose it is
}

// EventType is the name in the log.
func (*DeviceTested) EventType() string { return "device.tested" }

// apply notes the latest test. No row says it, so nothing is touched.
func (b *DeviceTested) apply(s *State, e Event) {
	if old := s.devices[b.ID]; old != nil && old.User == b.User {
		d := *old
		d.TestedAt, d.TestedSeq, d.TestedBy = e.At, e.Seq, e.Actor
		s.devices[b.ID] = &d
	}
}
