package node_test

import (
	"testing"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/node"
	"officermobile/store/sqlite"
	"officermobile/sync"
)

// TestPushReadsFromAnyPosition: a position within a batch, as a kill leaves it, is read on from, with nothing left out.
func TestPushReadsFromAnyPosition(t *testing.T) {
	t.Parallel()
	st, err := sqlite.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	agencies, err := sync.Open(t.Context(), st, sync.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer agencies.Close(t.Context())
	g, err := agencies.Create(t.Context(), models.AgencyCreate{ID: models.AgencyID{1}, Name: "Harbor", TimeZone: "UTC"})
	if err != nil {
		t.Fatal(err)
	}
	give := func(actor models.UserID, b models.CommandBody) {
		t.Helper()
		if a := g.Submit(t.Context(), []models.Command{{ID: models.CommandID{9}, Actor: actor, Body: b}})[0]; a.Err != nil {
			t.Fatal(a.Err)
		}
	}
	users := []models.UserID{{1}, {2}, {3}, {4}}
	for i, u := range users {
		name := string(rune('a' + i))
		give(models.UserID{}, &models.UserCreate{ID: u, Username: name, Name: name, Types: models.Officer, Active: true})
	}
	give(users[0], &models.ConversationCreate{ID: models.ConversationID{7}, Invitees: users[1:]}) // four events in one batch
	head := g.Tip().Seq
	for after := record.Seq(0); after <= head; after++ {
		next := after
		for at := after; at < head; {
			events, upto, err := node.EventsOf(t.Context(), agencies, g.ID(), at, 1)
			if err != nil || upto <= at {
				t.Fatalf("behind %d: got up to %d and %v", at, upto, err)
			}
			for _, e := range events {
				next++
				if e.Seq != next {
					t.Fatalf("behind %d: got event %d, want %d", after, e.Seq, next)
				}
			}
			at = upto
		}
		if next != head {
			t.Errorf("behind %d: read up to %d, want %d", after, next, head)
		}
	}
}
