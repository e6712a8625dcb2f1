package trace

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	oteltrace "go.opentelemetry.io/otel/trace"
)

// Limits of what waits for a collector.
const (
	maxWaiting = 2048            // spans of about half a kilobyte: a megabyte that a dead collector costs
	maxBatch   = 512             // spans in a post
	every      = 5 * time.Second // or when a batch is full
	within     = 5 * time.Second // that a post may take, so that stopping does not wait for a collector that hangs
)

// Options are where spans go and how many.
type Options struct {
	Endpoint string  // URL of an OTLP/HTTP receiver: http://collector:4318; without a path /v1/traces is meant
	Ratio    float64 // of traces that are kept, by their numbers, so that every service that goes by them keeps the same
	Version  string  // of the program
	Logger   *slog.Logger
}

// Request is one that was answered.
type Request struct {
	Method string // one that the server knows, so none of a stranger's making
	Route  string // the operation's template: /v1/users/{id}
	Name   string // the operation's
	Status int
	ID     string    // the request's, as in its answer and in the log
	Parent string    // its traceparent header; what is none begins a trace
	Began  time.Time // real time
	Took   time.Duration
}

// Tracer sends spans. It is safe for concurrent use.
type Tracer struct {
	provider *sdktrace.TracerProvider
	tracer   oteltrace.Tracer
}

// Open makes a tracer. It connects to nobody yet, and fails only on an endpoint that is no URL.
func Open(ctx context.Context, o Options) (*Tracer, error) {
	to, err := endpoint(o.Endpoint)
	if err != nil {
		return nil, err
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(to), otlptracehttp.WithTimeout(within),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{})) // none: the next batch is the next try
	if err != nil {
		return nil, fmt.Errorf("make the exporter of traces: %w", err)
	}
	// A stranger's trace is sampled as any other, or strangers would say what is sent; one that a gateway left out stays out.
	ratio := sdktrace.TraceIDRatioBased(o.Ratio)
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithSampler(sdktrace.ParentBased(ratio, sdktrace.WithRemoteParentSampled(ratio))),
		sdktrace.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "officermobile"), attribute.String("service.version", o.Version))),
		sdktrace.WithBatcher(&calm{SpanExporter: exporter, logger: o.Logger}, sdktrace.WithMaxQueueSize(maxWaiting),
			sdktrace.WithMaxExportBatchSize(maxBatch), sdktrace.WithBatchTimeout(every), sdktrace.WithExportTimeout(within)),
	)
	return &Tracer{provider: provider, tracer: provider.Tracer("officermobile")}, nil
}

func endpoint(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", fmt.Errorf("the endpoint of traces is no http or https URL")
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/v1/traces"
	}
	return u.String(), nil
}

// Record makes the span of a request. It never waits for the collector: where too many spans do, this one is dropped.
func (t *Tracer) Record(r Request) {
	ctx := propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{"traceparent": r.Parent})
	_, span := t.tracer.Start(ctx, r.Method+" "+r.Route, oteltrace.WithTimestamp(r.Began), oteltrace.WithSpanKind(oteltrace.SpanKindServer))
	if span.IsRecording() {
		span.SetAttributes(
			attribute.String("http.request.method", r.Method), attribute.String("http.route", r.Route),
			attribute.Int("http.response.status_code", r.Status),
			attribute.String("officermobile.operation", r.Name), attribute.String("officermobile.request_id", r.ID),
		)
		if r.Status >= 500 {
			span.SetStatus(codes.Error, "")
		}
	}
	span.End(oteltrace.WithTimestamp(r.Began.Add(r.Took)))
}

// Close sends what waits, for as long as ctx and one post allow.
func (t *Tracer) Close(ctx context.Context) error {
	if err := t.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("close traces: %w", err)
	}
	return nil
}
