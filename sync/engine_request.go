package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/store"
)

// requested looks for what a REST write with this idempotency key did before: in the draft, then in the log. The log
// is read at or behind the position that the draft will be appended to; had it moved on, the append would fail.
func (e *engine) requested(ctx context.Context, d *draft, c *models.Command) (o outcome, known bool) {
	if from, to := sameRequest(d.events, c.Request.Key); to > from {
		o := outcome{from: from, to: to}
		if !repeats(d.events[from], c) {
			return outcome{answer: Answer{Err: errMismatch}}, true
		}
		return o, true
	}
	found, err := e.store.Find(ctx, e.log, record.RequestKey(c.Request.Key))
	if errors.Is(err, store.ErrNotFound) {
		return outcome{}, false
	}
	if err != nil {
		return outcome{answer: Answer{Err: e.unreachable("look up an idempotency key", err)}, old: true}, true
	}
	_, events, err := models.DecodeBatch(found.Batch)
	if err != nil {
		return outcome{answer: Answer{Err: e.internal("look up an idempotency key", err)}, old: true}, true
	}
	from, to := sameRequest(events, c.Request.Key)
	if from == to || !repeats(events[from], c) {
		return outcome{answer: Answer{Err: errMismatch}, old: true}, true
	}
	return outcome{answer: Answer{Events: events[from:to]}, old: true}, true
}

// sameRequest is where a request's events lie; a command's events are never apart.
func sameRequest(events []models.Event, key record.Hash) (from, to int) {
	for i := range events {
		if events[i].Request.Key != key {
			continue
		}
		if to == 0 {
			from = i
		}
		to = i + 1
	}
	return from, to
}

// repeats reports that a command is the one which made an event, by the same person and word for word.
func repeats(old models.Event, c *models.Command) bool {
	return old.Request == c.Request && old.Actor == c.Actor
}

// lookUp finds the newest event that took the id which a command is about, where the state alone can't tell: in the
// draft, then in the log.
func (e *engine) lookUp(ctx context.Context, d *draft, c *models.Command) error {
	for _, key := range models.LookUp(e.decider, c.Body) {
		if err := e.find(ctx, d, c, key); err != nil || c.Taken != nil {
			return err
		}
	}
	return nil
}

func (e *engine) find(ctx context.Context, d *draft, c *models.Command, key string) error {
	for _, k := range slices.Backward(d.keys) {
		if k.Value == key {
			taken(c, d.events, k.Event)
			return nil
		}
	}
	found, err := e.store.Find(ctx, e.log, key)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return e.unreachable("look up an id", err)
	}
	_, events, err := models.DecodeBatch(found.Batch)
	if err != nil {
		return fmt.Errorf("look up an id: %w", err)
	}
	taken(c, events, found.Event)
	return nil
}

// taken tells a command which of a batch's events took its id.
func taken(c *models.Command, events []models.Event, i int) {
	c.Taken, c.Sealed = &events[i], models.SealedIn(events, i)
}

// unreachable is what callers hear of a store that didn't answer.
func (e *engine) unreachable(doing string, err error) error {
	e.logger.Warn("storage did not answer", "doing", doing, "error", err)
	return errStorage
}
