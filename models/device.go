package models

import (
	"slices"

	"officermobile/models/record"
)

// Device is a phone, a tablet in a vehicle, or a console. It has one signed-in user at a time.
type Device struct {
	ID       DeviceID `json:"id"`
	User     UserID   `json:"user"` // zero while nobody is signed in
	Name     string   `json:"name"`
	Class    string   `json:"class"`    // phone, vehicle, console
	Platform string   `json:"platform"` // ios, android, web
	Revoked  bool     `json:"revoked,omitzero"`
	Wipe     bool     `json:"wipe,omitzero"`
	Lost     bool     `json:"lost,omitzero"`     // reported lost or stolen
	WipedAt  Micros   `json:"wiped_at,omitzero"` // when it confirmed that it erased its data
	Rev      uint32   `json:"rev"`

	TestedAt  Micros     `json:"tested_at,omitzero"`  // the latest test push to who uses it now
	TestedSeq record.Seq `json:"tested_seq,omitzero"` // the event that asked for it
	TestedBy  UserID     `json:"tested_by,omitzero"`
}

// Classes and platforms of devices.
var (
	deviceClasses   = []string{"phone", "vehicle", "console"}
	devicePlatforms = []string{"ios", "android", "web", "other"}
)

// DeviceRegister signs the actor in on the device that it comes from. The phone minted the id; a new install has a new
// one. A vehicle's tablet is handed over: who is signed in there is signed out. On any other class an id that somebody
// else holds is refused.
type DeviceRegister struct {
	Name     string `json:"name"`
	Class    string `json:"class"`    // phone, vehicle or console
	Platform string `json:"platform"` // one of ios, android, web, other
}

// CommandType is the name on the wire.
func (*DeviceRegister) CommandType() string { return "device.register" }

func (b *DeviceRegister) decide(s *State, c Command) ([]EventBody, error) {
	if err := first(needID("device", c.Device), needName("name", b.Name)); err != nil {
		return nil, err
	}
	if !slices.Contains(deviceClasses, b.Class) {
		return nil, Invalid("class", "is phone, vehicle or console")
	}
	if !slices.Contains(devicePlatforms, b.Platform) {
		return nil, Invalid("platform", "is ios, android, web or other")
	}
	old := s.devices[c.Device]
	if old != nil {
		taken := old.User != c.Actor && !old.User.IsZero() && (old.Class != "vehicle" || b.Class != "vehicle")
		if old.Revoked || taken {
			return nil, ErrNotFound
		}
		if old.User == c.Actor && old.Name == b.Name && old.Class == b.Class && old.Platform == b.Platform {
			return nil, nil
		}
	}
	e := &DeviceRegistered{ID: c.Device, User: c.Actor, Name: b.Name, Class: b.Class, Platform: b.Platform}
	if old != nil && old.User != c.Actor {
		e.Former = old.User
	}
	return []EventBody{e}, nil
}

// DeviceRegistered binds a device to a user. Former tells who follows the log whose sessions and pushes end there.
type DeviceRegistered struct {
	ID       DeviceID `json:"id"`
	User     UserID   `json:"user"`
	Name     string   `json:"name"`
	Class    string   `json:"class"`
	Platform string   `json:"platform"`
	Former   UserID   `json:"former,omitzero"` // from whom it was handed over
}

// EventType is the name in the log.
func (*DeviceRegistered) EventType() string { return "device.registered" }

func (b *DeviceRegistered) apply(s *State, _ Event) {
	d := Device{ID: b.ID, User: b.User, Name: b.Name, Class: b.Class, Platform: b.Platform}
	s.putDevice(d)
}

// DeviceRelease signs the device's user out; its outbox numbers go on for the next.
type DeviceRelease struct {
	DeviceID DeviceID `json:"device_id"`
}

// CommandType is the name on the wire.
func (*DeviceRelease) CommandType() string { return "device.release" }

func (b *DeviceRelease) decide(s *State, c Command) ([]EventBody, error) {
	d, err := s.ownDevice(c, b.DeviceID)
	if err != nil || d.User.IsZero() {
		return nil, err
	}
	return []EventBody{&DeviceReleased{ID: d.ID, Former: d.User}}, nil
}

// ownDevice returns a device of the actor, or any for an administrator.
func (s *State) ownDevice(c Command, id DeviceID) (*Device, error) {
	d := s.devices[id]
	if d == nil || d.User != c.Actor && s.mustAdminister(c) != nil {
		return nil, ErrNotFound
	}
	return d, nil
}

// DeviceReleased unbinds a device.
type DeviceReleased struct {
	ID     DeviceID `json:"id"`
	Former UserID   `json:"former,omitzero"` // whose it was
}

