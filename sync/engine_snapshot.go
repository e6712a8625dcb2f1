package sync

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"officermobile/models/record"
)

// snapshots decides when to take one. It is the engine's.
type snapshots struct {
	events int        // since the last
	seq    record.Seq // of the last, or where this process began
	at     time.Time
	busy   atomic.Bool
	all    sync.WaitGroup
}

func (s *snapshots) began(seq record.Seq, at time.Time) { s.seq, s.at = seq, at }
func (s *snapshots) wait()                              { s.all.Wait() }

// takeSnapshot starts a snapshot when it is time. It is made by a replay of its own, apart from the state that is
// served: nothing waits for it, and each one proves that the log folds.
func (e *engine) takeSnapshot(ctx context.Context) {
	s, now := &e.snaps, e.opts.Clock.Now()
	due := s.events >= e.opts.SnapshotEvery || s.events > 0 && now.Sub(s.at) >= e.opts.SnapshotAfter
	if e.opts.SnapshotEvery < 0 || !due || !s.busy.CompareAndSwap(false, true) {
		return
	}
	last := s.seq
	s.events, s.seq, s.at = 0, e.chain.Seq, now
	s.all.Go(func() {
		defer s.busy.Store(false)
		if err := e.snapshot(ctx, last); err != nil && ctx.Err() == nil {
			e.logger.Error("no snapshot could be taken", "error", err)
		}
	})
}

// snapshot replays and saves, unless another node has done so since the last.
func (e *engine) snapshot(ctx context.Context, last record.Seq) (err error) {
	defer rescue(&err)
	all, err := manifests(ctx, e.store, e.log)
	if err != nil {
		return err
	}
	if n := len(all); n > 0 && all[n-1].Seq > last {
		return nil
	}
	r, err := replay(ctx, e.store, e.log, e.opts)
	if err != nil {
		return err
	}
	return saveSnapshot(ctx, e.store, r)
}
