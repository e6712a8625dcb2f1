package push_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"officermobile/models"
	"officermobile/models/record"
)

// climbs are the positions of an urgent message's steps.
func (w *world) climbs(id models.MessageID) (all []record.Seq) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	for _, e := range w.log {
		if b, ok := e.Body.(*models.UrgentEscalated); ok && b.Message == id {
			all = append(all, e.Seq)
		}
	}
	return all
}

// wantClimb compares what push knows of a step with lines as of wantAccount.
func (r *rig) wantClimb(seq record.Seq, step models.Step, want ...string) {
	r.t.Helper()
	c, err := r.push.Climb(r.t.Context(), r.id(), r.event(seq))
	if err != nil {
		r.t.Fatal(err)
	}
	if got := r.lines(c.Recipients); c.Step != step || !slices.Equal(got, want) {
		r.t.Errorf("got step %d with %q, want %d with %q", c.Step, got, step, want)
	}
}

func TestClimb(t *testing.T) {
	t.Parallel()
	bubble(t, "R11 every step is told under its message", func(t *testing.T, r *rig) {
		r.away()
		d := r.dispatch()
		r.do(r.dan, &models.TaskCreate{ID: newID[models.TaskID](r.world), DispatchID: d.ID, Assignee: r.olga})
		r.do(r.dan, &models.TaskCreate{ID: newID[models.TaskID](r.world), DispatchID: d.ID, Assignee: r.omar})
		id, posted := r.urgent(r.dan, d.Conversation)
		r.climb(70 * time.Second)
		r.do(r.omar, &models.Acknowledge{MessageID: id})
		r.climb(10 * time.Minute)
		seqs := r.climbs(id)
		if len(seqs) != 4 {
			t.Fatalf("got %d rungs, want four", len(seqs))
		}
		check := func() {
			t.Helper()
			for i, step := range []models.Step{0, models.StepRung} {
				r.wantClimb(seqs[i], step,
					"olga phone:push:offline:accepted tablet:push:offline:accepted", "omar omars:push:offline:accepted")
			}
			late := []string{"dan by role dans:suppress:no_address:", "olga phone:push:offline:accepted tablet:push:offline:accepted"}
			r.wantClimb(seqs[2], models.StepTold, late...)
			r.wantClimb(seqs[3], models.StepGaveUp, late...)
		}
		check()
		r.stop()
		r.start("node")
		r.pass(2 * time.Minute)
		check()
		if _, err := r.push.Climb(t.Context(), r.id(), r.event(posted)); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("of a message that is no step: got %v", err)
		}
	})
}
