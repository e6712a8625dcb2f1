package sqlite

import (
	"context"
	"fmt"
)

// LimitPages makes the disk look full at a number of pages.
func (s *Store) LimitPages(n int) error {
	return s.onConnection(fmt.Sprintf("PRAGMA max_page_count = %d", n))
}

// Pages is the present size of the database in pages.
func (s *Store) Pages() (n int, err error) {
	err = s.read.QueryRow("PRAGMA page_count").Scan(&n)
	return n, err
}

// SetSchema pretends that another version wrote the database.
func (s *Store) SetSchema(version int) error {
	return s.onConnection(fmt.Sprintf("PRAGMA user_version = %d", version))
}

// onConnection runs a statement on the write connection of a store that nobody else writes to.
func (s *Store) onConnection(query string) error {
	_, err := s.writer.conn.ExecContext(context.Background(), query)
	return err
}

// FailCommit makes the next commits answer an error, after they happened or without.
func (s *Store) FailCommit(err error, happens bool) {
	commit := s.writer.commit
	s.writer.commit = func() error {
		if happens {
			_ = commit()
		}
		return err
	}
}

// AtLeast is atLeast against the oldest version accepted.
func AtLeast(version string) bool { return atLeast(version, minSQLite) }

// DatabaseFile and LockFile are the names in the folder.
const (
	DatabaseFile = databaseFile
	LockFile     = lockFile
)
