package api

import (
	"context"

	"officermobile/models"
	"officermobile/models/wire"
)

// NewRTA is a rule of regulated time to act.
type NewRTA struct {
	Name    string            `json:"name" doc:"What people call it, such as 'on scene in eight minutes'."`
	From    models.TaskStatus `json:"from" doc:"The clock starts when a task enters this status."`
	To      models.TaskStatus `json:"to" doc:"It stops when the task enters this status or a later one."`
	Seconds int               `json:"seconds" minimum:"1" maximum:"86400"` // regulated time from the one status to the other
	Match   models.RTAMatch   `json:"match,omitzero" doc:"Which dispatches: all that is named must be so; absent: all. An indoor location goes before a location, that before a priority, that before all; then the shortest."`
}

func (f *NewRTA) put(id models.RTAID) models.CommandBody {
	return &models.PutRTA{RTARule: models.RTARule{ID: id, Name: f.Name, From: f.From, To: f.To, Seconds: f.Seconds, Match: f.Match}}
}

func (a *API) rtas(ctx context.Context, in *Paging) (*answer[List[wire.RTA]], error) {
	return listed(a, ctx, *in, (*models.State).RTAs, func(s *models.State, r *models.RTA) Item[wire.RTA] {
		return directoryItem[wire.RTA](s, models.RowRTA, models.Row{ID: r.ID.UUID()}, r.Rev)
	})
}

// NewChoice is something that the agency lets its people choose.
type NewChoice struct {
	Kind   models.ChoiceKind `json:"kind" enum:"category,busy_state,disposition,call_source" doc:"While there are none of a kind, people write what they like."`
	Parent models.ChoiceID   `json:"parent,omitzero" doc:"Of a category: the one above it. There are up to three levels, and any of them can be chosen."`
	Name   string            `json:"name"`
	Order  int               `json:"order,omitzero" minimum:"0" maximum:"9999" doc:"Of showing; equal ones by name."`
}

func (f *NewChoice) put(id models.ChoiceID) models.CommandBody {
	return &models.PutChoice{ChoiceForm: models.ChoiceForm{ID: id, Kind: f.Kind, Parent: f.Parent, Name: f.Name, Order: f.Order}}
}

func (a *API) choices(ctx context.Context, in *Paging) (*answer[List[wire.Choice]], error) {
	return listed(a, ctx, *in, (*models.State).Choices, func(s *models.State, c *models.Choice) Item[wire.Choice] {
		return directoryItem[wire.Choice](s, models.RowChoice, models.Row{ID: c.ID.UUID()}, c.Rev)
	})
}
