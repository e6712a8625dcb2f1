package models_test

import (
	"slices"
	"testing"

	"officermobile/models"
	"officermobile/models/record"
)

// touchedByHand is Touched without its index.
func touchedByHand(s *models.State, after record.Seq) []models.Scope {
	all := []models.Scope{models.DirectoryScope(s.Agency.ID)}
	for _, u := range s.Users() {
		all = append(all, models.SelfScope(u.ID))
	}
	for _, z := range s.Zones() {
		all = append(all, models.ZoneScope(z.ID))
	}
	for _, d := range s.Dispatches() {
		all = append(all, models.DispatchScope(d.ID))
	}
	var scopes []models.Scope
	for _, c := range s.Conversations() {
		if c.LastSeq > after || s.LastChange(models.ConversationScope(c.ID)) > after {
			scopes = append(scopes, models.ConversationScope(c.ID))
		}
	}
	for _, sc := range all {
		if s.LastChange(sc) > after {
			scopes = append(scopes, sc)
		}
	}
	slices.SortFunc(scopes, models.Scope.Compare)
	return scopes
}

func TestTouchedNamesWhatChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatch()
	for range 3 {
		w.do(w.dan, &models.MessagePost{ConversationID: d.Conversation, ID: newID[models.MessageID](w), Text: "unit on the way"})
	}
	w.dispatch()
	w.do(w.dan, &models.DispatchClose{DispatchID: d.ID})
	loaded, err := models.LoadSnapshot(snapshotOf(t, w.state))
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*models.State{"folded": w.state, "loaded": loaded} {
		for after := record.Seq(0); after <= s.Seq; after++ {
			got, ok := s.Touched(after, 1000)
			if want := touchedByHand(s, after); !ok || !slices.Equal(got, want) {
				t.Errorf("%s, after %d: got %v, want %v", name, after, got, want)
			}
		}
	}
	if _, ok := w.state.Touched(0, 2); ok {
		t.Error("got an answer above the limit, want none")
	}
}

func snapshotOf(t *testing.T, s *models.State) []byte {
	t.Helper()
	b, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestMalformedIsRefusedInItsLane(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	device := w.phone(w.olga)
	for _, lane := range []models.Lane{models.LaneUrgent, models.LaneRoutine} {
		body := &models.Malformed{Lane: lane, Refusal: models.Invalid("text", "is missing")}
		_, err := w.try(models.Command{Actor: w.olga, Device: device, Lane: lane, Num: 1, Body: body})
		if e := models.AsError(err); e == nil || e.Code != "invalid" || e.Field != "text" {
			t.Errorf("lane %d: got %v, want its own refusal", lane, err)
		}
		if got := w.state.LastNum(device, lane); got != 1 {
			t.Errorf("lane %d: last number is %d, want 1: a refusal is durable", lane, got)
		}
	}
}
