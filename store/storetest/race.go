package storetest

import (
	"fmt"
	"sync"
	"testing"

	"officermobile/models/record"
	"officermobile/store"
)

var raceTests = []subtest[store.Log]{
	{"racing writers of one log", testRace},
	{"writers of many logs", testManyLogs},
}

// testRace lets writers race for the slots of one log. Each acknowledged batch must be there exactly once.
func testRace(t *testing.T, s store.Log) {
	const writers, each = 6, 12
	var mu sync.Mutex
	acked := map[string]int{}
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for range each {
				b, err := appendSomewhere(t, s)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				acked[string(b.Header)]++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	got := readAll(t, s, mainLog)
	if len(got) != writers*each {
		t.Errorf("got %d batches, want %d", len(got), writers*each)
	}
	for _, b := range got {
		if acked[string(b.Header)] != 1 {
			t.Errorf("a batch was acknowledged %d times", acked[string(b.Header)])
		}
	}
}

// appendSomewhere appends behind whatever the end is, until it wins a slot.
func appendSomewhere(t *testing.T, s store.Log) (record.Batch, error) {
	const tries = 10_000
	for range tries {
		tip, err := s.Tip(t.Context(), mainLog)
		if err != nil {
			return record.Batch{}, err
		}
		w := Writer{Log: mainLog, After: tip.Seq, Prev: tip.Hash}
		b := w.Next(t, 1)
		outcome, err := s.Append(t.Context(), mainLog, w.After, b)
		for tries := 0; outcome == store.Unknown && tries < 100; tries++ {
			outcome, err = s.Append(t.Context(), mainLog, w.After, b)
		}
		switch outcome {
		case store.Committed:
			return b, nil
		case store.Conflict:
			continue
		}
		return record.Batch{}, fmt.Errorf("%s: %w", outcomeName(outcome), err)
	}
	return record.Batch{}, fmt.Errorf("no slot won in %d tries", tries)
}

// testManyLogs lets each writer have a log of its own: nobody may lose.
func testManyLogs(t *testing.T, s store.Log) {
	const writers, each = 8, 10
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			w := Writer{Log: store.Name(fmt.Sprintf("agency/%d/main", i))}
			for range each {
				b := w.Next(t, 2)
				if outcome, err := s.Append(t.Context(), w.Log, w.After, b); outcome != store.Committed {
					t.Errorf("%s: got %s, %v", w.Log, outcomeName(outcome), err)
					return
				}
				w.Step(b)
			}
		})
	}
	all.Wait()
	for i := range writers {
		if got := readAll(t, s, store.Name(fmt.Sprintf("agency/%d/main", i))); len(got) != each {
			t.Errorf("log %d: got %d batches, want %d", i, len(got), each)
		}
	}
}
