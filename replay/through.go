package replay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"officermobile/client"
	"officermobile/models"
)

// letThrough ends the faults: every app runs, in the foreground, until its outbox is empty. Then nothing is under way
// any more.
func (r *rehearsal) letThrough(ctx context.Context) error {
	for _, d := range r.devices {
		if d.running() == nil {
			if err := d.start(ctx); err != nil {
				return err
			}
		}
		d.turn(models.Foreground)
		if dev := d.running(); dev != nil {
			dev.Kick() // a platform tells its apps that the network is back
		}
	}
	if err := r.drain(ctx); err != nil {
		return err
	}
	if err := r.host.pace.Sleep(ctx, r.settling()); err != nil { // pushes about what came last
		return err
	}
	for _, d := range r.devices {
		d.retire()
	}
	return nil
}

// drain waits until no device has anything to send. What is left when the time is over the check names.
func (r *rehearsal) drain(ctx context.Context) error {
	over := time.NewTimer(drainWithin)
	defer over.Stop()
	tick := time.NewTicker(drainEvery)
	defer tick.Stop()
	for r.undecided() > 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-over.C:
			return nil
		case <-tick.C:
		}
	}
	return nil
}

const drainEvery = 100 * time.Millisecond

// undecided counts the commands whose outcome a device has yet to learn.
func (r *rehearsal) undecided() int {
	n := 0
	for _, d := range r.devices {
		n += d.tap.Undecided()
	}
	return n
}

// retire ends the app's loop and keeps the app, to be asked for one last pass.
func (d *device) retire() {
	d.mu.Lock()
	l := d.life
	d.mu.Unlock()
	if l != nil {
		l.cancel()
		<-l.ended
	}
}

// lastPasses brings every device to the end of the log.
func (r *rehearsal) lastPasses(ctx context.Context) error {
	return r.each(ctx, len(r.devices), func(ctx context.Context, i int) error {
		if err := r.devices[i].lastPass(ctx); err != nil {
			r.complain("the last pass of %s: %v", r.devices[i].name(), err)
		}
		return ctx.Err()
	})
}

func (d *device) lastPass(ctx context.Context) error {
	dev := d.running()
	if dev == nil {
		return errors.New("it did not run in the end")
	}
	var err error
	for range lastTries {
		if _, err = dev.SyncOnce(ctx); err == nil {
			return nil
		}
		var page *client.PageError
		if !errors.As(err, &page) {
			break
		}
		if err := d.r.host.pace.Sleep(ctx, lastPause); err != nil {
			return err
		}
	}
	return fmt.Errorf("sync: %w", err)
}

// A last pass that the server can't make at once, as its node lags, is asked for again.
const (
	lastTries = 5
	lastPause = 5 * time.Second
)
