package cli

import "io"

// NewBar is a Progress that draws wherever it writes.
func NewBar(w io.Writer, label string, total int64) *Progress {
	return newProgress(w, label, total, true)
}
