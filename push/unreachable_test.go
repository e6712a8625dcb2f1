package push_test

import (
	"fmt"
	"testing"
	"time"

	"officermobile/models"
	"officermobile/push"
)

func TestUnreachable(t *testing.T) {
	t.Parallel()
	unbind := func(t *testing.T, r *rig, d models.DeviceID) {
		t.Helper()
		if err := r.push.Unbind(t.Context(), r.id(), d); err != nil {
			t.Fatal(err)
		}
	}
	bubble(t, "the store isn't read for each message", func(t *testing.T, r *rig) {
		r.away()
		for _, d := range []models.DeviceID{r.phone, r.tablet, r.omars} {
			unbind(t, r, d)
		}
		before := r.docs.reads["push_address"]
		const messages, every = 100, 20 * time.Millisecond
		for i := range messages {
			r.post(r.omar, r.chat, fmt.Sprint("message ", i))
			r.pass(every)
		}
		r.pass(5 * time.Second)
		seconds := int(messages*every/time.Second) + 5
		if got := r.docs.reads["push_address"] - before; got == 0 || got > 2*seconds {
			t.Errorf("%d reads of addresses in %d s for two devices, want at most one a second each", got, seconds)
		}
		r.want(r.phone, 0)
	})
	bubble(t, "an address counts from the moment of its registration", func(t *testing.T, r *rig) {
		r.away()
		unbind(t, r, r.phone)
		seq := r.post(r.omar, r.chat, "nobody hears this")
		r.pass(100 * time.Millisecond)
		r.want(r.phone, 0)
		r.reason(seq, r.phone, push.Suppress, push.NoAddress)
		if err := r.push.Register(t.Context(), r.id(), r.phone, addressOf(r.phone)); err != nil {
			t.Fatal(err)
		}
		r.post(r.omar, r.chat, "but this")
		r.pass(100 * time.Millisecond)
		r.want(r.phone, 1)
	})
}
