package records

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"officermobile/clock"
	"officermobile/models"
	"officermobile/models/record"
	"officermobile/store"
)

// Feed is the log as this node has applied it. Package sync has it; main hands it over.
type Feed interface {
	// Agencies lists the agencies of this node.
	Agencies(ctx context.Context) ([]models.AgencyID, error)
	// Events returns events behind after that the agency's state has applied, in order, about limit of them, and the
	// position up to which it has answered. Any position will do for after, also one within a batch.
	Events(ctx context.Context, agency models.AgencyID, after record.Seq, limit int) ([]models.Event, record.Seq, error)
	// Changed is closed when something is applied after this call.
	Changed(agency models.AgencyID) <-chan struct{}
}

// Log is what is read of the log itself.
type Log interface {
	// Batches returns what follows position after, in order; models.ErrNotFound for one that isn't the end of a batch.
	Batches(ctx context.Context, agency models.AgencyID, after record.Seq, limit int) ([]record.Batch, error)
	// Row returns row n of a conversation; false if there is none, or none any more.
	Row(ctx context.Context, agency models.AgencyID, conversation models.ConversationID, n uint32) (models.Entry, bool, error)
	// Sealed returns a dispatch that has left memory, by its id or its conversation's; models.ErrNotFound
	// if there is none.
	Sealed(ctx context.Context, agency models.AgencyID, id record.UUID) (*models.Sealed, error)
}

// Sight is the present.
type Sight interface {
	// View shows an agency's state under its read lock; fn must be quick. What it takes out of the state may be kept.
	View(ctx context.Context, agency models.AgencyID, fn func(*models.State)) error
}

// Deps are what the service stands on.
type Deps struct {
	Documents store.Documents
	Feed      Feed
	Log       Log
	Sight     Sight
}

// Options of a Service. Zero values stand for the defaults.
type Options struct {
	Clock  clock.Clock
	Logger *slog.Logger // default: discard
}

// Service keeps the index of each agency and answers from it. It is safe for concurrent use.
type Service struct {
	docs   store.Documents
	feed   Feed
	log    Log
	sight  Sight
	clock  clock.Clock
	logger *slog.Logger
	bounds bounds
	one    chan struct{} // holds a token while somebody's record is put together

	mu      sync.Mutex
	indexes map[models.AgencyID]*index
}

// New makes a service. Nothing is read before Run.
func New(d Deps, o Options) *Service {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Service{
		docs: d.Documents, feed: d.Feed, log: d.Log, sight: d.Sight, clock: o.Clock, logger: o.Logger,
		bounds: bounds{maxEntries, maxEvents, maxTermsBytes}, one: make(chan struct{}, 1), indexes: map[models.AgencyID]*index{},
	}
}

// agenciesEvery is the pace of looking for agencies made meanwhile.
const agenciesEvery = 2 * time.Second

// Run keeps the indexes until ctx ends. It is called once.
func (s *Service) Run(ctx context.Context) error {
	var readers sync.WaitGroup
	defer readers.Wait()
	started := map[models.AgencyID]bool{}
	for {
		all, err := s.feed.Agencies(ctx)
		if err != nil && ctx.Err() == nil {
			s.logger.Warn("records: list agencies", "error", err)
		}
		for _, id := range all {
			if !started[id] {
				started[id] = true
				readers.Go(func() { s.index(id).follow(ctx) })
			}
		}
		if err := s.clock.Sleep(ctx, agenciesEvery); err != nil {
			return ignoreEnd(err)
		}
	}
}

func ignoreEnd(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// index is an agency's, which may not have begun to be read.
func (s *Service) index(agency models.AgencyID) *index {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.indexes[agency]
	if x == nil {
		x = newIndex(s, agency)
		s.indexes[agency] = x
	}
	return x
}
