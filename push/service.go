package push

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"officermobile/clock"
	"officermobile/models"
	"officermobile/store"
)

// Deps are what the service stands on.
type Deps struct {
	Documents store.Documents
	Feed      Feed
	Sight     Sight
	Senders   func(Address) Sender // by kind and environment; nil where no provider is configured
	// Overridden puts on record that an emergency woke somebody off duty; nil for nowhere.
	Overridden func(context.Context, models.AgencyID, Override) error
}

// Options of a Service. Zero values stand for the defaults.
type Options struct {
	Clock  clock.Clock
	Logger *slog.Logger
	Node   string // stable over restarts and unlike any other node's: a restart then need not wait for its own leases

	Patience Patience      // DefaultPatience
	Window   time.Duration // between two rings about one conversation on one device; 3 s, and up to 20 times that
	Workers  int           // rings at once; 320, what a connection to each of two providers takes, and as many at the store
	Reserved int           // more of them, for emergencies alone; 16

	Keys   Keys           // seal the addresses; without any, one is drawn, and what it sealed ends with the process
	Jitter func() float64 // in [0, 1), of retries; math/rand
	Random io.Reader      // of device secrets; crypto/rand
}

// Service reads the log, decides who rings, and rings them.
type Service struct {
	docs       store.Documents
	feed       Feed
	sight      Sight
	senders    func(Address) Sender
	overridden func(context.Context, models.AgencyID, Override) error
	clock      clock.Clock
	logger     *slog.Logger
	node       string
	patience   Patience
	jitter     func() float64

	addresses addresses
	keyring   keyring
	signer    signer
	box       *outbox
	guard     guard
	tallies   tallies
	counts    counts
	rung      recentRings
	landed    chan struct{} // closed when the last send of a Run has ended

	mu    sync.Mutex
	books map[models.AgencyID]*verdictBook
}

// New makes a service. Nothing happens before Run.
func New(d Deps, o Options) *Service {
	o.defaults()
	return &Service{
		docs: d.Documents, feed: d.Feed, sight: d.Sight, senders: d.Senders, overridden: d.Overridden,
		clock: o.Clock, logger: o.Logger, node: o.Node, patience: o.Patience, jitter: o.Jitter,
		addresses: addresses{docs: d.Documents, clock: o.Clock, random: o.Random, keys: o.Keys},
		keyring:   keyring{docs: d.Documents, random: o.Random}, signer: signer{docs: d.Documents, logger: o.Logger},
		box: newOutbox(o.Window, o.Workers, o.Reserved), landed: make(chan struct{}), counts: newCounts(), books: map[models.AgencyID]*verdictBook{},
	}
}

func (o *Options) defaults() {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Node == "" {
		o.Node = rand.Text()
	}
	if o.Patience == (Patience{}) {
		o.Patience = DefaultPatience()
	}
	if o.Window == 0 {
		o.Window = firstWindow
	}
	if o.Workers == 0 {
		o.Workers = 320
	}
	if o.Reserved == 0 {
		o.Reserved = 16
	}
	if o.Jitter == nil {
		o.Jitter = mathrand.Float64
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if len(o.Keys.all) == 0 {
		o.Keys, _ = ParseKeys(DrawKey()) // one that was just made has the form
	}
}

// Paces of the service.
const (
	agenciesEvery = 2 * time.Second  // looks for agencies made meanwhile
	sweepEvery    = 10 * time.Minute // deletes verdicts past their time
	sweepPage     = 500
)

// Run reads and rings until ctx ends; then nothing new is begun, sends under way get their ten seconds, what is owed
// is saved and every lease given back. It is called once.
func (p *Service) Run(ctx context.Context) error {
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return p.agencies(gctx) })
	g.Go(func() error { defer close(p.landed); p.dispatch(gctx); return nil })
	g.Go(func() error { p.sweep(gctx); return nil })
	return ignore(g.Wait(), context.Canceled)
}

// agencies starts a reader for every agency, and waits for them at the end.
func (p *Service) agencies(ctx context.Context) error {
	var readers sync.WaitGroup
	defer readers.Wait()
	started := map[models.AgencyID]bool{}
	for {
		all, err := p.feed.Agencies(ctx)
		if err != nil && ctx.Err() == nil {
			p.logger.Warn("push: list agencies", "err", err)
		}
		for _, id := range all {
			if !started[id] {
				started[id] = true
				readers.Go(func() { p.follow(ctx, id) })
			}
		}
		if err := p.clock.Sleep(ctx, agenciesEvery); err != nil {
			return err
		}
	}
}

