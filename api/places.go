package api

import "officermobile/models"

// ZoneForm is an operational zone. What is absent stays as it is.
type ZoneForm struct {
	Name        string              `json:"name"`
	TimeZone    *string             `json:"time_zone,omitzero" doc:"IANA name; empty: the agency's."`
	NumberReset *models.NumberReset `json:"number_reset,omitzero" doc:"When dispatch numbers restart; with an empty period as the agency's settings say."`
}

func (f *ZoneForm) put(id models.ZoneID) models.CommandBody {
	return &models.PutZone{ID: id, Name: f.Name, TimeZone: f.TimeZone, NumberReset: f.NumberReset}
}

// WorkZoneForm is a work zone. It stays in its operational zone.
type WorkZoneForm struct {
	Zone models.ZoneID `json:"zone"` // the operational zone that it is in
	Name string        `json:"name"`
}

func (f *WorkZoneForm) put(id models.WorkZoneID) models.CommandBody {
	return &models.PutWorkZone{ID: id, Zone: f.Zone, Name: f.Name}
}

// TeamForm is a team and where its officers may be assigned.
type TeamForm struct {
	Zone      models.ZoneID       `json:"zone"` // the operational zone that it is in
	Name      string              `json:"name"`
	WorkZones []models.WorkZoneID `json:"work_zones"` // those that it works in, all in the zone
}

func (f *TeamForm) put(id models.TeamID) models.CommandBody {
	return &models.PutTeam{ID: id, Zone: f.Zone, Name: f.Name, WorkZones: f.WorkZones}
}
