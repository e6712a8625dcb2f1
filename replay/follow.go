package replay

import (
	"context"
	"fmt"
	"time"
)

// How often, in wall time, the providers are asked for pushes, and progress is told.
const (
	pushEvery     = 50 * time.Millisecond
	progressEvery = 5 * time.Second
)

// followPushes wakes the apps that are rung, until ctx ends.
func (r *rehearsal) followPushes(ctx context.Context) {
	if r.options.Providers == nil {
		return
	}
	by := map[string]*device{}
	for _, d := range r.devices {
		by[d.address.Token] = d
	}
	delete(by, "")
	tick := time.NewTicker(pushEvery)
	defer tick.Stop()
	for {
		for _, p := range r.newPushes() {
			if d := by[p.Token]; d != nil && p.Accepted {
				d.ring()
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// newPushes takes in what the providers have got since the last time.
func (r *rehearsal) newPushes() []Push {
	if r.options.Providers == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	after := 0
	if n := len(r.pushes); n > 0 {
		after = r.pushes[n-1].N
	}
	came := r.options.Providers.Journal(after)
	r.pushes = append(r.pushes, came...)
	return came
}

// progress writes a line now and then, until ctx ends.
func (r *rehearsal) progress(ctx context.Context) {
	if r.options.Progress == nil {
		return
	}
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			fmt.Fprintln(r.options.Progress, r.status())
		}
	}
}

// status is where the rehearsal is, in a line.
func (r *rehearsal) status() string {
	done, missed := r.tally.count()
	r.mu.Lock()
	rung := len(r.pushes)
	r.mu.Unlock()
	r.host.mu.Lock()
	kills := r.host.kills
	r.host.mu.Unlock()
	return fmt.Sprintf("%s: %d commands given, %d not possible, %d on their way, %d pushes, %d kills",
		r.host.pace.Now().Add(-r.moved).Format(time.DateTime), done, missed, r.undecided(), rung, kills)
}
