package webpush_test

import (
	"crypto/ecdh"
	"strings"
	"testing"

	"officermobile/push/webpush"
)

// FuzzDecrypt: no body brings a browser's side down, and what opens is what was sealed for it.
func FuzzDecrypt(f *testing.F) {
	private, err := ecdh.P256().NewPrivateKey(append(make([]byte, 31), 7))
	if err != nil {
		f.Fatal(err)
	}
	secret := make([]byte, 16)
	f.Add([]byte{}, secret)
	f.Add(append(append(make([]byte, 20), 65), private.PublicKey().Bytes()...), secret) // a header and no more
	f.Add(append(append(make([]byte, 20), 65), make([]byte, 100)...), []byte{})
	f.Fuzz(func(t *testing.T, body, secret []byte) {
		if plain, err := webpush.Decrypt(body, private, secret); err == nil {
			t.Errorf("what nobody sealed opened: %q", plain) // 2^-128
		}
	})
}

// FuzzKey: a setting that is no key on P-256 is refused, without its text.
func FuzzKey(f *testing.F) {
	f.Add([]byte("-----BEGIN EC PRIVATE KEY-----\nMHc=\n-----END EC PRIVATE KEY-----\n"), "mailto:a@example.org")
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n-----END PRIVATE KEY-----\n"), "https://example.org")
	f.Fuzz(func(t *testing.T, text []byte, subject string) {
		key, err := webpush.NewKey(text, subject)
		if err != nil {
			if len(text) > 40 && strings.Contains(err.Error(), string(text)) {
				t.Errorf("the error has the key's text: %v", err)
			}
			return
		}
		if len(key.Public()) != 87 { // base64url of 65 bytes
			t.Errorf("got the public key %q", key.Public())
		}
	})
}
