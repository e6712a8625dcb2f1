package records

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"officermobile/clock"
	"officermobile/models"
	"officermobile/models/record"
	"officermobile/store"

	"github.com/go-json-experiment/json"
)

// Paces of a reader.
const (
	readLimit = 256         // events of one look at the log
	restAfter = time.Second // between a failure and the next try
)

// index is one agency's, as this node has it: the rows up to a block, and that block.
type index struct {
	agency models.AgencyID
	prefix string
	docs   store.Documents
	feed   Feed
	clock  clock.Clock
	logger *slog.Logger
	bounds bounds

	mu    sync.RWMutex
	open  *block        // nil until the position is known; filled by the reader alone, under mu
	moved chan struct{} // closed when open goes on
}

func newIndex(s *Service, agency models.AgencyID) *index {
	return &index{
		agency: agency, prefix: indexPrefix(agency), docs: s.docs, feed: s.feed, clock: s.clock, logger: s.logger, bounds: s.bounds,
		moved: make(chan struct{}),
	}
}

// follow reads the log until ctx ends, through whatever goes wrong.
func (x *index) follow(ctx context.Context) {
	for ctx.Err() == nil {
		if err := x.session(ctx); err != nil && ctx.Err() == nil {
			x.logger.Warn("records: read the log", "agency", x.agency.Hex(), "error", err)
			_ = x.clock.Sleep(ctx, restAfter)
		}
	}
}

// session goes on from what is durable until something fails.
func (x *index) session(ctx context.Context) error {
	p, _, err := x.position(ctx)
	if err != nil {
		return err
	}
	x.turn(p.block(x.bounds))
	for ctx.Err() == nil {
		changed := x.feed.Changed(x.agency)
		read, err := x.page(ctx)
		if err != nil {
			return err
		}
		if read {
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
	return ctx.Err()
}

// turn begins with a block.
func (x *index) turn(b *block) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.open = b
	x.tell()
}

// tell wakes those who wait for the reader. The caller holds mu.
func (x *index) tell() {
	close(x.moved)
	x.moved = make(chan struct{})
}

// page reads the next events and reports whether there were any.
func (x *index) page(ctx context.Context) (bool, error) {
	events, _, err := x.feed.Events(ctx, x.agency, x.open.seq, readLimit)
	if err != nil {
		return false, fmt.Errorf("read events behind %d: %w", x.open.seq, err)
	}
	for _, e := range events {
		f, err := x.found(ctx, e)
		if err != nil {
			return false, err
		}
		x.mu.Lock()
		x.open.read(e, f)
		x.mu.Unlock()
		if !x.open.full() {
			continue
		}
		if err := x.write(ctx, x.open); err != nil {
			return false, err
		}
		x.turn(x.open.next())
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.tell()
	return len(events) > 0, nil
}

// found is what an event can be found by; nil for most.
func (x *index) found(ctx context.Context, e models.Event) (*found, error) {
	switch b := e.Body.(type) {
	case *models.MessagePosted:
		return &found{
			entry: entry{seq: e.Seq, at: e.At, sort: aMessage, place: b.Conversation.UUID(), n: b.N},
			terms: messageTerms(e.Actor, b.Conversation, b.Text),
		}, nil
	case *models.DispatchCreated:
		o := origin{Creator: e.Actor, Labels: []label{{b.Zone, b.BusinessDate, b.Number}}, Facts: e.Seq}
		return foundFacts(e, b.ID, o, &b.Facts), nil
	case *models.DispatchChanged:
		o, known, err := x.origin(ctx, x.open, b.ID)
		if err != nil || !known {
			return nil, err
		}
		o.Facts = e.Seq
		if b.Number > 0 {
			o.Labels = append(slices.Clip(o.Labels), label{b.Zone, b.BusinessDate, b.Number})
		}
		return foundFacts(e, b.ID, o, &b.Facts), nil
	case *models.DispatchLogged:
		return foundNote(e, aNote, b.Dispatch, b.Text), nil
	case *models.TaskMoved:
		if b.Response != "" && !b.Dispatch.IsZero() {
			return foundNote(e, response, b.Dispatch, b.Response), nil
		}
	}
	return nil, nil
}

func foundNote(e models.Event, what sort, id models.DispatchID, text string) *found {
	return &found{
		entry: entry{seq: e.Seq, at: e.At, sort: what, place: id.UUID()},
		terms: messageTerms(e.Actor, models.ConversationOf(id), text),
	}
}

func foundFacts(e models.Event, id models.DispatchID, o origin, f *models.Facts) *found {
	return &found{
		entry: entry{seq: e.Seq, at: e.At, sort: facts, place: id.UUID()},
		terms: factsTerms(id, o, f), dispatch: id, origin: o,
	}
}

// origin is what the index keeps of a dispatch, as of a block: from the block, or from the rows before it.
func (x *index) origin(ctx context.Context, b *block, id models.DispatchID) (origin, bool, error) {
	x.mu.RLock()
	o, known := b.origins[id]
	x.mu.RUnlock()
	if known {
		return o, true, nil
	}
	run := x.prefix + originRows + id.Hex() + "/"
	rows, err := x.docs.List(ctx, kindIndex, run, run+descending(b.number), 1)
	if err != nil {
		return o, false, fmt.Errorf("look a dispatch up in the index: %w", err)
	}
	if len(rows) == 0 {
		return o, false, nil
	}
	if err := json.Unmarshal(rows[0].Body, &o); err != nil {
		return o, false, errDamaged
	}
	return o, true, nil
}

// reach waits until the index has come to a position, and reports whether it has in time.
func (x *index) reach(ctx context.Context, seq record.Seq, within time.Duration) bool {
	timer := x.clock.NewTimer(within)
	defer timer.Stop()
	for {
		x.mu.RLock()
		there, moved := x.open != nil && x.open.seq >= seq, x.moved
		x.mu.RUnlock()
		if there {
			return true
		}
		select {
		case <-moved:
		case <-timer.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
}
