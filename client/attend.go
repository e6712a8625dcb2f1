package client

import (
	"context"
	"errors"
	"time"
)

// attend does by requests what an open stream can't: it sends the outbox, confirms what came by presenting the position,
// and keeps presence alive. It ends with ctx, or with an error after which only a person helps.
func (d *Device) attend(ctx context.Context, s *stream) error {
	var wait backoff
	heard := d.cfg.Clock.Now() // by the server: it was before the stream was opened
	notBefore := heard
	for {
		woken := d.wake.wait()
		due := d.dueAt(s, heard)
		if due.Before(notBefore) {
			due = notBefore
		}
		timer := d.cfg.Clock.NewTimer(due.Sub(d.cfg.Clock.Now()))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-woken:
			timer.Stop()
			continue
		case <-timer.C:
		}
		d.mu.Lock()
		s.unconfirmed, s.urgent = time.Time{}, false // the request presents all of it
		d.mu.Unlock()
		_, err := d.SyncOnce(ctx)
		if isFinal(err) {
			return err
		}
		heard = d.cfg.Clock.Now()
		notBefore = heard
		if err == nil {
			wait.reset()
			continue
		}
		d.mu.Lock()
		d.presence.stale = true
		d.mu.Unlock()
		notBefore = heard.Add(wait.next(d.draw, retryAfter(err)))
	}
}

// isFinal reports an error that trying again doesn't mend.
func isFinal(err error) bool {
	return errors.Is(err, ErrSignedOut) || errors.Is(err, ErrWiped) || errors.Is(err, errStore)
}

// retryAfter is when the server said to come again; 0: it didn't.
func retryAfter(err error) time.Duration {
	ms := 0
	var problem *Problem
	var page *PageError
	var lane *LaneError
	var bye *byeError
	switch {
	case errors.As(err, &problem):
		ms = problem.RetryMS
	case errors.As(err, &page):
		ms = page.RetryMS
	case errors.As(err, &lane):
		ms = lane.RetryMS
	case errors.As(err, &bye):
		ms = bye.RetryMS
	}
	return time.Duration(ms) * time.Millisecond
}

// dueAt is when the next request is due, if the server last heard of the device at heard.
func (d *Device) dueAt(s *stream, heard time.Time) time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case s.urgent || d.presence.stale || d.unsent():
		return heard
	case !s.unconfirmed.IsZero():
		return s.unconfirmed.Add(confirmWithin)
	}
	return heard.Add(presenceEvery)
}
