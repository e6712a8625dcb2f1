package api

import (
	"context"

	"officermobile/models"
)

// ZoneForm is an operational zone.
type ZoneForm struct {
	Name string `json:"name"`
}

// WorkZoneForm is a work zone. It stays in its operational zone.
type WorkZoneForm struct {
	Zone models.ZoneID `json:"zone"`
	Name string        `json:"name"`
}

// TeamForm is a team and where its officers may be assigned.
type TeamForm struct {
	Zone      models.ZoneID       `json:"zone"`
	Name      string              `json:"name"`
	WorkZones []models.WorkZoneID `json:"work_zones"`
}

type newZone struct {
	Keyed
	Body ZoneForm
}

func (a *API) newZone(ctx context.Context, in *newZone) (*answer[Written], error) {
	return a.written(ctx, in.Key, &models.PutZone{Name: in.Body.Name})
}

type putZone struct {
	Keyed
	ID   models.ZoneID `path:"id"`
	Body ZoneForm
}

func (a *API) putZone(ctx context.Context, in *putZone) (*answer[Written], error) {
	return a.written(ctx, in.Key, &models.PutZone{ID: in.ID, Name: in.Body.Name})
}

type newWorkZone struct {
	Keyed
	Body WorkZoneForm
}

func (a *API) newWorkZone(ctx context.Context, in *newWorkZone) (*answer[Written], error) {
	return a.written(ctx, in.Key, &models.PutWorkZone{Zone: in.Body.Zone, Name: in.Body.Name})
}

type putWorkZone struct {
	Keyed
	ID   models.WorkZoneID `path:"id"`
	Body WorkZoneForm
}

func (a *API) putWorkZone(ctx context.Context, in *putWorkZone) (*answer[Written], error) {
	return a.written(ctx, in.Key, &models.PutWorkZone{ID: in.ID, Zone: in.Body.Zone, Name: in.Body.Name})
}

type newTeam struct {
	Keyed
	Body TeamForm
}

func (a *API) newTeam(ctx context.Context, in *newTeam) (*answer[Written], error) {
	return a.written(ctx, in.Key, &models.PutTeam{Zone: in.Body.Zone, Name: in.Body.Name, WorkZones: in.Body.WorkZones})
}

type putTeam struct {
	Keyed
	ID   models.TeamID `path:"id"`
	Body TeamForm
}

func (a *API) putTeam(ctx context.Context, in *putTeam) (*answer[Written], error) {
	return a.written(ctx, in.Key, &models.PutTeam{ID: in.ID, Zone: in.Body.Zone, Name: in.Body.Name, WorkZones: in.Body.WorkZones})
}
