package push_test

import (
	"slices"
	"testing"
	"time"

	"officermobile/models"
	"officermobile/push"
)

// climb lets time go by and does what is due, as the engine does, a second at most behind.
func (r *rig) climb(d time.Duration) {
	r.t.Helper()
	for range d / time.Second {
		due, _ := r.state.Due(models.Micros(time.Now().UnixMicro()))
		for _, b := range due {
			r.do(models.UserID{}, b)
		}
		r.pass(time.Second)
	}
}

// rings are when a device was sent something, in seconds since a time.
func (r *rig) rings(d models.DeviceID, since time.Time) []int {
	var at []int
	for _, s := range r.provider.to(d) {
		at = append(at, int(s.at.Sub(since)/time.Second))
	}
	return at
}

// wantRings compares them, within a second and what a device has to confirm.
func (r *rig) wantRings(d models.DeviceID, since time.Time, want ...int) {
	r.t.Helper()
	got := r.rings(d, since)
	if !slices.EqualFunc(got, want, func(got, want int) bool { return got >= want && got <= want+3 }) {
		r.t.Errorf("rang after %v seconds, want %v", got, want)
	}
}

func TestEscalatedRings(t *testing.T) {
	t.Parallel()
	bubble(t, "R11 an urgent message rings after 0, 20, 60 and 180 s, when it is given up, and no more", func(t *testing.T, r *rig) {
		r.away()
		began := time.Now()
		id, seq := r.urgent(r.omar, r.chat)
		r.climb(20 * time.Minute)
		r.wantRings(r.phone, began, 0, 20, 60, 180, 300)
		r.reason(seq, r.phone, push.Push, push.IsOffline)
		if got := r.state.Urgent(id).Step; got != models.StepGaveUp {
			t.Errorf("got step %d, want the last", got)
		}
	})
	bubble(t, "R11 under one id and one collapse tag, each with its step", func(t *testing.T, r *rig) {
		r.away()
		r.urgent(r.omar, r.chat)
		r.climb(10 * time.Minute)
		all := r.provider.to(r.phone)
		for i, s := range all {
			if s.ID != all[0].ID || s.CollapseTag != all[0].CollapseTag || s.Attempt != i || s.Class != push.Emergency {
				t.Errorf("ring %d: got step %d, id %v, tag %v; want those of the first", i, s.Attempt, s.ID, s.CollapseTag)
			}
		}
		if tablet := r.provider.to(r.tablet); tablet[0].ID == all[0].ID {
			t.Error("two devices share an id")
		}
	})
	bubble(t, "R11 a retry of a step keeps it", func(t *testing.T, r *rig) {
		r.away()
		r.provider.answers(push.Result{Outcome: push.TryAgain, Reason: push.ReasonTimeout})
		r.urgent(r.omar, r.chat)
		r.climb(4 * time.Second)
		r.provider.answers(push.Result{Outcome: push.Accepted, Status: 200})
		r.climb(40 * time.Second)
		var steps []int
		for _, s := range r.provider.to(r.phone) {
			steps = append(steps, s.Attempt)
		}
		if n := len(steps); n < 3 || steps[n-1] != 1 || !slices.Equal(steps[:n-1], make([]int, n-1)) {
			t.Errorf("got steps %v, want the first repeated and then the second", steps)
		}
	})
	bubble(t, "R11 the first human acknowledgement ends it", func(t *testing.T, r *rig) {
		for i, acknowledged := range []time.Duration{10 * time.Second, 30 * time.Second, 100 * time.Second} {
			r.away()
			r.provider.forget()
			began := time.Now()
			id, _ := r.urgent(r.omar, r.chat)
			r.climb(acknowledged)
			r.from(r.olga, r.tablet, &models.Acknowledge{MessageID: id})
			r.climb(10 * time.Minute)
			r.wantRings(r.phone, began, []int{0, 20, 60}[:i+1]...)
		}
	})
	bubble(t, "R11 nor is a step tried again that was acknowledged meanwhile", func(t *testing.T, r *rig) {
		r.away()
		r.provider.answers(push.Result{Outcome: push.TryAgain, Reason: push.ReasonTimeout})
		id, seq := r.urgent(r.omar, r.chat)
		r.climb(2 * time.Second)
		r.from(r.olga, r.tablet, &models.Acknowledge{MessageID: id})
		r.provider.forget()
		r.climb(10 * time.Minute)
		r.want(r.phone, 0)
		r.reason(seq, r.phone, push.Suppress, push.HasAcknowledged)
	})
	bubble(t, "R11 stopped between two steps it loses none", func(t *testing.T, r *rig) {
		r.away()
		began := time.Now()
		r.urgent(r.omar, r.chat)
		r.climb(10 * time.Second)
		r.stop()
		r.climb(15 * time.Second) // the second falls due meanwhile
		r.start("node")
		r.climb(10 * time.Minute)
		r.wantRings(r.phone, began, 0, 25, 60, 180, 300)
	})
	bubble(t, "R11 as fast as the agency wants it", func(t *testing.T, r *rig) {
		r.settings(`{"urgent_ring_s":30,"urgent_tell_s":40,"urgent_give_up_s":50}`)
		r.away()
		began := time.Now()
		r.urgent(r.omar, r.chat)
		r.climb(10 * time.Minute)
		r.wantRings(r.phone, began, 0, 10, 30, 40, 50)
	})
}
