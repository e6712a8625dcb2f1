package models_test

import (
	"testing"
	"time"

	"officermobile/models"
)

// TestTemporaryAccountEnds: the system ends it when its time has come, and who was on duty is not any more.
func TestTemporaryAccountEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	micros := func() models.Micros { return models.Micros(w.now.UnixMicro()) }
	until := w.now.Add(time.Minute).UnixMilli()
	w.do(w.admin, &models.UserChange{UserID: w.omar, Expires: &until})
	due, next := w.state.Due(micros())
	if len(due) != 0 || next == 0 || next > models.Micros(until*1000) {
		t.Fatalf("got %d commands and %d next, want none before %d", len(due), next, until*1000)
	}
	w.now = w.now.Add(time.Minute)
	due, _ = w.state.Due(micros())
	if len(due) != 1 {
		t.Fatalf("got %d commands, want one", len(due))
	}
	w.do(models.UserID{}, due[0])
	if w.state.User(w.omar).Active {
		t.Error("the account is still active")
	}
	if due, _ := w.state.Due(micros()); len(due) != 0 {
		t.Errorf("got %d commands again", len(due))
	}
	active := true
	w.refuse(w.admin, &models.UserChange{UserID: w.omar, Active: &active}, "invalid")
	never := int64(0)
	w.do(w.admin, &models.UserChange{UserID: w.omar, Active: &active, Expires: &never})
}
