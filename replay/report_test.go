package replay_test

import (
	"strings"
	"testing"
	"time"

	"officermobile/replay"
)

func TestReport(t *testing.T) {
	t.Parallel()
	report := replay.Report{
		From: time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC), Minutes: 240, Speed: 60, Seed: 7, WallS: 241.6,
		Checks:     []replay.Check{{Name: "the log is whole", OK: true, Value: "9 events"}},
		Facts:      []replay.Fact{{Name: "pushes", Value: "3 accepted"}},
		Deliveries: []replay.Delivery{{Receiver: "foreground", Messages: 12, P50MS: 250, P99MS: 61_500}},
	}
	if report.Failed() {
		t.Error("got failed, want not")
	}
	bad := report
	bad.Checks = append(bad.Checks, replay.Check{Name: "rows", Value: "2", Detail: []string{"phone 3 lacks message 4"}})
	if !bad.Failed() {
		t.Error("got not failed, want failed")
	}
	var b strings.Builder
	if _, err := bad.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	want := `240 minutes from 2017-01-01T00:00:00Z at 60 times the speed, seed 7, in 242 s

ok      the log is whole  9 events
FAILED  rows              2

pushes  3 accepted

delivery of messages
receiver    messages  p50    p99
foreground  12        250ms  1m1.5s

rows:
  phone 3 lacks message 4
`
	if got := b.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestRunNeedsWhatItNeeds(t *testing.T) {
	t.Parallel()
	if _, err := replay.Run(t.Context(), replay.Options{}); err == nil {
		t.Error("got no error, want one")
	}
}
