//go:build !unix

package sqlite

import (
	"errors"
	"os"
)

// lockFileOf refuses: without a lock that dies with the process two of them could write one log.
func lockFileOf(*os.File) error {
	return errors.New("the embedded store needs a Unix system")
}
