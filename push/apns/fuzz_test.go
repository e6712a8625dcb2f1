package apns_test

import (
	"strings"
	"testing"
	"time"

	"officermobile/push/apns"
)

// FuzzReason: Apple's bodies are read whatever they hold, and what is kept of them is a short word.
func FuzzReason(f *testing.F) {
	f.Add([]byte(`{"reason":"Unregistered","timestamp":1700000000000}`))
	f.Add([]byte(`{"reason":"a b","timestamp":9223372036854775807}`))
	f.Add([]byte("<html>"))
	f.Fuzz(func(t *testing.T, body []byte) {
		reason, since := apns.ReasonOf(body)
		if reason == "" || len(reason) > 64 || strings.ContainsAny(reason, "\r\n \"") {
			t.Errorf("got the reason %q", reason)
		}
		if !since.IsZero() && since.Before(time.Unix(0, 0)) {
			t.Errorf("got %v", since)
		}
	})
}

// FuzzKey: a file that is no key is refused, and one that is makes tokens.
func FuzzKey(f *testing.F) {
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\nMIG=\n-----END PRIVATE KEY-----\n"))
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n-----END PRIVATE KEY-----\n")) // Ed25519
	f.Add([]byte(""))
	f.Fuzz(func(t *testing.T, text []byte) {
		key, err := apns.NewKey("K", "T", text)
		if err != nil {
			if len(text) > 40 && strings.Contains(err.Error(), string(text)) {
				t.Errorf("the error has the key's text: %v", err)
			}
			return
		}
		if token, err := key.ProviderToken(time.Unix(1700000000, 0)); err != nil || strings.Count(token, ".") != 2 {
			t.Errorf("got %q, %v", token, err)
		}
	})
}
