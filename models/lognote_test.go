package models_test

import (
	"slices"
	"strings"
	"testing"

	"officermobile/models"
)

func TestLogNotes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := newID[models.DispatchID](w)
	w.do(w.cad, &models.DispatchCreate{ID: id, WorkZone: w.northWork, Facts: models.Facts{Priority: models.Low}})
	task := w.task(w.state.Dispatch(id), w.olga)
	w.do(w.dan, &models.TaskUnassign{TaskID: task})
	note := func() *models.DispatchLog {
		return &models.DispatchLog{DispatchID: id, ID: newID[models.LogID](w), Text: "keys with the porter"}
	}
	first := note()
	for i, u := range []models.UserID{w.dan, w.olga, w.cad, w.admin} {
		b := note()
		if i == 0 {
			b = first
		}
		w.do(u, b)
		if n := w.state.LogNote(b.ID); n == nil || n.Author != u || n.Text != b.Text {
			t.Errorf("got %+v, want a note by %s", n, w.state.User(u).Name)
		}
	}
	w.nothing(w.dan, first)
	w.refuse(w.olga, first, "not_found")
	other := *first
	other.Text = "keys are lost"
	w.refuse(w.dan, &other, "not_found")
	w.refuse(w.omar, note(), "forbidden") // sees it, was never assigned
	w.refuse(w.rita, note(), "forbidden")
	w.refuse(w.sam, note(), "not_found")
	w.refuse(w.oleg, note(), "not_found")
	w.refuse(w.dan, &models.DispatchLog{DispatchID: id, ID: newID[models.LogID](w), Text: strings.Repeat("x", models.MaxNote+1)}, "invalid")
	row := func(sc models.Scope) bool {
		return slices.ContainsFunc(w.state.Live(sc), func(r models.FeedRow) bool { return r.Kind == models.RowLog && r.ID == first.ID.UUID() })
	}
	if !row(models.ZoneScope(w.north)) || !row(models.DispatchScope(id)) {
		t.Error("the note is not shown")
	}
	w.do(w.admin, &models.DispatchChange{DispatchID: id, WorkZone: &w.southWork})
	if row(models.ZoneScope(w.north)) || !row(models.ZoneScope(w.south)) {
		t.Error("the note did not move with its dispatch")
	}
	w.do(w.admin, &models.DispatchChange{DispatchID: id, WorkZone: &w.northWork})
	w.do(w.dan, &models.TaskClear{TaskID: task, Disposition: "report taken", Response: "Nobody was there."})
	w.do(w.dan, &models.DispatchClose{DispatchID: id})
	w.refuse(w.dan, note(), "closed")
	w.elapse(week)
	if w.state.LogNote(first.ID) != nil || row(models.ZoneScope(w.north)) {
		t.Error("the note is still in memory")
	}
	w.do(w.dan, &models.DispatchReopen{DispatchID: id})
	if d := w.state.Dispatch(id); len(d.Log) != 4 || d.Log[0] != first.ID || w.state.LogNote(first.ID).Text != first.Text {
		t.Errorf("got %d notes back, want 4 in order", len(d.Log))
	}
	if k := w.state.Task(task); k.Response != "Nobody was there." || k.Disposition != "report taken" {
		t.Errorf("got %+v, want the officer's response", k)
	}
	w.nothing(w.dan, first)
}

func TestALogFillsUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatch()
	text := strings.Repeat("x", models.MaxNote)
	n := 0
	for ; ; n++ {
		_, err := w.try(models.Command{Actor: w.dan, Body: &models.DispatchLog{DispatchID: d.ID, ID: newID[models.LogID](w), Text: text}})
		if err != nil {
			if e := models.AsError(err); e.Code != "log_full" {
				t.Errorf("got %v, want log_full", err)
			}
			break
		}
	}
	if n < 100 || n > 500 {
		t.Errorf("%d notes of a thousand characters, want a bound of about 200 KB", n)
	}
}
