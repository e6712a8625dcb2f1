package sync

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"time"

	"officermobile/models/record"
	"officermobile/store"
)

// Times of an append. Those of the store's calls are real time, the pauses the clock's.
const (
	storeTimeout = 10 * time.Second // for one call; the store may take it up to then
	minBackoff   = 20 * time.Millisecond
	maxBackoff   = 2 * time.Second // between attempts at a slot whose fate is unknown
)

// fate is what became of a draft.
type fate int

const (
	refused fate = iota // nothing was written and nothing will be
	written             // it is durable
	lost                // its slot belongs to another batch, which is applied
)

// append writes a draft at the end of the log and doesn't return before its fate is certain, or the engine stops. The
// slot is frozen meanwhile: the same bytes are offered again and again until the log shows whose batch stands there.
func (e *engine) append(ctx context.Context, d *draft) (fate, error) {
	if len(d.events) == 0 {
		return written, nil
	}
	if err := e.seal(d); err != nil {
		return refused, err
	}
	began := e.opts.Clock.Now()
	outcome, err := e.offer(ctx, d)
	if outcome == store.Refused {
		return refused, e.refusal(err)
	}
	for tries := 0; outcome != store.Committed; tries++ {
		if outcome == store.Unknown && tries == 0 {
			e.logger.Warn("an append may or may not have happened", "position", e.chain.Seq+1, "error", err)
		}
		if fate, certain := e.occupant(ctx, d); certain {
			return fate, e.Halted()
		}
		if err := e.opts.Clock.Sleep(ctx, backoff(tries)); err != nil {
			return refused, errUnknown
		}
		began = e.opts.Clock.Now()
		outcome, err = e.offer(ctx, d)
	}
	e.confirm(began)
	return written, nil
}

// offer is one attempt.
func (e *engine) offer(ctx context.Context, d *draft) (store.Outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	return e.store.Append(ctx, e.log, e.chain.Seq, d.batch)
}

// occupant reads whose batch stands at the draft's slot. Another's is applied, and what follows it.
func (e *engine) occupant(ctx context.Context, d *draft) (f fate, certain bool) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	next, err := e.store.Read(ctx, e.log, e.chain.Seq, 1)
	if errors.Is(err, store.ErrNotFound) {
		e.halt("the log no longer has the position that this node has seen", err)
		return lost, true
	}
	if err != nil || len(next) == 0 {
		return 0, false
	}
	if h, err := record.Decode(next[0].Header); err == nil && h.ID == d.id {
		return written, true
	}
	e.decider = nil
	e.follow(next[0])
	e.look(ctx)
	return lost, true
}

// seal makes the draft's batch, with a fresh id.
func (e *engine) seal(d *draft) error {
	if err := e.mint(&d.id); err != nil {
		return e.internal("mint a batch id", err)
	}
	h := record.Header{
		Log: string(e.log), Epoch: e.chain.Epoch, First: e.chain.Seq + 1, Prev: e.chain.Hash, ID: d.id, Events: d.heads,
	}
	header, err := record.Encode(h)
	if err != nil {
		return e.internal("encode a batch", err)
	}
	d.batch = record.Batch{Header: header, Payloads: d.payloads, Keys: d.keys}
	d.chain = record.Chain{Log: h.Log, Epoch: h.Epoch, Seq: h.Last(), Hash: record.Sum(header), At: d.heads[len(d.heads)-1].At}
	return nil
}

// refusal is what callers hear when nothing was written.
func (e *engine) refusal(err error) error {
	if errors.Is(err, store.ErrFull) {
		return errFull
	}
	return e.unreachable("append", err)
}

// mint makes a version 7 UUID.
func (e *engine) mint(id *record.UUID) error {
	ms := e.opts.Clock.Now().UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	err := e.random(id[6:])
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return err
}

func (e *engine) random(b []byte) error {
	_, err := io.ReadFull(e.rand, b)
	return err
}

// backoff doubles up to its bound, and is drawn from the upper half so that nodes don't ask in step.
func backoff(tries int) time.Duration {
	d := min(minBackoff<<min(tries, 10), maxBackoff)
	return d/2 + time.Duration(rand.Int64N(int64(d/2)))
}
