package auth_test

import (
	"crypto/rand"
	"encoding/base64"
	"testing"

	"officermobile/auth"
)

// TestMadeUpKeysLeaveNothing: anybody can send what looks like an integration's key. None of it stays in memory.
func TestMadeUpKeysLeaveNothing(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready()
		w.signIn(s)
		before := s.Known()
		for range 100 {
			raw := make([]byte, 3*16+32)
			rand.Read(raw)
			if _, err := s.Verify(t.Context(), "omk_"+base64.RawURLEncoding.EncodeToString(raw)); err != auth.ErrToken {
				t.Fatalf("got %v, want ErrToken", err)
			}
		}
		if got := s.Known(); got != before {
			t.Errorf("got %d live sessions, want %d as before", got, before)
		}
	})
}
