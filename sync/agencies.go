package sync

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"officermobile/clock"
	"officermobile/models"
	"officermobile/store"
)

// Options of the engines. Zero values stand for the defaults.
type Options struct {
	Clock  clock.Clock
	Logger *slog.Logger // default: discard
	Rand   io.Reader    // salts, batch ids, epochs; default: crypto/rand

	PollEvery     time.Duration // between looks at a quiet log, with jitter of a half; default 500 ms
	QueueLimit    int           // commands that wait in one agency before more are refused; default 10,000
	SnapshotEvery int           // events between snapshots; default 50,000, negative: none
	SnapshotAfter time.Duration // time between them, if anything happened; default 15 minutes
	FloorEvents   int           // events that stay above the floor; default 100,000, negative: it is never raised
	FloorAge      time.Duration // age below which they stay above it; default 7 days, as a phone on leave
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	o.PollEvery = orElse(o.PollEvery, 500*time.Millisecond)
	o.QueueLimit = orElse(o.QueueLimit, 10_000)
	o.SnapshotEvery = orElse(o.SnapshotEvery, 50_000)
	o.SnapshotAfter = orElse(o.SnapshotAfter, 15*time.Minute)
	o.FloorEvents = orElse(o.FloorEvents, 100_000)
	o.FloorAge = orElse(o.FloorAge, 7*24*time.Hour)
	return o
}

func orElse[T comparable](v, standard T) T {
	var zero T
	if v == zero {
		return standard
	}
	return v
}

// retryLoad is how long a log that can't be folded is left alone before it is tried again: replaying it for each
// request would stall the node.
const retryLoad = 30 * time.Second

// Agencies are all agencies of this node. Each is loaded when first asked for, and stays.
type Agencies struct {
	store store.Store
	opts  Options
	ctx   context.Context // ends loads with Close
	stop  context.CancelFunc
	loads sync.WaitGroup

	mu     sync.Mutex
	slots  map[models.AgencyID]*slot
	closed bool
}

// slot is an agency that is loaded, or being so.
type slot struct {
	ready  chan struct{} // closed when agency or err is set
	agency *Agency
	err    error
	failed time.Time // when the load failed for good
}

// Open makes the agencies of a store. Nothing is loaded yet.
func Open(ctx context.Context, st store.Store, opts Options) (*Agencies, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	loading, stop := context.WithCancel(context.Background())
	return &Agencies{
		store: st, opts: opts.withDefaults(), ctx: loading, stop: stop, slots: map[models.AgencyID]*slot{},
	}, nil
}

const (
	logPrefix = "agency/"
	logSuffix = "/main"
)

func logOf(id models.AgencyID) store.Name { return store.Name(logPrefix + id.Hex() + logSuffix) }

// Create begins an agency's log with the system's command. An agency that exists already is a *models.Error of
// KindConflict.
func (a *Agencies) Create(ctx context.Context, create models.AgencyCreate) (*Agency, error) {
	if create.ID.IsZero() {
		return nil, models.Invalid("id", "is missing")
	}
	g, err := a.load(ctx, create.ID)
	if err != nil {
		return nil, err
	}
	answer := g.Submit(ctx, []models.Command{{Body: &create}})[0]
	if answer.Err != nil {
		return nil, answer.Err
	}
	return g, nil
}

// Agency returns an agency, loading it if need be: models.ErrNotFound if there is no log, KindUnavailable if it can't be
// served on this node.
func (a *Agencies) Agency(ctx context.Context, id models.AgencyID) (*Agency, error) {
	a.mu.Lock()
	s := a.slots[id]
	a.mu.Unlock()
	if s == nil {
		tip, err := a.store.Tip(ctx, logOf(id))
		if err != nil {
			return nil, fmt.Errorf("find an agency: %w", err)
		}
		if tip.Seq == 0 {
			return nil, models.ErrNotFound
		}
	}
	g, err := a.load(ctx, id)
	if err != nil {
		return nil, err
	}
	if g.Tip().Seq == 0 {
		return nil, models.ErrNotFound // about to be created, or not
	}
	return g, g.Halted()
}

// load returns the agency of a slot, filling it in the background so that a caller who leaves doesn't spoil it.
func (a *Agencies) load(ctx context.Context, id models.AgencyID) (*Agency, error) {
	a.mu.Lock()
	s := a.slots[id]
	if s != nil && !s.failed.IsZero() && a.opts.Clock.Now().Sub(s.failed) >= retryLoad {
		s = nil
	}
	if s == nil {
		if a.closed {
			a.mu.Unlock()
			return nil, errClosing
		}
		s = &slot{ready: make(chan struct{})}
		a.slots[id] = s
		a.loads.Go(func() { a.fill(id, s) })
	}
	a.mu.Unlock()
	select {
	case <-s.ready:
		return s.agency, s.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// fill loads a slot's agency. A store that doesn't answer leaves no slot behind, so that the next caller tries again.
func (a *Agencies) fill(id models.AgencyID, s *slot) {
	defer close(s.ready)
	g, err := start(a.ctx, a.store, id, a.opts)
	a.mu.Lock()
	defer a.mu.Unlock()
	s.agency = g
	if errors.Is(err, errUnfit) {
		a.opts.Logger.Error("agency halted", "agency", id.String(), "reason", "it can't be loaded", "error", err)
		s.err, s.failed = errHalted, a.opts.Clock.Now()
		return
	}
	if err != nil {
		a.opts.Logger.Warn("agency not loaded", "agency", id.String(), "error", err)
		s.err = errStorage
		delete(a.slots, id)
	}
}

// List returns the ids of all agencies in the store, loaded or not.
func (a *Agencies) List(ctx context.Context) ([]models.AgencyID, error) {
	names, err := a.store.Logs(ctx, logPrefix)
	if err != nil {
		return nil, fmt.Errorf("list agencies: %w", err)
	}
	var ids []models.AgencyID
	for _, name := range names {
		text, main := strings.CutSuffix(strings.TrimPrefix(string(name), logPrefix), logSuffix)
		var id models.AgencyID
		if !main || len(text) != hex.EncodedLen(len(id)) {
			continue // another log of the agency
		}
		if _, err := hex.Decode(id[:], []byte(text)); err == nil {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// Halted lists the agencies that can't be served on this node, for its readiness.
func (a *Agencies) Halted() []models.AgencyID {
	a.mu.Lock()
	defer a.mu.Unlock()
	var ids []models.AgencyID
	for id, s := range a.slots {
		select {
		case <-s.ready:
			if s.err != nil || s.agency.Halted() != nil {
				ids = append(ids, id)
			}
		default:
		}
	}
	return ids
}

// Close ends all engines: what has queued is still done unless ctx ends first. The store stays open.
func (a *Agencies) Close(ctx context.Context) error {
	a.mu.Lock()
	a.closed = true
	a.mu.Unlock()
	a.stop()
	a.loads.Wait()
	var all sync.WaitGroup
	errs := make([]error, 0, len(a.slots))
	for _, s := range a.slots { // nobody adds any more
		if s.agency == nil {
			continue
		}
		errs = append(errs, nil)
		err := &errs[len(errs)-1]
		all.Go(func() { *err = s.agency.close(ctx) })
	}
	all.Wait()
	return errors.Join(errs...)
}
