package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"officermobile/models/record"
	"officermobile/store"
)

// logID is the row of a log, 0 for one without a batch.
func (s *Store) logID(ctx context.Context, log store.Name) (int64, error) {
	if err := log.Check(); err != nil {
		return 0, err
	}
	if id, ok := s.ids.Load(log); ok {
		return id.(int64), nil
	}
	var id int64
	err := s.stmts.logID.QueryRowContext(ctx, string(log)).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, readError(ctx, "find the log", err)
	}
	s.ids.Store(log, id)
	return id, nil
}

// readError translates an error of a read. One that came of the context is the context's.
func readError(ctx context.Context, what string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", what, ctx.Err())
	}
	return fmt.Errorf("%s: %w", what, translate(err))
}

// Tip implements store.Log.
func (s *Store) Tip(ctx context.Context, log store.Name) (store.Tip, error) {
	id, err := s.logID(ctx, log)
	if err != nil || id == 0 {
		return store.Tip{}, err
	}
	var raw []byte
	if err := s.stmts.tip.QueryRowContext(ctx, id).Scan(&raw); err != nil {
		return store.Tip{}, readError(ctx, "read the tip", err)
	}
	h, err := record.Decode(raw)
	if err != nil {
		return store.Tip{}, fmt.Errorf("%w: tip: %w", store.ErrDamaged, err)
	}
	return store.Tip{Epoch: h.Epoch, Seq: h.Last(), Hash: record.Sum(raw)}, nil
}

// Base implements store.Log.
func (s *Store) Base(ctx context.Context, log store.Name) (record.Seq, error) {
	if err := log.Check(); err != nil {
		return 0, err
	}
	var base record.Seq
	err := s.stmts.base.QueryRowContext(ctx, string(log)).Scan(&base)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, readError(ctx, "read the base", err)
	}
	return base, nil
}

// Read implements store.Log.
func (s *Store) Read(ctx context.Context, log store.Name, after record.Seq, limit int) ([]record.Batch, error) {
	if err := store.CheckLimit(limit); err != nil {
		return nil, err
	}
	if after > record.MaxSeq {
		return nil, store.ErrNotFound
	}
	id, err := s.logID(ctx, log)
	if err != nil {
		return nil, err
	}
	batches, first, err := s.follow(ctx, id, after, limit)
	if err != nil {
		return nil, readError(ctx, fmt.Sprintf("read behind %d", after), err)
	}
	if first == after+1 {
		return batches, nil
	}
	if err := s.checkEnd(ctx, id, log, after); err != nil {
		return nil, err
	}
	return batches, nil
}

// follow reads the batches behind a position and answers where the first of them starts, 0 for none.
func (s *Store) follow(ctx context.Context, id int64, after record.Seq, limit int) ([]record.Batch, record.Seq, error) {
	rows, err := s.stmts.follow.QueryContext(ctx, id, int64(after), limit)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	var batches []record.Batch
	var first, start record.Seq
	size := 0
	for size < store.MaxReadBytes && rows.Next() {
		var header, payloads, keys []byte
		if err := rows.Scan(&start, &header, &payloads, &keys); err != nil {
			return nil, 0, err
		}
		b, err := batchOf(header, payloads, keys)
		if err != nil {
			return nil, 0, err
		}
		if first == 0 {
			first = start
		}
		batches = append(batches, b)
		size += b.Size()
	}
	return batches, first, rows.Err()
}

// checkEnd says whether nothing lies behind a position because it is the end. Otherwise it is inside a batch, past the
// end, or behind the base.
func (s *Store) checkEnd(ctx context.Context, id int64, log store.Name, after record.Seq) error {
	var last record.Seq
	err := s.stmts.boundary.QueryRowContext(ctx, id, int64(after)).Scan(&last)
	if errors.Is(err, sql.ErrNoRows) {
		last, err = s.Base(ctx, log)
	}
	if err != nil {
		return readError(ctx, "find the position", err)
	}
	if last != after {
		return fmt.Errorf("position %d of the log: %w", after, store.ErrNotFound)
	}
	return nil
}

// batchOf puts a row's parts together.
func batchOf(header, payloads, keys []byte) (record.Batch, error) {
	p, err := record.DecodePayloads(payloads)
	if err != nil {
		return record.Batch{}, fmt.Errorf("%w: %w", store.ErrDamaged, err)
	}
	k, err := decodeKeys(keys)
	if err != nil {
		return record.Batch{}, fmt.Errorf("%w: %w", store.ErrDamaged, err)
	}
	return record.Batch{Header: header, Payloads: p, Keys: k}, nil
}

// Logs implements store.Log.
func (s *Store) Logs(ctx context.Context, prefix string) ([]store.Name, error) {
	if err := store.CheckPrefix(prefix); err != nil {
		return nil, err
	}
	rows, err := s.stmts.logs.QueryContext(ctx, prefix, prefix+pastEnd)
	if err != nil {
		return nil, readError(ctx, "list the logs", err)
	}
	defer rows.Close()
	var names []store.Name
	for rows.Next() {
		var name store.Name
		if err := rows.Scan(&name); err != nil {
			return nil, readError(ctx, "list the logs", err)
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		return nil, readError(ctx, "list the logs", err)
	}
	return names, nil
}

// pastEnd sorts behind whatever may follow a prefix: names and ids are printable ASCII.
const pastEnd = "\x7f"
