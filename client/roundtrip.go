package client

import (
	"context"
	"errors"
	"net/http"
	"time"

	"officermobile/models"
	"officermobile/models/wire"
)

const (
	syncPath = "/v1/sync"
	// renewBefore is how long before its end an access token is renewed: a slow round trip must not outlive it.
	renewBefore = time.Minute
	// maxTrips bounds one SyncOnce: a full pass of the largest agency is some hundred pages.
	maxTrips = 2000
	// reportBlock is how many report numbers are used between two commits of the number.
	reportBlock = 100
)

// trip is what a round trip came to.
type trip struct {
	taken
	progress bool // the outbox moved
	unsent   bool // there is more in the outbox
	retryMS  int  // a lane was not decided for now
}

// PageError says why the server made no page; commands and the session were answered all the same.
type PageError struct{ wire.PageError }

// Error is for people.
func (e *PageError) Error() string { return "no page for now: " + string(e.Code) }

// Is makes a page withheld for the app's version ErrTooOld.
func (e *PageError) Is(target error) bool { return target == ErrTooOld && e.Code == codeTooOld }

// LaneError says that the server did not decide some commands for now; they are sent again.
type LaneError struct{ RetryMS int }

// Error is for people.
func (e *LaneError) Error() string { return "commands wait to be decided" }

// SyncOnce sends the outbox, presence and the position, and follows the pass to its end: one round trip, as a rule.
// changed tells that what is shown has changed.
//
// Errors: ErrSignedOut, ErrWiped; *PageError, *LaneError, *Problem and the network's when it is worth trying again later.
func (d *Device) SyncOnce(ctx context.Context) (changed bool, err error) {
	for range maxTrips {
		t, err := d.roundTrip(ctx, 0)
		changed = changed || t.changed || t.progress
		if err != nil {
			return changed, err
		}
		if t.more || t.unsent && t.progress && t.retryMS == 0 {
			continue
		}
		if err := d.repairDue(ctx); err != nil {
			return changed, err
		}
		if t.unsent {
			return changed, &LaneError{max(t.retryMS, int(laneRetry.Milliseconds()))}
		}
		return changed, nil
	}
	return changed, errNoAnswer
}

// roundTrip is one POST /v1/sync. With wait the server answers when something is new, or when it is over.
func (d *Device) roundTrip(ctx context.Context, wait time.Duration) (trip, error) {
	release, err := d.holdPull(ctx)
	if err != nil {
		return trip{}, err
	}
	defer release()
	t, err := d.tryTrip(ctx, wait, false)
	if isStatus(err, http.StatusUnauthorized) {
		t, err = d.tryTrip(ctx, wait, true)
	}
	if isStatus(err, http.StatusUnauthorized) {
		return t, d.endSession(ctx)
	}
	return t, err
}

