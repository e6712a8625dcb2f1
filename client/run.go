package client

import (
	"context"
	"errors"
	"time"

	"officermobile/models"
	"officermobile/models/wire"
)

// errInterrupted ends a step: the network or the state has changed.
var errInterrupted = errors.New("interrupted")

// Kick says that the network has changed: whatever is under way is given up and begun anew at once, without backoff.
func (d *Device) Kick() {
	d.replaced.Store(false)
	d.interrupt.raise()
}

// Push says that a push message came: in the background, fetch.
func (d *Device) Push() {
	d.pushed.Store(true)
	d.wake.raise()
}

// Run owns the device until ctx ends. In the foreground it keeps a stream open; in the background it sends what there
// is to send, and fetches when Push says so.
//
// Errors: ErrSignedOut, ErrWiped, or what the Store failed with: run it again after mending that. Otherwise ctx's.
func (d *Device) Run(ctx context.Context) error {
	r := runner{d: d}
	for {
		interrupted := d.interrupt.wait()
		step, cancel := until(ctx, interrupted)
		err := r.step(step)
		cancel()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if isFinal(err) || d.failed() {
			return err
		}
		if isClosed(interrupted) {
			r.wait.reset()
			continue
		}
		if err != nil {
			pause, cancel := until(ctx, interrupted)
			_ = d.cfg.Clock.Sleep(pause, r.pause(err)) // cut short is as good
			cancel()
		}
	}
}

func (d *Device) failed() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.broken
}

// until is a context that ends when the channel is closed, too.
func until(parent context.Context, ch <-chan struct{}) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-ch:
			cancel(errInterrupted)
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil); <-done }
}

func isClosed(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

// runner is what Run knows of its luck so far.
type runner struct {
	d         *Device
	wait      backoff
	shorts    int       // streams in a row that did not work
	pollUntil time.Time // long poll until then
}

func (r *runner) step(ctx context.Context) error {
	d := r.d
	if d.State() != models.Foreground || d.replaced.Load() {
		return r.rest(ctx)
	}
	if _, err := d.SyncOnce(ctx); err != nil && !isLane(err) {
		return err
	}
	if d.cfg.Clock.Now().Before(r.pollUntil) {
		return r.poll(ctx)
	}
	lived, err := d.listen(ctx)
	return r.ended(ctx, lived, err)
}

// ended judges a stream's end: nil is to begin anew at once.
func (r *runner) ended(ctx context.Context, lived time.Duration, err error) error {
	if lived > shortStream {
		r.shorts = 0
		r.wait.reset()
	}
	var bye *byeError
	switch {
	case ctx.Err() != nil || isFinal(err):
		return err
	case errors.As(err, &bye) && bye.Why == wire.ByeReplaced:
		r.d.replaced.Store(true)
		return nil
	case errors.As(err, &bye):
		return err
	case errors.Is(err, errSilent) && lived > shortStream:
		return nil // a local cause
	case lived <= shortStream:
		r.shorts++
	}
	if r.shorts >= shortStreams {
		r.shorts = 0
		r.pollUntil = r.d.cfg.Clock.Now().Add(pollInstead)
		return nil
	}
	return err
}

func (r *runner) pause(err error) time.Duration { return r.wait.next(r.d.draw, retryAfter(err)) }

// rest sends what there is to send and waits for something to do.
func (r *runner) rest(ctx context.Context) error {
	d := r.d
	for {
		woken := d.wake.wait()
		pushed := d.pushed.Swap(false)
		if pushed || d.hasToSend() {
			if _, err := d.SyncOnce(ctx); err != nil {
				d.again(pushed)
				return err
			}
			r.wait.reset()
			continue
		}
		select {
		case <-woken:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// again notes that a request failed which had a push or a change of state to answer.
func (d *Device) again(pushed bool) {
	if pushed {
		d.pushed.Store(true)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.presence.stale = true
}

// hasToSend reports commands to send, or a state that the server has yet to hear of.
func (d *Device) hasToSend() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.unsent() || d.presence.stale
}

// poll is the stream's replacement where something on the way doesn't let streams through: requests that wait. One is
// given up when there is something to send; its answer is thrown away, and nothing is lost by that, for it carried
// nothing but the position.
func (r *runner) poll(ctx context.Context) error {
	d := r.d
	for d.cfg.Clock.Now().Before(r.pollUntil) {
		woken := d.wake.wait()
		if d.hasToSend() {
			if _, err := d.SyncOnce(ctx); err != nil {
				return err
			}
		}
		waiting, cancel := until(ctx, woken)
		t, err := d.roundTrip(waiting, pollWait)
		gaveUp := waiting.Err() != nil && ctx.Err() == nil
		cancel()
		for err == nil && t.more {
			t, err = d.roundTrip(ctx, 0)
		}
		if err != nil && !gaveUp {
			return err
		}
		r.wait.reset()
	}
	return nil
}

func isLane(err error) bool {
	var lane *LaneError
	return errors.As(err, &lane)
}
