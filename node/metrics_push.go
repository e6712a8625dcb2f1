package node

import (
	"context"
	"time"

	"officermobile/push"

	"github.com/prometheus/client_golang/prometheus"
)

// describedPush are the numbers of the pushes by name, as described has the others.
var describedPush = map[string]*prometheus.Desc{
	"push_owed":                     describe("push_owed", "Rings that are owed or under way.", "class", "state"),
	"push_oldest_due_seconds":       describe("push_oldest_due_seconds", "How long the oldest ring of a class that is owed has been due.", "class"),
	"push_breakers":                 describe("push_breakers", "Push providers, by what their breaker does.", "provider", "state"),
	"push_coalesced_total":          describe("push_coalesced_total", "Events that went with the ring of another."),
	"push_dead_letters_total":       describe("push_dead_letters_total", "Rings that no provider will ever take.", "reason"),
	"push_retries_total":            describe("push_retries_total", "Answers after which a ring is sent again.", "provider", "reason"),
	"push_verdicts_total":           describe("push_verdicts_total", "Verdicts on whether a device rings, and why.", "class", "decision", "reason"),
	"push_invalidated_total":        describe("push_invalidated_total", "Addresses forgotten because their provider called them dead.", "provider", "reason"),
	"push_invalidate_blocked_total": describe("push_invalidate_blocked_total", "Addresses called dead and kept, since too many were at once.", "provider"),
	"push_settings_refused":         describe("push_settings_refused", "1 where the settings of a push provider have changed and can't be used."),
	"push_emergency_unacked":        describe("push_emergency_unacked", "Urgent messages that somebody has yet to acknowledge."),

	"push_enqueue_to_accept_seconds": describe("push_enqueue_to_accept_seconds", "From when a ring was first due to when its provider took it.", "class"),

	"push_receipts_total":           describe("push_receipts_total", "What devices told of notifications.", "stage"),
	"push_receipt_lag_seconds":      describe("push_receipt_lag_seconds", "From when a provider took a ring to what its device told of it.", "stage"),
	"push_duplicate_receipts_total": describe("push_duplicate_receipts_total", "What devices told again."),
	"push_ignored_receipts_total":   describe("push_ignored_receipts_total", "What devices told of notifications that were not theirs."),

	"push_inflight":              describe("push_inflight", "Requests to a provider that are under way.", "provider"),
	"push_connections_total":     describe("push_connections_total", "Connections to a provider that were made.", "provider"),
	"push_refused_streams_total": describe("push_refused_streams_total", "Requests that a provider did not begin with; they are repeated once at once.", "provider"),
	"push_payload_bytes":         describe("push_payload_bytes", "Bodies of requests to a provider.", "provider"),
	"push_token_mint_total":      describe("push_token_mint_total", "Provider tokens that were made or fetched.", "provider"),
	"push_token_age_seconds":     describe("push_token_age_seconds", "Age of the provider token in use; 0 for none.", "provider"),
}

func (n nodeMetrics) collectPush(s sample) {
	stats := n.push.Stats()
	for k, count := range stats.Slots {
		s.gauge("push_owed", count, k.Class, k.State)
	}
	for class, age := range stats.Oldest {
		s.seconds("push_oldest_due_seconds", age, class)
	}
	s.counter("push_coalesced_total", stats.Coalesced)
	for b, count := range stats.Breakers {
		s.gauge("push_breakers", count, b.Provider, b.State)
	}
	refused := 0
	if n.senders.fault.Load() != nil {
		refused = 1
	}
	s.gauge("push_settings_refused", refused)
	for r, count := range stats.Forgotten {
		s.counter("push_invalidated_total", count, r.Provider, r.Reason)
	}
	for provider, count := range stats.Spared {
		s.counter("push_invalidate_blocked_total", count, provider)
	}
	for r, count := range stats.Retries {
		s.counter("push_retries_total", count, r.Provider, r.Reason)
	}
	for reason, count := range stats.DeadLetters {
		s.counter("push_dead_letters_total", count, reason)
	}
	for t, count := range stats.Verdicts {
		s.counter("push_verdicts_total", count, t.Class, string(t.Decision), string(t.Reason))
	}
	for class, h := range stats.Accepted {
		s.histogram("push_enqueue_to_accept_seconds", h, class)
	}
	n.collectReceipts(s, stats)
	n.collectSenders(s)
}

func (n nodeMetrics) collectReceipts(s sample, stats push.Stats) {
	for stage, count := range stats.Receipts {
		s.counter("push_receipts_total", count, string(stage))
	}
	for stage, h := range stats.ReceiptLag {
		s.histogram("push_receipt_lag_seconds", h, stage)
	}
	s.counter("push_duplicate_receipts_total", stats.ReceiptsRepeated)
	s.counter("push_ignored_receipts_total", stats.ReceiptsIgnored)
}

func (n nodeMetrics) collectSenders(s sample) {
	for provider, r := range n.senders.reporters() {
		stats := r.Stats()
		s.gauge("push_inflight", stats.InFlight, provider)
		s.counter("push_connections_total", stats.Connections, provider)
		s.counter("push_refused_streams_total", stats.Refused, provider)
		s.histogram("push_payload_bytes", stats.Payload, provider)
		s.counter("push_token_mint_total", stats.Minted, provider)
		s.seconds("push_token_age_seconds", stats.TokenAge, provider)
	}
}

func (s sample) seconds(name string, d time.Duration, labels ...string) {
	s.to <- prometheus.MustNewConstMetric(desc(name), prometheus.GaugeValue, max(0, d.Seconds()), labels...)
}

func (s sample) histogram(name string, h push.Histogram, labels ...string) {
	s.to <- prometheus.MustNewConstHistogram(desc(name), h.Count, h.Sum, h.Cumulative(), labels...)
}

// counting is a push sender whose answers are counted.
func (m *metrics) counting(provider string, s push.Sender) push.Sender {
	return countingSender{
		sender: s, sends: m.sends.MustCurryWith(prometheus.Labels{"provider": provider}), took: m.sent.WithLabelValues(provider),
	}
}

type countingSender struct {
	sender push.Sender
	sends  *prometheus.CounterVec
	took   prometheus.Observer
}

// Send hands a notification on.
func (c countingSender) Send(ctx context.Context, n push.Notification) push.Result {
	began := time.Now()
	r := c.sender.Send(ctx, n)
	c.took.Observe(time.Since(began).Seconds())
	c.sends.WithLabelValues(n.Class.String(), r.Outcome.String()).Inc()
	return r
}
