package main

import (
	"context"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/sync"
)

// Main is the program, for tests that run it as a process.
var Main = main

// EventsOf is the log as push reads it.
func EventsOf(ctx context.Context, a *sync.Agencies, id models.AgencyID, after record.Seq, limit int) ([]models.Event, record.Seq, error) {
	return feed{&node{agencies: a}}.Events(ctx, id, after, limit)
}
