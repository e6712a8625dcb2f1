package sync

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/store"
)

// Answer is what became of one submitted command.
type Answer struct {
	Events []models.Event // what it wrote; none when all was so already or it was refused
	Result models.Result  // of a numbered command that was decided: its durable outcome, a refusal too
	// Err is nil for a decided numbered command. Else it is the refusal (*models.Error) of one without a number, or says
	// that nothing was decided: CodeGap, CodeUnknown, KindUnavailable, KindFull, or an internal error.
	Err error
}

// Tip is a position of an agency's log: always the end of a batch.
type Tip struct {
	Epoch uint64
	Seq   record.Seq
	Hash  record.Hash // of the batch that ends at Seq
}

// Agency is one agency as this node knows it, and the way to change it. All methods are safe for concurrent use.
type Agency struct {
	id    models.AgencyID
	log   store.Name
	store store.Store
	queue *queue

	nudge     chan struct{} // holds a token that asks for a look at the log
	confirmed atomic.Int64  // microseconds; when the log's end was last confirmed
	stop      context.CancelFunc
	stopped   chan struct{} // closed when the engine has ended

	mu      sync.RWMutex
	state   *models.State
	tip     Tip
	recent  recentHashes
	latest  latestEvents
	changed chan struct{} // nil while nobody waits
	halted  error
	readers []func([]models.Event)
}

// ID is the agency's id.
func (g *Agency) ID() models.AgencyID { return g.id }

// Submit has commands decided, those of a lane in order and the urgent lane first, and returns when all that was written
// is durable: one answer for each command. Each is decided on its own; a refusal doesn't stop the next. When ctx ends
// first, what has no answer yet gets CodeUnknown: it may still be done, and asking again with the same number or
// idempotency key tells.
//
// A command with a number is executed once, however often it comes. One whose Body is nil stands for input that made no
// sense; it is recorded as rejected, so that its lane goes on. A command with Request set is executed once too, as
// long as it wrote something: one that was refused, or changed nothing, is decided anew each time.
func (g *Agency) Submit(ctx context.Context, cmds []models.Command) []Answer {
	if len(cmds) == 0 {
		return nil
	}
	group, jobs := newSubmission(cmds)
	if err := g.Halted(); err != nil {
		return group.leave(err)
	}
	if err := g.queue.put(jobs); err != nil {
		return group.leave(err)
	}
	select {
	case <-group.done:
		return group.answers
	case <-ctx.Done():
		return group.leave(errUnknown)
	case <-g.stopped:
		return group.leave(errUnknown)
	}
}

// View runs fn under the read lock. The state does not change meanwhile and must not be used afterwards; fn must be
// short and must not block. What it takes out of the state may be kept: entities are replaced, never changed.
func (g *Agency) View(fn func(*models.State)) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	fn(g.state)
}

// Tip is the position up to which the log is applied here.
func (g *Agency) Tip() Tip {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.tip
}

// Changed returns a channel that is closed when something is applied after this call, or when the agency halts.
func (g *Agency) Changed() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.changed == nil {
		g.changed = make(chan struct{})
	}
	return g.changed
}

// Subscribe has fn called with the events of each batch that is applied from now on, in order and outside the lock. fn
// must not block: it runs on the goroutine that everything waits for.
func (g *Agency) Subscribe(fn func([]models.Event)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.readers = append(g.readers[:len(g.readers):len(g.readers)], fn)
}

// Confirmed is when the store last confirmed that what is applied here is the end of the log.
func (g *Agency) Confirmed() time.Time { return time.UnixMicro(g.confirmed.Load()).UTC() }

// Nudge has the log looked at now rather than at the next poll: somebody has reason to think that there is more.
func (g *Agency) Nudge() {
	select {
	case g.nudge <- struct{}{}:
	default:
	}
}

// Halted is nil, or why this agency can't be served on this node: KindUnavailable. It stays so until a restart.
func (g *Agency) Halted() error {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.halted
}

