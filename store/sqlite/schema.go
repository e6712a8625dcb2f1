package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"officermobile/store"
)

// schemaVersion is what this program writes into user_version; a database with a greater one is refused.
const schemaVersion = 1

// minSQLite is the first version without the defect by which a checkpoint could corrupt a database in WAL mode
// (sqlite.org/wal.html, "the WAL-reset bug").
var minSQLite = [3]int{3, 51, 3}

// schema makes an empty database. Batches have rowids in order of arrival, so that the large rows are only ever
// added at the end; keys lead to them by that rowid.
const schema = `
CREATE TABLE logs (
	id   INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE,
	base INTEGER NOT NULL -- position before the first batch still held
) STRICT;
CREATE TABLE batches (
	id       INTEGER PRIMARY KEY,
	log      INTEGER NOT NULL REFERENCES logs,
	first    INTEGER NOT NULL,
	last     INTEGER NOT NULL,
	header   BLOB NOT NULL,
	payloads BLOB NOT NULL,
	keys     BLOB NOT NULL,
	UNIQUE (log, first)
) STRICT;
CREATE TABLE keys (
	log   INTEGER NOT NULL,
	value TEXT NOT NULL,
	batch INTEGER NOT NULL,
	event INTEGER NOT NULL,
	PRIMARY KEY (log, value)
) STRICT, WITHOUT ROWID;
CREATE TABLE documents (
	kind    TEXT NOT NULL,
	id      TEXT NOT NULL,
	version INTEGER NOT NULL,
	due     INTEGER, -- milliseconds since 1970, absent for never
	body    BLOB NOT NULL,
	UNIQUE (kind, id)
) STRICT;
CREATE INDEX documents_due ON documents (kind, due, id) WHERE due IS NOT NULL;
CREATE TABLE probe (id INTEGER PRIMARY KEY, count INTEGER NOT NULL) STRICT;
INSERT INTO probe VALUES (1, 0);
PRAGMA user_version = 1;
`

// setUp checks the library and the database's version, and makes the tables of a new one.
func setUp(ctx context.Context, c *sql.Conn) error {
	var version, mode string
	if err := c.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&version); err != nil {
		return err
	}
	if !atLeast(version, minSQLite) {
		return fmt.Errorf("SQLite %s is too old, version %d.%d.%d is the first that may be used", version, minSQLite[0], minSQLite[1], minSQLite[2])
	}
	if err := c.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("the file system does not let SQLite keep a write-ahead log (journal mode %q)", mode)
	}
	var have int
	if err := c.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
		return err
	}
	switch {
	case have == schemaVersion:
		return nil
	case have > schemaVersion:
		return fmt.Errorf("the database was written by a newer version of the program (schema %d, this one knows %d)", have, schemaVersion)
	}
	return create(ctx, c)
}

// create makes the tables in one transaction. Foreign tables in the way mean that the file is something else.
func create(ctx context.Context, c *sql.Conn) error {
	var tables int
	if err := c.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return err
	}
	if tables > 0 {
		return fmt.Errorf("%w: the file is a database of another program", store.ErrDamaged)
	}
	_, err := c.ExecContext(ctx, "BEGIN IMMEDIATE;"+schema+"COMMIT;")
	return err
}

// atLeast compares a version such as "3.54.1".
func atLeast(version string, least [3]int) bool {
	parts := strings.SplitN(version, ".", 4)
	for i, want := range least {
		if i >= len(parts) {
			return false
		}
		got, err := strconv.Atoi(parts[i])
		if err != nil {
			return false
		}
		if got != want {
			return got > want
		}
	}
	return true
}
