package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"officermobile/models/record"
	"officermobile/store"
)

const (
	// maxHeads is how many logs' ends the writer remembers.
	maxHeads = 10_000
	// keysAtOnce is how many keys one statement adds: most of the cost of a key is the call.
	keysAtOnce = 16
)

// head is the end of a log as the writer knows it.
type head struct {
	id   int64 // of the log's row; 0 for a log that has none yet
	last record.Seq
	hash record.Hash
}

// row is a batch ready to be written.
type row struct {
	log      store.Name
	header   record.Header
	hash     record.Hash
	raw      []byte
	payloads []byte
	keys     []byte
	index    []record.Key
}

// Append implements store.Log.
func (s *Store) Append(ctx context.Context, log store.Name, after record.Seq, b record.Batch) (store.Outcome, error) {
	h, err := store.CheckAppend(log, after, b)
	if err != nil {
		return store.Refused, err
	}
	payloads, err := record.EncodePayloads(b.Payloads)
	if err != nil {
		return store.Refused, fmt.Errorf("%w: %w", store.ErrInvalid, err)
	}
	r := row{
		log: log, header: h, hash: record.Sum(b.Header), raw: b.Header,
		payloads: payloads, keys: encodeKeys(b.Keys), index: b.Keys,
	}
	var outcome store.Outcome
	a := s.writer.do(ctx, b.Size(), func() (err error) {
		outcome, err = s.writer.append(&r)
		return err
	})
	if a.err == nil {
		return outcome, nil
	}
	err = fmt.Errorf("append at %d: %w", h.First, a.err)
	if a.unknown {
		return store.Unknown, err
	}
	return store.Refused, err
}

// append decides about a batch within the transaction and writes it.
func (w *writer) append(r *row) (store.Outcome, error) {
	end, err := w.headOf(r.log)
	if err != nil {
		return store.Refused, err
	}
	if end.last != r.header.First-1 {
		return w.occupied(end, r)
	}
	if end.hash != r.header.Prev {
		return store.Conflict, nil
	}
	if end.id == 0 {
		if end.id, err = w.addLog(r.log); err != nil {
			return store.Refused, err
		}
	}
	if err := w.insert(end.id, r); err != nil {
		return store.Refused, err
	}
	w.heads[r.log] = head{id: end.id, last: r.header.Last(), hash: r.hash}
	return store.Committed, nil
}

// occupied tells a retry, which finds itself, from a batch that lost its slot.
func (w *writer) occupied(end head, r *row) (store.Outcome, error) {
	if end.last < r.header.First {
		return store.Conflict, nil
	}
	var there []byte
	err := w.stmts.slot.QueryRow(end.id, int64(r.header.First)).Scan(&there)
	if errors.Is(err, sql.ErrNoRows) {
		return store.Conflict, nil
	}
	if err != nil {
		return store.Refused, err
	}
	if bytes.Equal(there, r.raw) {
		return store.Committed, nil
	}
	return store.Conflict, nil
}

// headOf answers the end of a log within the transaction.
func (w *writer) headOf(log store.Name) (head, error) {
	if end, ok := w.heads[log]; ok {
		return end, nil
	}
	var end head
	err := w.stmts.logID.QueryRow(string(log)).Scan(&end.id)
	if errors.Is(err, sql.ErrNoRows) {
		return head{}, nil
	}
	if err != nil {
		return head{}, err
	}
	var header []byte
	if err := w.stmts.head.QueryRow(end.id).Scan(&end.last, &header); err != nil {
		return head{}, err
	}
	end.hash = record.Sum(header)
	if len(w.heads) >= maxHeads {
		clear(w.heads)
	}
	w.heads[log] = end
	return end, nil
}

func (w *writer) addLog(log store.Name) (int64, error) {
	result, err := w.stmts.addLog.Exec(string(log))
	if err != nil {
		return 0, err
	}
	return result.LastInsertId()
}

func (w *writer) insert(log int64, r *row) error {
	result, err := w.stmts.addBatch.Exec(log, int64(r.header.First), int64(r.header.Last()), r.raw, r.payloads, r.keys)
	if err != nil {
		return err
	}
	batch, err := result.LastInsertId()
	if err != nil {
		return err
	}
	return w.addKeys(log, batch, r.index)
}

// addKeys indexes a batch. A key that is there already leads to the newer event from now on.
func (w *writer) addKeys(log, batch int64, keys []record.Key) error {
	var args [4 * keysAtOnce]any
	for len(keys) > 0 {
		stmt, n := w.stmts.addKey, 1
		if len(keys) >= keysAtOnce {
			stmt, n = w.stmts.addKeys, keysAtOnce
		}
		for i, k := range keys[:n] {
			args[4*i], args[4*i+1], args[4*i+2], args[4*i+3] = log, k.Value, batch, int64(k.Event)
		}
		if _, err := stmt.Exec(args[:4*n]...); err != nil {
			return err
		}
		keys = keys[n:]
	}
	return nil
}

func insertKeys(n int) string {
	return `INSERT OR REPLACE INTO keys (log, value, batch, event) VALUES ` + strings.Repeat("(?, ?, ?, ?), ", n-1) + "(?, ?, ?, ?)"
}
