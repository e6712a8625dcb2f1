package trace_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"officermobile/trace"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// receiver is a collector that keeps what it is sent.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	spans []*otlp.Span
	raw   bytes.Buffer
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil || req.URL.Path != "/v1/traces" || req.Header.Get("Content-Type") != "application/x-protobuf" {
			t.Errorf("got %s %s, %v", req.URL, req.Header, err)
		}
		var post collector.ExportTraceServiceRequest
		if err := proto.Unmarshal(body, &post); err != nil {
			t.Error(err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.raw.Write(body)
		for _, of := range post.ResourceSpans {
			for _, scope := range of.ScopeSpans {
				r.spans = append(r.spans, scope.Spans...)
			}
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func open(t *testing.T, endpoint string, ratio float64, logs io.Writer) *trace.Tracer {
	t.Helper()
	tracer, err := trace.Open(t.Context(), trace.Options{
		Endpoint: endpoint, Ratio: ratio, Version: "v1.2.3", Logger: slog.New(slog.NewTextHandler(logs, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return tracer
}

func request() trace.Request {
	return trace.Request{
		Method: "GET", Route: "/v1/users/{id}", Name: "get-user", Status: 200, ID: "r1",
		Began: time.Unix(1767225600, 5), Took: 3 * time.Millisecond,
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()
	r, logs := newReceiver(t), &bytes.Buffer{}
	tracer := open(t, r.URL, 1, logs)
	in := request()
	in.Status, in.Parent = 503, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	tracer.Record(in)
	if err := tracer.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(r.spans) != 1 || logs.Len() != 0 {
		t.Fatalf("got %v and %s", r.spans, logs)
	}
	got := r.spans[0]
	want := map[string]string{
		"http.request.method": "GET", "http.route": "/v1/users/{id}", "http.response.status_code": "503",
		"officermobile.operation": "get-user", "officermobile.request_id": "r1",
	}
	for _, a := range got.Attributes {
		value := a.Value.GetStringValue()
		if a.Key == "http.response.status_code" && a.Value.GetIntValue() == 503 {
			value = "503"
		}
		if want[a.Key] != value {
			t.Errorf("%s: got %v, want %q", a.Key, a.Value, want[a.Key])
		}
	}
	if len(got.Attributes) != len(want) || got.Name != "GET /v1/users/{id}" || got.Kind != otlp.Span_SPAN_KIND_SERVER || got.Status.Code != otlp.Status_STATUS_CODE_ERROR {
		t.Errorf("got %v", got)
	}
	if string(got.TraceId) != "\x0a\xf7\x65\x19\x16\xcd\x43\xdd\x84\x48\xeb\x21\x1c\x80\x31\x9c" || string(got.ParentSpanId) != "\xb7\xad\x6b\x71\x69\x20\x33\x31" {
		t.Errorf("got trace %x and parent %x", got.TraceId, got.ParentSpanId)
	}
	if got.StartTimeUnixNano != 1767225600_000000005 || got.EndTimeUnixNano-got.StartTimeUnixNano != 3_000_000 {
		t.Errorf("got %d to %d", got.StartTimeUnixNano, got.EndTimeUnixNano)
	}
	if !strings.Contains(r.raw.String(), "v1.2.3") {
		t.Error("the program's version is not there")
	}
}

func TestSampling(t *testing.T) {
	t.Parallel()
	const sampled, left = "00-ffffffffffffffffffffffffffffffff-b7ad6b7169203331-01", "00-0000000000000000000000000000000a-b7ad6b7169203331-00"
	for _, c := range []struct {
		name   string
		ratio  float64
		parent string
		want   int
	}{
		{"all", 1, "", 1},
		{"none", 0, "", 0},
		{"a stranger's wish is no order", 0, sampled, 0},
		{"what a gateway left out stays out", 1, left, 0},
		{"no parent begins a trace", 1, "00-zz", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newReceiver(t)
			tracer := open(t, r.URL, c.ratio, io.Discard)
			in := request()
			in.Parent = c.parent
			tracer.Record(in)
			if err := tracer.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			if len(r.spans) != c.want {
				t.Errorf("got %v, want %d", r.spans, c.want)
			}
		})
	}
}

// A collector that answers nothing good costs a line in the log, and no error.
func TestCollectorFails(t *testing.T) {
	t.Parallel()
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, strings.Repeat("long ", 1000))
	}))
	t.Cleanup(refusing.Close)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for name, endpoint := range map[string]string{"answers 500": refusing.URL, "is gone": gone.URL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			logs := &bytes.Buffer{}
			tracer := open(t, endpoint, 1, logs)
			for range 1500 { // three posts
				tracer.Record(request())
			}
			if err := tracer.Close(t.Context()); err != nil {
				t.Error(err)
			}
			if got := strings.Count(logs.String(), "traces are not taken"); got != 1 || logs.Len() > 500 {
				t.Errorf("got %d complaints: %s", got, logs)
			}
		})
	}
}

// A collector that hangs holds up nobody: far more spans than the queue holds are recorded while it has the first post.
func TestCollectorHangs(t *testing.T) {
	t.Parallel()
	asked, end := make(chan struct{}, 100), make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-end
	}))
	t.Cleanup(hanging.Close)
	t.Cleanup(func() { close(end) })
	tracer := open(t, hanging.URL, 1, io.Discard)
	for range 600 {
		tracer.Record(request())
	}
	<-asked
	for range 10_000 {
		tracer.Record(request())
	}
	if got := len(asked); got > 10 { // had they waited for room, it would have taken 15 posts, each until it is given up
		t.Errorf("got %d posts", got)
	}
}

func TestEndpoint(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "collector:4318", "grpc://collector", "http://", "http://a b"} {
		if _, err := trace.Open(t.Context(), trace.Options{Endpoint: text}); err == nil {
			t.Errorf("%q: got no error", text)
		}
	}
}
