package sync

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"officermobile/internal/panics"
	"officermobile/models"
	"officermobile/models/record"
	"officermobile/store"
)

// tailBatches is how many batches one read of the tail brings.
const tailBatches = 64

// catchUp applies what the log has behind what is applied, and confirms the end. The engine's draft, if there is one,
// is void when anything was applied.
func (e *engine) catchUp(ctx context.Context) error {
	for e.Halted() == nil {
		began := e.opts.Clock.Now()
		batches, err := e.readOn(ctx)
		if errors.Is(err, store.ErrNotFound) {
			e.halt("the log no longer has the position that this node has seen", err)
			return nil
		}
		if err != nil {
			return err
		}
		if len(batches) == 0 {
			e.confirm(began)
			return nil
		}
		for _, b := range batches {
			if !e.follow(b) {
				return nil
			}
		}
	}
	return nil
}

func (e *engine) readOn(ctx context.Context) ([]record.Batch, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	return e.store.Read(ctx, e.log, e.chain.Seq, tailBatches)
}

// confirm notes that what is applied was the end of the log at a time.
func (e *engine) confirm(at time.Time) { e.confirmed.Store(at.UnixMicro()) }

// follow verifies and applies one batch that another node wrote; false when it can't, and the agency has halted.
func (e *engine) follow(b record.Batch) bool {
	chain, events, err := next(e.chain, b)
	if err != nil {
		e.halt("the log can't be followed", err)
		return false
	}
	if e.decider != nil && applyAll(e.decider, events) != nil {
		e.decider = nil
	}
	if !e.advance(chain, events) {
		return false
	}
	e.hotUntil = e.opts.Clock.Now().Add(hotFor)
	e.notify(events)
	return true
}

// next verifies and decodes the batch that follows a chain. An event that this version must not skip is an error, so
// that a batch is applied whole or not at all.
func next(chain record.Chain, b record.Batch) (record.Chain, []models.Event, error) {
	if _, err := chain.Next(b); err != nil {
		return chain, nil, err
	}
	_, events, err := models.DecodeBatch(b)
	if err != nil {
		return chain, nil, err
	}
	for i := range events {
		if u, ok := events[i].Body.(models.Unknown); ok && u.Critical {
			return chain, nil, fmt.Errorf("event %d is of the critical type %s, which this version doesn't know", events[i].Seq, u.Type)
		}
	}
	return chain, events, nil
}

// advance applies a durable batch to the public state; false when that is impossible, and the agency has halted.
func (e *engine) advance(chain record.Chain, events []models.Event) bool {
	e.mu.Lock()
	err := applyAll(e.state, events)
	if err == nil {
		e.chain = chain
		e.tip = Tip{Epoch: chain.Epoch, Seq: chain.Seq, Hash: chain.Hash}
		e.recent.add(chain.Seq, chain.Hash)
		e.latest.add(events)
		e.wake()
	}
	e.mu.Unlock()
	if err != nil {
		e.halt(fmt.Sprintf("a batch behind %d can't be applied", e.chain.Seq), err)
		return false
	}
	e.progressed(len(events))
	return true
}

// wake closes the channel of those who wait for a change. The caller holds the lock.
func (g *Agency) wake() {
	if g.changed != nil {
		close(g.changed)
		g.changed = nil
	}
}

// applyAll folds events into a state; an error leaves the state unfit for use.
func applyAll(s *models.State, events []models.Event) (err error) {
	defer rescue(&err)
	for i := range events {
		if err := models.Apply(s, events[i]); err != nil {
			return fmt.Errorf("apply event %d: %w", events[i].Seq, err)
		}
	}
	return nil
}

// halt stops serving this agency on this node: read-only and not ready, until a restart. Others are not concerned.
func (e *engine) halt(reason string, cause error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.halted != nil {
		return
	}
	e.halted = errHalted
	e.decider = nil
	e.wake()
	e.logger.Error("agency halted", "reason", reason, "position", e.chain.Seq, "error", cause)
}

// notify tells the subscribers. A panic of theirs is theirs.
func (e *engine) notify(events []models.Event) {
	e.mu.RLock()
	readers := e.readers
	e.mu.RUnlock()
	for _, fn := range readers {
		e.tell(fn, events)
	}
}

func (e *engine) tell(fn func([]models.Event), events []models.Event) {
	var err error
	defer func() {
		if err != nil {
			e.logger.Error("a subscriber failed", "error", err)
		}
	}()
	defer rescue(&err)
	fn(events)
}

// rescue turns a panic into an error; to be deferred.
func rescue(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("panic: %s\n%s", panics.Text(p), debug.Stack())
	}
}
