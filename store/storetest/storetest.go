// Package storetest is the store's contract as tests. Every backend runs Run, which opens a fresh empty store for each
// subtest, and Reopen if it outlives its process. Faulty makes any store fail in the ways that stores fail, and
// ReplicaSet is a model of the worst that a replica set does to a log.
package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"testing"

	"officermobile/models/record"
	"officermobile/store"
)

// subtest is one part of the contract.
type subtest[S any] struct {
	name string
	run  func(t *testing.T, s S)
}

// Run holds a backend to the whole contract. Open makes a fresh empty store and sees to its end with t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	t.Helper()
	RunLog(t, func(t *testing.T) store.Log { return open(t) })
	RunDocuments(t, func(t *testing.T) store.Documents { return open(t) })
}

// RunLog holds a backend to the contract of store.Log.
func RunLog(t *testing.T, open func(t *testing.T) store.Log) {
	t.Helper()
	t.Run("Log", func(t *testing.T) { runAll(t, open, slices.Concat(appendTests, readTests, indexTests, raceTests)) })
}

// RunDocuments holds a backend to the contract of store.Documents.
func RunDocuments(t *testing.T, open func(t *testing.T) store.Documents) {
	t.Helper()
	t.Run("Documents", func(t *testing.T) { runAll(t, open, documentTests) })
}

func runAll[S any](t *testing.T, open func(t *testing.T) S, tests []subtest[S]) {
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, open(t))
		})
	}
}

// Reopen checks that what was acknowledged is there after a store was closed and opened again. Open opens the same
// store each time.
func Reopen(t *testing.T, open func(t *testing.T) store.Store) {
	t.Helper()
	s := open(t)
	w := Writer{Log: "agency/1/main"}
	var want []record.Batch
	for range 3 {
		want = append(want, w.Must(t, s, 2))
	}
	version, err := s.PutIf(t.Context(), store.Document{Kind: "note", ID: "1", Body: []byte("kept")})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	if _, err := s.Get(context.Background(), "note", "1"); err == nil {
		t.Error("a closed store answered")
	}
	s = open(t)
	defer s.Close()
	sameBatches(t, readAll(t, s, w.Log), want)
	if d, err := s.Get(t.Context(), "note", "1"); err != nil || string(d.Body) != "kept" || d.Version != version {
		t.Errorf("document: got %+v, %v", d, err)
	}
	w.Must(t, s, 1)
}

// Writer makes batches that follow one another in one log. The zero Writer with a Log stands before the first.
type Writer struct {
	Log   store.Name
	After record.Seq
	Prev  record.Hash
}

// Next makes the batch that follows, of n events, without stepping past it. Keys are index entries of it.
func (w *Writer) Next(t testing.TB, n int, keys ...record.Key) record.Batch {
	t.Helper()
	h := record.Header{Log: string(w.Log), Epoch: 1, First: w.After + 1, Prev: w.Prev, ID: NewUUID()}
	payloads := make([]record.Payload, n)
	for i := range n {
		at := int64(w.After) + int64(i) + 1
		h.Events = append(h.Events, record.Event{Type: "test.happened", Version: 1, At: at})
		payloads[i] = record.Payload{Salt: NewUUID(), Bytes: []byte("payload")}
	}
	b, err := record.Seal(h, payloads, keys)
	if err != nil {
		t.Fatalf("make a batch: %v", err)
	}
	return b
}

// Step goes past a batch that was committed.
func (w *Writer) Step(b record.Batch) {
	w.After += record.Seq(len(b.Payloads))
	w.Prev = record.Sum(b.Header)
}

// Must appends the next batch and steps past it.
func (w *Writer) Must(t testing.TB, s store.Log, n int, keys ...record.Key) record.Batch {
	t.Helper()
	b := w.Next(t, n, keys...)
	wantOutcome(t, s, w.Log, w.After, b, store.Committed)
	w.Step(b)
	return b
}

// NewUUID is a random id.
func NewUUID() record.UUID {
	var u record.UUID
	_, _ = rand.Read(u[:]) // never fails, see crypto/rand
	return u
}

// wantOutcome appends and compares; only Refused and Unknown come with an error.
func wantOutcome(t testing.TB, s store.Log, log store.Name, after record.Seq, b record.Batch, want store.Outcome) {
	t.Helper()
	got, err := s.Append(t.Context(), log, after, b)
	if got != want {
		t.Fatalf("append behind %d: got %s, %v, want %s", after, outcomeName(got), err, outcomeName(want))
	}
	if with := got == store.Refused || got == store.Unknown; with != (err != nil) {
		t.Fatalf("append behind %d: %s with error %v", after, outcomeName(got), err)
	}
}

func outcomeName(o store.Outcome) string {
	return [...]string{"refused", "committed", "conflict", "unknown"}[o]
}

// readAll pages through a log and verifies the chain.
func readAll(t testing.TB, s store.Log, log store.Name) []record.Batch {
	t.Helper()
	var all []record.Batch
	var chain record.Chain
	for {
		page, err := s.Read(t.Context(), log, chain.Seq, 7)
		if err != nil {
			t.Fatalf("read behind %d: %v", chain.Seq, err)
		}
		if len(page) == 0 {
			return all
		}
		for _, b := range page {
			if _, err := chain.Next(b); err != nil {
				t.Fatalf("the log does not verify: %v", err)
			}
			all = append(all, b)
		}
	}
}

func sameBatches(t testing.TB, got, want []record.Batch) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got %d batches, want %d", len(got), len(want))
	}
	for i := range got {
		if !sameBatch(got[i], want[i]) {
			t.Errorf("batch %d: got %+v, want %+v", i, got[i], want[i])
		}
	}
}

func sameBatch(a, b record.Batch) bool {
	return string(a.Header) == string(b.Header) && slices.Equal(a.Keys, b.Keys) &&
		slices.EqualFunc(a.Payloads, b.Payloads, func(p, q record.Payload) bool {
			return p.KeyID == q.KeyID && p.Salt == q.Salt && string(p.Bytes) == string(q.Bytes)
		})
}

func wantError(t testing.TB, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
