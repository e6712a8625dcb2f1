package sync_test

import (
	"fmt"
	"testing"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/sync"
)

// TestLatestIsTheLog: what is handed out from memory is what the log says, from any position, and what has left memory is
// not made up.
func TestLatestIsTheLog(t *testing.T) {
	t.Parallel()
	g, err := openNode(t, openStore(t), sync.Options{}).Create(t.Context(), models.AgencyCreate{ID: models.AgencyID{1}, Name: "Harbor", TimeZone: "UTC"})
	if err != nil {
		t.Fatal(err)
	}
	held, ok := g.Latest(0, 10)
	if !ok || len(held) != 1 {
		t.Fatalf("got %d events and %v, want the first", len(held), ok)
	}
	for range 30 {
		var cmds []models.Command
		for range 100 {
			cmds = append(cmds, models.Command{Body: &models.PutZone{ID: models.ZoneID{2}, Name: fmt.Sprintf("zone %d", g.Tip().Seq+record.Seq(len(cmds)))}})
		}
		for _, a := range g.Submit(t.Context(), cmds) {
			if a.Err != nil {
				t.Fatal(a.Err)
			}
		}
	}
	head := g.Tip().Seq
	if _, ok := g.Latest(0, 10); ok {
		t.Error("what has left memory is answered")
	}
	if events, ok := g.Latest(head, 10); !ok || len(events) > 0 {
		t.Errorf("behind the end: got %d events and %v", len(events), ok)
	}
	for _, after := range []record.Seq{head - 1000, head - 100, head - 1} {
		events, ok := g.Latest(after, 50)
		if !ok || len(events) != int(min(50, head-after)) {
			t.Fatalf("behind %d: got %d events and %v", after, len(events), ok)
		}
		for i, e := range events {
			if e.Seq != after+record.Seq(i)+1 {
				t.Fatalf("behind %d: event %d is at %d", after, i, e.Seq)
			}
		}
	}
	if held[0].Seq != 1 {
		t.Error("what was handed out has changed")
	}
}
