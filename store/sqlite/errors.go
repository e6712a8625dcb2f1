package sqlite

import (
	"database/sql"
	"errors"
	"fmt"

	"officermobile/store"

	lib "modernc.org/sqlite/lib"
)

// coded is an error of the driver with SQLite's extended result code.
type coded interface {
	error
	Code() int
}

// resultOf is SQLite's primary result code of an error, or 0.
func resultOf(err error) int {
	var c coded
	if !errors.As(err, &c) {
		return 0
	}
	return c.Code() & 0xff
}

// translate turns the driver's errors into the contract's.
func translate(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, sql.ErrConnDone) {
		return ErrClosed
	}
	switch resultOf(err) {
	case lib.SQLITE_FULL:
		return fmt.Errorf("%w: %w", store.ErrFull, err)
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
		return fmt.Errorf("%w: %w", store.ErrDamaged, err)
	}
	return err
}

// fatal reports an error after which nothing more may be written: the disk failed or the database is damaged.
func fatal(err error) bool {
	switch resultOf(err) {
	case lib.SQLITE_IOERR, lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB, lib.SQLITE_CANTOPEN, lib.SQLITE_READONLY:
		return true
	}
	return false
}
