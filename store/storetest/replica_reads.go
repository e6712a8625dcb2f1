package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"officermobile/models/record"
	"officermobile/store"
)

// look is the visible batches of a log, after the checks that every read makes.
func (c *Connection) look(ctx context.Context, log store.Name) ([]entry, error) {
	if err := errors.Join(log.Check(), ctx.Err()); err != nil {
		return nil, err
	}
	c.set.mu.Lock()
	defer c.set.mu.Unlock()
	return c.of(log), nil
}

// Tip implements store.Log.
func (c *Connection) Tip(ctx context.Context, log store.Name) (store.Tip, error) {
	all, err := c.look(ctx, log)
	if err != nil || len(all) == 0 {
		return store.Tip{}, err
	}
	last := all[len(all)-1]
	return store.Tip{Epoch: last.header.Epoch, Seq: last.header.Last(), Hash: record.Sum(last.batch.Header)}, nil
}

// Base implements store.Log; the model prunes nothing.
func (c *Connection) Base(ctx context.Context, log store.Name) (record.Seq, error) {
	_, err := c.look(ctx, log)
	return 0, err
}

// Read implements store.Log.
func (c *Connection) Read(ctx context.Context, log store.Name, after record.Seq, limit int) ([]record.Batch, error) {
	all, err := c.look(ctx, log)
	if err := errors.Join(err, store.CheckLimit(limit)); err != nil {
		return nil, err
	}
	var found []record.Batch
	boundary, size := after == 0, 0
	for _, e := range all {
		boundary = boundary || e.header.Last() == after
		if e.header.First > after && len(found) < limit && size < store.MaxReadBytes {
			found = append(found, e.batch)
			size += e.batch.Size()
		}
	}
	if !boundary {
		return nil, fmt.Errorf("position %d: %w", after, store.ErrNotFound)
	}
	return found, nil
}

// Find implements store.Log.
func (c *Connection) Find(ctx context.Context, log store.Name, key string) (store.Found, error) {
	all, err := c.look(ctx, log)
	if err != nil {
		return store.Found{}, err
	}
	if err := record.CheckKey(key); err != nil {
		return store.Found{}, fmt.Errorf("%w: %w", store.ErrInvalid, err)
	}
	found, ok := newestByKey(all)[key]
	if !ok {
		return store.Found{}, store.ErrNotFound
	}
	return found, nil
}

// Timeline implements store.Log.
func (c *Connection) Timeline(ctx context.Context, log store.Name, conversation record.UUID, from, before uint32, limit int) ([]store.Found, error) {
	all, err := c.look(ctx, log)
	if err := errors.Join(err, store.CheckLimit(limit)); err != nil {
		return nil, err
	}
	byKey := newestByKey(all)
	var keys []string
	for key := range byKey {
		if key >= record.TimelineKey(conversation, from) && key < record.TimelineKey(conversation, before) {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b string) int { return strings.Compare(b, a) })
	var found []store.Found
	for _, key := range keys[:min(limit, len(keys))] {
		found = append(found, byKey[key])
	}
	return found, nil
}

func newestByKey(all []entry) map[string]store.Found {
	byKey := map[string]store.Found{}
	for _, e := range all {
		for _, k := range e.batch.Keys {
			byKey[k.Value] = store.Found{Batch: e.batch, Event: k.Event}
		}
	}
	return byKey
}

// Logs implements store.Log.
func (c *Connection) Logs(ctx context.Context, prefix string) ([]store.Name, error) {
	if err := errors.Join(store.CheckPrefix(prefix), ctx.Err()); err != nil {
		return nil, err
	}
	c.set.mu.Lock()
	defer c.set.mu.Unlock()
	var names []store.Name
	for _, e := range c.at.batches[:c.visible()] {
		if strings.HasPrefix(e.header.Log, prefix) {
			names = append(names, store.Name(e.header.Log))
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

var _ store.Log = (*Connection)(nil)
