package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"officermobile/store"
)

// writeStatements are the prepared writes and the reads that a write needs within its transaction.
type writeStatements struct {
	begin, commit, rollback           *sql.Stmt
	logID, addLog, head, slot         *sql.Stmt
	addBatch, addKey, addKeys         *sql.Stmt
	addDocument, setDocument, version *sql.Stmt
	putDocument                       *sql.Stmt
	deleteDocument, probe             *sql.Stmt
}

const selectLogID = `SELECT id FROM logs WHERE name = ?`

// openWriter opens the write connection and starts the writer.
func openWriter(ctx context.Context, path string) (*writer, error) {
	// 16 MiB of write-ahead log before a checkpoint: fewer of them, and still a start of well under a second.
	db, err := sql.Open("sqlite", dsn(path, "synchronous(FULL)", "fullfsync(1)", "checkpoint_fullfsync(1)",
		"wal_autocheckpoint(4096)", "journal_size_limit(67108864)", "cache_size(-32000)", "cell_size_check(1)"))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, errors.Join(translate(err), db.Close()))
	}
	w := &writer{
		db: db, conn: conn, heads: map[store.Name]head{},
		jobs: make(chan *job, maxQueue), closing: make(chan struct{}), stopped: make(chan struct{}), fatal: make(chan error, 1),
	}
	if err := w.prepare(ctx); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, errors.Join(translate(err), w.close()))
	}
	w.commit = func() error { _, err := w.stmts.commit.Exec(); return err }
	go w.loop()
	return w, nil
}

func (w *writer) prepare(ctx context.Context) error {
	if err := setUp(ctx, w.conn); err != nil {
		return err
	}
	for _, p := range []struct {
		to  **sql.Stmt
		sql string
	}{
		{&w.stmts.begin, `BEGIN IMMEDIATE`},
		{&w.stmts.commit, `COMMIT`},
		{&w.stmts.rollback, `ROLLBACK`},
		{&w.stmts.logID, selectLogID},
		{&w.stmts.addLog, `INSERT INTO logs (name, base) VALUES (?, 0)`},
		{&w.stmts.head, `SELECT last, header FROM batches WHERE log = ? ORDER BY first DESC LIMIT 1`},
		{&w.stmts.slot, `SELECT header FROM batches WHERE log = ? AND first = ?`},
		{&w.stmts.addBatch, `INSERT INTO batches (log, first, last, header, payloads, keys) VALUES (?, ?, ?, ?, ?, ?)`},
		{&w.stmts.addKey, insertKeys(1)},
		{&w.stmts.addKeys, insertKeys(keysAtOnce)},
		{&w.stmts.addDocument, `INSERT INTO documents (kind, id, version, due, body) VALUES (?, ?, 1, ?, ?) ON CONFLICT DO NOTHING`},
		{&w.stmts.setDocument, `UPDATE documents SET version = version + 1, due = ?, body = ? WHERE kind = ? AND id = ? AND version = ?`},
		{&w.stmts.putDocument, `INSERT INTO documents (kind, id, version, due, body) VALUES (?, ?, 1, ?, ?)
			ON CONFLICT (kind, id) DO UPDATE SET version = 1, due = excluded.due, body = excluded.body`},
		{&w.stmts.version, `SELECT version FROM documents WHERE kind = ? AND id = ?`},
		{&w.stmts.deleteDocument, `DELETE FROM documents WHERE kind = ? AND id = ? AND version = ?`},
		{&w.stmts.probe, `UPDATE probe SET count = count + 1`},
	} {
		stmt, err := w.conn.PrepareContext(ctx, p.sql)
		if err != nil {
			return fmt.Errorf("prepare a write: %w", err)
		}
		*p.to = stmt
		w.prepared = append(w.prepared, stmt)
	}
	return nil
}
