package audit

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"officermobile/clock"
	"officermobile/models"
	"officermobile/models/trail"
	"officermobile/store"
)

// Options are the settings of a Recorder. Zero fields take the defaults named here.
type Options struct {
	Clock  clock.Clock
	Logger *slog.Logger // default none
	// ORI answers an agency's originating agency identifier, which CJIS wants on every line; default none.
	ORI func(models.AgencyID) string
}

// Limits of a log's queue, in lines of under a kilobyte each.
const (
	// maxNotes is what a flood of sign-ins may hold; each of those costs a password hash, so this is a minute of them.
	maxNotes = 1024
	// maxQueue leaves as much again for what somebody waits for.
	maxQueue = 2 * maxNotes
	// recordWithin is how long an answer waits for its line. A healthy store takes milliseconds.
	recordWithin = 5 * time.Second
)

// ErrUnavailable is the answer to an administrator whose deeds can't be recorded.
var ErrUnavailable = &models.Error{Kind: models.KindUnavailable, Code: "audit_unavailable", RetryMS: 5000,
	Message: "The audit log can't be written right now, so nothing can be administered."}

var errClosed = models.Refuse(models.KindUnavailable, "closing", "The server is stopping.")

// Recorder writes and reads audit logs. All methods are safe for concurrent use.
type Recorder struct {
	log  store.Log
	opts Options

	running context.Context // ends at Close
	stop    context.CancelFunc
	work    sync.WaitGroup // of writers

	mu      sync.Mutex
	writers map[store.Name]*writer
	closed  bool
}

// New makes a recorder on the logs of a store. Close it before the store.
func New(log store.Log, opts Options) *Recorder {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.ORI == nil {
		opts.ORI = func(models.AgencyID) string { return "" }
	}
	r := &Recorder{log: log, opts: opts, writers: map[store.Name]*writer{}}
	r.running, r.stop = context.WithCancel(context.Background())
	return r
}

// LogOf is the name of an agency's audit log; of the zero agency, that of the system.
func LogOf(agency models.AgencyID) store.Name {
	if agency.IsZero() {
		return "system/audit"
	}
	return store.Name("agency/" + agency.Hex() + "/audit")
}

// Record writes a line and answers nil when it is durable. ErrUnavailable: it is not, or not yet; if the log was
// writable when the line was taken it will be written once that is so again.
func (r *Recorder) Record(ctx context.Context, agency models.AgencyID, e trail.Entry) error {
	ctx, cancel := context.WithTimeout(ctx, recordWithin)
	defer cancel()
	l := r.line(agency, e)
	done := make(chan error, 1)
	l.done = done
	if err := r.writer(agency).add(l); err != nil {
		return err
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ErrUnavailable
	}
}

// Note writes a line without anybody waiting for it.
func (r *Recorder) Note(agency models.AgencyID, e trail.Entry) {
	// The only error is that there is no room, and that is counted.
	_ = r.writer(agency).add(r.line(agency, e))
}

func (r *Recorder) line(agency models.AgencyID, e trail.Entry) *line {
	e.Clean()
	if !agency.IsZero() {
		e.ORI = r.opts.ORI(agency)
	}
	return &line{entry: e}
}

// Ready is ErrUnavailable while an agency's log can't be written.
func (r *Recorder) Ready(agency models.AgencyID) error { return r.writer(agency).ready() }

// Health is ErrUnavailable while any log can't be written.
func (r *Recorder) Health() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, w := range r.writers {
		if err := w.ready(); err != nil {
			return err
		}
	}
	return nil
}

// Close writes what has queued, for as long as ctx lasts, and refuses everything after.
func (r *Recorder) Close(ctx context.Context) error {
	r.mu.Lock()
	r.closed = true
	for _, w := range r.writers {
		w.close()
	}
	r.mu.Unlock()
	defer r.stop()
	written := make(chan struct{})
	go func() { r.work.Wait(); close(written) }()
	select {
	case <-written:
	case <-ctx.Done():
		r.stop()
		<-written
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var errs []error
	for _, w := range r.writers {
		errs = append(errs, w.left())
	}
	return errors.Join(errs...)
}

func (r *Recorder) writer(agency models.AgencyID) *writer {
	name := LogOf(agency)
	r.mu.Lock()
	defer r.mu.Unlock()
	w := r.writers[name]
	if w == nil {
		w = &writer{Recorder: r, name: name, closed: r.closed}
		r.writers[name] = w
	}
	return w
}
