package push_test

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"officermobile/models"
	"officermobile/models/doorbell"
	"officermobile/models/record"
	"officermobile/push"
)

// vectors are what a writer of a native app replays: fixed keys, the payloads of each provider, and what must come of
// them. go test ./push -run TestVectors -update makes them anew; what is sealed then differs, and all else must not.
type vectors struct {
	Comment string       `json:"comment"`
	Device  string       `json:"device_id"`
	Server  serverVector `json:"server"`
	Keys    []keyVector  `json:"device_keys"`
	Cases   []vector     `json:"cases"`
	Refused []refusal    `json:"refused"`
}

type serverVector struct {
	Seed   string `json:"ed25519_seed"`
	Public string `json:"ed25519_public"`
	ID     string `json:"id"`
}

type keyVector struct {
	Private string `json:"p256_private"`
	Public  string `json:"p256_public"`
	ID      string `json:"id"`
}

type vector struct {
	Name    string            `json:"name"`
	Payload map[string]string `json:"payload"` // by provider, as the app gets it
	ID      string            `json:"n"`
	KeyID   string            `json:"k"`
	Box     string            `json:"e"`
	Info    string            `json:"info"`
	Signed  string            `json:"signed"`
	Sign    string            `json:"s"`
	Plain   int               `json:"plain_bytes"`
	Preview doorbell.Preview  `json:"preview,omitzero"`
}

// refusal is a payload that is to be ignored, or whose content can't be shown.
type refusal struct {
	Name    string `json:"name"`
	Payload string `json:"payload"`
	Result  string `json:"result"` // forged, unopened, no_key, malformed
}

const vectorsFile = "testdata/sealed_vectors.json"

