package models

import (
	"slices"
	"time"
)

// Zone is an operational zone: a campus, a district. Dispatchers have access by it.
type Zone struct {
	ID          ZoneID       `json:"id"`
	Name        string       `json:"name"`
	TimeZone    string       `json:"time_zone,omitzero"`    // IANA name; none: the agency's
	NumberReset *NumberReset `json:"number_reset,omitzero"` // nil: as the agency's settings say
	Rev         uint32       `json:"rev"`

	place *time.Location // of TimeZone; nil for the agency's
}

// WorkZone is a part of an operational zone; a dispatch lies in one.
type WorkZone struct {
	ID   WorkZoneID `json:"id"`
	Zone ZoneID     `json:"zone"`
	Name string     `json:"name"`
	Rev  uint32     `json:"rev"`
}

// Team is a group of officers, authorised for work zones of an operational zone.
type Team struct {
	ID        TeamID       `json:"id"`
	Zone      ZoneID       `json:"zone"`
	Name      string       `json:"name"`
	WorkZones []WorkZoneID `json:"work_zones"` // that its officers may be assigned in
	Rev       uint32       `json:"rev"`
}

// PutZone makes or changes an operational zone; what is nil stays as it is.
type PutZone struct {
	ID          ZoneID       `json:"id"`
	Name        string       `json:"name"`
	TimeZone    *string      `json:"time_zone,omitzero"`    // "": the agency's
	NumberReset *NumberReset `json:"number_reset,omitzero"` // without a period: as the agency's settings say
}

// CommandType is the name on the wire.
func (*PutZone) CommandType() string { return "zone.put" }

func (b *PutZone) decide(s *State, c Command) ([]EventBody, error) {
	if err := first(s.mustAdminister(c), needID("id", b.ID), s.unused(b.ID.UUID()), needName("name", b.Name)); err != nil {
		return nil, err
	}
	next := ZonePut{ID: b.ID}
	old := s.zones[b.ID]
	if old != nil {
		next = ZonePut{ID: b.ID, Name: old.Name, TimeZone: old.TimeZone, NumberReset: old.NumberReset}
	}
	before := next
	next.Name = b.Name
	set(&next.TimeZone, b.TimeZone)
	if b.NumberReset != nil {
		next.NumberReset = b.NumberReset
		if b.NumberReset.Period == "" {
			next.NumberReset = nil
		}
	}
	if err := next.check(); err != nil {
		return nil, err
	}
	if old != nil && next.Name == before.Name && next.TimeZone == before.TimeZone && same(next.NumberReset, before.NumberReset) {
		return nil, nil
	}
	return []EventBody{&next}, nil
}

func (b *ZonePut) check() error {
	if b.NumberReset != nil {
		if err := b.NumberReset.check(); err != nil {
			return err
		}
	}
	if b.TimeZone == "" {
		return nil
	}
	return checkTimeZone(b.TimeZone)
}

// ZonePut carries an operational zone.
type ZonePut struct {
	ID          ZoneID       `json:"id"`
	Name        string       `json:"name"`
	TimeZone    string       `json:"time_zone,omitzero"`
	NumberReset *NumberReset `json:"number_reset,omitzero"`
}

// EventType is the name in the log.
func (*ZonePut) EventType() string { return "zone.put" }

// level: an older version would number by the agency's time zone.
func (b *ZonePut) level() int {
	if b.TimeZone == "" && b.NumberReset == nil {
		return 1
	}
	return 2
}

func (b *ZonePut) apply(s *State, _ Event) {
	z := Zone{ID: b.ID, Name: b.Name, TimeZone: b.TimeZone, NumberReset: b.NumberReset, place: placeOf(b.TimeZone), Rev: 1}
	old := s.zones[b.ID]
	if old != nil {
		z.Rev = old.Rev + 1
	}
	s.zones[z.ID] = &z
	s.touch(DirectoryScope(s.Agency.ID), Row{RowZone, z.ID.UUID()}, z.Rev, false)
	if old == nil {
		s.regrantAll(ZoneScope(z.ID))
	}
}

// placeOf is a time zone by its name; nil for none, and for this machine's own, which other nodes may not share.
func placeOf(name string) *time.Location {
	if name == "" || name == "Local" {
		return nil
	}
	place, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	return place
}

