package node

import "github.com/prometheus/client_golang/prometheus"

// nodeMetrics asks the node's parts for their counts when somebody scrapes, and at no other time.
type nodeMetrics struct{ *Node }

// described are the numbers of the parts by name. Those whose name ends in _total only rise.
var described = map[string]*prometheus.Desc{
	"streams":                describe("streams", "Streams that are open."),
	"streams_opened_total":   describe("streams_opened_total", "Streams that were opened."),
	"streams_replaced_total": describe("streams_replaced_total", "Streams that ended because the same device opened another."),
	"streams_dropped_total":  describe("streams_dropped_total", "Streams whose client had gone or read too slowly."),
	"panics_total":           describe("panics_total", "Requests that ended in a panic."),

	"agencies":          describe("agencies", "Agencies of this node, by whether they can be served.", "state"),
	"queue_commands":    describe("queue_commands", "Commands that wait for a batch.", "lane"),
	"applied_events":    describe("applied_events", "Events of all logs that are applied here."),
	"pages_total":       describe("pages_total", "Pages that were made for devices."),
	"page_errors_total": describe("page_errors_total", "Pages that could not be made."),
	"page_items_total":  describe("page_items_total", "Items in pages."),
	"full_passes_total": describe("full_passes_total", "Passes that brought a device everything."),
	"devices":           describe("devices", "Devices that this node has heard of, by what they do.", "state"),
	"password_hashes":   describe("password_hashes", "Password hashes under way and waited for.", "state"),
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(namespace+name, help, labels, nil)
}

// Describe names all numbers.
func (n nodeMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, all := range []map[string]*prometheus.Desc{described, describedPush} {
		for _, d := range all {
			to <- d
		}
	}
}

// Collect asks each part once.
func (n nodeMetrics) Collect(to chan<- prometheus.Metric) {
	s := sample{to}
	n.collectAPI(s)
	n.collectSync(s)
	n.collectPush(s)
	hashes := n.Auth.Stats()
	s.gauge("password_hashes", hashes.Hashing, "hashing")
	s.gauge("password_hashes", hashes.Waiting, "waiting")
}

func (n nodeMetrics) collectAPI(s sample) {
	stats := n.api.Stats()
	s.gauge("streams", stats.Streams)
	s.counter("streams_opened_total", stats.StreamsOpened)
	s.counter("streams_dropped_total", stats.StreamsDropped)
	s.counter("panics_total", stats.Panics)
}

func (n nodeMetrics) collectSync(s sample) {
	logs, devices := n.Agencies.Stats(), n.sync.Stats()
	s.gauge("agencies", logs.Loaded, "served")
	s.gauge("agencies", logs.Halted, "halted")
	s.gauge("queue_commands", logs.Urgent, "urgent")
	s.gauge("queue_commands", logs.Routine, "routine")
	s.gauge("applied_events", int(logs.Events))
	s.gauge("push_emergency_unacked", logs.Unacknowledged)
	s.counter("streams_replaced_total", devices.StreamsReplaced)
	s.counter("pages_total", devices.Pages)
	s.counter("page_errors_total", devices.PageErrors)
	s.counter("page_items_total", devices.Items)
	s.counter("full_passes_total", devices.FullPasses)
	s.gauge("devices", devices.Foreground, "foreground")
	s.gauge("devices", devices.Background, "background")
}

func desc(name string) *prometheus.Desc {
	if d := describedPush[name]; d != nil {
		return d
	}
	return described[name]
}

// sample is where a scrape's numbers go.
type sample struct{ to chan<- prometheus.Metric }

func (s sample) gauge(name string, v int, labels ...string) {
	s.to <- prometheus.MustNewConstMetric(desc(name), prometheus.GaugeValue, float64(v), labels...)
}

func (s sample) counter(name string, v uint64, labels ...string) {
	s.to <- prometheus.MustNewConstMetric(desc(name), prometheus.CounterValue, float64(v), labels...)
}
