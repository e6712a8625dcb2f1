package push_test

import (
	"testing"
	"time"

	"officermobile/push"
)

func TestClockSetBack(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	t.Run("R12 what waits for its time or its provider is due when the clock is set back", func(t *testing.T) {
		t.Parallel()
		early, late := push.ClockSetBack(at, at.Add(-time.Hour))
		if early || !late {
			t.Errorf("handed out a second on: %v; an hour back: %v", early, late)
		}
		if _, late = push.ClockSetBack(at, at.Add(500*time.Millisecond)); late {
			t.Error("handed out half a second before what another saw")
		}
	})
	t.Run("R12 what was stored by a clock that was ahead does not wait for it", func(t *testing.T) {
		t.Parallel()
		for _, c := range []struct {
			name             string
			due, until, want time.Duration
		}{
			{"due already", -time.Minute, 0, -time.Minute},
			{"put off", 50 * time.Minute, 0, 50 * time.Minute},
			{"of a clock that was a day ahead", 24 * time.Hour, 0, 0},
			{"leased", -time.Minute, 20 * time.Second, 20 * time.Second},
			{"leased by a clock that was a day ahead", -time.Minute, 24 * time.Hour, 30 * time.Second},
		} {
			if got := push.AdoptedAt(at, at.Add(c.due), at.Add(c.until)).Sub(at); got != c.want {
				t.Errorf("%s: due in %v, want %v", c.name, got, c.want)
			}
		}
	})
	t.Run("R12 a wait for a confirmation is over when the clock is set back", func(t *testing.T) {
		t.Parallel()
		for back, want := range map[time.Duration]int{0: 0, -500 * time.Millisecond: 0, -time.Hour: 1} {
			if got := push.ClockSetBackWhileWaiting(at, at.Add(back)); got != want {
				t.Errorf("by %v: %d are over, want %d", back, got, want)
			}
		}
	})
}