// HashAt is the hash of the batch that ends at seq. ok is false for a position that is not the end of a batch, is
// beyond what is applied here, or lies before what the log still holds.
func (g *Agency) HashAt(ctx context.Context, seq record.Seq) (hash record.Hash, ok bool, err error) {
	g.mu.RLock()
	tip := g.tip
	hash, ok = g.recent.find(seq)
	g.mu.RUnlock()
	if ok || seq == 0 {
		return hash, true, nil
	}
	if seq >= tip.Seq {
		return tip.Hash, seq == tip.Seq, nil
	}
	return hashAt(ctx, g.store, g.log, seq)
}

// hashAt asks the log: the batch behind a position carries the hash of the one that ends there.
func hashAt(ctx context.Context, st store.Log, log store.Name, seq record.Seq) (record.Hash, bool, error) {
	next, err := st.Read(ctx, log, seq, 1)
	if errors.Is(err, store.ErrNotFound) {
		return record.Hash{}, false, nil
	}
	if err != nil {
		return record.Hash{}, false, fmt.Errorf("hash at %d: %w", seq, err)
	}
	if len(next) == 0 {
		tip, err := st.Tip(ctx, log)
		return tip.Hash, err == nil && tip.Seq == seq, err
	}
	h, err := record.Decode(next[0].Header)
	return h.Prev, err == nil, err
}

// Timeline returns rows of a conversation with from <= n < before from the log, the newest first, at most limit
// (1..1000). Who may see them is the caller's to know. A row that was redacted is left out; Entry.Count is not known.
func (g *Agency) Timeline(ctx context.Context, conversation models.ConversationID, from, before uint32, limit int) ([]models.Entry, error) {
	found, err := g.store.Timeline(ctx, g.log, conversation.UUID(), from, before, limit)
	if err != nil {
		return nil, fmt.Errorf("timeline: %w", err)
	}
	rows := make([]models.Entry, 0, len(found))
	for _, f := range found {
		e, err := eventOf(f)
		if err != nil {
			return nil, fmt.Errorf("timeline: %w", err)
		}
		if row, ok := models.RowOf(e); ok {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// eventOf decodes the event that an index led to.
func eventOf(f store.Found) (models.Event, error) {
	h, err := record.Decode(f.Batch.Header)
	if err != nil {
		return models.Event{}, err
	}
	return models.DecodeEvent(h, f.Batch.Payloads[f.Event], f.Event)
}

// Batches returns the log behind a position, at most limit batches (1..1000), for whoever verifies it. A position that
// is not the end of a batch is models.ErrNotFound.
func (g *Agency) Batches(ctx context.Context, after record.Seq, limit int) ([]record.Batch, error) {
	batches, err := g.store.Read(ctx, g.log, after, limit)
	if errors.Is(err, store.ErrNotFound) {
		return nil, models.ErrNotFound
	}
	return batches, err
}

// recentHashes is a ring of the newest batch ends, so that a token's position is checked without a read.
type recentHashes struct {
	ends []batchEnd
	next int
}

type batchEnd struct {
	seq  record.Seq
	hash record.Hash
}

// hashesKept is how many: minutes of a busy agency for 40 KiB.
const hashesKept = 1024

func (r *recentHashes) add(seq record.Seq, hash record.Hash) {
	if len(r.ends) < hashesKept {
		r.ends = append(r.ends, batchEnd{seq, hash})
		return
	}
	r.ends[r.next] = batchEnd{seq, hash}
	r.next = (r.next + 1) % hashesKept
}

// find is a walk: a thousand comparisons are a microsecond.
func (r *recentHashes) find(seq record.Seq) (record.Hash, bool) {
	for i := range r.ends {
		if r.ends[i].seq == seq {
			return r.ends[i].hash, true
		}
	}
	return record.Hash{}, false
}
