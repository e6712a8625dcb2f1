package sync_test

import (
	"testing"
	"testing/synctest"
	"time"

	"officermobile/models"
	"officermobile/sync"
)

// founded is an agency with a zone and an open dispatch.
func founded(t *testing.T, a *sync.Agencies) (*sync.Agency, models.DispatchID) {
	g := foundAgency(t, a, 0)
	zone, work, id := models.ZoneID{1}, models.WorkZoneID{2}, models.DispatchID{3}
	mustSubmit(t, g, bySystem(&models.AgencyChange{Settings: models.SettingsPatch(`{"panel_hours":1}`)}), bySystem(&models.PutZone{ID: zone, Name: "North"}), bySystem(&models.PutWorkZone{ID: work, Zone: zone, Name: "Pier"}),
		bySystem(&models.DispatchCreate{ID: id, WorkZone: work, Facts: models.Facts{Priority: models.High}}),
		models.Command{Actor: personID(0), Body: &models.Comment{DispatchID: id, MessageID: messageID(1), Text: "north gate"}})
	return g, id
}

func inMemory(g *sync.Agency, id models.DispatchID) (is bool) {
	g.View(func(s *models.State) { is = s.Dispatch(id) != nil })
	return is
}

// A dispatch leaves memory when it has been closed for long enough, on every node, by nobody's hand; what returns is what it was, also
// from a node that never had it in memory.
func TestAClosedDispatchLeavesAndReturns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := openStore(t)
		g, id := founded(t, openNode(t, st, sync.Options{}))
		admin := func(b models.CommandBody) models.Command { return models.Command{Actor: personID(0), Body: b} }
		for round := range uint32(2) {
			mustSubmit(t, g, admin(&models.DispatchClose{DispatchID: id}))
			elapse(59 * time.Minute)
			if !inMemory(g, id) {
				t.Fatal("it left before its time")
			}
			elapse(2 * time.Minute)
			if inMemory(g, id) {
				t.Fatal("it is still in memory")
			}
			other, err := openNode(t, st, sync.Options{}).Agency(t.Context(), agencyID(1))
			if err != nil {
				t.Fatal(err)
			}
			if code := codeOf(other.Submit(t.Context(), []models.Command{{Actor: personID(1), Body: &models.DispatchReopen{DispatchID: id}}})[0].Err); code != "not_found" {
				t.Errorf("by who may not see it: got %q, want not_found", code)
			}
			mustSubmit(t, other, admin(&models.DispatchReopen{DispatchID: id}))
			other.View(func(s *models.State) {
				if c := s.Conversation(models.ConversationOf(id)); c == nil || c.LastN != 3+2*round || c.Closed {
					t.Errorf("round %d: got %+v, want the conversation to go on", round, c)
				}
			})
			elapse(time.Minute)
			if want, _ := stateDigest(t, g); inMemory(g, id) {
				if got, _ := stateDigest(t, other); got != want {
					t.Error("the nodes differ")
				}
			} else {
				t.Error("the first node does not have it back")
			}
		}
		rows, err := g.Timeline(t.Context(), models.ConversationOf(id), 1, 100, 100)
		if err != nil || len(rows) != 5 {
			t.Errorf("got %d rows, %v, want all that was said and done", len(rows), err)
		}
	})
}

func TestReopeningWhatNeverWas(t *testing.T) {
	t.Parallel()
	g, _ := founded(t, openNode(t, openStore(t), sync.Options{}))
	for _, id := range []models.DispatchID{{99}, models.DispatchID(messageID(1))} {
		a := g.Submit(t.Context(), []models.Command{{Actor: personID(0), Body: &models.DispatchReopen{DispatchID: id}}})[0]
		if code := codeOf(a.Err); code != "not_found" {
			t.Errorf("%s: got %q, want not_found", id, code)
		}
	}
}
