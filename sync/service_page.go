package sync

import (
	"context"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
)

// Times of a page.
const (
	maxBehind   = time.Second // that a request waits for a node that lags behind what its device has seen
	behindPoll  = 20 * time.Millisecond
	maxStale    = 10 * time.Second // since the log's end was confirmed: then a node makes no pages
	shownStale  = 3 * time.Second  // from then on a page says how old it may be
	retryBehind = 500              // milliseconds
)

var (
	errLagging = retryLater("behind", "This server has not caught up with what you have seen.", retryBehind)
	errStale   = retryLater("stale", "This server has lost sight of the log.", 3000)
)

// open reads a token. One that can't be used starts a full pass; that is never an error.
func (s *Service) open(ctx context.Context, g *Agency, who wire.Caller, token string, schema int) position {
	fresh := position{epoch: g.Tip().Epoch, schema: uint64(max(schema, 0))}
	if token == "" {
		return fresh
	}
	p, err := s.keys.open(ctx, who, token)
	if err != nil || p.epoch != fresh.epoch {
		return fresh
	}
	s.presence.confirm(who, p.confirmed())
	if p.pass != nil && p.pass.alone {
		p.pass = nil // a repair that was given up
	}
	if p.view != viewVersion || p.schema != fresh.schema {
		anew := p.anew()
		anew.epoch, anew.schema = fresh.epoch, fresh.schema
		return anew
	}
	return p
}

// sealed makes one page with its token at pos, and the position in it. On any error there is neither.
func (s *Service) sealed(ctx context.Context, g *Agency, who wire.Caller, a ask, pos position) (wire.Page[any], position, error) {
	page, next, err := s.sealPage(ctx, g, who, a, pos)
	s.counts.page(page, err)
	return page, next, err
}

func (s *Service) sealPage(ctx context.Context, g *Agency, who wire.Caller, a ask, pos position) (wire.Page[any], position, error) {
	stale := s.age(g)
	if stale > maxStale {
		return wire.Page[any]{}, position{}, errStale
	}
	pos, err := s.reach(ctx, g, pos)
	if err != nil {
		return wire.Page[any]{}, position{}, err
	}
	var page wire.Page[any]
	var next position
	err = guard(func() (err error) {
		page, next, err = s.cut(g, a, pos)
		return err
	})
	if err != nil {
		return wire.Page[any]{}, position{}, err
	}
	hash, ok, err := g.HashAt(ctx, next.seq)
	if err != nil || !ok {
		return wire.Page[any]{}, position{}, errInternal("hash of a page's position", err)
	}
	copy(next.h8[:], hash[:])
	next.epoch, next.schema = pos.epoch, pos.schema
	if page.T, err = s.keys.seal(who, next); err != nil {
		return wire.Page[any]{}, position{}, err
	}
	s.skipped(g, who, &page, max(next.seq, next.newest))
	page.At = s.clock.Now().Truncate(time.Millisecond)
	if stale > shownStale {
		page.StaleMS = stale.Milliseconds()
	}
	return page, next, nil
}

// cut takes a page from the state under the read lock, and renders it outside.
func (s *Service) cut(g *Agency, a ask, pos position) (wire.Page[any], position, error) {
	var l look
	g.View(func(st *models.State) { l = take(st, st.Floor(), a, pos) })
	if l.err != nil {
		return wire.Page[any]{}, position{}, l.err
	}
	return l.page()
}

// age is how long ago the log's end was confirmed.
func (s *Service) age(g *Agency) time.Duration { return s.clock.Now().Sub(g.Confirmed()) }

// reach waits until this node has what the device was shown. A position beyond a head that was confirmed after the
// request came, or with another hash, is of a log that was restored: the pass is full then.
func (s *Service) reach(ctx context.Context, g *Agency, pos position) (position, error) {
	beyond, err := s.catchUp(ctx, g, pos.need())
	if err != nil {
		return pos, err
	}
	if !beyond && pos.seq > 0 {
		hash, ok, err := g.HashAt(ctx, pos.seq)
		if err != nil {
			return pos, errInternal("hash of a token's position", err)
		}
		if ok && [8]byte(hash[:8]) == pos.h8 {
			return pos, nil
		}
		beyond = true
	}
	if beyond {
		return position{epoch: g.Tip().Epoch, schema: pos.schema}, nil
	}
	return pos, nil
}

// catchUp waits until need is applied here; beyond says that the log does not reach so far.
func (s *Service) catchUp(ctx context.Context, g *Agency, need record.Seq) (beyond bool, err error) {
	if g.Tip().Seq >= need {
		return false, nil
	}
	arrived := s.clock.Now()
	timer := s.clock.NewTimer(behindPoll)
	defer timer.Stop()
	g.Nudge()
	for s.clock.Now().Sub(arrived) < maxBehind {
		changed, confirmed := g.Changed(), g.Confirmed()
		if g.Tip().Seq >= need {
			return false, nil
		}
		if confirmed.After(arrived) {
			return true, nil
		}
		select {
		case <-changed:
		case <-timer.C:
			timer.Reset(s.clock.Real(behindPoll))
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
	return false, errLagging
}
