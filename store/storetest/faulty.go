package storetest

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"officermobile/clock"
	"officermobile/models/record"
	"officermobile/store"
)

// Plan says how often a Faulty store fails, each figure a probability for one call. The zero Plan never fails.
type Plan struct {
	Seed      uint64
	Conflict  float64       // an append answers Conflict though the slot is free; looking again shows that
	LostAck   float64       // a write happens and its answer is lost: Unknown, or an unnamed error
	LostWrite float64       // a write does not happen and its answer is lost
	ReadError float64       // a read answers an unnamed error
	Crash     float64       // the store dies before or after a write; all calls fail until Restart
	Delay     float64       // a call takes up to MaxDelay longer, on both sides of a write
	MaxDelay  time.Duration // real time, or that of a testing/synctest bubble
}

// Errors of a Faulty store. They are not of the contract, so that a write they answer is of unknown effect.
var (
	ErrCrashed = errors.New("the store has crashed")
	ErrLost    = errors.New("the answer was lost")
)

// FaultyStore is a store.Store that fails as its Plan says. Equal calls in equal order fail equally.
type FaultyStore struct {
	inner store.Store

	mu      sync.Mutex
	plan    Plan
	random  *rand.Rand
	crashed bool
	crashes int
}

// Faulty wraps a store, which stays the truth: what it holds is what survives a crash.
func Faulty(inner store.Store, plan Plan) *FaultyStore {
	return &FaultyStore{inner: inner, plan: plan, random: rand.New(rand.NewPCG(plan.Seed, 1))}
}

// Restart ends a crash.
func (f *FaultyStore) Restart() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.crashed = false
}

// Crash makes every call fail until Restart.
func (f *FaultyStore) Crash() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.crashed = true
	f.crashes++
}

// Crashes is how often the store has crashed.
func (f *FaultyStore) Crashes() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.crashes
}

// SetPlan changes how the store fails from now on; the zero Plan heals it. The seed stays.
func (f *FaultyStore) SetPlan(plan Plan) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.plan = plan
}

// fate is what the plan has in store for one call.
type fate struct {
	dead, crashBefore, crashAfter, conflict, lostAck, lostWrite, readError bool
	before, after                                                          time.Duration
}

// draw decides about a call. It draws the same number of times whatever comes out, so that seeds stay comparable.
func (f *FaultyStore) draw() fate {
	f.mu.Lock()
	defer f.mu.Unlock()
	hit := func(p float64) bool { return f.random.Float64() < p }
	delay := func() time.Duration {
		d := time.Duration(f.random.Float64() * float64(f.plan.MaxDelay))
		if !hit(f.plan.Delay) {
			return 0
		}
		return d
	}
	return fate{
		dead:        f.crashed,
		crashBefore: hit(f.plan.Crash / 2),
		crashAfter:  hit(f.plan.Crash / 2),
		conflict:    hit(f.plan.Conflict),
		lostAck:     hit(f.plan.LostAck),
		lostWrite:   hit(f.plan.LostWrite),
		readError:   hit(f.plan.ReadError),
		before:      delay(),
		after:       delay(),
	}
}

// write passes a write through its fate. An error means that its effect is unknown to the caller.
func (f *FaultyStore) write(ctx context.Context, fate fate, do func()) error {
	if fate.dead {
		return ErrCrashed
	}
	if err := pause(ctx, fate.before); err != nil {
		return err
	}
	if fate.crashBefore {
		f.Crash()
		return ErrCrashed
	}
	if fate.lostWrite {
		return ErrLost
	}
	do()
	if fate.crashAfter {
		f.Crash()
		return ErrCrashed
	}
	if fate.lostAck {
		return ErrLost
	}
	return pause(ctx, fate.after)
}

// check passes a read through its fate.
func (f *FaultyStore) check(ctx context.Context) error {
	fate := f.draw()
	if fate.dead {
		return ErrCrashed
	}
	if fate.readError {
		return ErrLost
	}
	return pause(ctx, fate.before)
}

func pause(ctx context.Context, d time.Duration) error {
	if d == 0 {
		return nil
	}
	return clock.Clock{}.Sleep(ctx, d)
}

// Append implements store.Log.
func (f *FaultyStore) Append(ctx context.Context, log store.Name, after record.Seq, b record.Batch) (store.Outcome, error) {
	fate := f.draw()
	if fate.conflict && !fate.dead {
		return store.Conflict, nil
	}
	var outcome store.Outcome
	var err error
	if lost := f.write(ctx, fate, func() { outcome, err = f.inner.Append(ctx, log, after, b) }); lost != nil {
		return store.Unknown, lost
	}
	return outcome, err
}

// PutIf implements store.Documents.
func (f *FaultyStore) PutIf(ctx context.Context, d store.Document) (version uint64, err error) {
	if lost := f.write(ctx, f.draw(), func() { version, err = f.inner.PutIf(ctx, d) }); lost != nil {
		return 0, lost
	}
	return version, err
}

// PutAll implements store.Documents. A crash or a lost write leaves the first half of the documents behind.
func (f *FaultyStore) PutAll(ctx context.Context, docs []store.Document) (err error) {
	fate := f.draw()
	if (fate.crashBefore || fate.lostWrite) && !fate.dead {
		_ = f.inner.PutAll(ctx, docs[:len(docs)/2])
	}
	if lost := f.write(ctx, fate, func() { err = f.inner.PutAll(ctx, docs) }); lost != nil {
		return lost
	}
	return err
}

// Delete implements store.Documents.
func (f *FaultyStore) Delete(ctx context.Context, kind store.Kind, id string, version uint64) (err error) {
	if lost := f.write(ctx, f.draw(), func() { err = f.inner.Delete(ctx, kind, id, version) }); lost != nil {
		return lost
	}
	return err
}

// Close closes the store beneath.
func (f *FaultyStore) Close() error { return f.inner.Close() }

var _ store.Store = (*FaultyStore)(nil)
