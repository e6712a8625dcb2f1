package bench

import (
	"context"
	"time"

	"officermobile/models"
)

// What the tests need from within.
var (
	ParseCPU = parseCPU
	Marks    = marks
	Request  = request
)

// ParseMemory reads resident and private bytes.
func ParseMemory(status string) (resident, private int64, err error) {
	m, err := parseMemory([]byte(status))
	return m.Resident, m.Private, err
}

// Mark writes and Elapsed reads a stopwatch that began at began.
func Mark(began time.Time) []byte { return stopwatch{began}.mark(nil) }

// Echo is a load's result against an address.
func Echo(ctx context.Context, address string, senders int, last time.Duration, check func(status int, body string) error) (count int, err error) {
	raw := request(nil, "POST", address, "/", []byte(`{"a":1}`))
	l := load{address: address, senders: senders, last: last,
		next:  func(_ int, buf []byte) []byte { return append(buf, raw...) },
		check: func(_ int, a answer) error { return check(a.status, string(a.body)) },
	}
	r, err := l.run(ctx)
	if r == nil {
		return 0, err
	}
	return r.count, err
}

// Ask is one request on a connection of its own, its body unpacked.
func Ask(ctx context.Context, address string, raw []byte) (status int, body string, in int64, err error) {
	a, in, err := ask(ctx, address, raw)
	if err != nil {
		return 0, "", in, err
	}
	text, err := a.plain()
	return a.status, string(text), in, err
}

// Listen opens a stream.
func Listen(ctx context.Context, address, path string, heard func(time.Duration)) (closeStream func(), err error) {
	s, err := openStream(ctx, address, request(nil, "GET", address, path, nil), stopwatch{time.Now()}, heard)
	if err != nil {
		return nil, err
	}
	return s.close, nil
}

// Add enters a figure.
func (r *Report) Add(scenario, figure string, ours, baseline float64) {
	r.add(scenario, figure, ours, baseline)
}

// NewReport is an empty report.
func NewReport(at time.Time) *Report { return &Report{At: at, Processors: 2, Platform: "test"} }

// Texts are n texts of a seed, and one of exact length.
func Texts(seed uint64, n, exact int) ([]string, string) {
	w := newWriter(seed)
	all := make([]string, n)
	for i := range all {
		all[i] = w.text()
	}
	return all, w.exact(exact)
}

// NewMessageID mints an id.
func NewMessageID() models.MessageID { return newID[models.MessageID]() }
