package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"

	"officermobile/store"
)

const (
	// maxQueue is how many writes wait for the writer before their callers wait in front of it.
	maxQueue = 1024
	// maxGroup and maxGroupBytes bound one transaction, so that a commit stays short.
	maxGroup      = 256
	maxGroupBytes = 16 << 20
)

// writer owns the write connection. Its goroutine ends with stop or after a fatal error.
type writer struct {
	db       *sql.DB
	conn     *sql.Conn
	stmts    writeStatements
	prepared []*sql.Stmt         // all of stmts
	heads    map[store.Name]head // as of the transaction under way; emptied when one fails

	jobs    chan *job
	closing chan struct{} // closed by stop
	stopped chan struct{} // closed when the goroutine has ended
	fatal   chan error    // the one reason why it ended by itself
	failed  atomic.Pointer[error]
	full    atomic.Bool // the last commit found the disk full
	commit  func() error
}

// job is one write that waits for its transaction.
type job struct {
	size int // bytes, about
	// run writes within the transaction; its caller's answer goes into variables of its own. An error is the
	// database's. It may run twice.
	run   func() error
	done  chan answer
	taken atomic.Bool // by the writer, or by a caller who gave up
}

// answer tells how a job's transaction ended. Unknown: the commit itself failed.
type answer struct {
	err     error
	unknown bool
}

// do hands a write to the writer and waits for its commit. A context that ends before the writer took it up ends the
// wait and nothing is written; later the commit, which is short, is waited for.
func (w *writer) do(ctx context.Context, size int, run func() error) answer {
	if err := ctx.Err(); err != nil {
		return answer{err: err}
	}
	j := &job{size: size, run: run, done: make(chan answer, 1)}
	select {
	case <-w.closing:
		return answer{err: w.reason()}
	case <-w.stopped:
		return answer{err: w.reason()}
	case <-ctx.Done():
		return answer{err: ctx.Err()}
	case w.jobs <- j:
	}
	select {
	case a := <-j.done:
		return a
	case <-ctx.Done():
		if j.taken.CompareAndSwap(false, true) {
			return answer{err: ctx.Err()}
		}
	case <-w.stopped:
		if j.taken.CompareAndSwap(false, true) {
			return answer{err: w.reason()}
		}
	}
	return <-j.done
}

// reason is why the writer takes nothing more.
func (w *writer) reason() error {
	if err := w.failed.Load(); err != nil {
		return *err
	}
	return ErrClosed
}

// loop commits group after group.
func (w *writer) loop() {
	defer close(w.stopped)
	for {
		select {
		case <-w.closing:
			return
		case j := <-w.jobs:
			if err := w.commitGroup(w.gather(j)); err != nil {
				w.fail(err)
				return
			}
		}
	}
}

// gather takes what has queued, without waiting for more.
func (w *writer) gather(first *job) []*job {
	var group []*job
	size := 0
	take := func(j *job) {
		if j.taken.CompareAndSwap(false, true) {
			group = append(group, j)
			size += j.size
		}
	}
	take(first)
	for len(group) < maxGroup && size < maxGroupBytes {
		select {
		case j := <-w.jobs:
			take(j)
		default:
			return group
		}
	}
	return group
}

// commitGroup commits jobs together or, when that failed harmlessly, each by itself so that only the cause fails. It
// returns a fatal error.
func (w *writer) commitGroup(group []*job) error {
	if len(group) == 0 {
		return nil
	}
	a := w.attempt(group)
	if a.err != nil && !fatal(a.err) && len(group) > 1 {
		for i, j := range group {
			if err := w.commitGroup([]*job{j}); err != nil {
				finish(group[i+1:], answer{err: err})
				return err
			}
		}
		return nil
	}
	if a.err != nil && fatal(a.err) {
		finish(group, answer{err: translate(a.err), unknown: a.unknown})
		return a.err
	}
	a.err = translate(a.err)
	finish(group, a)
	return nil
}

func finish(group []*job, a answer) {
	for _, j := range group {
		j.done <- a
	}
}

// attempt runs a group in one transaction.
func (w *writer) attempt(group []*job) answer {
	if _, err := w.stmts.begin.Exec(); err != nil {
		return answer{err: fmt.Errorf("begin: %w", err)}
	}
	for _, j := range group {
		if err := j.run(); err != nil {
			w.rollback(err)
			return answer{err: err}
		}
	}
	if err := w.commit(); err != nil {
		w.rollback(err)
		return answer{err: fmt.Errorf("commit: %w", err), unknown: fatal(err)}
	}
	w.full.Store(false)
	return answer{}
}

// rollback forgets a transaction. SQLite may have done so already; then the statement's error says only that.
func (w *writer) rollback(cause error) {
	_, _ = w.stmts.rollback.Exec()
	clear(w.heads)
	if errors.Is(translate(cause), store.ErrFull) {
		w.full.Store(true)
	}
}

// fail ends the writer for good.
func (w *writer) fail(cause error) {
	err := fmt.Errorf("the database can no longer be written: %w", translate(cause))
	w.failed.Store(&err)
	w.fatal <- err
}

// stop lets the transaction under way end; what still waits is answered ErrClosed.
func (w *writer) stop() {
	close(w.closing)
	<-w.stopped
}

// close closes the write connection, which checkpoints. A statement left open on it would keep it open for ever.
func (w *writer) close() error {
	var errs []error
	for _, stmt := range w.prepared {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(append(errs, w.conn.Close(), w.db.Close())...)
}
