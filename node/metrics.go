package node

import (
	"context"
	"crypto/fips140"
	"net/http"
	"strconv"

	"officermobile/api"
	"officermobile/auth"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what the node tells a Prometheus server: numbers and words of the program, never a user, a device, an
// agency or a text. Each label has a bounded set of values, all of them constants of the code.
type metrics struct {
	registry *prometheus.Registry

	requests *prometheus.CounterVec   // route, status
	latency  *prometheus.HistogramVec // route
	bytes    *prometheus.CounterVec   // route
	sessions *prometheus.CounterVec   // what, why
	sends    *prometheus.CounterVec   // provider, class, outcome
	sent     *prometheus.HistogramVec // provider
	store    *storeMetrics
}

// Bounds of latencies in seconds: from what a phone does not notice to what it gives up on.
var latencyBounds = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: counters("http_requests_total", "Requests that were answered, by operation and status.", "route", "status"),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: namespace + "http_request_seconds", Help: "Time to answer, without streams and long polls.", Buckets: latencyBounds,
		}, []string{"route"}),
		bytes:    counters("http_response_bytes_total", "Bytes of bodies as sent, compressed where they were; those of streams when they end.", "route"),
		sessions: counters("sessions_total", "What became of sign-ins and sessions.", "what", "why"),
		sends:    counters("push_sends_total", "Requests to a push provider, by what its answer asks for.", "provider", "class", "outcome"),
		sent: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: namespace + "push_send_seconds", Help: "Time of a request to a push provider.", Buckets: latencyBounds,
		}, []string{"provider"}),
		store: newStoreMetrics(),
	}
	m.registry.MustRegister(
		m.requests, m.latency, m.bytes, m.sessions, m.sends, m.sent, m.store.took, m.store.calls,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), collectors.NewBuildInfoCollector(),
		fipsInfo(),
	)
	return m
}

const namespace = "officermobile_"

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: namespace + name, Help: help}, labels)
}

// fipsInfo says whether Go's FIPS 140-3 module does the cryptography.
func fipsInfo() prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: namespace + "fips_enabled", Help: "1 where the FIPS 140-3 module is in use.",
	}, func() float64 {
		if fips140.Enabled() {
			return 1
		}
		return 0
	})
}

// answered counts a request.
func (m *metrics) answered(_ context.Context, a api.Answered) {
	m.requests.WithLabelValues(a.Route, strconv.Itoa(a.Status)).Inc()
	m.bytes.WithLabelValues(a.Route).Add(float64(a.Bytes))
	if !a.Held {
		m.latency.WithLabelValues(a.Route).Observe(a.Took.Seconds())
	}
}

// audited counts what became of a sign-in or session.
func (m *metrics) audited(e auth.Event) {
	m.sessions.WithLabelValues(string(e.What), e.Why).Inc()
}

// handler serves the metrics; what can't be collected is left out rather than hiding the rest.
func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: maxScrapes})
}

// maxScrapes bounds what scraping can cost.
const maxScrapes = 4
