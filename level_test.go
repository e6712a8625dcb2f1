package main_test

import (
	"strings"
	"testing"
)

// A new agency is of the current level already; raising it again changes nothing and says where it stands.
func TestAgencyRaise(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	for range 2 {
		out, errs, code := program(t, nil, "agency", "raise", "--store", a.folder)
		if want := "Agency " + a.id + " is at feature level 2.\n"; code != 0 || !strings.Contains(out, want) {
			t.Fatalf("got code %d, %q and %q, want %q", code, out, errs, want)
		}
	}
}
