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

// sworn watches invariant 5 on a node's connection: after an unknown outcome at a slot, the same bytes at the same slot
// or nothing, until a read or an answer has told whose the slot is.
type sworn struct {
	store.Store
	mu     stdsync.Mutex
	frozen map[store.Name]frozen
	broken int // times that another batch was offered
}

// frozen is an append of unknown outcome.
type frozen struct {
	after  record.Seq
	header []byte
}

func (s *sworn) Append(ctx context.Context, log store.Name, after record.Seq, b record.Batch) (store.Outcome, error) {
	s.offered(log, frozen{after, b.Header})
	outcome, err := s.Store.Append(ctx, log, after, b)
	if outcome == store.Committed || outcome == store.Refused { // a conflict needs a read to tell whose the slot is
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.frozen, log)
	}
	return outcome, err
}

func (s *sworn) offered(log store.Name, now frozen) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f, ok := s.frozen[log]; ok && (f.after != now.after || !bytes.Equal(f.header, now.header)) {
		s.broken++
	}
	if s.frozen == nil {
		s.frozen = map[store.Name]frozen{}
	}
	s.frozen[log] = now
}

func (s *sworn) Read(ctx context.Context, log store.Name, after record.Seq, limit int) ([]record.Batch, error) {
	batches, err := s.Store.Read(ctx, log, after, limit)
	s.mu.Lock()
	defer s.mu.Unlock()
	if f, ok := s.frozen[log]; ok && len(batches) > 0 && f.after <= after {
		delete(s.frozen, log)
	}
	return batches, err
}

// forget is a restart: the process that waited is gone.
func (s *sworn) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.frozen)
}

func (s *sworn) check(t testing.TB) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken > 0 {
		t.Errorf("another batch was offered while a slot was unresolved, %d times", s.broken)
	}
}

// wild is a connection that fails as connections do: before the write, after it, or while it is still on its way.
type wild struct {
	store.Store
	late stdsync.WaitGroup // writes still on their way

	chance stdsync.Mutex
	random *rand.Rand
}

func newWild(st store.Store, seed uint64) *wild {
	return &wild{Store: st, random: rand.New(rand.NewPCG(seed, 1))}
}

func (w *wild) draw(n int) int {
	w.chance.Lock()
	defer w.chance.Unlock()
	return w.random.IntN(n)
}

// Append sometimes has no answer.
func (w *wild) Append(ctx context.Context, log store.Name, after record.Seq, b record.Batch) (store.Outcome, error) {
	switch w.draw(10) {
	case 0: // never arrives
		return store.Unknown, errLost
	case 1: // arrives, the answer doesn't
		_, _ = w.Store.Append(context.WithoutCancel(ctx), log, after, b)
		return store.Unknown, errLost
	case 2: // arrives later
		w.late.Go(func() { _, _ = w.Store.Append(context.WithoutCancel(ctx), log, after, b) })
		return store.Unknown, errLost
	}
	return w.Store.Append(ctx, log, after, b)
}

// Read sometimes fails.
func (w *wild) Read(ctx context.Context, log store.Name, after record.Seq, limit int) ([]record.Batch, error) {
	if w.draw(10) == 0 {
		return nil, errLost
	}
	return w.Store.Read(ctx, log, after, limit)
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
