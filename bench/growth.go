package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// histories are the lengths at which the same small delta is measured, in messages.
const (
	shortHistory = 1_000
	longHistory  = 100_000
	fullHistory  = 1_000_000
	deltas       = 3_000
)

// runGrowth measures, on a server of its own, what one new message costs a phone that comes back, by how much was
// written before it.
func runGrowth(ctx context.Context, opts Options, base Server, report *Report) (err error) {
	if ctx.Err() != nil || !slices.Contains(opts.Scenarios, Growth) {
		return nil
	}
	w, err := open(ctx, opts, "growth", base, report)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := w.grow(ctx); err != nil {
		return fmt.Errorf("%s: %w", Growth, err)
	}
	return nil
}

func (w *world) grow(ctx context.Context) error {
	if err := w.needFloor(ctx); err != nil {
		return err
	}
	lengths := []int{shortHistory, longHistory}
	if w.opts.Full {
		lengths = append(lengths, fullHistory)
	}
	written := 0
	var costs []float64
	for _, length := range lengths {
		if err := w.fill(ctx, fmt.Sprintf("growth to %d", length), w.floor, (length-written)/floorRooms); err != nil {
			return err
		}
		written = length
		cost, delay, err := w.oneDelta(ctx, length)
		if err != nil {
			return err
		}
		costs = append(costs, cost)
		w.report.add(Growth, fmt.Sprintf("%s, of %d", cpuDelta, length), cost, none())
		w.report.add(Growth, fmt.Sprintf("%s, of %d", p50, length), delay, none())
	}
	w.report.add(Growth, growthRatio, costs[len(costs)-1]/costs[0], none())
	return nil
}

// oneDelta asks over and over for the one message that came after a position.
func (w *world) oneDelta(ctx context.Context, length int) (cpuMicros, delayMS float64, err error) {
	author, reader := w.floor.phones[0][0], w.floor.phones[1][0]
	if _, err := reader.sync(ctx); err != nil {
		return 0, 0, err
	}
	from := reader.token
	if err := author.post(ctx, w.floor.rooms[0].id, w.some(1)); err != nil {
		return 0, 0, err
	}
	if err := w.settle(ctx); err != nil {
		return 0, 0, err
	}
	bar := w.bar(fmt.Sprintf("growth, delta at %d", length), deltas)
	defer bar.Finish()
	var delays samples
	cpu := newMeter(w.server)
	for range deltas {
		reader.token = from
		raw := reader.syncRequest(false)
		began := time.Now()
		a, err := reader.do(ctx, raw)
		if err != nil {
			return 0, 0, err
		}
		delays.add(time.Since(began))
		took, err := reader.take(a)
		if err == nil && took.messages != 1 {
			err = fmt.Errorf("a delta of one message brought %d", took.messages)
		}
		if err != nil {
			return 0, 0, err
		}
		bar.Add(1)
	}
	return cpu.each(deltas, time.Microsecond), delays.ms(50), nil
}
