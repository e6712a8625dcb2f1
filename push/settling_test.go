package push_test

import (
	"sync"
	"testing"
	"time"

	"officermobile/models"
)

// TestSettling: a durable write takes a moment, in which the ring that it settles is over and its slot not yet free.
func TestSettling(t *testing.T) {
	t.Parallel()
	bubble(t, "what comes while a ring is settled rings after it", func(t *testing.T, r *rig) {
		r.away()
		r.is(r.tablet, models.Foreground, 1000)
		more := sync.OnceFunc(func() {
			r.post(r.omar, r.chat, "more")
			after(10 * time.Millisecond) // of the write
		})
		r.docs.mu.Lock()
		r.docs.step = func() error {
			if r.docs.writes["push_message"] == 2 { // the lease's was the first
				more()
			}
			return nil
		}
		r.docs.mu.Unlock()
		r.post(r.omar, r.chat, "hello")
		r.pass(time.Minute)
		r.want(r.phone, 2)
	})
}
