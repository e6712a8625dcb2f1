package auth

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
)

// secret is 256 random bits: too many to guess, so that a plain SHA-256 of it is safe to keep.
type secret [32]byte

// digest is what is stored of a secret.
type digest []byte

func newSecret() secret {
	var s secret
	rand.Read(s[:])
	return s
}

func (s secret) digest() digest {
	sum := sha256.Sum256(s[:])
	return sum[:]
}

func (s secret) String() string { return base64.RawURLEncoding.EncodeToString(s[:]) }

func (d digest) matches(s secret) bool { return subtle.ConstantTimeCompare(d, s.digest()) == 1 }

// parseSecret reads 43 characters of base64url, the form of a device key.
func parseSecret(text string) (s secret, ok bool) {
	if len(text) != base64.RawURLEncoding.EncodedLen(len(s)) {
		return s, false
	}
	n, err := base64.RawURLEncoding.Strict().Decode(s[:], []byte(text)) // which passes over line ends
	return s, err == nil && n == len(s)
}

// seal encrypts a successor under its predecessor, so that only who still holds the predecessor can be given the same
// successor again; a reader of the database can't open it.
func (s secret) seal(successor secret, bound []byte) ([]byte, error) {
	aead, err := s.aead()
	if err != nil {
		return nil, err
	}
	return aead.Seal(nil, nil, successor[:], bound), nil
}

func (s secret) open(sealed, bound []byte) (successor secret, err error) {
	aead, err := s.aead()
	if err != nil {
		return successor, err
	}
	plain, err := aead.Open(nil, nil, sealed, bound)
	if err != nil || len(plain) != len(successor) {
		return successor, errors.New("a sealed successor doesn't open")
	}
	return secret(plain), nil
}

func (s secret) aead() (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, s[:], nil, "officermobile refresh successor", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
