package sync

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"officermobile/clock"
	"officermobile/models"
	"officermobile/models/wire"
	"officermobile/store"
)

// ServiceOptions of the sync half. Zero values stand for the defaults.
type ServiceOptions struct {
	Clock      clock.Clock
	Logger     *slog.Logger  // default: discard
	Node       string        // names this node among those of the store, over restarts; default "main"
	MaxStreams int           // open at once on this node; default 20,000
	Heartbeat  time.Duration // of a silent stream, +- 20 %; default 25 s
	Spread     time.Duration // least time over which a drain sends devices back; default 5 s
}

// defaultMaxStreams keeps idle streams under a gigabyte.
const defaultMaxStreams = 20_000

// Service answers devices: their outbox, their pages and streams, their presence. All methods are safe for concurrent
// use. Errors that a client may see are *models.Error; all others are internal.
type Service struct {
	agencies *Agencies
	keys     *keyring
	presence *presence
	clock    clock.Clock
	logger   *slog.Logger

	maxStreams int
	heartbeat  time.Duration
	spread     time.Duration
	streams    atomic.Int64
	counts     serviceCounts
	draining   chan struct{} // closed by Drain
	drainOnce  sync.Once
	retryMS    atomic.Int64 // of a drain

	mu   sync.Mutex
	hubs map[models.AgencyID]*hub
}

// NewService makes the service of a node; Close ends what it starts. The error is of the store.
func NewService(a *Agencies, docs store.Documents, opts ServiceOptions) (*Service, error) {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	keys, err := openKeyring(ctx, docs, opts.Clock)
	if err != nil {
		return nil, err
	}
	seen, err := startPresence(ctx, docs, orElse(opts.Node, "main"), opts.Clock, opts.Logger)
	if err != nil {
		return nil, err
	}
	s := &Service{
		agencies: a, keys: keys, presence: seen, clock: opts.Clock, logger: opts.Logger,
		maxStreams: orElse(opts.MaxStreams, defaultMaxStreams),
		heartbeat:  orElse(opts.Heartbeat, heartbeat), spread: orElse(opts.Spread, minSpread), draining: make(chan struct{}), hubs: map[models.AgencyID]*hub{},
	}
	seen.observe(s.confirmed)
	return s, nil
}

// startLimit bounds what NewService reads: a store that takes longer is not there.
const startLimit = 30 * time.Second

// Close ends the streams, writes presence a last time and ends what the service started.
func (s *Service) Close(ctx context.Context) error {
	s.Drain(ctx)
	return s.presence.close(ctx)
}

// Do has a REST write done and returns what it wrote. With cmd.Request set, the same key and body answer the same
// events; another body under that key is KindMismatch. Errors: *models.Error of the refusal, or internal.
func (s *Service) Do(ctx context.Context, agency models.AgencyID, cmd models.Command) ([]models.Event, error) {
	g, err := s.agencies.Agency(ctx, agency)
	if err != nil {
		return nil, err
	}
	s.surround(agency, &cmd)
	a := g.Submit(ctx, []models.Command{cmd})[0]
	return a.Events, a.Err
}

// View runs fn on an agency's state, under the read lock; see Agency.View. The error is fn's, or that of a node that
// has lost sight of the log.
func (s *Service) View(ctx context.Context, agency models.AgencyID, fn func(*models.State) error) error {
	g, err := s.agencies.Agency(ctx, agency)
	if err != nil {
		return err
	}
	if s.age(g) > maxStale {
		return errStale
	}
	g.View(func(st *models.State) { err = fn(st) })
	return err
}

// Sync is one round trip of a device: presence, outbox, page. The error is ErrInactive for a user or device that was
// switched off, a refusal of the agency, or internal; trouble with lanes or page is in the answer.
func (s *Service) Sync(ctx context.Context, who wire.Caller, req wire.SyncRequest) (wire.SyncAnswer[any], error) {
	g, err := s.agencies.Agency(ctx, who.Agency)
	if err != nil {
		return wire.SyncAnswer[any]{}, err
	}
	if err := s.admit(g, who); err != nil {
		return wire.SyncAnswer[any]{}, err
	}
	if req.Presence != nil {
		s.presence.report(who, *req.Presence)
	}
	answer := wire.SyncAnswer[any]{Lanes: s.lanes(ctx, g, who, req.Lanes)}
	page, err := s.await(ctx, g, who, req)
	if req.Now != "" {
		answer.Now = s.receipts(g, who, req.Now)
	}
	if err != nil {
		answer.PageError = s.pageError(who, err)
		return answer, nil
	}
	answer.Page = &page
	return answer, nil
}

