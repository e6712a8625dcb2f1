package replay

import (
	"context"
	"errors"
	"sync"
	"time"

	"officermobile/clock"
	"officermobile/models"
	"officermobile/replay/shift"
)

// play does steps, which are in order, each at its time or as soon after it as the one before it is done. moved is how
// far the clock is from the plan. It ends with the steps, an error of do, or ctx.
func play(ctx context.Context, c clock.Clock, moved time.Duration, steps []shift.Step, do func(context.Context, shift.Step) error) error {
	for _, s := range steps {
		if err := c.Sleep(ctx, s.At.Add(moved).Sub(c.Now())); err != nil {
			return err
		}
		if err := do(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// byDevice deals the steps out, each device's in order; those of no device are the server's misfortunes.
func byDevice(plan shift.Shift) (of [][]shift.Step, server []shift.Step) {
	of = make([][]shift.Step, len(plan.Devices))
	for _, s := range plan.Steps {
		if s.On == shift.None {
			server = append(server, s)
			continue
		}
		of[s.On] = append(of[s.On], s)
	}
	return of, server
}

// errNotYet says that a device does not hold what a step needs.
var errNotYet = errors.New("not there yet")

// How long a step waits for what it needs: in the plan's time, and at least of wall time, since a server takes as long
// to start at any speed.
const (
	patience     = 60 * time.Second
	wallPatience = 2 * time.Second
)

// step does a step of the plan on the device.
func (d *device) step(ctx context.Context, s shift.Step) error {
	switch s.Do.(type) {
	case shift.Background:
		d.turn(models.Background)
	case shift.Foreground:
		d.turn(models.Foreground)
	case shift.Kill:
		d.kill()
	case shift.Restart:
		if d.running() == nil {
			return d.start(ctx)
		}
		d.turn(models.Foreground)
	default:
		return d.command(ctx, s)
	}
	return nil
}

// command gives the command of a step as soon as the device holds what it is about.
func (d *device) command(ctx context.Context, s shift.Step) error {
	pace := d.r.host.pace
	giveUp := time.NewTimer(max(pace.Real(patience), wallPatience))
	defer giveUp.Stop()
	for {
		dev := d.running()
		if dev == nil {
			d.r.tally.add(s.Do, false)
			return nil
		}
		changed := dev.Changes()
		body, base, err := d.bodyOf(ctx, s)
		if err == nil {
			_, err := dev.Enqueue(ctx, body, base)
			if err != nil {
				d.r.complain("%s can't give the command of %s: %v", d.name(), actionName(s.Do), err)
			}
			d.r.tally.add(s.Do, err == nil)
			return nil
		}
		if !errors.Is(err, errNotYet) {
			return err
		}
		select {
		case <-changed:
		case <-giveUp.C:
			d.r.tally.add(s.Do, false)
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// tally counts steps that were done, and those that were not possible, by what they do.
type tally struct {
	mu     sync.Mutex
	done   int
	missed map[string]int
}

func (t *tally) add(do shift.Action, done bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if done {
		t.done++
		return
	}
	t.missed[actionName(do)]++
}

func (t *tally) count() (done, missed int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, n := range t.missed {
		missed += n
	}
	return t.done, missed
}
