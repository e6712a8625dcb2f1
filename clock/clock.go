// Package clock is the system's one source of time, so that a rehearsal can run an hour in a minute and a test can
// own time altogether. Leases, timeouts, push delays and heartbeats are durations of a Clock; deadlines of sockets
// and the credentials of push providers stay on real time.
package clock

import (
	"context"
	"time"
)

// Clock tells time and waits, at a pace that may differ from the wall's. The zero value is real time.
type Clock struct {
	origin  time.Time // what Now answers at started
	started time.Time
	speed   float64 // 0 stands for 1
}

// Scaled returns a clock that shows origin now and runs speed times as fast as real time.
func Scaled(origin time.Time, speed float64) Clock {
	return Clock{origin: origin, started: time.Now(), speed: speed}
}

// Anchored returns a clock that shows origin at the wall time anchor and runs speed times as fast as real time, so that
// two processes can share one time.
func Anchored(origin, anchor time.Time, speed float64) Clock {
	return Clock{origin: origin, started: anchor, speed: speed}
}

// Now is the current time, in UTC and without a monotonic reading.
func (c Clock) Now() time.Time {
	if c.speed == 0 {
		return time.Now().UTC().Round(0)
	}
	passed := time.Since(c.started)
	return c.origin.Add(time.Duration(float64(passed) * c.speed)).UTC()
}

// Real is how long d of this clock takes in real time.
func (c Clock) Real(d time.Duration) time.Duration {
	if c.speed == 0 {
		return d
	}
	return time.Duration(float64(d) / c.speed)
}

// Speed is how many times faster than real time the clock runs.
func (c Clock) Speed() float64 {
	if c.speed == 0 {
		return 1
	}
	return c.speed
}

// Sleep waits d of this clock or until ctx ends, whose error it then returns.
func (c Clock) Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(c.Real(d))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// NewTimer is a timer that fires after d of this clock.
func (c Clock) NewTimer(d time.Duration) *time.Timer { return time.NewTimer(c.Real(d)) }