// admit refuses who was switched off, as of what is applied here.
func (s *Service) admit(g *Agency, who wire.Caller) error {
	ok := false
	g.View(func(st *models.State) { ok = admitted(st, who) })
	if !ok {
		return models.ErrInactive
	}
	return nil
}

func admitted(st *models.State, who wire.Caller) bool {
	if u := st.User(who.User); u == nil || !u.Active {
		return false
	}
	if who.Device.IsZero() {
		return true
	}
	d := st.Device(who.Device)
	return d != nil && !d.Revoked && d.User == who.User
}

// await makes the page, and if there is nothing in it waits as long as the client wants for something to come.
func (s *Service) await(ctx context.Context, g *Agency, who wire.Caller, req wire.SyncRequest) (wire.Page[any], error) {
	pos := s.open(ctx, g, who, req.T, req.Schema)
	a := newAsk(who, req.Window, req.MaxBytes)
	wait := time.Duration(min(req.WaitMS, wire.MaxWaitMS)) * time.Millisecond
	if wait <= 0 || len(req.Lanes) > 0 {
		page, _, err := s.sealed(ctx, g, who, a, pos)
		return page, err
	}
	h := s.hub(g)
	w := h.join(who.User)
	defer h.leave(w)
	timer := s.clock.NewTimer(wait)
	defer timer.Stop()
	for {
		page, _, err := s.sealed(ctx, g, who, a, pos)
		if err != nil || page.More || page.Full || len(page.Items) > 0 {
			return page, err
		}
		select {
		case <-w.wake:
		case <-timer.C:
			return page, nil
		case <-s.draining:
			return page, nil
		case <-ctx.Done():
			return page, nil
		}
		if err := s.admit(g, who); err != nil {
			return page, err
		}
	}
}

// pageError says why there is no page, in a word; what is internal is logged.
func (s *Service) pageError(who wire.Caller, err error) *wire.PageError {
	if e := models.AsError(err); e != nil {
		return &wire.PageError{Code: e.Code, RetryMS: e.RetryMS}
	}
	if !errors.Is(err, context.Canceled) {
		s.logger.Error("a page could not be made", "agency", who.Agency, "user", who.User, "error", err)
	}
	return &wire.PageError{Code: "unavailable", RetryMS: 2000}
}

// hub returns the agency's hub on this node.
func (s *Service) hub(g *Agency) *hub {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.hubs[g.ID()]
	if h == nil || h.agency != g {
		h = newHub(g, &s.counts, s.presence)
		s.hubs[g.ID()] = h
		g.Subscribe(h.happened)
	}
	return h
}

// Presence is what is known of a device.
func (s *Service) Presence(agency models.AgencyID, device models.DeviceID) wire.DevicePresence {
	return s.presence.of(agency, device)
}

// Delivery is what is known of a row on a device that its recipient uses or used.
func (s *Service) Delivery(agency models.AgencyID, device models.DeviceID, user models.UserID, row wire.RowRef) wire.Delivery {
	return s.presence.delivery(agency, device, user, row)
}

// OnPresence has fn called after a device's state or confirmed position changed, by its own doing or by the clock. fn
// must not block. Before the service is used.
func (s *Service) OnPresence(fn func(models.AgencyID, models.DeviceID)) { s.presence.observe(fn) }

// CloseSession ends the streams of a session that was ended.
func (s *Service) CloseSession(id models.SessionID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range s.hubs {
		h.closeSession(id)
	}
}

// Drain turns new streams away and says goodbye to the open ones, who come back elsewhere over a time that the rest can
// bear. It returns when they are closed, or ctx ends.
func (s *Service) Drain(ctx context.Context) {
	s.drainOnce.Do(func() {
		spread := max(s.spread, time.Duration(s.streams.Load())*time.Second/returnRate)
		s.retryMS.Store(spread.Milliseconds())
		close(s.draining)
	})
	for s.streams.Load() > 0 {
		if s.clock.Sleep(ctx, 20*time.Millisecond) != nil {
			return
		}
	}
}

// A drained node's streams return over W = max(5 s, streams / 200 per s): what two other nodes take without delay to
// their own.
const (
	minSpread  = 5 * time.Second
	returnRate = 200
)

// errInternal wraps what no client may see.
func errInternal(doing string, err error) error { return fmt.Errorf("%s: %w", doing, err) }
