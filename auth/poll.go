package auth

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"officermobile/store"
)

const (
	// overlap is how far back a poll looks beyond the one before: announcements appear a little out of order, by the
	// difference of the nodes' clocks and the time that a write takes.
	overlap = time.Minute
	// cleanEvery is how often expired documents are removed, and cleanPage how many of a kind at a time.
	cleanEvery = time.Minute
	cleanPage  = 1000
	// pollTimeout keeps one slow answer of the store from holding up those behind it.
	pollTimeout = 5 * time.Second
)

// Run hears of other nodes' revocations and key rotations, ends sessions whose time has come, rotates keys and removes
// expired documents, until ctx ends; then it answers nil. While it runs, a node that could not poll for StaleAfter
// lets nobody in. It goes by real time, also where the clock is scaled: it measures the store's presence.
func (s *Service) Run(ctx context.Context) error {
	defer s.confirmed.Store(nil)
	ticker := time.NewTicker(s.opts.PollEvery)
	defer ticker.Stop()
	started := time.Now()
	s.confirmed.Store(&started)
	var cleaned time.Time
	for {
		now := time.Now()
		if err := s.poll(ctx); err == nil {
			s.confirmed.Store(&now)
		} else if ctx.Err() == nil {
			s.opts.Log.WarnContext(ctx, "poll revocations", "error", err)
		}
		if now.Sub(cleaned) >= cleanEvery {
			cleaned = now
			s.clean(ctx)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// stale reports that this node doesn't know what was revoked lately.
func (s *Service) stale() bool {
	at := s.confirmed.Load()
	return at != nil && s.opts.StaleAfter > 0 && time.Since(*at) > s.opts.StaleAfter
}

func (s *Service) poll(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	s.live.sweep(s.clock.Now(), s.opts.Idle, announcedFor)
	return errors.Join(s.hear(ctx), s.loadRing(ctx), s.rotateIfDue(ctx))
}

// hear handles what other nodes announced since the last time.
func (s *Service) hear(ctx context.Context) error {
	now := s.clock.Now()
	from := s.polled.Add(-overlap)
	if now.Sub(s.polled) >= announcedFor-overlap { // also at the start
		s.live.forgetAll()
		from = now.Add(-announcedFor)
	}
	after := announcement(from)
	for key := range s.heard {
		if key < after {
			delete(s.heard, key)
		}
	}
	for {
		const page = 1000
		list, err := s.docs.List(ctx, kindRevocation, "", after, page)
		if err != nil {
			return storage("list revocations", err)
		}
		for _, d := range list {
			if err := s.hearOne(ctx, d, now); err != nil {
				return err
			}
			after = d.ID
		}
		if len(list) < page {
			s.polled = now
			return nil
		}
	}
}

func (s *Service) hearOne(ctx context.Context, d store.Document, now time.Time) error {
	if s.heard[d.ID] {
		return nil
	}
	var rev revocation
	if err := json.Unmarshal(d.Body, &rev); err != nil {
		return err
	}
	if rev.Node != s.node {
		s.live.end(rev, now)
		if err := s.finish(ctx, rev); err != nil && !errors.Is(err, store.ErrFull) {
			return err
		}
	}
	s.heard[d.ID] = true
	return nil
}

// clean removes documents that are past their time.
func (s *Service) clean(ctx context.Context) {
	for _, kind := range []store.Kind{kindSession, kindLockout, kindRevocation} {
		if err := s.cleanKind(ctx, kind); err != nil && ctx.Err() == nil {
			s.opts.Log.WarnContext(ctx, "remove expired documents", "kind", kind, "error", err)
		}
	}
}

func (s *Service) cleanKind(ctx context.Context, kind store.Kind) error {
	list, err := s.docs.Due(ctx, kind, s.clock.Now(), cleanPage)
	if err != nil {
		return err
	}
	for _, d := range list {
		err := s.docs.Delete(ctx, kind, d.ID, d.Version)
		if err != nil && !errors.Is(err, store.ErrVersion) {
			return err
		}
	}
	return nil
}
