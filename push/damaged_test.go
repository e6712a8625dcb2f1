package push_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"officermobile/models"
	"officermobile/models/doorbell"
	"officermobile/push"
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
	for _, body := range []string{`{`, `{}`, `{"seeds":["AAAA"]}`} {
		bubble(t, "R57 without a readable key to sign with "+body+" there is another, and it is told", func(t *testing.T, r *rig) {
			_, before := r.keyed(r.phone)
			r.stop()
			r.docs.spoil("push_signer", body)
			r.start("node")
			r.away()
			r.post(r.omar, r.chat, "hello")
			r.pass(time.Minute)
			after := r.registers(r.phone, nil) // at the app's next start
			bell := r.bellOf(r.rang(r.phone))
			if old, err := bell.Verify(r.phone, before.Signers), bell.Verify(r.phone, after.Signers); !errors.Is(old, doorbell.ErrForged) || err != nil {
				t.Errorf("by what it knew: %v; by what it learned: %v", old, err)
			}
			r.stop()
			r.start("node")
			if again := r.registers(r.phone, nil); !bytes.Equal(again.Signers[0], after.Signers[0]) {
				t.Error("the key is another after each restart")
			}
		})
	}
	bubble(t, "R57 of several keys to sign with those count that can be read", func(t *testing.T, r *rig) {
		var log strings.Builder
		whole := strings.Repeat("A", 43) + "="
		r.registers(r.phone, nil)
		r.docs.spoil("push_signer", `{"seeds":["`+whole+`","AAAA"]}`)
		service := push.New(push.Deps{Documents: r.docs, Feed: r.world, Sight: r.world}, push.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		keys, err := service.RegisterKeys(t.Context(), r.id(), r.phone, r.olga, nil)
		want := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public().(ed25519.PublicKey)
		if err != nil || len(keys.Signers) != 1 || !want.Equal(keys.Signers[0]) {
			t.Errorf("got %x, %v; want the one that is whole", keys.Signers, err)
		}
		if !strings.Contains(log.String(), "level=ERROR") || strings.Contains(log.String(), whole) {
			t.Errorf("it is told as %q", &log)
		}
	})
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
