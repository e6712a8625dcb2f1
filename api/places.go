package api

import (
	"context"

	"officermobile/models"
)

// ZoneForm is an operational zone. What is absent stays as it is.
type ZoneForm struct {
	Name        string              `json:"name"`
	TimeZone    *string             `json:"time_zone,omitzero" doc:"IANA name; empty: the agency's."`
	NumberReset *models.NumberReset `json:"number_reset,omitzero" doc:"When dispatch numbers restart; with an empty period as the agency's settings say."`
}

func (f *ZoneForm) put(id models.ZoneID) *models.PutZone {
	return &models.PutZone{ID: id, Name: f.Name, TimeZone: f.TimeZone, NumberReset: f.NumberReset}
}

// WorkZoneForm is a work zone. It stays in its operational zone.
type WorkZoneForm struct {
	Zone models.ZoneID `json:"zone"` // the operational zone that it is in
	Name string        `json:"name"`
}

// TeamForm is a team and where its officers may be assigned.
type TeamForm struct {
	Zone      models.ZoneID       `json:"zone"` // the operational zone that it is in
	Name      string              `json:"name"`
	WorkZones []models.WorkZoneID `json:"work_zones"` // those that it works in, all in the zone
}

type newZone struct {
	Keyed
	Body ZoneForm
}

func (a *API) newZone(ctx context.Context, in *newZone) (*answer[Written], error) {
	return a.written(ctx, in.Key, in.Body.put(models.ZoneID{}))
}

type putZone struct {
	Matched
	ID   models.ZoneID `path:"id"`
	Body ZoneForm
}

func (a *API) putZone(ctx context.Context, in *putZone) (*answer[Written], error) {
	return a.writtenOn(ctx, in.Key, in.on(), in.Body.put(in.ID))
}

type newWorkZone struct {
	Keyed
	Body WorkZoneForm
}

func (a *API) newWorkZone(ctx context.Context, in *newWorkZone) (*answer[Written], error) {
	return a.written(ctx, in.Key, &models.PutWorkZone{Zone: in.Body.Zone, Name: in.Body.Name})
}

type putWorkZone struct {
	Matched
	ID   models.WorkZoneID `path:"id"`
	Body WorkZoneForm
}

func (a *API) putWorkZone(ctx context.Context, in *putWorkZone) (*answer[Written], error) {
	return a.writtenOn(ctx, in.Key, in.on(), &models.PutWorkZone{ID: in.ID, Zone: in.Body.Zone, Name: in.Body.Name})
}

type newTeam struct {
	Keyed
	Body TeamForm
}

func (a *API) newTeam(ctx context.Context, in *newTeam) (*answer[Written], error) {
	return a.written(ctx, in.Key, &models.PutTeam{Zone: in.Body.Zone, Name: in.Body.Name, WorkZones: in.Body.WorkZones})
}

type putTeam struct {
	Matched
	ID   models.TeamID `path:"id"`
	Body TeamForm
}

func (a *API) putTeam(ctx context.Context, in *putTeam) (*answer[Written], error) {
	return a.writtenOn(ctx, in.Key, in.on(), &models.PutTeam{ID: in.ID, Zone: in.Body.Zone, Name: in.Body.Name, WorkZones: in.Body.WorkZones})
}
