package client_test

import (
	"context"
	"testing"
	"time"

	"officermobile/client"
	"officermobile/clock"
	"officermobile/models"
	"officermobile/sync"
)

// retire lets a dispatch leave memory: by another node, whose clock is ahead.
func (w *world) retire(t *testing.T, dispatch models.DispatchID) {
	t.Helper()
	later := must(sync.Open(t.Context(), w.store, sync.Options{Clock: clock.Scaled(time.Now().Add(400*24*time.Hour), 1)}))(t)
	defer later.Close(context.Background())
	submit(t, must(later.Agency(t.Context(), agency))(t), &models.Retire{ConversationID: models.ConversationOf(dispatch)})
	submit(t, w.agency, &models.PutZone{ID: id[models.ZoneID](25), Name: "South"}) // which has to catch up for that
	w.agency.View(func(s *models.State) {
		if s.Dispatch(dispatch) != nil {
			t.Fatal("the dispatch is still in memory")
		}
	})
}

// An officer's phone that is away while a dispatch leaves the panels drops all of it, and has all of it again after the
// dispatch is reopened.
func TestRetiredWhileAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	zone, work, team := id[models.ZoneID](20), id[models.WorkZoneID](21), id[models.TeamID](22)
	dispatch, task := id[models.DispatchID](23), id[models.TaskID](24)
	for _, b := range []models.CommandBody{
		&models.PutZone{ID: zone, Name: "North"}, &models.PutWorkZone{ID: work, Zone: zone, Name: "Pier"},
		&models.PutTeam{ID: team, Zone: zone, Name: "Day", WorkZones: []models.WorkZoneID{work}},
		&models.ReportForDuty{UserID: amy, Zone: zone, Team: team, CallSign: "N1"},
		&models.DispatchCreate{ID: dispatch, WorkZone: work, Facts: models.Facts{Priority: models.High, Location: "Pier 7"}},
		&models.TaskCreate{ID: task, DispatchID: dispatch, Assignee: amy},
	} {
		submit(t, w.agency, b)
	}
	phone, room := w.phone(t, "amy"), models.ConversationOf(dispatch)
	must(phone.Enqueue(t.Context(), &models.DispatchLog{DispatchID: dispatch, ID: client.Mint[models.LogID](phone), Text: "gate locked"}, 0))(t)
	must(phone.Enqueue(t.Context(), &models.MessagePost{ConversationID: room, ID: client.Mint[models.MessageID](phone), Text: "on my way"}, 0))(t)
	must(phone.SyncOnce(t.Context()))(t)
	held := func(what string, want int) {
		t.Helper()
		must(phone.SyncOnce(t.Context()))(t)
		got := map[string]int{
			"dispatches": len(must(phone.Dispatches(t.Context()))(t)), "conversations": len(must(phone.Conversations(t.Context()))(t)),
		}
		for _, kind := range []models.RowKind{models.RowTask, models.RowLog} {
			ids := map[string]bool{}
			for _, r := range must(phone.Rows(t.Context(), kind))(t) {
				ids[r.ID] = true
			}
			got[string(kind)] = len(ids)
		}
		for kind, n := range got {
			if n != want {
				t.Errorf("%s: %d of %s, want %d", what, n, kind, want)
			}
		}
	}
	held("before", 1)

	submit(t, w.agency, &models.TaskClear{TaskID: task})
	submit(t, w.agency, &models.DispatchClose{DispatchID: dispatch})
	w.retire(t, dispatch)
	held("after it has left the panels", 0)
	if got := must(phone.Messages(t.Context(), room))(t); len(got) != 0 {
		t.Errorf("%d messages are still there", len(got))
	}
	submit(t, w.agency, &models.DispatchReopen{DispatchID: dispatch})
	held("after reopening", 1)
}
