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

// rings are when a device was sent something, in minutes since a time.
func (r *rig) rings(d models.DeviceID, since time.Time) []int {
	var at []int
	for _, s := range r.provider.to(d) {
		at = append(at, int(s.at.Sub(since)/time.Minute))
	}
	return at
}

func TestEscalatedRings(t *testing.T) {
	t.Parallel()
	bubble(t, "R11 an urgent message rings again at each step, and then no more", func(t *testing.T, r *rig) {
		r.away()
		began := time.Now()
		id, seq := r.urgent(r.omar, r.chat)
		r.climb(10 * time.Minute)
		if got, want := r.rings(r.phone, began), []int{0, 1, 3, 5}; !slices.Equal(got, want) {
			t.Errorf("rang in minutes %v, want %v", got, want)
		}
		r.reason(seq, r.phone, push.Push, push.IsOffline)
		u := r.state.Urgent(id)
		if u.Step != models.StepGaveUp {
			t.Errorf("got step %d, want the last", u.Step)
		}
	})
	bubble(t, "R11 the first human acknowledgement ends it", func(t *testing.T, r *rig) {
		r.away()
		began := time.Now()
		id, _ := r.urgent(r.omar, r.chat)
		r.climb(100 * time.Second)
		r.do(r.olga, &models.Acknowledge{MessageID: id})
		r.climb(10 * time.Minute)
		if got, want := r.rings(r.phone, began), []int{0, 1}; !slices.Equal(got, want) {
			t.Errorf("rang in minutes %v, want %v", got, want)
		}
	})
}
