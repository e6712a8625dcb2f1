// Package store is the contract between the system and where it keeps things: a log per agency, of which everything
// else is a view, and documents for what must not stand in an immutable log.
//
// There are no transactions across calls. Order and exclusion come from one rule: an append succeeds only on the very
// head that the caller saw. store/storetest is the contract as tests; store/sqlite and store/mongo pass it.
package store

import (
	"context"
	"errors"
	"time"

	"officermobile/models/record"
)

// Name names a log, such as "agency/<hex id>/main". At most 80 bytes of a-z, 0-9 and '/'.
type Name string

// Outcome says what became of an append. It is a value, not an error: Unknown must be handled, not reported.
type Outcome int

const (
	// Refused: nothing was written and nothing will be; the error says why (invalid batch, ErrFull).
	Refused Outcome = iota
	// Committed: the batch is durable (fsynced, or majority with journal) at its slot.
	Committed
	// Conflict: the slot belongs to another batch, or the head is not where the caller believes.
	Conflict
	// Unknown: the batch may or may not be, or become, durable. Resolve the same slot before anything else.
	Unknown
)

// Errors that callers tell apart with errors.Is. Backends translate their driver's errors into these.
var (
	ErrNotFound = errors.New("not found")
	ErrVersion  = errors.New("document changed meanwhile") // PutIf or Delete lost
	ErrFull     = errors.New("storage is full")            // reads go on, writes are refused
	ErrDamaged  = errors.New("stored data is damaged")
	ErrInUse    = errors.New("database is used by another process")
)

// Tip is the last batch of a log that readers may rely on. The zero Tip is an empty log.
type Tip struct {
	Epoch uint64
	Seq   record.Seq // last event of the last batch
	Hash  record.Hash
}

// Found is an event found by an index: the batch that holds it and its place in there.
type Found struct {
	Batch record.Batch
	Event int
}

// Log is a set of named, append-only, hash-chained logs. All methods are safe for concurrent use.
type Log interface {
	// Append writes b as the next batch of log, directly behind position after (0 for an empty log). It succeeds only
	// if after is the log's last position and the header says First == after+1, Prev == hash of the last batch and the
	// right Log name; a header at odds with the arguments is Refused. The error is nil for Committed and Conflict.
	// A second Append of a batch with the same ID at the same slot is Committed, not Conflict: a retry finds itself.
	Append(ctx context.Context, log Name, after record.Seq, b record.Batch) (Outcome, error)
	// Tip is the durable end of the log; an empty log answers the zero Tip.
	Tip(ctx context.Context, log Name) (Tip, error)
	// Base is the position before the first batch still held: 0 until a log has been pruned.
	Base(ctx context.Context, log Name) (record.Seq, error)
	// Read returns durable batches behind after, in order, at most limit (1..1000) and about 8 MiB; none if after is
	// the end. A position that is not a batch boundary, or is behind Base, is ErrNotFound.
	Read(ctx context.Context, log Name, after record.Seq, limit int) ([]record.Batch, error)
	// Timeline returns the events of a conversation's rows with from <= n < before, the newest first, at most limit (1..1000).
	Timeline(ctx context.Context, log Name, conversation record.UUID, from, before uint32, limit int) ([]Found, error)
	// Find returns the event that carries a key, or ErrNotFound.
	Find(ctx context.Context, log Name, key string) (Found, error)
	// Logs lists the names that start with prefix and have at least one batch, sorted.
	Logs(ctx context.Context, prefix string) ([]Name, error)
}

// Kind is a class of documents, such as "password" or "push_slot". At most 40 bytes of a-z and '_'.
type Kind string

// Document is a small versioned value, at most MaxDocument bytes.
type Document struct {
	Kind    Kind
	ID      string    // at most 200 bytes of printable ASCII; sorts bytewise
	Version uint64    // 1 at creation, one more at each put
	Due     time.Time // when Documents.Due shall name it; zero for never. Millisecond precision.
	Body    []byte
}

// MaxDocument bounds a document's body; a snapshot is cut into parts below it.
const MaxDocument = 4 << 20

// Documents is a store of small versioned values with compare-and-swap and nothing more. Writes are durable when they
// return. All methods are safe for concurrent use. An error other than the named ones leaves a write's effect unknown;
// read the document to find out.
type Documents interface {
	// Get returns one document, or ErrNotFound.
	Get(ctx context.Context, kind Kind, id string) (Document, error)
	// PutIf writes d if the stored version is d.Version (0: it does not exist) and returns the new version, or ErrVersion.
	PutIf(ctx context.Context, d Document) (uint64, error)
	// PutAll writes documents whatever stands under their ids, and gives them version 1. It is for what is made of a log
	// and can only be made one way, so that doing it again changes nothing. The ids differ; at most MaxPut documents and
	// MaxPutBytes. After an error some may be written and others not.
	PutAll(ctx context.Context, docs []Document) error
	// Delete removes the document if the stored version is version, or ErrVersion; deleting what is gone is no error.
	Delete(ctx context.Context, kind Kind, id string, version uint64) error
	// List returns documents whose id starts with prefix and is greater than after, by id, at most limit (1..1000).
	List(ctx context.Context, kind Kind, prefix, after string, limit int) ([]Document, error)
	// Due returns documents with a non-zero Due at or before the given time, the earliest first, at most limit (1..1000).
	Due(ctx context.Context, kind Kind, before time.Time, limit int) ([]Document, error)
}

// Store is both, as a backend offers it.
type Store interface {
	Log
	Documents
	// Close releases everything; calls under way end with an error.
	Close() error
}
