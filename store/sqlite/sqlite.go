// Package sqlite is the embedded store: one SQLite database in a folder, for one process.
//
// Two rules. Whoever writes goes through the one writer, which puts everything that queued while the last commit was
// under way into the next transaction: one fsync for many appends and documents, over all logs. And after an error of
// the disk during a write nothing is written any more: what the page cache holds is unknown, so Fatal reports it and
// the process must stop; the next start reads what the disk really has.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	"officermobile/store"

	_ "modernc.org/sqlite" // the driver
)

const (
	databaseFile = "officermobile.db"
	lockFile     = "officermobile.lock"

	// readers is how many reads run at the same time; more than a few cores serve only grows caches.
	readers = 4
)

// ErrClosed answers calls after Close.
var ErrClosed = errors.New("store is closed")

// Store is a store.Store in one folder.
type Store struct {
	read   *sql.DB
	stmts  statements
	writer *writer
	lock   *os.File
	ids    sync.Map // store.Name to int64: the logs whose row is known, which never changes

	closing sync.Once
	closed  error
}

// statements are the prepared reads.
type statements struct {
	logID, logs, base, tip, follow, boundary, find, timeline, batch *sql.Stmt
	get, list, listFrom, due                                        *sql.Stmt
}

// Open opens the database in a folder, or makes one. It answers store.ErrInUse if another process has it,
// store.ErrDamaged if it is not one or lost its file, and one sentence for a folder that cannot be used.
func Open(ctx context.Context, folder string) (*Store, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return nil, fmt.Errorf("folder of the database: %w", err)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the database: %w", err)
	}
	lock, err := takeLock(filepath.Join(folder, lockFile))
	if err != nil {
		return nil, err
	}
	s := &Store{lock: lock}
	if err := s.open(ctx, filepath.Join(folder, databaseFile)); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, path string) error {
	if err := checkNotLost(s.lock, path); err != nil {
		return err
	}
	if err := makePrivate(path); err != nil {
		return err
	}
	w, err := openWriter(ctx, path)
	if err != nil {
		return err
	}
	s.writer = w
	if err := markCreated(s.lock); err != nil {
		return err
	}
	s.read, err = sql.Open("sqlite", dsn(path, "query_only(1)", "cache_size(-8000)"))
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	s.read.SetMaxOpenConns(readers)
	s.read.SetMaxIdleConns(readers)
	return s.prepare(ctx)
}

// makePrivate makes the file of a new database, which SQLite would let everybody read; its other files take after it. The
// mode of one that exists is the operator's.
func makePrivate(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("make the database: %w", err)
	}
	return f.Close()
}

// dsn names the database file with the pragmas of every connection and its own. mmap stays off: with it a failing
// disk is a crash instead of an error.
func dsn(path string, pragmas ...string) string {
	q := url.Values{"_pragma": append([]string{"busy_timeout(5000)", "mmap_size(0)", "trusted_schema(0)"}, pragmas...)}
	u := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: q.Encode()}
	return u.String()
}

func (s *Store) prepare(ctx context.Context) error {
	for _, p := range []struct {
		to  **sql.Stmt
		sql string
	}{
		{&s.stmts.logID, selectLogID},
		{&s.stmts.logs, `SELECT name FROM logs WHERE name >= ? AND name < ? ORDER BY name`},
		{&s.stmts.base, `SELECT base FROM logs WHERE name = ?`},
		{&s.stmts.tip, `SELECT header FROM batches WHERE log = ? ORDER BY first DESC LIMIT 1`},
		{&s.stmts.follow, `SELECT first, header, payloads, keys FROM batches WHERE log = ? AND first > ? ORDER BY first LIMIT ?`},
		{&s.stmts.boundary, `SELECT last FROM batches WHERE log = ? AND first <= ? ORDER BY first DESC LIMIT 1`},
		{&s.stmts.find, `SELECT batch, event FROM keys WHERE log = ? AND value = ?`},
		{&s.stmts.timeline, `SELECT batch, event FROM keys WHERE log = ? AND value >= ? AND value < ? ORDER BY value DESC LIMIT ?`},
		{&s.stmts.batch, `SELECT header, payloads, keys FROM batches WHERE id = ?`},
		{&s.stmts.get, `SELECT id, version, due, body FROM documents WHERE kind = ? AND id = ?`},
		{&s.stmts.list, `SELECT id, version, due, body FROM documents WHERE kind = ? AND id > ? AND id < ? ORDER BY id LIMIT ?`},
		{&s.stmts.listFrom, `SELECT id, version, due, body FROM documents WHERE kind = ? AND id >= ? AND id < ? ORDER BY id LIMIT ?`},
		{&s.stmts.due, `SELECT id, version, due, body FROM documents WHERE kind = ? AND due <= ? ORDER BY due, id LIMIT ?`},
	} {
		stmt, err := s.read.PrepareContext(ctx, p.sql)
		if err != nil {
			return fmt.Errorf("prepare a read: %w", translate(err))
		}
		*p.to = stmt
	}
	return nil
}

// Close commits what has queued, closes the database and gives up the lock.
func (s *Store) Close() error {
	s.closing.Do(func() { s.closed = s.close() })
	return s.closed
}

// close ends the readers first, so that the write connection is the last and does the final checkpoint.
func (s *Store) close() error {
	var errs []error
	if s.writer != nil {
		s.writer.stop()
	}
	if s.read != nil {
		errs = append(errs, s.read.Close())
	}
	if s.writer != nil {
		errs = append(errs, s.writer.close())
	}
	return errors.Join(append(errs, s.lock.Close())...)
}

// Fatal delivers one error when the disk failed during a write. The process must then stop.
func (s *Store) Fatal() <-chan error { return s.writer.fatal }

var _ store.Store = (*Store)(nil)
