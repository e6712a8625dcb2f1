package push_test

import (
	"errors"
	"testing"
	"time"

	"officermobile/models"
	"officermobile/store"
)

// spoil makes a kind's documents unreadable.
func (m *memory) spoil(kind store.Kind, body string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, d := range m.docs[kind] {
		d.Body = []byte(body)
		m.docs[kind][id] = d
	}
}

// A document that can't be read is as good as none: what it said is lost, and nothing else with it.
func TestDamaged(t *testing.T) {
	t.Parallel()
	for _, kind := range []store.Kind{"push_address", "push_claim", "push_keys"} {
		for _, body := range []string{`{`, `{"device":"x","sealed":1,"user":1}`, `{"device":"x"}`} {
			bubble(t, "R12 a damaged "+string(kind)+" "+body+" keeps nobody from registering, ringing and signing out", func(t *testing.T, r *rig) {
				r.registers(r.phone, nil)
				r.docs.spoil(kind, body)
				if err := r.push.Unbind(t.Context(), r.id(), r.tablet); err != nil {
					t.Errorf("sign out: %v", err)
				}
				r.docs.spoil(kind, body)
				r.register(r.phone, addressOf(r.phone))
				r.registers(r.phone, nil)
				r.away()
				r.post(r.omar, r.chat, "hello")
				r.pass(time.Minute)
				r.want(r.phone, 1)
			})
		}
	}
	for _, body := range []string{`{`, `{"key":"AAAA"}`} {
		bubble(t, "R12 a damaged key for content "+body+" silences nothing", func(t *testing.T, r *rig) {
			r.shows(models.ContentSealed)
			r.keyed(r.phone)
			r.docs.spoil("push_keys", body)
			r.away()
			r.urgent(r.omar, r.chat)
			r.pass(time.Second)
			if got := r.provider.to(r.phone); len(got) == 0 || got[0].Sealed.Box != nil {
				t.Errorf("rang %d times", len(got))
			}
		})
	}
	bubble(t, "R12 a damaged position is read from the beginning", func(t *testing.T, r *rig) {
		r.away()
		r.stop()
		r.docs.spoil("push_position", `{`)
		r.start("node")
		r.post(r.omar, r.chat, "hello")
		r.pass(time.Minute)
		r.want(r.phone, 1)
	})
	bubble(t, "R12 a store that fails past a ring's expiry is asked by the second", func(t *testing.T, r *rig) {
		r.away()
		r.provider.answers(down)
		r.urgent(r.omar, r.chat)
		r.pass(9 * time.Minute)
		calls := 0
		r.docs.mu.Lock()
		r.docs.step = func() error {
			if calls++; calls > 20_000 {
				return nil // or the test would never end
			}
			return errors.New("the store is away")
		}
		r.docs.mu.Unlock()
		r.pass(5 * time.Minute)
		r.docs.mu.Lock()
		r.docs.step = func() error { return nil }
		r.docs.mu.Unlock()
		if calls > 10_000 {
			t.Errorf("%d calls in five minutes", calls)
		}
		r.pass(5 * time.Minute)
		if left := r.docs.holding("push_emergency", ""); len(left) != 0 {
			t.Errorf("%d emergencies are still owed", len(left))
		}
	})
}
