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
	w.reportMemory(rssIdle, ownIdle)
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
	w.reportMemory(rssAfter, ownAfter)
	return nil
}

// reportMemory enters what the server and the baseline hold now; nothing where it can't be known.
func (w *world) reportMemory(resident, private string) {
	ours, err := memoryOf(w.server.PID())
	base, baseErr := memoryOf(w.base.PID())
	if err != nil || baseErr != nil {
		return
	}
	w.report.add(Memory, resident, float64(ours.Resident)/mib, float64(base.Resident)/mib)
	w.report.add(Memory, private, float64(ours.Private)/mib, float64(base.Private)/mib)
}
