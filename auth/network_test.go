package auth_test

import (
	"fmt"
	"testing"

	"officermobile/auth"
	"officermobile/models"
)

func TestNetworkOf(t *testing.T) {
	t.Parallel()
	for remote, want := range map[string]string{
		"192.0.2.1":            "192.0.2.1",
		"::ffff:192.0.2.1":     "192.0.2.1",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff::1": "2001:db8:1:2::/64",
		"2001:db8:1:3::1":      "2001:db8:1:3::/64",
		"fe80::1%eth0":         "fe80::/64",
		"":                     "",
		"@":                    "@",
	} {
		if got := auth.NetworkOf(remote); got != want {
			t.Errorf("%q: got %q, want %q", remote, got, want)
		}
	}
}

// TestGuessingFromAWholeNetwork: who has a /64 has 2^64 addresses, which count as one.
func TestGuessingFromAWholeNetwork(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready()
		limited := 0
		for i := range 4 {
			if kindOf(w.attempt(s, "ada", otherPassword, fmt.Sprintf("2001:db8::%x", i+1))) == models.KindLimited {
				limited++
			}
		}
		if limited != 1 {
			t.Errorf("got %d of four attempts refused for now, want the one after the third failure", limited)
		}
	})
}