// EventType is the name in the log.
func (*DeviceReleased) EventType() string { return "device.released" }

func (b *DeviceReleased) apply(s *State, _ Event) {
	if old := s.devices[b.ID]; old != nil {
		d := *old
		d.User = UserID{}
		s.putDevice(d)
	}
}

// DeviceRevoke shuts a device out for good: lost, stolen, or no longer the agency's. Wipe orders it to erase its data.
type DeviceRevoke struct {
	DeviceID DeviceID `json:"device_id"`
	Wipe     bool     `json:"wipe,omitzero"`
	Lost     bool     `json:"lost,omitzero"`
}

// CommandType is the name on the wire.
func (*DeviceRevoke) CommandType() string { return "device.revoke" }

func (b *DeviceRevoke) decide(s *State, c Command) ([]EventBody, error) {
	d, err := s.ownDevice(c, b.DeviceID)
	if err != nil || d.Revoked && (d.Wipe || !b.Wipe) && (d.Lost || !b.Lost) {
		return nil, err
	}
	return []EventBody{&DeviceRevoked{ID: d.ID, Wipe: b.Wipe, Lost: b.Lost}}, nil
}

// DeviceRevoked shuts a device out.
type DeviceRevoked struct {
	ID   DeviceID `json:"id"`
	Wipe bool     `json:"wipe,omitzero"`
	Lost bool     `json:"lost,omitzero"`
}

// EventType is the name in the log.
func (*DeviceRevoked) EventType() string { return "device.revoked" }
func (b *DeviceRevoked) level() int      { return levelIf(b.Lost, 2) }

func (b *DeviceRevoked) apply(s *State, _ Event) {
	if old := s.devices[b.ID]; old != nil {
		d := *old
		d.Revoked, d.Wipe, d.Lost = true, d.Wipe || b.Wipe, d.Lost || b.Lost
		s.putDevice(d)
	}
}

// DeviceWipe notes that a revoked device has proven who it is and says that it erased its data; only the system gives it.
type DeviceWipe struct {
	DeviceID DeviceID `json:"device_id"`
}

// CommandType is the name for logs; no client may send it.
func (*DeviceWipe) CommandType() string { return "device.wipe" }

func (b *DeviceWipe) decide(s *State, c Command) ([]EventBody, error) {
	d := s.devices[b.DeviceID]
	if !c.Actor.IsZero() || d == nil || !d.Revoked || !d.Wipe {
		return nil, ErrNotFound
	}
	if d.WipedAt != 0 {
		return nil, nil
	}
	return []EventBody{&DeviceWiped{ID: d.ID}}, nil
}

// DeviceWiped is the device's word that it holds nothing any more.
type DeviceWiped struct {
	ID DeviceID `json:"id"`
}

// EventType is the name in the log.
func (*DeviceWiped) EventType() string { return "device.wiped" }

func (b *DeviceWiped) apply(s *State, e Event) {
	if old := s.devices[b.ID]; old != nil && old.Revoked {
		d := *old
		d.WipedAt = e.At
		s.putDevice(d)
	}
}

// putDevice stores a device; its row moves with its user.
func (s *State) putDevice(d Device) {
	row := Row{RowDevice, d.ID.UUID()}
	if old := s.devices[d.ID]; old != nil {
		d.Rev = old.Rev
		if old.User != d.User {
			s.vanish(SelfScope(old.User), row)
			s.own(old.User, d.ID, false)
		}
	}
	d.Rev++
	s.devices[d.ID] = &d
	s.own(d.User, d.ID, true)
	if !d.User.IsZero() {
		s.touch(SelfScope(d.User), row, d.Rev, false)
	}
}

// DevicesOf returns a user's devices that are not revoked, by id.
func (s *State) DevicesOf(u UserID) []*Device {
	var own []*Device
	for _, id := range s.owned[u] {
		if d := s.devices[id]; !d.Revoked {
			own = append(own, d)
		}
	}
	return own
}

// own keeps the index of devices by user.
func (s *State) own(u UserID, id DeviceID, owns bool) {
	if u.IsZero() {
		return
	}
	s.owned[u] = with(s.owned[u], id, owns)
}

// with is a list in order with or without an id; the list itself stays as it was.
func with[K ~[16]byte](list []K, id K, wanted bool) []K {
	i, found := slices.BinarySearchFunc(list, id, compareIDs[K])
	switch {
	case wanted && !found:
		return slices.Insert(slices.Clone(list), i, id)
	case !wanted && found:
		return slices.Delete(slices.Clone(list), i, i+1)
	}
	return list
}
