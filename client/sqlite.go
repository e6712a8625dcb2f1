package client

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"

	"github.com/go-json-experiment/json"
	_ "modernc.org/sqlite" // the driver, in pure Go
)

// SQLite is a Store in one file, as a phone has it. A commit is one transaction.
type SQLite struct{ db *sql.DB }

// schema keeps a scope as its rank and id, so that rows come out in the order of scopes.
const schema = `
CREATE TABLE IF NOT EXISTS meta (one INTEGER PRIMARY KEY CHECK (one = 1), body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS rows (kind TEXT, scope BLOB, id TEXT, rev INTEGER NOT NULL, from_n INTEGER NOT NULL, data BLOB NOT NULL,
	PRIMARY KEY (kind, scope, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS messages (scope BLOB, n INTEGER, body BLOB NOT NULL, PRIMARY KEY (scope, n)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (lane INTEGER, num INTEGER, body BLOB NOT NULL, PRIMARY KEY (lane, num)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refused (seq INTEGER PRIMARY KEY, id TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS pages (seq INTEGER PRIMARY KEY, body BLOB NOT NULL);`

// OpenSQLite opens or makes a Store in a file. What is on the phone is also there after its battery died, hence
// synchronous FULL.
func OpenSQLite(ctx context.Context, path string) (*SQLite, error) {
	pragmas := url.Values{"_pragma": {"journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(5000)", "secure_delete(1)"}}
	db, err := sql.Open("sqlite", "file:"+url.PathEscape(path)+"?"+pragmas.Encode())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, errors.Join(err, db.Close()))
	}
	return &SQLite{db}, nil
}

// Close implements Store.
func (s *SQLite) Close() error { return s.db.Close() }

// Meta implements Store.
func (s *SQLite) Meta(ctx context.Context) (Meta, error) {
	var body []byte
	err := s.db.QueryRowContext(ctx, `SELECT body FROM meta`).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return Meta{}, nil
	}
	if err != nil {
		return Meta{}, fmt.Errorf("read meta: %w", err)
	}
	var m Meta
	return m, json.Unmarshal(body, &m)
}

const selectRow = `SELECT kind, scope, id, rev, from_n, data FROM rows `

// Rows implements Store.
func (s *SQLite) Rows(ctx context.Context, kind models.RowKind) ([]Row, error) {
	return list(ctx, s.db, scanRow, selectRow+`WHERE kind = ? ORDER BY scope, id`, string(kind))
}

// Row implements Store.
func (s *SQLite) Row(ctx context.Context, key Key) (Row, bool, error) {
	found, err := list(ctx, s.db, scanRow, selectRow+`WHERE kind = ? AND scope = ? AND id = ?`, string(key.Kind), scopeKey(key.Scope), key.ID)
	if err != nil || len(found) == 0 {
		return Row{}, false, err
	}
	return found[0], true, nil
}

// Messages implements Store.
func (s *SQLite) Messages(ctx context.Context, sc models.Scope, from, before uint32, limit int) ([]wire.Message, error) {
	runs, err := list(ctx, s.db, scanJSON[wire.Messages],
		`SELECT body FROM (SELECT n, body FROM messages WHERE scope = ? AND n >= ? AND n < ? ORDER BY n DESC LIMIT ?) ORDER BY n`,
		scopeKey(sc), from, before, limit)
	var found []wire.Message
	for _, run := range runs {
		found = append(found, run...)
	}
	return found, err
}

// Outbox implements Store.
func (s *SQLite) Outbox(ctx context.Context) ([]Entry, error) {
	return list(ctx, s.db, scanJSON[Entry], `SELECT body FROM outbox ORDER BY lane, num`)
}

// Refused implements Store.
func (s *SQLite) Refused(ctx context.Context) ([]Entry, error) {
	return list(ctx, s.db, scanJSON[Entry], `SELECT body FROM refused ORDER BY seq`)
}

// Pages implements Store.
func (s *SQLite) Pages(ctx context.Context) ([]Page, error) {
	return list(ctx, s.db, scanJSON[Page], `SELECT body FROM pages ORDER BY seq`)
}

func list[T any](ctx context.Context, db *sql.DB, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read the local store: %w", err)
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("read the local store: %w", err)
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

func scanRow(rows *sql.Rows) (r Row, err error) {
	var kind string
	var scope, data []byte
	err = rows.Scan(&kind, &scope, &r.ID, &r.Rev, &r.FromN, &data)
	if err == nil && len(scope) != 1+len(record.UUID{}) {
		err = errors.New("a scope is a rank and an id")
	}
	if err != nil {
		return r, err
	}
	r.Kind, r.Data = models.RowKind(kind), data
	r.Scope = models.Scope{Rank: models.Rank(scope[0]), ID: record.UUID(scope[1:])}
	return r, nil
}

func scanJSON[T any](rows *sql.Rows) (v T, err error) {
	var body []byte
	if err := rows.Scan(&body); err != nil {
		return v, err
	}
	return v, json.Unmarshal(body, &v)
}

// scopeKey is a scope's column: bytewise order is that of passes.
func scopeKey(sc models.Scope) []byte { return append([]byte{byte(sc.Rank)}, sc.ID[:]...) }
