package sync_test

import (
	"context"
	"testing"

	"officermobile/models"
	"officermobile/sync"
)

// canceled is a context that is over: Close doesn't wait.
func canceled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func TestSubmitIsAppliedAndDurable(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	g := found(t, openNode(t, st, sync.Options{}), 1)
	answers := must(t, g, post(1, 1, 1), post(1, 2, 2))
	if n := len(answers[1].Events); n != 1 {
		t.Fatalf("got %d events, want the message", n)
	}
	want, seq := digest(t, g)
	if answers[1].Result.Seq != seq {
		t.Errorf("result: got position %d, want %d", answers[1].Result.Seq, seq)
	}
	again, err := openNode(t, st, sync.Options{}).Agency(t.Context(), agencyID(1))
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := digest(t, again); got != want {
		t.Error("a second node that read the log has another state")
	}
	g.View(func(s *models.State) {
		if rows := s.Timeline(room(0)); rows[len(rows)-1].ID != messageID(2) {
			t.Error("the message is not the newest row")
		}
	})
}
