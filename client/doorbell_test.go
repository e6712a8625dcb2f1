package client_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"officermobile/client"
	"officermobile/models"
	"officermobile/models/doorbell"

	"github.com/go-json-experiment/json"
)

// bells is what package push wrote for writers of apps.
type bells struct {
	Device models.DeviceID `json:"device_id"`
	Server struct {
		Public string `json:"ed25519_public"`
	} `json:"server"`
	Keys []struct {
		Private string `json:"p256_private"`
	} `json:"device_keys"`
	Cases []struct {
		Name    string            `json:"name"`
		Payload map[string]string `json:"payload"`
		Box     string            `json:"e"`
		Preview doorbell.Preview  `json:"preview"`
	} `json:"cases"`
	Refused []struct {
		Name    string `json:"name"`
		Payload string `json:"payload"`
		Result  string `json:"result"`
	} `json:"refused"`
}

func readBells(t *testing.T) bells {
	t.Helper()
	raw, err := os.ReadFile("../push/testdata/sealed_vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var b bells
	if err := json.Unmarshal(raw, &b); err != nil {
		t.Fatal(err)
	}
	return b
}

// bell is a device with the key of the file, and its former one for a week.
func (v bells) bell(t *testing.T, now time.Time) *client.Doorbell {
	t.Helper()
	raw := func(s string) []byte {
		b, err := base64.RawURLEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	return &client.Doorbell{
		Device: v.Device, Key: raw(v.Keys[0].Private), Former: raw(v.Keys[1].Private), FormerUntil: now.Add(7 * 24 * time.Hour),
		Signers: [][]byte{raw(v.Server.Public)}, Content: models.ContentFetch,
	}
}

func TestDoorbell(t *testing.T) {
	t.Parallel()
	v, now := readBells(t), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range v.Cases {
		for provider, payload := range c.Payload {
			t.Run("R52 "+c.Name+" by "+provider, func(t *testing.T) {
				n, err := v.bell(t, now).Ring([]byte(payload), now)
				switch {
				case err != nil:
					t.Fatal(err)
				case c.Box == "" && (n.Preview != nil || !n.Fetch):
					t.Errorf("got %+v, want the generic words", n)
				case c.Box != "" && (n.Preview == nil || *n.Preview != c.Preview || n.Fetch):
					t.Errorf("got %+v, want %+v", n.Preview, c.Preview)
				}
			})
		}
	}
	for _, c := range v.Refused {
		b := v.bell(t, now)
		b.Former = nil
		n, err := b.Ring([]byte(c.Payload), now)
		switch c.Result {
		case "forged":
			t.Run("R57 "+c.Name+" is ignored", func(t *testing.T) {
				if !errors.Is(err, doorbell.ErrForged) {
					t.Errorf("got %+v, %v", n, err)
				}
				if len(b.Seen) != 0 {
					t.Error("a forgery would have the true one taken for a copy")
				}
			})
		case "malformed":
			t.Run("R57 "+c.Name+" is ignored", func(t *testing.T) {
				if !errors.Is(err, doorbell.ErrMalformed) {
					t.Errorf("got %+v, %v", n, err)
				}
			})
		default:
			t.Run("R53 "+c.Name+" shows the redacted text", func(t *testing.T) {
				if err != nil || n.Preview != nil || n.ID == "" || !n.Fetch {
					t.Errorf("got %+v, %v", n, err)
				}
			})
		}
	}
}

func TestDoorbellLives(t *testing.T) {
	t.Parallel()
	v, now := readBells(t), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	toFormer := []byte(v.Cases[3].Payload["fcm"])
	t.Run("R54 the former key opens for seven days after rotation, then not", func(t *testing.T) {
		t.Parallel()
		b := v.bell(t, now)
		b.Key, b.Former = b.Former, nil
		if err := b.Rotate(rand.Reader, now); err != nil {
			t.Fatal(err)
		}
		if n, err := b.Ring(toFormer, now.Add(7*24*time.Hour-time.Second)); err != nil || n.Preview == nil {
			t.Errorf("before: got %+v, %v", n, err)
		}
		b.Seen = nil
		if n, err := b.Ring(toFormer, now.Add(7*24*time.Hour)); err != nil || n.Preview != nil {
			t.Errorf("after: got %+v, %v", n, err)
		}
		if b.Former != nil {
			t.Error("the former key is still there")
		}
	})
	t.Run("R15 a copy is dropped for a day", func(t *testing.T) {
		t.Parallel()
		b := v.bell(t, now)
		for _, c := range []struct {
			after time.Duration
			want  error
		}{{0, nil}, {time.Second, client.ErrSeen}, {24*time.Hour - 1, client.ErrSeen}, {24 * time.Hour, nil}} {
			if _, err := b.Ring(toFormer, now.Add(c.after)); !errors.Is(err, c.want) {
				t.Errorf("after %v: got %v, want %v", c.after, err, c.want)
			}
		}
	})
	t.Run("R11 the next step of an urgent message rings under its id, a copy of it does not", func(t *testing.T) {
		t.Parallel()
		public, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		device := models.DeviceID{7}
		b := &client.Doorbell{Device: device, Signers: [][]byte{public}}
		for _, c := range []struct {
			step int
			want error
		}{{0, nil}, {0, client.ErrSeen}, {1, nil}, {1, client.ErrSeen}, {2, nil}, {0, client.ErrSeen}} {
			bell := doorbell.Bell{ID: "n", Step: c.step}.Sign(device, private)
			payload := fmt.Sprintf(`{"v":1,"n":"n","a":%d,"s":%q}`, c.step, bell.Signature)
			if _, err := b.Ring([]byte(payload), now); !errors.Is(err, c.want) {
				t.Errorf("step %d: got %v, want %v", c.step, err, c.want)
			}
		}
		forged := doorbell.Bell{ID: "n"}.Sign(device, private)
		if _, err := b.Ring([]byte(fmt.Sprintf(`{"v":1,"n":"n","a":3,"s":%q}`, forged.Signature)), now); !errors.Is(err, doorbell.ErrForged) {
			t.Errorf("a step that was not signed: got %v", err)
		}
	})
}