func fixed(word string) []byte { sum := sha256.Sum256([]byte(word)); return sum[:] }

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func unb64(t *testing.T, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var vectorDevice = models.DeviceID{1, 0x9b, 2, 3, 4, 5, 0x70, 7, 0x80, 9, 10, 11, 12, 13, 14, 15}

// TestVectors replays what is in the file, as a native app would.
func TestVectors(t *testing.T) {
	t.Parallel()
	if *update {
		writeVectors(t)
	}
	raw, err := os.ReadFile(vectorsFile)
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	device, err := models.ParseID[int](v.Device)
	if err != nil {
		t.Fatal(err)
	}
	signers := []ed25519.PublicKey{unb64(t, v.Server.Public)}
	var keys []*ecdh.PrivateKey
	for _, k := range v.Keys {
		private, err := ecdh.P256().NewPrivateKey(unb64(t, k.Private))
		if err != nil || b64(private.PublicKey().Bytes()) != k.Public || doorbell.KeyID(private.PublicKey().Bytes()) != k.ID {
			t.Fatalf("key %s: %v", k.ID, err)
		}
		keys = append(keys, private)
	}
	for _, c := range v.Cases {
		t.Run("R52 R57 "+c.Name, func(t *testing.T) { c.replay(t, models.DeviceID(device), signers, keys) })
	}
	for _, c := range v.Refused {
		t.Run("R53 R57 "+c.Name, func(t *testing.T) {
			if got := resultOf([]byte(c.Payload), models.DeviceID(device), signers, keys[:1]); got != c.Result {
				t.Errorf("got %s, want %s", got, c.Result)
			}
		})
	}
}

func (c vector) replay(t *testing.T, device models.DeviceID, signers []ed25519.PublicKey, keys []*ecdh.PrivateKey) {
	for provider, payload := range c.Payload {
		bell, err := doorbell.Parse([]byte(payload))
		if want := (doorbell.Bell{ID: c.ID, KeyID: c.KeyID, Box: c.Box, Signature: c.Sign}); err != nil || bell != want {
			t.Fatalf("%s: got %+v, %v", provider, bell, err)
		}
		if got := string(bell.Signed(device)); got != c.Signed {
			t.Errorf("signed: got %s, want %s", got, c.Signed)
		}
		if err := bell.Verify(device, signers); err != nil {
			t.Errorf("%s: %v", provider, err)
		}
		if got := string(doorbell.Info(device, bell.ID)); got != c.Info {
			t.Errorf("info: got %s, want %s", got, c.Info)
		}
		if c.Box == "" {
			continue
		}
		p, err := bell.Open(device, keys...)
		if err != nil || p != c.Preview {
			t.Errorf("%s: got %+v, %v; want %+v", provider, p, err, c.Preview)
		}
		if n := len(unb64(t, c.Box)) - 81; n != c.Plain || n != 512 && n != 1024 && n != 2048 {
			t.Errorf("%d bytes are sealed, want %d", n, c.Plain)
		}
	}
}

func resultOf(payload []byte, device models.DeviceID, signers []ed25519.PublicKey, keys []*ecdh.PrivateKey) string {
	bell, err := doorbell.Parse(payload)
	if err != nil {
		return "malformed"
	}
	if bell.Verify(device, signers) != nil {
		return "forged"
	}
	_, err = bell.Open(device, keys...)
	switch {
	case errors.Is(err, doorbell.ErrNoKey):
		return "no_key"
	case errors.Is(err, doorbell.ErrUnopened):
		return "unopened"
	}
	return "shown"
}

// writeVectors makes the file anew.
func writeVectors(t *testing.T) {
	t.Helper()
	server := ed25519.NewKeyFromSeed(fixed("the server's key"))
	public := server.Public().(ed25519.PublicKey)
	v := vectors{
		Comment: "Keys of nobody: for replaying docs/PUSH.md in an app's tests. Base64url without padding throughout.",
		Device:  vectorDevice.String(), Server: serverVector{b64(server.Seed()), b64(public), doorbell.KeyID(public)},
	}
	var keys []*ecdh.PrivateKey
	for _, word := range []string{"the device's key", "its former key"} {
		private, err := ecdh.P256().NewPrivateKey(fixed(word))
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, private)
		point := private.PublicKey().Bytes()
		v.Keys = append(v.Keys, keyVector{b64(private.Bytes()), b64(point), doorbell.KeyID(point)})
	}
	hello := doorbell.Preview{
		About: "message", Conversation: models.ConversationID{1, 2, 6: 0x70, 8: 0x80}, Kind: models.PersonalKind, From: "O. Reyes", Text: "<b>Gate 4</b> & wait 🚓", At: 1_772_000_000_000,
	}
	long := hello
	long.About, long.Title, long.Text = "urgent_message", "Night shift", strings.Repeat("a\u0301\n", 160)
	task := doorbell.Preview{About: "task", Conversation: hello.Conversation, Kind: models.DispatchKind, Number: 42, Text: "Pier 7", At: hello.At}
	v.Cases = []vector{
		vectorOf(t, "generic words, signed", 1, nil, keys[0], server),
		vectorOf(t, "a message", 2, &hello, keys[0], server),
		vectorOf(t, "a long urgent message, cut", 3, &long, keys[0], server),
		vectorOf(t, "a task, to the former key", 4, &task, keys[1], server),
	}
	good := v.Cases[1].Payload["fcm"]
	moved, err := push.SealAndSign(vectorNote(5), models.AgencyID{}, models.DeviceID{9}, hello, keys[0].PublicKey(), server)
	if err != nil {
		t.Fatal(err)
	}
	v.Refused = []refusal{
		{"unsigned", strings.Replace(good, `"s":`, `"unsigned":`, 1), "forged"},
		{"another id", strings.Replace(good, v.Cases[1].ID, v.Cases[2].ID, 1), "forged"},
		{"its box taken out", strings.Replace(good, `"e":`, `"x2":`, 1), "forged"},
		{"signed by another server", payloadsOf(t, signedBy(vectorNote(6), ed25519.NewKeyFromSeed(fixed("another server"))))["fcm"], "forged"},
		{"of another device", payloadsOf(t, moved)["fcm"], "forged"},
		{"sealed for another device, signed for this one", payloadsOf(t, signedBy(moved, server))["fcm"], "unopened"},
		{"sealed to a key that has gone", v.Cases[3].Payload["fcm"], "no_key"},
		{"of a later version", strings.Replace(good, `"v":"1"`, `"v":"2"`, 1), "malformed"},
	}
	out, err := json.Marshal(v, jsontext.WithIndent("  "), json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(vectorsFile, append(out, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

func vectorNote(n byte) push.Notification {
	return note(func(x *push.Notification) { x.ID = record.UUID{0x01, 0x9b, 6: 0x80, 8: 0x80, 15: n}; x.Signature = "" })
}

// signedBy is what a push of the server's to the device would be, whatever is sealed in it.
func signedBy(n push.Notification, key ed25519.PrivateKey) push.Notification {
	b := doorbell.Bell{ID: n.ID.String(), KeyID: n.Sealed.KeyID, Box: b64(n.Sealed.Box)}
	n.Signature = b.Sign(vectorDevice, key).Signature
	return n
}

func vectorOf(t *testing.T, name string, n byte, p *doorbell.Preview, to *ecdh.PrivateKey, by ed25519.PrivateKey) vector {
	t.Helper()
	x := signedBy(vectorNote(n), by)
	v := vector{Name: name}
	if p != nil {
		var err error
		if x, err = push.SealAndSign(vectorNote(n), models.AgencyID{}, vectorDevice, *p, to.PublicKey(), by); err != nil {
			t.Fatal(err)
		}
		plain, err := p.Plain()
		if err != nil {
			t.Fatal(err)
		}
		v.Plain, v.Preview = len(plain), p.Short()
	}
	bell := doorbell.Bell{ID: x.ID.String(), KeyID: x.Sealed.KeyID, Box: b64(x.Sealed.Box), Signature: x.Signature}
	v.Payload, v.ID, v.KeyID, v.Box, v.Sign = payloadsOf(t, x), bell.ID, bell.KeyID, bell.Box, bell.Signature
	v.Info, v.Signed = string(doorbell.Info(vectorDevice, bell.ID)), string(bell.Signed(vectorDevice))
	return v
}

// payloadsOf are a notification as the app gets it from each provider.
func payloadsOf(t *testing.T, n push.Notification) map[string]string {
	t.Helper()
	n.Address = iphone
	apns, err := push.BuildAPNs(n)
	if err != nil {
		t.Fatal(err)
	}
	n.Address = android
	fcm, err := push.BuildFCM(n, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	n.Address = tablet
	web, err := push.BuildWebPush(n)
	if err != nil {
		t.Fatal(err)
	}
	var message struct {
		Message struct {
			Data jsontext.Value `json:"data"`
		} `json:"message"`
	}
	if err := json.Unmarshal(fcm, &message); err != nil {
		t.Fatal(err)
	}
	return map[string]string{"apns": string(apns.Body), "fcm": string(message.Message.Data), "webpush": string(web)}
}
