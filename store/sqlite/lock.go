package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"officermobile/store"
)

// created stands in the lock file once the database exists. SQLite takes a lost or emptied file for a new database;
// with this mark it is an error instead of an agency without a history.
const created = "the database beside this file is in use while this file is locked\n"

// takeLock opens the side file and locks it until it is closed, which the end of the process does too.
func takeLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the folder of the database cannot be written: %w", err)
	}
	if err := lockFileOf(f); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// checkNotLost refuses to start anew where a database has been.
func checkNotLost(lock *os.File, path string) error {
	mark, err := io.ReadAll(io.LimitReader(lock, 1024))
	if err != nil {
		return fmt.Errorf("read the lock file: %w", err)
	}
	if !bytes.Equal(mark, []byte(created)) {
		return nil
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return fmt.Errorf("%w: %s is gone or empty; restore it, or remove %s to begin anew", store.ErrDamaged, path, lock.Name())
	}
	return err
}

func markCreated(lock *os.File) error {
	if _, err := lock.WriteAt([]byte(created), 0); err != nil {
		return fmt.Errorf("write the lock file: %w", err)
	}
	if err := lock.Sync(); err != nil {
		return fmt.Errorf("write the lock file: %w", err)
	}
	return nil
}
