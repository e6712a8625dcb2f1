package models

import (
	"slices"

	"officermobile/models/record"
)

// What an administrator deletes is gone from the directory, and its id is never used again. Nothing is deleted that
// something else still names.

// DeleteZone deletes an operational zone that has no work zones, teams, users, shifts, dispatches or broadcasts.
type DeleteZone struct {
	ID ZoneID `json:"id"`
}

// CommandType is the name on the wire.
func (*DeleteZone) CommandType() string { return "zone.delete" }

func (b *DeleteZone) decide(s *State, c Command) ([]EventBody, error) {
	return s.decideDelete(c, Row{RowZone, b.ID.UUID()})
}

// DeleteWorkZone deletes a work zone that no team is authorised for and no dispatch lies in.
type DeleteWorkZone struct {
	ID WorkZoneID `json:"id"`
}

// CommandType is the name on the wire.
func (*DeleteWorkZone) CommandType() string { return "work_zone.delete" }

func (b *DeleteWorkZone) decide(s *State, c Command) ([]EventBody, error) {
	return s.decideDelete(c, Row{RowWorkZone, b.ID.UUID()})
}

// DeleteTeam deletes a team that nobody is on duty with, and no broadcast went to.
type DeleteTeam struct {
	ID TeamID `json:"id"`
}

// CommandType is the name on the wire.
func (*DeleteTeam) CommandType() string { return "team.delete" }

func (b *DeleteTeam) decide(s *State, c Command) ([]EventBody, error) {
	return s.decideDelete(c, Row{RowTeam, b.ID.UUID()})
}

// DeleteRTA deletes a rule of regulated time to act. Clocks that run go on.
type DeleteRTA struct {
	ID RTAID `json:"id"`
}

// CommandType is the name on the wire.
func (*DeleteRTA) CommandType() string { return "rta.delete" }

func (b *DeleteRTA) decide(s *State, c Command) ([]EventBody, error) {
	return s.decideDelete(c, Row{RowRTA, b.ID.UUID()})
}

// decideDelete is the decision about a row of the directory. Deleting what was deleted before changes nothing.
func (s *State) decideDelete(c Command, r Row) ([]EventBody, error) {
	if err := s.mustAdminister(c); err != nil {
		return nil, err
	}
	if s.deleted[r.ID] == r.Kind {
		return nil, nil
	}
	if err := s.deletable(r); err != nil {
		return nil, err
	}
	return []EventBody{&Deleted{Kind: r.Kind, ID: r.ID}}, nil
}

// deletable refuses what is not there, and what is in use.
func (s *State) deletable(r Row) error {
	switch r.Kind {
	case RowZone:
		return s.zoneDeletable(ZoneID(r.ID))
	case RowWorkZone:
		return s.workZoneDeletable(WorkZoneID(r.ID))
	case RowTeam:
		return s.teamDeletable(TeamID(r.ID))
	case RowRTA:
		return present(s.rtas, RTAID(r.ID))
	case RowChoice:
		return s.choiceDeletable(ChoiceID(r.ID))
	}
	return ErrNotFound
}

// Deleted says that something of the directory is no more.
type Deleted struct {
	Kind RowKind     `json:"kind"`
	ID   record.UUID `json:"id"`
}

// EventType is the name in the log.
func (*Deleted) EventType() string { return "directory.deleted" }

func (b *Deleted) apply(s *State, _ Event) {
	if s.deletable(Row{b.Kind, b.ID}) != nil {
		return
	}
	s.deleted[b.ID] = b.Kind
	s.vanish(DirectoryScope(s.Agency.ID), Row{b.Kind, b.ID})
	switch b.Kind {
	case RowZone:
		delete(s.zones, ZoneID(b.ID))
		delete(s.numbers, ZoneID(b.ID))
		s.regrantAll(ZoneScope(ZoneID(b.ID)))
	case RowWorkZone:
		delete(s.workZones, WorkZoneID(b.ID))
	case RowTeam:
		delete(s.teams, TeamID(b.ID))
	case RowRTA:
		delete(s.rtas, RTAID(b.ID))
	case RowChoice:
		s.retireChoice(ChoiceID(b.ID))
	}
}

// unused refuses the id of something that was deleted.
func (s *State) unused(id record.UUID) error {
	if s.deleted[id] != "" {
		return Refuse(KindConflict, "deleted", "This id was of something that has been deleted; make a new one.")
	}
	return nil
}

// present refuses what a table does not have.
func present[K comparable, V any](table map[K]*V, id K) error {
	if table[id] == nil {
		return ErrNotFound
	}
	return nil
}

// inUse refuses to delete what something else names; by says what.
func inUse(by string) error {
	return Refuse(KindConflict, "in_use", "It is still in use: "+by+".")
}

func (s *State) zoneDeletable(id ZoneID) error {
	if err := present(s.zones, id); err != nil {
		return err
	}
	for _, w := range s.workZones {
		if w.Zone == id {
			return inUse("it has work zones")
		}
	}
	for _, t := range s.teams {
		if t.Zone == id {
			return inUse("it has teams")
		}
	}
	for _, d := range s.duty {
		if d.Zone == id {
			return inUse("somebody is on duty there")
		}
	}
	for _, d := range s.dispatches {
		if d.Zone == id {
			return errDispatches
		}
	}
	if s.broadcasting(func(c *Conversation) bool { return c.Zone == id }) {
		return errBroadcast
	}
	return s.zoneUnnamed(id)
}

// zoneUnnamed refuses a zone that is among the accessible ones of a user, switched off or not.
func (s *State) zoneUnnamed(id ZoneID) error {
	for _, u := range s.users {
		for _, z := range u.Zones {
			if z == id {
				return inUse("users have access to it")
			}
		}
	}
	return nil
}

// errDispatches: a closed dispatch counts as long as it is on the panels, for it may be reopened there.
var errDispatches = inUse("dispatches lie there; a closed one counts until it leaves the panels")

func (s *State) workZoneDeletable(id WorkZoneID) error {
	if err := present(s.workZones, id); err != nil {
		return err
	}
	for _, t := range s.teams {
		for _, w := range t.WorkZones {
			if w == id {
				return inUse("teams are authorised for it")
			}
		}
	}
	for _, d := range s.dispatches {
		if d.WorkZone == id {
			return errDispatches
		}
	}
	return nil
}

func (s *State) teamDeletable(id TeamID) error {
	if err := present(s.teams, id); err != nil {
		return err
	}
	for _, d := range s.duty {
		if d.Team == id {
			return inUse("somebody is on duty with it")
		}
	}
	if s.broadcasting(func(c *Conversation) bool { return c.Team == id }) {
		return errBroadcast
	}
	return nil
}

// errBroadcast: the same, for those who were meant still read it.
var errBroadcast = inUse("broadcasts went to it; one that has ended counts until it leaves the panels")

// broadcasting reports whether a broadcast is remembered among some of them.
func (s *State) broadcasting(which func(*Conversation) bool) bool {
	return slices.ContainsFunc(s.broadcasts, func(id ConversationID) bool { return which(s.conversations[id]) })
}
