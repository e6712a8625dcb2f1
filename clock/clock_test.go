package clock_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"officermobile/clock"
)

var origin = time.Date(2017, 1, 1, 8, 0, 0, 0, time.UTC)

func TestScaledRunsFaster(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := clock.Scaled(origin, 60)
		began := time.Now()
		if err := c.Sleep(t.Context(), time.Hour); err != nil {
			t.Fatal(err)
		}
		if got := time.Since(began); got != time.Minute {
			t.Errorf("an hour took %v, want a minute", got)
		}
		if got := c.Now(); !got.Equal(origin.Add(time.Hour)) {
			t.Errorf("got %v, want an hour after the origin", got)
		}
		<-c.NewTimer(time.Minute).C
		if got := time.Since(began); got != time.Minute+time.Second {
			t.Errorf("a timer of a minute took %v, want a second", got-time.Minute)
		}
	})
}

func TestAnchoredSharesATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		anchor := time.Now()
		first := clock.Anchored(origin, anchor, 10)
		<-first.NewTimer(time.Hour).C
		second := clock.Anchored(origin, anchor, 10) // another process, later
		if a, b := first.Now(), second.Now(); !a.Equal(b) || !a.Equal(origin.Add(time.Hour)) {
			t.Errorf("got %v and %v, want both an hour on", a, b)
		}
	})
}

func TestTheZeroClockIsReal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c clock.Clock
		if got := c.Now(); !got.Equal(time.Now()) || got.Location() != time.UTC {
			t.Errorf("got %v, want %v in UTC", got, time.Now())
		}
		if c.Speed() != 1 || c.Real(time.Hour) != time.Hour {
			t.Errorf("got speed %v", c.Speed())
		}
	})
}

func TestSleepEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := clock.Scaled(origin, 1).Sleep(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the context's end", err)
		}
	})
}
