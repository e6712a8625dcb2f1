package node

import (
	"context"
	"errors"
	"time"

	"officermobile/models/record"
	"officermobile/store"

	"github.com/prometheus/client_golang/prometheus"
)

// storeMetrics measure a store from outside.
type storeMetrics struct {
	took  *prometheus.HistogramVec // call
	calls *prometheus.CounterVec   // call, outcome
}

func newStoreMetrics() *storeMetrics {
	return &storeMetrics{
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: namespace + "store_seconds", Help: "Time of calls of the store.", Buckets: latencyBounds,
		}, []string{"call"}),
		calls: counters("store_calls_total", "Calls of the store, by what became of them.", "call", "outcome"),
	}
}

// measured is a store whose calls are counted and timed.
type measured struct {
	store.Store
	metrics *storeMetrics
}

func (m *measured) note(call, outcome string, began time.Time) {
	m.metrics.took.WithLabelValues(call).Observe(time.Since(began).Seconds())
	m.metrics.calls.WithLabelValues(call, outcome).Inc()
}

// outcomeOf is an error as a word.
func outcomeOf(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, store.ErrNotFound):
		return "not_found"
	case errors.Is(err, store.ErrVersion):
		return "version"
	case errors.Is(err, store.ErrFull):
		return "full"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	}
	return "error"
}

// appendOutcome is what became of an append as a word.
func appendOutcome(o store.Outcome, err error) string {
	switch o {
	case store.Committed:
		return "committed"
	case store.Conflict:
		return "conflict"
	case store.Unknown:
		return "unknown"
	}
	if errors.Is(err, store.ErrFull) {
		return "full"
	}
	return "refused"
}

// Append is the store's, measured.
func (m *measured) Append(ctx context.Context, log store.Name, after record.Seq, b record.Batch) (store.Outcome, error) {
	began := time.Now()
	o, err := m.Store.Append(ctx, log, after, b)
	m.note("append", appendOutcome(o, err), began)
	return o, err
}

// Tip is the store's, measured.
func (m *measured) Tip(ctx context.Context, log store.Name) (store.Tip, error) {
	began := time.Now()
	tip, err := m.Store.Tip(ctx, log)
	m.note("tip", outcomeOf(err), began)
	return tip, err
}

// Read is the store's, measured.
func (m *measured) Read(ctx context.Context, log store.Name, after record.Seq, limit int) ([]record.Batch, error) {
	began := time.Now()
	all, err := m.Store.Read(ctx, log, after, limit)
	m.note("read", outcomeOf(err), began)
	return all, err
}

// Timeline is the store's, measured.
func (m *measured) Timeline(ctx context.Context, log store.Name, conversation record.UUID, from, before uint32, limit int) ([]store.Found, error) {
	began := time.Now()
	all, err := m.Store.Timeline(ctx, log, conversation, from, before, limit)
	m.note("timeline", outcomeOf(err), began)
	return all, err
}

// Find is the store's, measured.
func (m *measured) Find(ctx context.Context, log store.Name, key string) (store.Found, error) {
	began := time.Now()
	found, err := m.Store.Find(ctx, log, key)
	m.note("find", outcomeOf(err), began)
	return found, err
}

// Get is the store's, measured.
func (m *measured) Get(ctx context.Context, kind store.Kind, id string) (store.Document, error) {
	began := time.Now()
	d, err := m.Store.Get(ctx, kind, id)
	m.note("get", outcomeOf(err), began)
	return d, err
}

// PutIf is the store's, measured.
func (m *measured) PutIf(ctx context.Context, d store.Document) (uint64, error) {
	began := time.Now()
	version, err := m.Store.PutIf(ctx, d)
	m.note("put", outcomeOf(err), began)
	return version, err
}

// List is the store's, measured.
func (m *measured) List(ctx context.Context, kind store.Kind, prefix, after string, limit int) ([]store.Document, error) {
	began := time.Now()
	all, err := m.Store.List(ctx, kind, prefix, after, limit)
	m.note("list", outcomeOf(err), began)
	return all, err
}
