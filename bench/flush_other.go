//go:build !linux

package bench

import "os"

// flush puts a file on the disk.
func flush(f *os.File) error { return f.Sync() }
