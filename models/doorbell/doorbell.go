// Package doorbell is a push as its device reads it: what it says in the open, what of it is signed and what is sealed,
// and what the sealed part says. The server that makes pushes, the reference client and the simulated phones share it, so
// that there is one description of the form; docs/PUSH.md has it in words, with test vectors, for Swift and Kotlin.
//
// A push is signed always and sealed where the agency wants it: first sealed to the device's key, then signed over what
// came of that. So a device verifies before it opens, and never opens what another made.
package doorbell

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"officermobile/models"
)

// Version is "v" of every payload.
const Version = 1

// Errors of a push that is not to be shown as what it says it is.
var (
	ErrMalformed = errors.New("not a push of this server's form")
	ErrForged    = errors.New("the push is not signed by the server")      // ignore it
	ErrNotSealed = errors.New("the push has nothing sealed")               // generic words, or fetch
	ErrNoKey     = errors.New("the push is sealed to a key that has gone") // the same
	ErrUnopened  = errors.New("what is sealed can't be opened")            // the same
)

// Bell is the part of a payload that an app reads before it shows anything.
type Bell struct {
	ID        string // "n": the same for copies of one ring; drop what was seen within 24 hours with the same Step
	Step      int    // "a": an urgent message, or a ring about many conversations, rings again under its id, with the next step; absent: 0
	KeyID     string // "k": the device's key that Box is sealed to
	Box       string // "e": base64url of the encapsulated key and the ciphertext; "" for nothing sealed
	Signature string // "s": id of the server's key, a dot, base64url of 64 bytes
}

// Parse reads a payload: the JSON that APNs hands to an app, the data of an FCM message as a JSON object, or what a
// browser's service worker is given.
func Parse(payload []byte) (Bell, error) {
	var p struct {
		Version   jsontext.Value `json:"v"` // FCM has strings only
		ID        string         `json:"n"`
		Step      jsontext.Value `json:"a"`
		KeyID     string         `json:"k"`
		Box       string         `json:"e"`
		Signature string         `json:"s"`
	}
	if err := json.Unmarshal(payload, &p); err != nil || p.ID == "" {
		return Bell{}, ErrMalformed
	}
	if v := strings.Trim(p.Version.String(), `"`); v != "1" {
		return Bell{}, fmt.Errorf("%w: of version %.8q", ErrMalformed, v)
	}
	step, err := stepOf(strings.Trim(string(p.Step), `"`))
	return Bell{ID: p.ID, Step: step, KeyID: p.KeyID, Box: p.Box, Signature: p.Signature}, err
}

func stepOf(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	step, err := strconv.ParseUint(text, 10, 8)
	if err != nil {
		return 0, ErrMalformed
	}
	return int(step), nil
}

// Ring tells rings apart: copies of one have it in common.
func (b Bell) Ring() string {
	if b.Step == 0 {
		return b.ID
	}
	return b.ID + "/" + strconv.Itoa(b.Step)
}

// signatureContext keeps a signature of a push from being taken for one of anything else.
const signatureContext = "officer-push-signature|1|"

// Signed is what the server signs: the device, the id, and what is sealed as it stands in the payload; then the step, if
// it is not 0.
func (b Bell) Signed(device models.DeviceID) []byte {
	text := signatureContext + device.String() + "|" + b.ID + "|" + b.KeyID + "|" + b.Box
	if b.Step > 0 {
		text += "|" + strconv.Itoa(b.Step)
	}
	return []byte(text)
}

// Sign is b with a signature by the server's key.
func (b Bell) Sign(device models.DeviceID, key ed25519.PrivateKey) Bell {
	public := key.Public().(ed25519.PublicKey)
	b.Signature = KeyID(public) + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(key, b.Signed(device)))
	return b
}

// Verify answers ErrForged unless one of the server's keys signed the push for this device.
func (b Bell) Verify(device models.DeviceID, keys []ed25519.PublicKey) error {
	id, text, _ := strings.Cut(b.Signature, ".")
	signature, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return ErrForged
	}
	i := slices.IndexFunc(keys, func(k ed25519.PublicKey) bool { return KeyID(k) == id })
	if i < 0 || !ed25519.Verify(keys[i], b.Signed(device), signature) {
		return ErrForged
	}
	return nil
}

// KeyID names a public key, a device's by its uncompressed point: the first 8 bytes of its SHA-256, base64url.
func KeyID(public []byte) string {
	sum := sha256.Sum256(public)
	return base64.RawURLEncoding.EncodeToString(sum[:8])
}

// Info binds what is sealed to one device and one ring: HPKE's info.
func Info(device models.DeviceID, id string) []byte {
	return []byte("officer-push|1|" + device.String() + "|" + id)
}

// Suite is the HPKE suite, with DHKEM(P-256, HKDF-SHA256) by the kind of key: what phones' secure hardware can do.
func Suite() (hpke.KDF, hpke.AEAD) { return hpke.HKDFSHA256(), hpke.AES256GCM() }

// Open reads what is sealed to one of the device's keys. The push must have been verified. Whatever the error, the
// generic words stand.
func (b Bell) Open(device models.DeviceID, keys ...*ecdh.PrivateKey) (Preview, error) {
	if b.Box == "" {
		return Preview{}, ErrNotSealed
	}
	i := slices.IndexFunc(keys, func(k *ecdh.PrivateKey) bool { return KeyID(k.PublicKey().Bytes()) == b.KeyID })
	if i < 0 {
		return Preview{}, ErrNoKey
	}
	private, err := hpke.NewDHKEMPrivateKey(keys[i])
	if err != nil {
		return Preview{}, ErrUnopened
	}
	box, err := base64.RawURLEncoding.DecodeString(b.Box)
	if err != nil {
		return Preview{}, ErrUnopened
	}
	kdf, aead := Suite()
	plain, err := hpke.Open(private, kdf, aead, Info(device, b.ID), box)
	if err != nil {
		return Preview{}, ErrUnopened
	}
	var p Preview
	if err := json.Unmarshal(plain, &p); err != nil { // the padding is blanks, which JSON allows at its end
		return Preview{}, ErrUnopened
	}
	return p, nil
}
