package push_test

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"testing"

	"officermobile/clock"
	"officermobile/models"
	"officermobile/models/doorbell"
	"officermobile/push"
)

// TestCrypto makes and uses keys of each kind, without a bubble so that it can run under FIPS.
func TestCrypto(t *testing.T) {
	t.Parallel()
	w := newWorld(t, clock.Clock{})
	service := push.New(push.Deps{Documents: newMemory(), Feed: w, Sight: w}, push.Options{Node: "node", Keys: serverKeys(t)})
	private, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := service.RegisterKeys(t.Context(), w.id(), w.phone, w.olga, private.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	t.Run("R57 the server's keys are made", func(t *testing.T) {
		if len(keys.Signers) != 1 || len(keys.Signers[0]) != 32 {
			t.Errorf("got %d keys", len(keys.Signers))
		}
	})
	t.Run("R56 an address is sealed and opens", func(t *testing.T) {
		if err := service.Register(t.Context(), w.id(), w.phone, addressOf(w.phone)); err != nil {
			t.Fatal(err)
		}
		if h, err := service.Health(t.Context(), w.id(), w.phone); err != nil || h.State != push.HealthGood {
			t.Errorf("got %+v, %v", h, err)
		}
	})
	t.Run("R13 a fetch token is made and known", func(t *testing.T) {
		if _, d, _, err := service.Fetcher(t.Context(), keys.FetchToken); err != nil || d != w.phone {
			t.Errorf("got %s, %v", d, err)
		}
	})
	t.Run("R52 what is sealed to a new key opens", func(t *testing.T) {
		want := doorbell.Preview{About: "message", Text: "hello"}
		n, err := push.SealAndSign(vectorNote(1), w.id(), w.phone, want, private.PublicKey(), ed25519.NewKeyFromSeed(fixed("a server")))
		if err != nil {
			t.Fatal(err)
		}
		bell := doorbell.Bell{ID: n.ID.String(), KeyID: n.Sealed.KeyID, Box: b64(n.Sealed.Box)}
		if got, err := bell.Open(w.phone, private); err != nil || got != want {
			t.Errorf("got %+v, %v", got, err)
		}
		if _, err := bell.Open(models.DeviceID{1}, private); err == nil {
			t.Error("opened as another device")
		}
	})
}
