package push

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/store"
)

// errLost is the refusal to write a slot that somebody else has now: dropped here, or leased by another node.
var errLost = errors.New("push slot is another's")

// save writes a slot that the caller has, and tells the reader that what it says is durable.
func (p *Service) save(ctx context.Context, s *slot) error {
	if !s.kept() {
		return nil
	}
	if err := p.refresh(ctx, s); err != nil {
		return err
	}
	p.box.mu.Lock()
	if s.gone {
		p.box.mu.Unlock()
		return errLost
	}
	d, err := s.document()
	rev, opened := s.rev, 0
	if s.now != nil {
		opened = len(s.now.open)
	}
	p.box.mu.Unlock()
	if err != nil {
		return err
	}
	version, err := p.docs.PutIf(ctx, d)
	p.box.mu.Lock()
	defer p.box.mu.Unlock()
	if err != nil {
		s.stale = true
		return fmt.Errorf("save push slot: %w", err)
	}
	s.version, s.saved = version, rev
	if s.now != nil && len(s.now.open) >= opened { // what came meanwhile stands behind
		s.front.close(s.now.open[:opened]...)
		s.now.open = s.now.open[opened:]
	}
	return nil
}

// refresh learns the version of a document after a write whose effect is not known.
func (p *Service) refresh(ctx context.Context, s *slot) error {
	p.box.mu.Lock()
	stale := s.stale
	p.box.mu.Unlock()
	if !stale {
		return nil
	}
	d, err := p.docs.Get(ctx, s.key.kind(), s.key.id())
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("read push slot: %w", err)
	}
	if err == nil {
		other, err := readSlot(s.key.agency, d)
		if err == nil && other.now != nil && other.now.Owner != "" && other.now.Owner != p.node && other.now.Until.After(p.clock.Now()) {
			return errLost
		}
	}
	p.box.mu.Lock()
	defer p.box.mu.Unlock()
	s.version, s.stale = d.Version, false
	return nil
}

// erase deletes a slot's document, if it has one. The caller has the slot.
func (p *Service) erase(ctx context.Context, s *slot) error {
	if err := p.refresh(ctx, s); err != nil {
		return err
	}
	p.box.mu.Lock()
	version := s.version
	p.box.mu.Unlock()
	if version == 0 {
		return nil
	}
	err := p.docs.Delete(ctx, s.key.kind(), s.key.id(), version)
	p.box.mu.Lock()
	defer p.box.mu.Unlock()
	if err != nil {
		s.stale = true
		return fmt.Errorf("delete push slot: %w", err)
	}
	s.version = 0
	return nil
}

// flushers is how many writes of a flush run at once: a store commits what comes together in one go.
const flushers = 16

// flush writes the slots of an agency that nobody has and that their documents don't say, and deletes the marks of
// those that have long rung and that a reading again from position would not come to.
func (p *Service) flush(ctx context.Context, agency models.AgencyID, position record.Seq) error {
	var g errgroup.Group // one slot's trouble is not the others'
	g.SetLimit(flushers)
	for _, s := range p.box.unsaved(agency, position, p.clock.Now()) {
		g.Go(func() error {
			defer p.box.release(s)
			if p.box.settled(s, position) {
				return p.drop(ctx, s)
			}
			return ignore(p.save(ctx, s), errLost)
		})
	}
	return g.Wait()
}

// markLife is how long a slot that has rung is kept: over the longest window, and short enough to stay few.
const markLife = 90 * time.Second

// drop forgets a slot that owes nothing, unless something comes meanwhile.
func (p *Service) drop(ctx context.Context, s *slot) error {
	if err := p.erase(ctx, s); err != nil {
		return err
	}
	p.box.mu.Lock()
	defer p.box.mu.Unlock()
	if s.now == nil && s.next == nil && !s.gone {
		p.box.drop(s)
	}
	return nil
}

// settled reports a slot that owes nothing and whose mark no reading again from position would come to.
func (b *outbox) settled(s *slot, position record.Seq) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return s.now == nil && s.next == nil && s.sent <= position
}

// unsaved takes the slots that a flush has work on. On the way it takes those out that expired while their provider was
// down.
func (b *outbox) unsaved(agency models.AgencyID, position record.Seq, now time.Time) []*slot {
	b.mu.Lock()
	defer b.mu.Unlock()
	old := now.Add(-markLife)
	var all []*slot
	for _, s := range b.slots[agency] {
		b.overripe(s, now)
		done := s.now == nil && s.next == nil && s.sentAt.Before(old) && s.sent <= position
		if s.busy || s.fresh(now) || !s.dirty() && !done {
			continue
		}
		s.busy = true
		all = append(all, s)
	}
	return all
}

// fresh reports a slot that has just become due: its lease, which is about to be taken, writes it, and a flush would make
// it lose its turn. If none is taken it is the next flush's.
func (s *slot) fresh(now time.Time) bool {
	waits := now.Sub(s.due)
	return s.now != nil && waits >= 0 && waits < flushPause
}

func (b *outbox) release(s *slot) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s.busy = false
	b.stir()
}
