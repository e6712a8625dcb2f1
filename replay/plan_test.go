package replay_test

import (
	"slices"
	"testing"
	"time"

	"officermobile/models"
	"officermobile/replay"
	"officermobile/replay/calls"
	"officermobile/replay/shift"
	"officermobile/replay/texts"
)

func builtin(t *testing.T) shift.Shift {
	t.Helper()
	all, from, err := calls.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	corpus, err := texts.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	plan, err := shift.Plan(all, corpus, shift.Options{From: from, Minutes: calls.BuiltinMinutes, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func TestStepsAreDealtInOrder(t *testing.T) {
	t.Parallel()
	plan := builtin(t)
	of, server := replay.ByDevice(plan)
	n := len(server)
	for i, steps := range of {
		n += len(steps)
		if !slices.IsSortedFunc(steps, func(a, b shift.Step) int { return a.At.Compare(b.At) }) {
			t.Errorf("device %d: got steps out of order", i)
		}
		for _, s := range steps {
			if int(s.On) != i {
				t.Errorf("device %d: got a step of device %d", i, s.On)
			}
		}
	}
	if n != len(plan.Steps) || len(server) < 5 {
		t.Errorf("got %d steps, %d of the server; want %d, at least 5", n, len(server), len(plan.Steps))
	}
}

func TestIDsFollowFromTheSeedAndAreOfTheirTime(t *testing.T) {
	t.Parallel()
	plan := builtin(t)
	moved := 24 * time.Hour
	one, again := replay.MintIDs(plan, moved), replay.MintIDs(plan, moved)
	messages, same := one.Messages(), again.Messages()
	if !slices.Equal(messages, same) {
		t.Error("got other ids for the same seed")
	}
	seen := map[models.MessageID]bool{}
	for _, s := range plan.Steps {
		post, ok := s.Do.(shift.Post)
		if !ok {
			continue
		}
		id := messages[post.Message]
		if seen[id] || id[6]>>4 != 7 || id[8]>>6 != 2 {
			t.Fatalf("got %x twice, or of another version", id)
		}
		seen[id] = true
		ms := int64(id[0])<<40 | int64(id[1])<<32 | int64(id[2])<<24 | int64(id[3])<<16 | int64(id[4])<<8 | int64(id[5])
		if want := s.At.Add(moved).UnixMilli(); ms != want {
			t.Fatalf("time: got %d, want %d", ms, want)
		}
	}
	if len(seen) == 0 {
		t.Error("got no message")
	}
}

func TestPace(t *testing.T) {
	t.Parallel()
	origin := time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC)
	p := replay.NewPace(origin, 60)
	at := origin.Add(90 * time.Minute)
	if got := p.Shown(p.Wall(at)); got.Sub(at).Abs() > time.Microsecond {
		t.Errorf("there and back: got %v, want %v", got, at)
	}
	if got, want := p.Wall(at).Sub(p.Wall(origin)), 90*time.Second; got != want {
		t.Errorf("90 minutes: got %v, want %v", got, want)
	}
}
