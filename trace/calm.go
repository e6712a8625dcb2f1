package trace

import (
	"context"
	"log/slog"
	"sync"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// complainEvery is how often the log says that a collector fails: the first time at once.
const complainEvery = time.Minute

// calm is an exporter whose failures are logged, seldom, and are nobody else's trouble. It is called by one goroutine at
// a time, but for the last call of all.
type calm struct {
	sdktrace.SpanExporter
	logger *slog.Logger

	mu   sync.Mutex
	next time.Time // when to complain again
	lost int       // spans since the last complaint
}

// ExportSpans hands spans on.
func (c *calm) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if err := c.SpanExporter.ExportSpans(ctx, spans); err != nil {
		c.complain(ctx, err, len(spans))
	}
	return nil
}

func (c *calm) complain(ctx context.Context, err error, spans int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lost += spans
	now := time.Now() // real time: this is about the machine next door
	if now.Before(c.next) {
		return
	}
	c.logger.WarnContext(ctx, "traces are not taken", "error", brief(err), "lost", c.lost)
	c.next, c.lost = now.Add(complainEvery), 0
}

// maxError bounds what is logged of an error: it holds the collector's own words.
const maxError = 200

func brief(err error) string {
	text := err.Error()
	return text[:min(len(text), maxError)]
}
