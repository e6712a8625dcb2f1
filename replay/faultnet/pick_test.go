package faultnet_test

import (
	"fmt"
	"testing"
	"time"

	"officermobile/replay/faultnet"
)

func TestPick(t *testing.T) {
	t.Parallel()
	traces := faultnet.Synthetic()
	draw := func(seed uint64) (all string, names map[string]bool) {
		names = map[string]bool{}
		for n := range 2 * len(traces) {
			trace, offset := faultnet.Pick(traces, seed, n)
			if offset < 0 || offset >= time.Duration(len(trace.Samples))*time.Second {
				t.Errorf("offset %s is outside %s", offset, trace.Name)
			}
			names[trace.Name] = true
			all += fmt.Sprint(trace.Name, offset, " ")
		}
		return all, names
	}
	one, names := draw(1)
	if again, _ := draw(1); one != again {
		t.Errorf("one seed drew %s and %s", one, again)
	}
	if other, _ := draw(2); one == other {
		t.Error("two seeds drew the same")
	}
	if len(names) != len(traces) {
		t.Errorf("%d of %d traces are used", len(names), len(traces))
	}
}
