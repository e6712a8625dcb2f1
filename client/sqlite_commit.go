package client

import (
	"context"
	"database/sql"
	"fmt"

	"officermobile/models/wire"

	"github.com/go-json-experiment/json"
)

// Commit implements Store: one transaction.
func (s *SQLite) Commit(ctx context.Context, c Change) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin a local commit: %w", err)
	}
	w := &writer{ctx: ctx, tx: tx}
	if c.Meta != nil {
		w.put(`INSERT OR REPLACE INTO meta (one, body) VALUES (1, ?)`, c.Meta)
	}
	w.erase(c)
	w.rows(c)
	w.outbox(c)
	if w.err != nil {
		_ = tx.Rollback() // the first error says why
		return fmt.Errorf("commit locally: %w", w.err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit locally: %w", err)
	}
	return nil
}

// writer keeps the first error, so that writing reads as a list.
type writer struct {
	ctx context.Context // of the one Commit that it serves
	tx  *sql.Tx
	err error
}

func (w *writer) exec(query string, args ...any) {
	if w.err == nil {
		_, w.err = w.tx.ExecContext(w.ctx, query, args...)
	}
}

// put is exec with a last argument that is stored as JSON.
func (w *writer) put(query string, body any, args ...any) {
	b, err := json.Marshal(body)
	if w.err == nil {
		w.err = err
	}
	w.exec(query, append(args, b)...)
}

func (w *writer) erase(c Change) {
	if c.EraseRows || c.EraseAll {
		w.exec(`DELETE FROM rows`)
		w.exec(`DELETE FROM messages`)
	}
	if c.EraseAll {
		w.exec(`DELETE FROM outbox`)
		w.exec(`DELETE FROM refused`)
	}
	if c.EraseRows || c.EraseAll || c.DropPages {
		w.exec(`DELETE FROM pages`)
	}
	if c.AddPage != nil {
		w.put(`INSERT INTO pages (body) VALUES (?)`, c.AddPage)
	}
	for _, sc := range c.EraseScope {
		w.exec(`DELETE FROM rows WHERE scope = ?`, scopeKey(sc))
		w.exec(`DELETE FROM messages WHERE scope = ?`, scopeKey(sc))
	}
}

func (w *writer) rows(c Change) {
	for _, k := range c.DeleteRows {
		w.exec(`DELETE FROM rows WHERE kind = ? AND scope = ? AND id = ?`, string(k.Kind), scopeKey(k.Scope), k.ID)
	}
	for _, r := range c.PutRows {
		w.exec(`INSERT OR REPLACE INTO rows (kind, scope, id, rev, from_n, data) VALUES (?, ?, ?, ?, ?, ?)`,
			string(r.Kind), scopeKey(r.Scope), r.ID, r.Rev, r.FromN, []byte(r.Data))
	}
	for sc, run := range c.Messages {
		for _, m := range run {
			w.put(`INSERT OR REPLACE INTO messages (scope, n, body) VALUES (?, ?, ?)`, wire.Messages{m}, scopeKey(sc), m.N)
		}
	}
}

func (w *writer) outbox(c Change) {
	for _, k := range c.DeleteEntries {
		w.exec(`DELETE FROM outbox WHERE lane = ? AND num = ?`, k.Lane, k.Num)
	}
	for _, e := range c.PutEntries {
		w.put(`INSERT OR REPLACE INTO outbox (lane, num, body) VALUES (?, ?, ?)`, e, e.Lane, e.Num)
	}
	for _, e := range c.AddRefused {
		w.put(`INSERT INTO refused (id, body) VALUES (?, ?)`, e, e.ID.String())
	}
	for _, id := range c.ForgetRefused {
		w.exec(`DELETE FROM refused WHERE id = ?`, id.String())
	}
}