// PutWorkZone makes or renames a work zone. It stays in its operational zone.
type PutWorkZone struct {
	ID   WorkZoneID `json:"id"`
	Zone ZoneID     `json:"zone"`
	Name string     `json:"name"`
}

// CommandType is the name on the wire.
func (*PutWorkZone) CommandType() string { return "work_zone.put" }

func (b *PutWorkZone) decide(s *State, c Command) ([]EventBody, error) {
	if err := first(s.mustAdminister(c), needID("id", b.ID), s.unused(b.ID.UUID()), needName("name", b.Name)); err != nil {
		return nil, err
	}
	if s.zones[b.Zone] == nil {
		return nil, Invalid("zone", "does not exist")
	}
	old := s.workZones[b.ID]
	if old != nil && old.Zone != b.Zone {
		return nil, Refuse(KindConflict, "zone_fixed", "A work zone can't move to another operational zone.")
	}
	if old != nil && old.Name == b.Name {
		return nil, nil
	}
	return []EventBody{&WorkZonePut{ID: b.ID, Zone: b.Zone, Name: b.Name}}, nil
}

// WorkZonePut carries a work zone.
type WorkZonePut struct {
	ID   WorkZoneID `json:"id"`
	Zone ZoneID     `json:"zone"`
	Name string     `json:"name"`
}

// EventType is the name in the log.
func (*WorkZonePut) EventType() string { return "work_zone.put" }

func (b *WorkZonePut) apply(s *State, _ Event) {
	w := WorkZone{ID: b.ID, Zone: b.Zone, Name: b.Name, Rev: 1}
	if old := s.workZones[b.ID]; old != nil {
		w.Rev, w.Zone = old.Rev+1, old.Zone
	}
	s.workZones[w.ID] = &w
	s.touch(DirectoryScope(s.Agency.ID), Row{RowWorkZone, w.ID.UUID()}, w.Rev, false)
}

// PutTeam makes or changes a team.
type PutTeam struct {
	ID        TeamID       `json:"id"`
	Zone      ZoneID       `json:"zone"`
	Name      string       `json:"name"`
	WorkZones []WorkZoneID `json:"work_zones"`
}

// CommandType is the name on the wire.
func (*PutTeam) CommandType() string { return "team.put" }

func (b *PutTeam) decide(s *State, c Command) ([]EventBody, error) {
	if err := first(s.mustAdminister(c), needID("id", b.ID), s.unused(b.ID.UUID()), needName("name", b.Name)); err != nil {
		return nil, err
	}
	if s.zones[b.Zone] == nil {
		return nil, Invalid("zone", "does not exist")
	}
	if len(b.WorkZones) > MaxZones {
		return nil, Invalid("work_zones", "are too many")
	}
	for _, id := range b.WorkZones {
		if w := s.workZones[id]; w == nil || w.Zone != b.Zone {
			return nil, Invalid("work_zones", "names one that is not in the team's operational zone")
		}
	}
	old := s.teams[b.ID]
	if old != nil && old.Zone != b.Zone {
		return nil, Refuse(KindConflict, "zone_fixed", "A team can't move to another operational zone.")
	}
	if old != nil && old.Name == b.Name && slices.Equal(old.WorkZones, b.WorkZones) {
		return nil, nil
	}
	return []EventBody{&TeamPut{ID: b.ID, Zone: b.Zone, Name: b.Name, WorkZones: b.WorkZones}}, nil
}

// TeamPut carries a team.
type TeamPut struct {
	ID        TeamID       `json:"id"`
	Zone      ZoneID       `json:"zone"`
	Name      string       `json:"name"`
	WorkZones []WorkZoneID `json:"work_zones"`
}

// EventType is the name in the log.
func (*TeamPut) EventType() string { return "team.put" }

func (b *TeamPut) apply(s *State, _ Event) {
	t := Team{ID: b.ID, Zone: b.Zone, Name: b.Name, WorkZones: b.WorkZones, Rev: 1}
	if old := s.teams[b.ID]; old != nil {
		t.Rev, t.Zone = old.Rev+1, old.Zone
	}
	s.teams[t.ID] = &t
	s.touch(DirectoryScope(s.Agency.ID), Row{RowTeam, t.ID.UUID()}, t.Rev, false)
}
