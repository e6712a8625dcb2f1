package auth

import (
	"context"
	"sync/atomic"
	"time"

	"officermobile/clock"
	"officermobile/models/record"
	"officermobile/store"

	"github.com/golang-jwt/jwt/v5"
)

// Service signs people in and says who asks. All methods are safe for concurrent use, and any number of Services, in
// any number of processes, may work on the same documents.
type Service struct {
	docs      store.Documents
	users     Users
	clock     clock.Clock
	opts      Options
	passwords *Passwords
	throttle  *throttle
	parser    *jwt.Parser
	ring      atomic.Pointer[ring]
	cache     *cache
	live      *registry

	node record.UUID // tells this Service's announcements from those of others

	confirmed atomic.Pointer[time.Time] // real time of the last poll; nil until Run polls
	polled    time.Time                 // clock's time of the last poll; only New and Run
	heard     map[string]bool           // announcements handled; only New and Run
}

// New opens the service: it loads the signing keys, or makes the first, and hears of recent revocations. Run should
// follow where there are several nodes, or a session's absolute end shall close its streams.
func New(ctx context.Context, docs store.Documents, users Users, clk clock.Clock, opts Options) (*Service, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Service{
		docs: docs, users: users, clock: clk, opts: opts,
		passwords: NewPasswords(opts.Cost, opts.Hashes, opts.Waiting),
		throttle:  newThrottle(opts.LockWindow, opts.RemoteFailures),
		cache:     newCache(opts.Cached),
		live:      newRegistry(),
		heard:     map[string]bool{},
		node:      opts.NewID(),
	}
	s.parser = s.newParser()
	if err := s.openRing(ctx); err != nil {
		return nil, err
	}
	return s, s.hear(ctx)
}

func (s *Service) audit(ctx context.Context, e Event) {
	e.At = s.clock.Now()
	s.opts.Audit(ctx, e)
}
