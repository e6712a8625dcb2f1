package sync_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	stdsync "sync"
	"testing"

	"officermobile/models/record"
	"officermobile/store"
)

// hooked is a store whose appends a test may hold, lose or refuse. It is one node's connection.
type hooked struct {
	store.Store
	mu   stdsync.Mutex
	hook func(write func() (store.Outcome, error)) (store.Outcome, error)
}

func (h *hooked) set(hook func(write func() (store.Outcome, error)) (store.Outcome, error)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.hook = hook
}

func (h *hooked) Append(ctx context.Context, log store.Name, after record.Seq, b record.Batch) (store.Outcome, error) {
	h.mu.Lock()
	hook := h.hook
	h.mu.Unlock()
	write := func() (store.Outcome, error) { return h.Store.Append(ctx, log, after, b) }
	if hook == nil {
		return write()
	}
	return hook(write)
}

var errLost = errors.New("the connection broke")

// wild is a connection that fails as connections do: before the write, after it, or while it is still on its way.
type wild struct {
	store.Store
	late stdsync.WaitGroup // writes still on their way

	mu     stdsync.Mutex
	random *rand.Rand
	frozen map[store.Name]frozen
	broken []string // breaches of invariant 5
}

// frozen is an append of unknown outcome.
type frozen struct {
	after  record.Seq
	header []byte
}

func newWild(st store.Store, seed uint64) *wild {
	return &wild{Store: st, random: rand.New(rand.NewPCG(seed, 1)), frozen: map[store.Name]frozen{}}
}

// Append watches invariant 5: after an unknown outcome at a slot, the same bytes at the same slot or nothing, until a
// read or an answer has told whose the slot is.
func (w *wild) Append(ctx context.Context, log store.Name, after record.Seq, b record.Batch) (store.Outcome, error) {
	w.mu.Lock()
	kind := w.random.IntN(10)
	if f, ok := w.frozen[log]; ok && (f.after != after || !bytes.Equal(f.header, b.Header)) {
		w.broken = append(w.broken, "another batch was offered while a slot was unresolved")
	}
	w.frozen[log] = frozen{after, b.Header}
	w.mu.Unlock()
	switch kind {
	case 0: // never arrives
		return store.Unknown, errLost
	case 1: // arrives, the answer doesn't
		_, _ = w.Store.Append(context.WithoutCancel(ctx), log, after, b)
		return store.Unknown, errLost
	case 2: // arrives later
		w.late.Go(func() { _, _ = w.Store.Append(context.WithoutCancel(ctx), log, after, b) })
		return store.Unknown, errLost
	}
	outcome, err := w.Store.Append(ctx, log, after, b)
	if outcome == store.Committed || outcome == store.Refused { // a conflict needs a read to tell whose the slot is
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.frozen, log)
	}
	return outcome, err
}

// Read sometimes fails, and notes when it shows an unresolved slot's owner.
func (w *wild) Read(ctx context.Context, log store.Name, after record.Seq, limit int) ([]record.Batch, error) {
	w.mu.Lock()
	fails := w.random.IntN(10) == 0
	w.mu.Unlock()
	if fails {
		return nil, errLost
	}
	batches, err := w.Store.Read(ctx, log, after, limit)
	w.mu.Lock()
	defer w.mu.Unlock()
	if f, ok := w.frozen[log]; ok && len(batches) > 0 && f.after <= after {
		delete(w.frozen, log)
	}
	return batches, err
}

func (w *wild) check(t *testing.T) {
	t.Helper()
	w.late.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, breach := range w.broken {
		t.Error(breach)
	}
}

// readLog reads a whole log and verifies its chain: invariants 1 and 2.
func readLog(t testing.TB, st store.Log, log store.Name) []record.Header {
	t.Helper()
	var chain record.Chain
	var all []record.Header
	for {
		page, err := st.Read(t.Context(), log, chain.Seq, 100)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			return all
		}
		for _, b := range page {
			h, err := chain.Next(b)
			if err != nil {
				t.Fatalf("the log does not verify: %v", err)
			}
			all = append(all, h)
		}
	}
}
