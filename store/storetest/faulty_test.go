package storetest_test

import (
	"errors"
	"testing"

	"officermobile/models/record"
	"officermobile/store"
	"officermobile/store/sqlite"
	"officermobile/store/storetest"
)

func inner(t *testing.T) store.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestFaultyWithoutAPlanConforms(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) store.Store { return storetest.Faulty(inner(t), storetest.Plan{}) })
}

func TestFaultyFates(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		plan    storetest.Plan
		outcome store.Outcome
		happens bool
		crash   bool
	}{
		"conflict":   {storetest.Plan{Conflict: 1}, store.Conflict, false, false},
		"lost ack":   {storetest.Plan{LostAck: 1}, store.Unknown, true, false},
		"lost write": {storetest.Plan{LostWrite: 1}, store.Unknown, false, false},
		"crash":      {storetest.Plan{Crash: 2}, store.Unknown, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := inner(t)
			f := storetest.Faulty(s, c.plan)
			w := storetest.Writer{Log: replicaLog}
			if got, _ := f.Append(t.Context(), replicaLog, 0, w.Next(t, 1)); got != c.outcome {
				t.Errorf("got outcome %d, want %d", got, c.outcome)
			}
			if tip, err := s.Tip(t.Context(), replicaLog); err != nil || (tip.Seq == 1) != c.happens {
				t.Errorf("got %+v, %v, want it to have happened: %v", tip, err, c.happens)
			}
			_, err := f.Tip(t.Context(), replicaLog)
			if errors.Is(err, storetest.ErrCrashed) != c.crash {
				t.Errorf("afterwards: got %v", err)
			}
			f.Restart()
			if _, err := f.Tip(t.Context(), replicaLog); err != nil {
				t.Errorf("restarted: got %v", err)
			}
		})
	}
}

// A writer who follows the rule of Unknown gets each of its batches into the log once, whatever the plan.
func TestRuleOfUnknownOnFaultyStore(t *testing.T) {
	t.Parallel()
	s := inner(t)
	f := storetest.Faulty(s, storetest.Plan{Seed: 1, Conflict: 0.1, LostAck: 0.2, LostWrite: 0.2, Crash: 0.1})
	w := storetest.Writer{Log: replicaLog}
	for range 100 {
		b := w.Next(t, 1)
		outcome := store.Unknown
		for outcome != store.Committed {
			outcome, _ = f.Append(t.Context(), replicaLog, w.After, b)
			f.Restart()
		}
		w.Step(b)
	}
	var chain record.Chain
	batches, err := s.Read(t.Context(), replicaLog, 0, 1000)
	if err != nil || len(batches) != 100 {
		t.Fatalf("got %d batches, %v, want 100", len(batches), err)
	}
	for _, b := range batches {
		if _, err := chain.Next(b); err != nil {
			t.Fatal(err)
		}
	}
	if f.Crashes() == 0 {
		t.Error("the plan never crashed the store")
	}
}
