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
	g := foundAgency(t, openNode(t, st, sync.Options{}), 1)
	answers := mustSubmit(t, g, message(1, 1, 1), message(1, 2, 2))
	if n := len(answers[1].Events); n != 1 {
		t.Fatalf("got %d events, want the message", n)
	}
	want, seq := stateDigest(t, g)
	if answers[1].Result.Seq != seq {
		t.Errorf("result: got position %d, want %d", answers[1].Result.Seq, seq)
	}
	again, err := openNode(t, st, sync.Options{}).Agency(t.Context(), agencyID(1))
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := stateDigest(t, again); got != want {
		t.Error("a second node that read the log has another state")
	}
	g.View(func(s *models.State) {
		if rows := s.Timeline(roomID(0)); rows[len(rows)-1].ID != messageID(2) {
			t.Error("the message is not the newest row")
		}
	})
}
