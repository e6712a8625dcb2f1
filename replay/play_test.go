package replay_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"officermobile/clock"
	"officermobile/replay"
	"officermobile/replay/shift"
)

// steps are at some seconds of the plan's time.
func steps(plan time.Time, seconds ...int) []shift.Step {
	var all []shift.Step
	for _, s := range seconds {
		all = append(all, shift.Step{At: plan.Add(time.Duration(s) * time.Second)})
	}
	return all
}

func TestPlayKeepsTheTimeOfThePlan(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		plan := time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC)
		moved := time.Hour
		c := clock.Scaled(plan.Add(moved), 10)
		began := time.Now()
		var at []time.Duration
		err := replay.Play(t.Context(), c, moved, steps(plan, 0, 20, 21, 60), func(ctx context.Context, s shift.Step) error {
			at = append(at, time.Since(began))
			if len(at) == 2 {
				return c.Sleep(ctx, 10*time.Second) // the step after it is late, and the one after that is not
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if want := []time.Duration{0, 2 * time.Second, 3 * time.Second, 6 * time.Second}; !slices.Equal(at, want) {
			t.Errorf("got %v, want %v", at, want)
		}
	})
}

func TestPlayEnds(t *testing.T) {
	t.Parallel()
	wrong := errors.New("wrong")
	tests := map[string]struct {
		do    func(cancel func()) error
		want  error
		times int
	}{
		"with the steps":   {func(func()) error { return nil }, nil, 3},
		"with an error":    {func(func()) error { return wrong }, wrong, 1},
		"with the context": {func(cancel func()) error { cancel(); return nil }, context.Canceled, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				now := time.Now()
				times := 0
				err := replay.Play(ctx, clock.Clock{}, 0, steps(now, 1, 2, 3), func(context.Context, shift.Step) error {
					times++
					return test.do(cancel)
				})
				if !errors.Is(err, test.want) || times != test.times {
					t.Errorf("got %v after %d steps, want %v after %d", err, times, test.want, test.times)
				}
			})
		})
	}
}

func TestPercentile(t *testing.T) {
	t.Parallel()
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(100 - i)
	}
	tests := []struct {
		name    string
		all     []time.Duration
		percent int
		want    time.Duration
	}{
		{"of none", nil, 99, 0},
		{"of one", []time.Duration{7}, 50, 7},
		{"the lower of two", []time.Duration{9, 1}, 50, 1},
		{"the middle", []time.Duration{9, 1, 5}, 50, 5},
		{"p50 of a hundred", hundred, 50, 50},
		{"p99 of a hundred", hundred, 99, 99},
		{"the greatest", hundred, 100, 100},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := replay.Percentile(slices.Clone(test.all), test.percent); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}