// dispatch starts a worker for every slot whose time has come, as many at once as there is room for.
func (p *Service) dispatch(ctx context.Context) {
	var flights sync.WaitGroup
	defer flights.Wait()
	for ctx.Err() == nil {
		now := p.clock.Now()
		s, soonest := p.box.take(now)
		if s != nil {
			flights.Go(func() { p.work(context.WithoutCancel(ctx), s) })
			continue
		}
		p.idle(ctx, now, soonest)
	}
}

// idle waits until the soonest slot is due, if there is one, or something has changed.
func (p *Service) idle(ctx context.Context, now, soonest time.Time) {
	var due <-chan time.Time
	if !soonest.IsZero() {
		t := p.clock.NewTimer(soonest.Sub(now))
		defer t.Stop()
		due = t.C
	}
	select {
	case <-p.box.wake:
	case <-due:
	case <-ctx.Done():
	}
}

// sweep deletes verdicts that nobody may ask for any more.
func (p *Service) sweep(ctx context.Context) {
	for {
		full := false
		p.box.sweep(p.clock.Now())
		for _, kind := range []store.Kind{kindVerdict, kindLedger, kindDeadLetter, kindReceipt} {
			docs, err := p.docs.Due(ctx, kind, p.clock.Now(), sweepPage)
			for _, d := range docs {
				err = errors.Join(err, ignore(p.docs.Delete(ctx, d.Kind, d.ID, d.Version), store.ErrVersion))
			}
			if err != nil && ctx.Err() == nil {
				p.logger.Warn("push: sweep verdicts", "err", err)
			}
			full = full || len(docs) == sweepPage && err == nil
		}
		more, err := p.reviewAddresses(ctx)
		if err != nil && ctx.Err() == nil {
			p.logger.Warn("push: review addresses", "err", err)
		}
		if full || more {
			continue
		}
		if p.clock.Sleep(ctx, sweepEvery) != nil {
			return
		}
	}
}

func (p *Service) book(agency models.AgencyID) *verdictBook {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := p.books[agency]
	if b == nil {
		b = &verdictBook{tallies: &p.tallies}
		p.books[agency] = b
	}
	return b
}

// Register says where a device can be rung. The device that had this address before is rung there no more: that is so
// when Register returns. An address that no provider would take is refused with a *models.Error.
func (p *Service) Register(ctx context.Context, agency models.AgencyID, device models.DeviceID, a Address) error {
	if err := a.check(); err != nil {
		return err
	}
	former, err := p.addresses.register(ctx, deviceKey{agency, device}, a)
	k, ok := parseDeviceKey(former)
	if err != nil || !ok { // nobody's, or a damaged claim
		return err
	}
	return p.silence(ctx, k, a)
}

// Reachable reports that a device has an address at which it can be rung.
func (p *Service) Reachable(ctx context.Context, agency models.AgencyID, device models.DeviceID) (bool, error) {
	a, err := p.addresses.find(ctx, deviceKey{agency, device})
	return a.Token != "", err
}

// silence takes an address from the device that had it, unless that has another by now.
func (p *Service) silence(ctx context.Context, k deviceKey, a Address) error {
	old, err := p.addresses.get(ctx, k)
	if err != nil || !sameTarget(old.address(), a) {
		return err
	}
	return p.Unbind(ctx, k.agency, k.device)
}

// Unbind forgets a device's address and all that is owed to it: at sign-out, hand-over and revocation. When it has
// returned no push leaves for the device; one under way is cut off first.
func (p *Service) Unbind(ctx context.Context, agency models.AgencyID, device models.DeviceID) error {
	k := deviceKey{agency, device}
	if err := errors.Join(p.keyring.remove(ctx, k), p.addresses.remove(ctx, k)); err != nil {
		return err
	}
	if err := p.box.ground(ctx, k); err != nil {
		return err
	}
	for _, kind := range []store.Kind{kindEmergency, kindInvite, kindMessage} {
		if err := p.deleteSlots(ctx, kind, k); err != nil {
			return err
		}
	}
	return nil
}

func (p *Service) deleteSlots(ctx context.Context, kind store.Kind, k deviceKey) error {
	for {
		docs, err := p.docs.List(ctx, kind, k.String()+"/", "", loadPage)
		if err != nil {
			return fmt.Errorf("list push slots: %w", err)
		}
		for _, d := range docs {
			if err := p.docs.Delete(ctx, kind, d.ID, d.Version); err != nil && !errors.Is(err, store.ErrVersion) {
				return fmt.Errorf("delete push slot: %w", err)
			}
		}
		if len(docs) < loadPage {
			return nil
		}
	}
}
