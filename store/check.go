package store

import (
	"errors"
	"fmt"
	"time"

	"officermobile/models/record"
)

// ErrInvalid is an argument that breaks a rule of this contract; nothing was written.
var ErrInvalid = errors.New("invalid argument")

// Limits of names, for backends and their callers.
const (
	MaxKind  = 40   // bytes of a Kind
	MaxID    = 200  // bytes of a document's id; with the kind far below what an index entry may have
	MaxLimit = 1000 // entries that one call may ask for
	// MaxReadBytes is about how much Read returns, so that a page of full batches does not fill memory.
	MaxReadBytes = 8 << 20
	// MaxPut and MaxPutBytes bound one PutAll: about a millisecond of a transaction that others wait behind. FerretDB 1,
	// the server of trials, hangs on a message of more than a hundred.
	MaxPut      = 64
	MaxPutBytes = 8 << 20
)

// CheckAppend holds the arguments of Append together, before a backend looks at what it has. The error is ErrInvalid.
func CheckAppend(log Name, after record.Seq, b record.Batch) (record.Header, error) {
	h, err := b.Check()
	if err != nil {
		return h, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if h.Log != string(log) {
		return h, fmt.Errorf("%w: the batch is of another log", ErrInvalid)
	}
	if h.First != after+1 {
		return h, fmt.Errorf("%w: the batch starts at %d, not behind %d", ErrInvalid, h.First, after)
	}
	return h, nil
}

// Check refuses a name that cannot name a log, with ErrInvalid.
func (n Name) Check() error {
	if err := record.CheckLog(string(n)); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return nil
}

// CheckPrefix refuses what cannot start a log's name; all names start with "".
func CheckPrefix(prefix string) error {
	if prefix == "" {
		return nil
	}
	return Name(prefix).Check()
}

// CheckLimit refuses a limit outside 1..MaxLimit.
func CheckLimit(limit int) error {
	if limit < 1 || limit > MaxLimit {
		return fmt.Errorf("%w: a limit is 1 to %d", ErrInvalid, MaxLimit)
	}
	return nil
}

// Check refuses a kind that is not 1 to 40 bytes of a-z and '_'.
func (k Kind) Check() error {
	if len(k) < 1 || len(k) > MaxKind {
		return fmt.Errorf("%w: a kind is 1 to %d bytes of a-z and '_'", ErrInvalid, MaxKind)
	}
	for i := range len(k) {
		if c := k[i]; c != '_' && (c < 'a' || c > 'z') {
			return fmt.Errorf("%w: a kind is made of a-z and '_'", ErrInvalid)
		}
	}
	return nil
}

// CheckID refuses what cannot be a document's id.
func CheckID(id string) error {
	if id == "" {
		return fmt.Errorf("%w: a document has an id", ErrInvalid)
	}
	return CheckIDPrefix(id)
}

// CheckIDPrefix refuses what cannot start a document's id; all ids start with "".
func CheckIDPrefix(prefix string) error {
	if len(prefix) > MaxID {
		return fmt.Errorf("%w: an id has at most %d bytes", ErrInvalid, MaxID)
	}
	for i := range len(prefix) {
		if c := prefix[i]; c < ' ' || c > '~' {
			return fmt.Errorf("%w: an id is printable ASCII", ErrInvalid)
		}
	}
	return nil
}

// Check refuses a document that breaks a limit.
func (d Document) Check() error {
	if err := d.Kind.Check(); err != nil {
		return err
	}
	if err := CheckID(d.ID); err != nil {
		return err
	}
	if len(d.Body) > MaxDocument {
		return fmt.Errorf("%w: a document has at most %d bytes", ErrInvalid, MaxDocument)
	}
	if !d.Due.IsZero() && (d.Due.Before(minDue) || d.Due.After(maxDue)) {
		return fmt.Errorf("%w: a document is due in the years 1970 to 9999", ErrInvalid)
	}
	return nil
}

// CheckPutAll refuses documents that PutAll does not take.
func CheckPutAll(docs []Document) error {
	if len(docs) > MaxPut {
		return fmt.Errorf("%w: at most %d documents are put at once", ErrInvalid, MaxPut)
	}
	type place struct {
		kind Kind
		id   string
	}
	size, seen := 0, make(map[place]bool, len(docs))
	for _, d := range docs {
		if err := d.Check(); err != nil {
			return err
		}
		size += len(d.Body)
		seen[place{d.Kind, d.ID}] = true
	}
	if size > MaxPutBytes {
		return fmt.Errorf("%w: at most %d bytes are put at once", ErrInvalid, MaxPutBytes)
	}
	if len(seen) < len(docs) {
		return fmt.Errorf("%w: a document is put twice at once", ErrInvalid)
	}
	return nil
}

// Due is stored in milliseconds; these years are exact everywhere.
var (
	minDue = time.UnixMilli(0)
	maxDue = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
)
