package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"officermobile/models/record"
	"officermobile/store"
)

// place is what a key leads to.
type place struct {
	batch int64
	event int
}

// Find implements store.Log.
func (s *Store) Find(ctx context.Context, log store.Name, key string) (store.Found, error) {
	if err := record.CheckKey(key); err != nil {
		return store.Found{}, fmt.Errorf("%w: %w", store.ErrInvalid, err)
	}
	id, err := s.logID(ctx, log)
	if err != nil {
		return store.Found{}, err
	}
	var at place
	err = s.stmts.find.QueryRowContext(ctx, id, key).Scan(&at.batch, &at.event)
	if errors.Is(err, sql.ErrNoRows) {
		return store.Found{}, store.ErrNotFound
	}
	if err != nil {
		return store.Found{}, readError(ctx, "find a key", err)
	}
	b, err := s.batch(ctx, at.batch)
	return store.Found{Batch: b, Event: at.event}, err
}

// Timeline implements store.Log.
func (s *Store) Timeline(ctx context.Context, log store.Name, conversation record.UUID, from, before uint32, limit int) ([]store.Found, error) {
	if err := store.CheckLimit(limit); err != nil {
		return nil, err
	}
	id, err := s.logID(ctx, log)
	if err != nil {
		return nil, err
	}
	places, err := s.places(ctx, id, record.TimelineKey(conversation, from), record.TimelineKey(conversation, before), limit)
	if err != nil {
		return nil, readError(ctx, "read a timeline", err)
	}
	var found []store.Found
	batches := map[int64]record.Batch{}
	for _, at := range places {
		b, ok := batches[at.batch]
		if !ok {
			if b, err = s.batch(ctx, at.batch); err != nil {
				return nil, err
			}
			batches[at.batch] = b
		}
		found = append(found, store.Found{Batch: b, Event: at.event})
	}
	return found, nil
}

func (s *Store) places(ctx context.Context, log int64, from, before string, limit int) ([]place, error) {
	rows, err := s.stmts.timeline.QueryContext(ctx, log, from, before, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var places []place
	for rows.Next() {
		var at place
		if err := rows.Scan(&at.batch, &at.event); err != nil {
			return nil, err
		}
		places = append(places, at)
	}
	return places, rows.Err()
}

// batch reads the batch that an index entry leads to.
func (s *Store) batch(ctx context.Context, id int64) (record.Batch, error) {
	var header, payloads, keys []byte
	err := s.stmts.batch.QueryRowContext(ctx, id).Scan(&header, &payloads, &keys)
	if errors.Is(err, sql.ErrNoRows) {
		return record.Batch{}, fmt.Errorf("%w: a key leads to no batch", store.ErrDamaged)
	}
	if err != nil {
		return record.Batch{}, readError(ctx, "read a batch", err)
	}
	return batchOf(header, payloads, keys)
}
