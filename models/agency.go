package models

import "time"

// Agency is the organization that everything else belongs to.
type Agency struct {
	ID       AgencyID `json:"id"`
	Name     string   `json:"name"`
	TimeZone string   `json:"time_zone"` // IANA name; business dates and number resets are in it
	Settings Settings `json:"settings"`
	Level    int      `json:"level"` // feature level: newer event types are written only above theirs
	Rev      uint32   `json:"rev"`
}

// AgencyCreate is the first command of an agency's log; only the system gives it.
type AgencyCreate struct {
	ID       AgencyID `json:"id"`
	Name     string   `json:"name"`
	TimeZone string   `json:"time_zone"`
	Settings Settings `json:"settings,omitzero"`
}

// CommandType is the name on the wire.
func (*AgencyCreate) CommandType() string { return "agency.create" }

func (b *AgencyCreate) decide(s *State, c Command) ([]EventBody, error) {
	if !c.Actor.IsZero() {
		return nil, ErrForbidden
	}
	if !s.Agency.ID.IsZero() {
		return nil, Refuse(KindConflict, "exists", "The agency exists already.")
	}
	if err := first(needID("id", b.ID), needName("name", b.Name), checkTimeZone(b.TimeZone), b.Settings.check()); err != nil {
		return nil, err
	}
	return []EventBody{&AgencyCreated{ID: b.ID, Name: b.Name, TimeZone: b.TimeZone, Settings: b.Settings, Level: CurrentLevel}}, nil
}

func checkTimeZone(name string) error {
	if name == "" || name == "Local" {
		return Invalid("time_zone", "is missing")
	}
	if _, err := time.LoadLocation(name); err != nil {
		return Invalid("time_zone", "is not an IANA time zone")
	}
	return nil
}

// AgencyCreated is the first event of a log.
type AgencyCreated struct {
	ID       AgencyID `json:"id"`
	Name     string   `json:"name"`
	TimeZone string   `json:"time_zone"`
	Settings Settings `json:"settings"`
	Level    int      `json:"level"`
}

// EventType is the name in the log.
func (*AgencyCreated) EventType() string { return "agency.created" }

func (b *AgencyCreated) apply(s *State, _ Event) {
	if !s.Agency.ID.IsZero() {
		return
	}
	s.putAgency(Agency{ID: b.ID, Name: b.Name, TimeZone: b.TimeZone, Settings: b.Settings, Level: b.Level})
}

// AgencyChange sets what it names and keeps the rest, setting by setting.
type AgencyChange struct {
	Name     *string       `json:"name,omitzero"`
	TimeZone *string       `json:"time_zone,omitzero"` // IANA name; absent: as it is
	Settings SettingsPatch `json:"settings,omitzero"`
}

// CommandType is the name on the wire.
func (*AgencyChange) CommandType() string { return "agency.change" }

func (*AgencyChange) revOf(s *State) uint32 { return s.Agency.Rev }

func (b *AgencyChange) decide(s *State, c Command) ([]EventBody, error) {
	if err := s.mustAdminister(c); err != nil {
		return nil, err
	}
	a := s.Agency
	set(&a.Name, b.Name)
	set(&a.TimeZone, b.TimeZone)
	var err error
	if a.Settings, err = b.Settings.onto(a.Settings); err != nil {
		return nil, err
	}
	if err := first(nameSince(s.Agency.Name, a.Name), checkTimeZone(a.TimeZone), a.Settings.check()); err != nil {
		return nil, err
	}
	if a == s.Agency {
		return nil, nil
	}
	return []EventBody{&AgencyChanged{Name: a.Name, TimeZone: a.TimeZone, Settings: a.Settings}}, nil
}

// set copies *v to *p if there is one.
func set[T any](p *T, v *T) {
	if v != nil {
		*p = *v
	}
}

// AgencyChanged carries all changeable fields.
type AgencyChanged struct {
	Name     string   `json:"name"`
	TimeZone string   `json:"time_zone"`
	Settings Settings `json:"settings"`
}

// EventType is the name in the log.
func (*AgencyChanged) EventType() string { return "agency.changed" }
func (b *AgencyChanged) level() int      { return b.Settings.level() }

func (b *AgencyChanged) apply(s *State, _ Event) {
	a := s.Agency
	a.Name, a.TimeZone, a.Settings = b.Name, b.TimeZone, b.Settings
	s.putAgency(a)
}

func (s *State) putAgency(a Agency) {
	a.Rev = s.Agency.Rev + 1
	s.Agency = a
	if place := placeOf(a.TimeZone); place != nil {
		s.place = place
	}
	s.touch(DirectoryScope(a.ID), Row{RowAgency, a.ID.UUID()}, a.Rev, false)
}
