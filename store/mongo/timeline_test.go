package mongo_test

import (
	"fmt"
	"strings"
	"testing"

	"officermobile/store/mongo"

	"pgregory.net/rapid"
)

// The prefixes of a range match its numbers and no others.
func TestPrefixes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		from, before := rapid.Uint32().Draw(t, "from"), rapid.Uint32().Draw(t, "before")
		all := mongo.Prefixes(uint64(from), uint64(before))
		if len(all) > 240 {
			t.Fatalf("%d prefixes", len(all))
		}
		for _, n := range []uint32{from - 1, from, from + 1, before - 1, before, rapid.Uint32().Draw(t, "n")} {
			matches := 0
			for _, p := range all {
				if strings.HasPrefix(fmt.Sprintf("%08x", n), p) {
					matches++
				}
			}
			if want := from <= n && n < before; (matches == 1) != want || matches > 1 {
				t.Fatalf("%08x in [%08x, %08x): %d matches", n, from, before, matches)
			}
		}
	})
}
