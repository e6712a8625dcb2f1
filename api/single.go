package api

import (
	"context"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
)

// The things of the directory one by one, with the ETag that a change of them may name, and their deletion.

type singleInput struct {
	ID string `path:"id" pattern:"^[A-Za-z0-9_-]{22}$" patternDescription:"an id of 22 characters"`
}

// single mounts the GET of one row of the directory.
func single[T any](kind models.RowKind) func(*API, *route) {
	return typed(func(a *API, ctx context.Context, in *singleInput) (*tagged[T], error) {
		var item Item[T]
		err := a.view(ctx, func(s *models.State) error {
			row := models.Row{Kind: kind, ID: idOf(in.ID)}
			rev := s.RevIn(models.DirectoryScope(s.Agency.ID), row)
			if row.ID == (record.UUID{}) || rev == 0 {
				return models.ErrNotFound
			}
			item = directoryItem[T](s, kind, row, rev)
			return nil
		})
		return taggedItem(item), err
	})
}

type deletion[K any] struct {
	Matched
	ID models.ID[K] `path:"id"`
}

// deleting mounts the DELETE of one row of the directory.
func deleting[K any](command func(models.ID[K]) models.CommandBody) func(*API, *route) {
	return typed(func(a *API, ctx context.Context, in *deletion[K]) (*answer[Written], error) {
		return a.writtenOn(ctx, in.Key, in.on(), command(in.ID))
	})
}

func ruleRoutes() []route {
	return []route{
		{"GET", "/v1/zones/{id}", "get-zone", people, 0, 200, 0, "An operational zone.", single[wire.Zone](models.RowZone)},
		{"DELETE", "/v1/zones/{id}", "delete-zone", admins, audited, 200, 0, "Delete an operational zone that nothing names any more.", deleting(func(id models.ZoneID) models.CommandBody { return &models.DeleteZone{ID: id} })},
		{"GET", "/v1/work-zones/{id}", "get-work-zone", people, 0, 200, 0, "A work zone.", single[wire.WorkZone](models.RowWorkZone)},
		{"DELETE", "/v1/work-zones/{id}", "delete-work-zone", admins, audited, 200, 0, "Delete a work zone that no team and no dispatch names.", deleting(func(id models.WorkZoneID) models.CommandBody { return &models.DeleteWorkZone{ID: id} })},
		{"GET", "/v1/teams/{id}", "get-team", people, 0, 200, 0, "A team.", single[wire.Team](models.RowTeam)},
		{"DELETE", "/v1/teams/{id}", "delete-team", admins, audited, 200, 0, "Delete a team that nobody is on duty with.", deleting(func(id models.TeamID) models.CommandBody { return &models.DeleteTeam{ID: id} })},
		{"GET", "/v1/rta", "list-rta", people, 0, 200, 0, "The rules of regulated time to act.", typed((*API).rtas)},
		{"POST", "/v1/rta", "create-rta", admins, audited, 201, 0, "Make a rule of regulated time to act.", typed(create[models.RTAID, NewRTA])},
		{"GET", "/v1/rta/{id}", "get-rta", people, 0, 200, 0, "A rule of regulated time to act.", single[wire.RTA](models.RowRTA)},
		{"PUT", "/v1/rta/{id}", "put-rta", admins, audited, 200, 0, "Make or change a rule. Clocks that run keep their limit.", typed(replace[models.RTAID, NewRTA])},
		{"DELETE", "/v1/rta/{id}", "delete-rta", admins, audited, 200, 0, "Delete a rule. Clocks that run go on.", deleting(func(id models.RTAID) models.CommandBody { return &models.DeleteRTA{ID: id} })},
		{"GET", "/v1/choices", "list-choices", people, 0, 200, 0, "What people choose from: call categories, busy states, dispositions, call sources.", typed((*API).choices)},
		{"POST", "/v1/choices", "create-choice", admins, audited, 201, 0, "Make a choice.", typed(create[models.ChoiceID, NewChoice])},
		{"GET", "/v1/choices/{id}", "get-choice", people, 0, 200, 0, "A choice.", single[wire.Choice](models.RowChoice)},
		{"PUT", "/v1/choices/{id}", "put-choice", admins, audited, 200, 0, "Make or change a choice. It keeps its kind and its place in the tree.", typed(replace[models.ChoiceID, NewChoice])},
		{"DELETE", "/v1/choices/{id}", "delete-choice", admins, audited, 200, 0, "Take a choice off the list. What was chosen before keeps its words.", deleting(func(id models.ChoiceID) models.CommandBody { return &models.DeleteChoice{ID: id} })},
	}
}
