package bench

import (
	"context"
	"time"

	"officermobile/clock"
)

const mib = 1 << 20

// collected is how long the server has to give memory back: Go collects at least every two minutes, and returns what
// is free in the half minute after.
const collected = 150 * time.Second

func (w *world) idleMemory(ctx context.Context) error {
	if !w.wants(Memory) {
		return nil
	}
	if err := w.settle(ctx); err != nil {
		return err
	}
	w.report.add(Memory, rssIdle, resident(w.server), resident(w.base))
	return nil
}

// memoryAfter lets everybody go and waits until the server has collected what they left.
func (w *world) memoryAfter(ctx context.Context) error {
	if !w.wants(Memory) {
		return nil
	}
	w.hangUp()
	const every = time.Second
	bar := w.bar("memory: after", int64(collected/every))
	defer bar.Finish()
	for range collected / every {
		bar.Add(1)
		if err := (clock.Clock{}).Sleep(ctx, every); err != nil {
			return err
		}
	}
	w.report.add(Memory, rssAfter, resident(w.server), resident(w.base))
	return nil
}

// resident is a server's memory in MiB; NaN where it can't be known.
func resident(s Server) float64 {
	n, err := rssOf(s.PID())
	if err != nil {
		return none()
	}
	return float64(n) / mib
}
