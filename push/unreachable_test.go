package push_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"officermobile/models"
	"officermobile/models/record"
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
	// known makes the service find out that devices have no address.
	known := func(t *testing.T, r *rig, from models.UserID, devices ...models.DeviceID) {
		t.Helper()
		for _, d := range devices {
			unbind(t, r, d)
			r.is(d, models.Offline, 0)
		}
		r.post(from, r.chat, "who is there?")
		r.pass(5 * time.Second)
	}
	bubble(t, "devices without one take no slot and no worker", func(t *testing.T, r *rig) {
		known(t, r, r.olga, r.omars)
		for range 60 { // of olga's, for more sends than there are workers
			d := r.device(r.olga, "phone")
			if err := r.push.Register(t.Context(), r.id(), d, addressOf(d)); err != nil {
				t.Fatal(err)
			}
		}
		r.provider.took = 9 * time.Second
		r.post(r.omar, r.chat, "all workers are busy with this")
		r.pass(2 * time.Second)
		writes, verdicts, reads := r.docs.writes["push_message"], r.docs.writes["push_verdict"], r.docs.reads["push_address"]
		var seq record.Seq
		for i := range 1000 {
			seq = r.post(r.olga, r.chat, fmt.Sprint("message ", i))
			r.pass(5 * time.Millisecond)
		}
		if got := len(r.provider.all()); got != 48 {
			t.Fatalf("%d sends under way, want every worker's 48", got)
		}
		if got := r.docs.writes["push_message"] - writes; got != 0 {
			t.Errorf("%d writes of slots, want none", got)
		}
		if got := r.docs.writes["push_verdict"] - verdicts; got != 0 {
			t.Errorf("%d verdicts kept of routine messages, want none", got)
		}
		if got := r.docs.reads["push_address"] - reads; got > 6 {
			t.Errorf("%d reads of one address in 5 s, want at most one a second", got)
		}
		for _, id := range r.docs.holding("push_message", "") {
			if strings.Contains(id, r.omars.Hex()) {
				t.Errorf("a slot of a device without an address: %s", id)
			}
		}
		r.reason(seq, r.omars, push.Suppress, push.NoAddress)
	})
	bubble(t, "a verdict of something urgent is kept", func(t *testing.T, r *rig) {
		known(t, r, r.omar, r.phone)
		before := len(r.docs.holding("push_ledger", `"no_address"`))
		_, seq := r.urgent(r.omar, r.chat)
		r.pass(2 * time.Second)
		if got := len(r.docs.holding("push_ledger", `"no_address"`)) - before; got != 1 {
			t.Errorf("%d verdicts kept, want 1", got)
		}
		r.reason(seq, r.phone, push.Suppress, push.NoAddress)
	})
	bubble(t, "one registered while the ring is undecided counts", func(t *testing.T, r *rig) {
		known(t, r, r.omar, r.phone)
		r.is(r.phone, models.Foreground, 0)
		r.post(r.omar, r.chat, "seen?")
		r.pass(4 * time.Second)
		if err := r.push.Register(t.Context(), r.id(), r.phone, addressOf(r.phone)); err != nil {
			t.Fatal(err)
		}
		r.want(r.phone, 0)
		r.pass(5 * time.Second)
		r.want(r.phone, 1)
	})
	bubble(t, "one registered on another node counts after a second", func(t *testing.T, r *rig) {
		known(t, r, r.omar, r.phone)
		r.start("other")
		if err := r.push.Register(t.Context(), r.id(), r.phone, addressOf(r.phone)); err != nil {
			t.Fatal(err)
		}
		r.pass(1001 * time.Millisecond)
		r.urgent(r.omar, r.chat)
		r.pass(time.Millisecond)
		r.want(r.phone, 1)
	})
	bubble(t, "whatever else forbids a ring is still told first", func(t *testing.T, r *rig) {
		known(t, r, r.omar, r.phone)
		r.is(r.phone, models.Foreground, 0)
		seq := r.post(r.omar, r.chat, "read elsewhere meanwhile")
		r.pass(time.Second)
		r.from(r.olga, r.tablet, &models.ReadUpTo{ConversationID: r.chat, N: 100})
		r.pass(10 * time.Second)
		r.reason(seq, r.phone, push.Suppress, push.HasRead)
	})
	bubble(t, "many are asked for at once", func(t *testing.T, r *rig) {
		var devices []models.DeviceID // in the order of their ids
		for range 30 {
			devices = append(devices, r.device(r.olga, "phone"))
		}
		known(t, r, r.omar, devices...)
		other := r.service("other")
		for _, d := range []models.DeviceID{devices[0], devices[7], devices[29]} {
			if err := other.Register(t.Context(), r.id(), d, addressOf(d)); err != nil {
				t.Fatal(err)
			}
		}
		r.provider.forget()
		before := r.docs.reads["push_address"]
		r.post(r.omar, r.chat, "some of you")
		r.pass(10 * time.Second)
		for i, d := range devices {
			want := 0
			if i == 0 || i == 7 || i == 29 {
				want = 1
			}
			r.want(d, want)
		}
		if got := r.docs.reads["push_address"] - before; got > 10 {
			t.Errorf("%d reads of single addresses for 5 that exist", got)
		}
	})
	bubble(t, "many among more that have one", func(t *testing.T, r *rig) {
		var silent []models.DeviceID
		for range 5 {
			silent = append(silent, r.device(r.olga, "phone"))
			for range 20 {
				d := r.device(r.omar, "phone")
				if err := r.push.Register(t.Context(), r.id(), d, addressOf(d)); err != nil {
					t.Fatal(err)
				}
			}
		}
		known(t, r, r.omar, silent...)
		r.provider.forget()
		if err := r.service("other").Register(t.Context(), r.id(), silent[4], addressOf(silent[4])); err != nil {
			t.Fatal(err)
		}
		seq := r.post(r.omar, r.chat, "one of you")
		r.pass(10 * time.Second)
		for _, d := range silent[:4] {
			r.want(d, 0)
			r.reason(seq, d, push.Suppress, push.NoAddress)
		}
		r.want(silent[4], 1)
	})
	bubble(t, "a store that fails leaves it to a worker", func(t *testing.T, r *rig) {
		known(t, r, r.omar, r.phone)
		other := r.service("other") // its Run is not needed to register
		if err := other.Register(t.Context(), r.id(), r.phone, addressOf(r.phone)); err != nil {
			t.Fatal(err)
		}
		r.docs.mu.Lock()
		r.docs.step = func() error { return errKilled }
		r.docs.mu.Unlock()
		r.urgent(r.omar, r.chat)
		r.pass(500 * time.Millisecond)
		r.docs.mu.Lock()
		r.docs.step = func() error { return nil }
		r.docs.mu.Unlock()
		r.want(r.phone, 0)
		r.pass(5 * time.Second)
		r.want(r.phone, 1)
	})
}
