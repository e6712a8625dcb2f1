package push

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Keys seal where devices are reached, so that who gets at the store alone can ring nobody, and can't tell either
// whether an address that he knows is in there. The first of them seals, all open. They are the server's, from its
// settings, and never lie in the store.
type Keys struct{ all []vaultKey }

// vaultKey is one of the server's keys, as it is used: no key does two things.
type vaultKey struct {
	id   [keyIDBytes]byte // tells under which one something is sealed
	seal []byte           // from which each device's is derived
	name []byte           // of the claims' ids
}

const (
	keyBytes   = 32 // AES-256
	keyIDBytes = 4  // of a handful of keys
	maxKeys    = 16 // rotations that overlap are two; more is a wrong file
)

// errSealed is of what no key at hand opens. It quotes nothing.
var errSealed = errors.New("push: sealed under a key that this server does not have, or for another device")

// ParseKeys reads keys as their file has them: one a line, base64 of 32 bytes, the newest first. To rotate, put a new
// line last on all nodes and restart them, then move it to the top; within a week all addresses are under it.
func ParseKeys(text string) (Keys, error) {
	var k Keys
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(line))
		if err != nil || len(raw) != keyBytes {
			return Keys{}, fmt.Errorf("line %d is not base64 of %d bytes", i+1, keyBytes)
		}
		one, err := newVaultKey(raw)
		if err != nil {
			return Keys{}, err
		}
		k.all = append(k.all, one)
	}
	if len(k.all) > maxKeys {
		return Keys{}, fmt.Errorf("there are more than %d keys", maxKeys)
	}
	return k, nil
}

// DrawKey makes a new key as a line of ParseKeys.
func DrawKey() string {
	raw := make([]byte, keyBytes)
	_, _ = rand.Read(raw) // never fails
	return base64.StdEncoding.EncodeToString(raw)
}

func newVaultKey(raw []byte) (k vaultKey, err error) {
	id, err := hkdf.Key(sha256.New, raw, nil, "officermobile push key id", keyIDBytes)
	if err != nil {
		return k, fmt.Errorf("derive a push key: %w", err)
	}
	k.id = [keyIDBytes]byte(id)
	if k.seal, err = hkdf.Key(sha256.New, raw, nil, "officermobile push address", keyBytes); err != nil {
		return k, fmt.Errorf("derive a push key: %w", err)
	}
	if k.name, err = hkdf.Key(sha256.New, raw, nil, "officermobile push claim", keyBytes); err != nil {
		return k, fmt.Errorf("derive a push key: %w", err)
	}
	return k, nil
}

// box is the cipher for one device: of a key of its own, so that random nonces never run out.
func (k vaultKey) box(device deviceKey) (cipher.AEAD, error) {
	own, err := hkdf.Key(sha256.New, k.seal, nil, device.String(), keyBytes)
	if err != nil {
		return nil, fmt.Errorf("derive a device's push key: %w", err)
	}
	block, err := aes.NewCipher(own)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// seal encrypts for one device of one agency under the newest key: moved to another's document it doesn't open.
func (k Keys) seal(device deviceKey, plain []byte) ([]byte, error) {
	newest := k.all[0]
	aead, err := newest.box(device)
	if err != nil {
		return nil, err
	}
	return aead.Seal(newest.id[:], nil, plain, []byte(device.String())), nil
}

// open reads what seal made for a device, under whichever key; else errSealed.
func (k Keys) open(device deviceKey, sealed []byte) ([]byte, error) {
	if len(sealed) < keyIDBytes {
		return nil, errSealed
	}
	for _, one := range k.all {
		if one.id != [keyIDBytes]byte(sealed[:keyIDBytes]) {
			continue
		}
		aead, err := one.box(device)
		if err != nil {
			return nil, err
		}
		if plain, err := aead.Open(nil, nil, sealed[keyIDBytes:], []byte(device.String())); err == nil {
			return plain, nil
		}
	}
	return nil, errSealed
}

// claims are the ids that the claim on an address may have, the newest key's first. They are keyed: a plain hash would
// tell whoever knows a token whose it is. The last is such a hash, as claims were named once.
func (k Keys) claims(a Address) []string {
	named := []byte(string(a.Kind) + "\x00" + a.App + "\x00" + a.Token)
	ids := make([]string, 0, len(k.all)+1)
	for _, one := range k.all {
		mac := hmac.New(sha256.New, one.name)
		mac.Write(named)
		ids = append(ids, hex.EncodeToString(mac.Sum(nil)))
	}
	sum := sha256.Sum256(named)
	return append(ids, hex.EncodeToString(sum[:]))
}
