package sync

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"officermobile/internal/panics"
	"officermobile/models"
	"officermobile/models/record"
)

// Times of the engine, on its clock.
const (
	hotPoll = 50 * time.Millisecond // between polls while another node writes
	hotFor  = 5 * time.Second       // after its last batch
	dueGap  = 5 * time.Second       // between looks at what is due after changes; deadlines are minutes away
)

// engine is the goroutine that writes and follows one agency's log. Its fields are its own.
type engine struct {
	*Agency
	opts   Options
	logger *slog.Logger
	rand   *bufio.Reader

	chain    record.Chain  // the end of the log as applied
	decider  *models.State // runs ahead of state by the draft under way; nil until needed
	hotUntil time.Time
	due      time.Time // when to look at what is due; zero for never
	floor    floorPolicy
	snaps    snapshots
	cut      bool // the last look at the log failed, and was logged
}

// loop runs until stop, or until the queue has closed and is empty.
func (e *engine) loop(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer close(e.stopped)
	defer e.end()
	defer cancel()
	defer e.survive()
	poll := e.opts.Clock.NewTimer(0)
	defer poll.Stop()
	for ctx.Err() == nil && e.Halted() == nil {
		select {
		case <-ctx.Done():
			return
		case <-e.queue.wake:
			if !e.work(ctx) {
				return
			}
		case <-e.nudge:
			e.look(ctx)
		case <-poll.C:
			e.look(ctx)
			e.doDue(ctx)
			e.takeSnapshot(ctx)
			poll.Reset(e.opts.Clock.Real(e.pause()))
		}
	}
}

// survive halts the agency when the engine itself has a fault, so that the others go on.
func (e *engine) survive() {
	if p := recover(); p != nil {
		e.halt("the engine failed", fmt.Errorf("panic: %s\n%s", panics.Text(p), debug.Stack()))
	}
}

// work empties the queue, batch by batch; false when it has closed.
func (e *engine) work(ctx context.Context) bool {
	for ctx.Err() == nil && e.Halted() == nil {
		jobs := e.queue.take(record.MaxEvents)
		if len(jobs) == 0 {
			return !e.queue.ended()
		}
		e.run(ctx, jobs)
		e.doDue(ctx)
		e.takeSnapshot(ctx)
	}
	return true
}

// end answers what nobody will decide any more.
func (e *engine) end() {
	e.queue.close()
	for _, j := range e.queue.drain() {
		j.answer(Answer{Err: errClosing})
	}
	e.snaps.wait()
}

// pause is the time to the next poll: with jitter, so that nodes don't ask in step.
func (e *engine) pause() time.Duration {
	if e.opts.Clock.Now().Before(e.hotUntil) {
		return hotPoll
	}
	return e.opts.PollEvery/2 + time.Duration(rand.Int64N(int64(e.opts.PollEvery)))
}

// look reads what others wrote and confirms the end of the log.
func (e *engine) look(ctx context.Context) {
	err := e.catchUp(ctx)
	if err != nil && !e.cut && ctx.Err() == nil {
		e.logger.Error("the log can't be read", "error", err)
	}
	if err == nil && e.cut {
		e.logger.Info("the log can be read again")
	}
	e.cut = err != nil
}

// lookBehind reports that others have written behind a position.
func (e *engine) lookBehind(ctx context.Context, seq record.Seq) bool {
	e.look(ctx)
	return e.chain.Seq > seq
}

// run decides jobs and appends what follows, again and again until each has an answer or another batch must be first.
func (e *engine) run(ctx context.Context, jobs []*job) {
	fresh := false
	for tries := 0; ; tries++ {
		d, rest := e.build(ctx, jobs)
		if d.gaps && !fresh { // perhaps another node has what comes before
			fresh = true
			if e.lookBehind(ctx, e.chain.Seq) {
				e.decider = nil
				continue
			}
		}
		switch outcome, err := e.append(ctx, d); outcome {
		case written:
			e.commit(d)
			e.queue.putBack(rest)
			return
		case lost:
			e.decider = nil
			e.yieldTo(ctx, tries)
			if err := e.Halted(); err != nil {
				e.refuse(d, rest, err)
				return
			}
		default:
			e.decider = nil
			e.refuse(d, rest, err)
			return
		}
	}
}

// yieldTo lets other nodes finish when slot after slot is lost to them.
func (e *engine) yieldTo(ctx context.Context, tries int) {
	if tries > 2 {
		_ = e.opts.Clock.Sleep(ctx, time.Duration(rand.Int64N(int64(5*time.Millisecond))))
	}
}

// refuse answers the jobs of a batch that was not written, as far as they depend on it.
func (e *engine) refuse(d *draft, rest []*job, err error) {
	for _, o := range d.outcomes {
		if !o.old {
			o.answer = Answer{Err: err}
		}
		o.job.answer(o.answer)
	}
	e.queue.putBack(rest)
}

// commit applies a batch that is durable and then answers for it.
func (e *engine) commit(d *draft) {
	if len(d.events) > 0 {
		e.advance(d.chain, d.events)
	}
	for _, o := range d.outcomes {
		if o.to > o.from {
			o.answer.Events = d.events[o.from:o.to:o.to]
		}
		o.job.answer(o.answer)
	}
	if len(d.events) > 0 {
		e.notify(d.events)
	}
}

// internal is an error that leaves its command undecided; the message is for the log alone.
func (e *engine) internal(doing string, cause any) error {
	err := fmt.Errorf("%s: %v", doing, cause)
	e.logger.Error("a command could not be decided", "error", err)
	return err
}
