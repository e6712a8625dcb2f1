package api

import (
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
)

// Answered is what became of a request, without anything that names a person or a thing.
type Answered struct {
	Route  string // the operation's name; "none" where there is no such route
	Status int
	Bytes  int // of the body as sent
	Took   time.Duration
	Held   bool // a stream or long poll, which takes as long as nothing happens

	Method    string // of the operation; "" where there is no such route
	Path      string // its template: /v1/users/{id}
	RequestID string
	Parent    string // the W3C traceparent that came with it; "" for none
	Began     time.Time
}

// Stats are an API's counts since it was made.
type Stats struct {
	Streams        int // open now
	StreamsOpened  uint64
	StreamsDropped uint64 // whose client had gone, or did not take a frame in time
	Panics         uint64
}

type counts struct{ opened, dropped, panics atomic.Uint64 }

// Stats are the counts at this moment.
func (a *API) Stats() Stats {
	c := &a.counts
	return Stats{Streams: a.seats.open(), StreamsOpened: c.opened.Load(), StreamsDropped: c.dropped.Load(), Panics: c.panics.Load()}
}

// observe lets a request run and tells what became of it.
func (a *API) observe(c *gin.Context) {
	began := time.Now() // real time, as patience is, also where the clock is a rehearsal's
	defer func() {
		ctx := c.Request.Context()
		ex := exchangeOf(ctx)
		said := Answered{
			Route: ex.route, Status: c.Writer.Status(), Bytes: max(0, c.Writer.Size()), Took: time.Since(began), Held: ex.held,
			RequestID: ex.id, Parent: ex.parent(), Began: began,
		}
		if ex.row != nil {
			said.Method, said.Path = ex.row.method, ex.row.path
		}
		if said.Route == "" {
			said.Route = "none"
		}
		if a.opts.Observe != nil {
			a.opts.Observe(ctx, said)
		}
		if a.opts.Logger.Enabled(ctx, slog.LevelDebug) {
			a.opts.Logger.DebugContext(ctx, "request", append(ex.attrs(), "status", said.Status, "bytes", said.Bytes, "took", said.Took)...)
		}
	}()
	c.Next()
}

// attrs say in a log which request this is. Neither is content: an id that a stranger chose has passed goodRequestID.
func (ex *exchange) attrs() []any {
	attrs := []any{"request_id", ex.id, "route", ex.route}
	if id := traceOf(ex.parent()); id != "" {
		attrs = append(attrs, "trace_id", id)
	}
	return attrs
}

// parent is the request's traceparent; "" if it has none that can be read, so that it holds nothing but digits.
func (ex *exchange) parent() string {
	if ex.request == nil {
		return ""
	}
	if all := ex.request.Header["Traceparent"]; len(all) == 1 && traceOf(all[0]) != "" {
		return all[0]
	}
	return ""
}

// traceOf is the trace that a request belongs to by its W3C traceparent ("00-<32 hex>-<16 hex>-<2 hex>"); "" if it
// names none. It is read when something is logged, so that it costs nothing else.
func traceOf(parent string) string {
	const length, from, to = 55, 3, 35
	if len(parent) != length || parent[:from] != "00-" || parent[to] != '-' || parent[52] != '-' {
		return ""
	}
	id, zero := parent[from:to], true
	for i := range len(id) {
		if c := id[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return ""
		}
		zero = zero && id[i] == '0'
	}
	if zero {
		return ""
	}
	return id
}