// holdPull waits until no pull is in flight.
func (d *Device) holdPull(ctx context.Context) (release func(), err error) {
	select {
	case d.pull <- struct{}{}:
		return func() { <-d.pull }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (d *Device) tryTrip(ctx context.Context, wait time.Duration, renew bool) (trip, error) {
	req, header, err := d.request(ctx, wait, renew)
	if err != nil {
		return trip{}, err
	}
	var ans wire.SyncAnswer[rawData]
	if err := d.call(ctx, http.MethodPost, syncPath, header, req, &ans); err != nil {
		return trip{}, err
	}
	return d.answered(ctx, req, ans)
}

// request is what is sent now.
func (d *Device) request(ctx context.Context, wait time.Duration, renew bool) (wire.SyncRequest, http.Header, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	req := wire.SyncRequest{T: d.token(), Schema: wire.Schema, Lanes: d.queue(), Window: d.cfg.Window, Now: d.asked(), Pushes: d.tell()}
	if err := d.usable(); err != nil {
		return req, nil, err
	}
	session := d.meta.Session
	fresh := d.cfg.Clock.Now().Add(renewBefore).Before(session.Until)
	if session.Refresh == "" && !fresh {
		return req, nil, ErrSignedOut
	}
	header := bearer(session.Access)
	if renew || !fresh {
		req.Renew = session.Refresh
		header = d.renewal(header)
	}
	if req.Lanes == nil {
		req.WaitMS = int(d.cfg.Clock.Real(wait).Milliseconds())
	}
	var err error
	req.Presence, err = d.report(ctx)
	return req, header, err
}

// token is what to present: that of the running pass' next page, else of the last completed pass. mu is held.
func (d *Device) token() string {
	if d.meta.Pass != nil {
		return d.meta.Pass.Token
	}
	return d.meta.Token
}

// answered uses an answer: the session first, since it must be kept before it is used, and the outcomes, then the page.
func (d *Device) answered(ctx context.Context, req wire.SyncRequest, ans wire.SyncAnswer[rawData]) (trip, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if ans.Session != nil && ans.Session.Wipe {
		return trip{}, d.wipe(ctx)
	}
	t, err := d.outcome(ctx, req, ans)
	if err != nil {
		return t, err
	}
	d.told(req.Pushes)
	if ans.Now != nil {
		d.heard(*ans.Now)
	}
	if ans.PageError != nil {
		return t, &PageError{*ans.PageError}
	}
	if ans.Page == nil {
		return t, errNoAnswer
	}
	t.taken, err = d.use(ctx, req, *ans.Page)
	return t, err
}

// outcome commits the session and what became of the commands that were sent. mu is held.
func (d *Device) outcome(ctx context.Context, req wire.SyncRequest, ans wire.SyncAnswer[rawData]) (trip, error) {
	s := d.settle(req.Lanes, ans.Lanes)
	t := trip{retryMS: s.retryMS, progress: len(s.decided) > 0}
	meta := d.meta.clone()
	next := behind(req.Lanes, ans.Lanes)
	c := d.renumber(&meta, next)
	t.progress = t.progress || len(next) > 0
	c.PutEntries, c.DeleteEntries = append(c.PutEntries, s.put...), append(c.DeleteEntries, s.gone...)
	var err error
	if c.AddRefused, c.ForgetRefused, err = d.refuse(ctx, s.refused); err != nil {
		return t, err
	}
	if ans.Session != nil {
		meta.Session = d.renewed(meta.Session, *ans.Session)
	}
	if t.progress || ans.Session != nil {
		c.Meta = &meta
		if err := d.commit(ctx, c); err != nil {
			return t, err
		}
	}
	d.note(s.decided)
	if s.fork {
		return t, d.fork(ctx)
	}
	t.unsent = d.unsent()
	return t, nil
}

// refuse are the refusals to add, and the oldest ones to forget for them.
func (d *Device) refuse(ctx context.Context, refused []Entry) ([]Entry, []models.CommandID, error) {
	if len(refused) == 0 {
		return nil, nil, nil
	}
	old, err := d.cfg.Store.Refused(ctx)
	if err != nil {
		return nil, nil, err
	}
	var forget []models.CommandID
	for i := 0; i < min(len(old), len(old)+len(refused)-maxRefused); i++ {
		forget = append(forget, old[i].ID)
	}
	return refused, forget, nil
}

// note remembers outcomes for who asks for them. mu is held.
func (d *Device) note(decided []Entry) {
	for _, e := range decided {
		d.outcomes.add(e)
	}
	if len(decided) > 0 {
		d.changes.raise()
	}
}

// fork makes this another device. mu is held.
func (d *Device) fork(ctx context.Context) error {
	d.counters.forks.Add(1)
	d.live = nil
	if err := d.commit(ctx, d.forked()); err != nil {
		return err
	}
	return errors.Join(ErrForked, ErrSignedOut)
}

// use takes an answer's page, if it starts where the device still is. While a stream is open, that owns the position
// and brings the same. mu is held.
func (d *Device) use(ctx context.Context, req wire.SyncRequest, p Page) (taken, error) {
	if d.live == nil && req.T == d.token() {
		return d.take(ctx, p)
	}
	d.counters.discarded.Add(1)
	if d.live != nil && len(p.Items) > 0 && req.T == d.token() { // a stream that has moved since has brought it
		d.live.watch.owe()
	}
	return taken{}, d.onlyDone(ctx, p)
}
