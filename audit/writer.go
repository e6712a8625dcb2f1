package audit

import (
	"fmt"
	"sync"
	"time"

	"officermobile/models/record"
	"officermobile/models/trail"
	"officermobile/store"
)

// writer is the one place on this node where a log is written. It works while something is queued, on a goroutine of
// its own that ends with the queue; whatever queued during one append goes into the next.
type writer struct {
	*Recorder
	name store.Name
	end  end // only the goroutine's

	mu        sync.Mutex
	queue     []*line
	forgotten uint32 // notes that found no room since the last line
	busy      bool   // the goroutine is there
	failing   bool   // the last attempt did not come through
	closed    bool
}

// line waits to be written, and perhaps somebody for it.
type line struct {
	entry trail.Entry
	done  chan error // nil: nobody waits
}

// answer tells who waits, once.
func (l *line) answer(err error) {
	if l.done != nil {
		l.done <- err
		l.done = nil
	}
}

// add queues a line, if there is room for one of its sort.
func (w *writer) add(l *line) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch waits := l.done != nil; {
	case w.closed:
		return errClosed
	case waits && (w.failing || len(w.queue) >= maxQueue):
		return ErrUnavailable
	case !waits && len(w.queue) >= maxNotes:
		w.forgotten++
		return ErrUnavailable
	}
	w.queue = append(w.queue, l)
	if !w.busy {
		w.busy = true
		w.work.Go(w.run)
	}
	return nil
}

func (w *writer) ready() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failing {
		return ErrUnavailable
	}
	return nil
}

func (w *writer) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
}

// left is an error if lines were never written.
func (w *writer) left() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue) == 0 {
		return nil
	}
	return fmt.Errorf("%d lines of %s were not written", len(w.queue), w.name)
}

// Pauses between attempts at a log that can't be written.
const (
	minPause = 20 * time.Millisecond
	maxPause = 2 * time.Second
	// patience is how long attempts may fail before anybody hears of it: an election of the store's takes about that.
	patience = time.Second
)

// run writes until nothing is queued. Lines leave the queue when they are written, so that it bounds all of them.
func (w *writer) run() {
	pause := minPause
	var trouble time.Time // when it began
	for {
		lines := w.next()
		if lines == nil {
			return
		}
		written, err := w.attempt(w.running, lines)
		if written {
			w.wrote(len(lines), err)
			pause, trouble = minPause, time.Time{}
			continue
		}
		if now := w.opts.Clock.Now(); trouble.IsZero() {
			trouble = now
		} else if err != nil && now.Sub(trouble) >= patience {
			w.failed(err)
		}
		if w.opts.Clock.Sleep(w.running, pause) != nil {
			w.give()
			return
		}
		pause = min(2*pause, maxPause)
	}
}

// next is what goes into one batch; nil: the queue is empty, and the goroutine is to end. While the fate of a batch is
// unknown, what goes into it stays the same.
func (w *writer) next() []*line {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue) == 0 {
		w.busy = false
		return nil
	}
	if n := w.end.drafted(); n > 0 {
		return w.queue[:n]
	}
	w.queue[0].entry.Forgotten += w.forgotten
	w.forgotten = 0
	return w.queue[:min(len(w.queue), record.MaxEvents)]
}

// wrote takes the first n lines off the queue; err is for those that no store would take.
func (w *writer) wrote(n int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.queue[:n] {
		l.answer(err)
	}
	clear(w.queue[:n])
	w.queue = w.queue[n:]
	if w.failing {
		w.opts.Logger.Info("the audit log is written again", "log", string(w.name))
	}
	w.failing = false
}

// failed answers everybody who waits: their lines stay queued, but they shall not.
func (w *writer) failed(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.failing {
		w.opts.Logger.Error("the audit log can't be written", "log", string(w.name), "error", err)
	}
	w.failing = true
	for _, l := range w.queue {
		l.answer(ErrUnavailable)
	}
}

// give ends the goroutine with lines unwritten.
func (w *writer) give() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy = false
	for _, l := range w.queue {
		l.answer(errClosed)
	}
}
