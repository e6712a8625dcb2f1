package faultnet_test

import (
	"slices"
	"testing"
	"time"

	"officermobile/replay/faultnet"
)

var origin = time.Date(2026, 3, 6, 20, 0, 0, 0, time.UTC)

func after(seconds float64) time.Time {
	return origin.Add(time.Duration(seconds * float64(time.Second)))
}

// steady is a trace of so many seconds at 800 kbit/s, 100 kB a second, both ways, with 100 ms of round trip, and zero
// at the seconds given.
func steady(seconds int, out ...int) faultnet.Trace {
	t := faultnet.Trace{Name: "steady"}
	for i := range seconds {
		s := faultnet.Sample{DownKbps: 800, UpKbps: 800, RTT: 100 * time.Millisecond}
		if slices.Contains(out, i) {
			s.DownKbps = 0
		}
		t.Samples = append(t.Samples, s)
	}
	return t
}

func schedule(t *testing.T, trace faultnet.Trace, offset time.Duration, end time.Time, dead ...faultnet.Span) *faultnet.Schedule {
	t.Helper()
	s, err := faultnet.NewSchedule(trace, offset, origin, end, dead)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestReachable(t *testing.T) {
	t.Parallel()
	dead := []faultnet.Span{{From: after(300), To: after(400)}, {From: after(200), To: after(320)}, {From: after(50), To: after(50)}}
	s := schedule(t, steady(100, 10, 11), 5*time.Second, after(1000), dead...)
	tests := []struct {
		at   float64
		want bool
		back float64
	}{
		{0, true, 0},
		{5, false, 7}, // second 10 of the trace
		{6.5, false, 7},
		{7, true, 7},
		{50, true, 50},
		{106, false, 107}, // the trace again
		{199.9, true, 199.9},
		{200, false, 400}, // two dead zones that overlap
		{319, false, 400},
		{400, true, 400},
		{905, false, 907},
		{1005, true, 1005}, // faults are over
		{-94.5, false, -93},
	}
	for _, test := range tests {
		if got := s.Reachable(after(test.at)); got != test.want {
			t.Errorf("at %v: reachable %v, want %v", test.at, got, test.want)
		}
		if got := s.Back(after(test.at)); !got.Equal(after(test.back)) {
			t.Errorf("at %v: back at %v, want %v", test.at, got.Sub(origin), test.back)
		}
	}
}

func TestBreaks(t *testing.T) {
	t.Parallel()
	long := steady(100, 10, 11, 40, 41, 42, 43, 44)
	dead := faultnet.Span{From: after(320), To: after(400)}
	blink := faultnet.Span{From: after(260), To: after(262)}
	tests := []struct {
		name  string
		trace faultnet.Trace
		end   time.Time
		at    float64
		want  float64 // -1 for never
	}{
		{"next long run of the trace", long, time.Time{}, 0, 40},
		{"within it", long, time.Time{}, 42.5, 42.5},
		{"after it, in the next round", long, time.Time{}, 45, 140},
		{"a dead zone that comes first", long, time.Time{}, 245, 320},
		{"within a dead zone", long, time.Time{}, 330, 330},
		{"short ones are none", steady(100, 10), time.Time{}, 0, 320},
		{"nothing to come", steady(100, 10), time.Time{}, 400, -1},
		{"faults end before", long, after(30), 0, -1},
		{"faults are over", long, after(30), 50, -1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, ok := schedule(t, test.trace, 0, test.end, dead, blink).Breaks(after(test.at))
			if !ok {
				got = after(-1)
			}
			if !got.Equal(after(test.want)) {
				t.Errorf("breaks at %v, want %v", got.Sub(origin), test.want)
			}
		})
	}
}

func TestScheduleNeedsATrace(t *testing.T) {
	t.Parallel()
	for _, trace := range []faultnet.Trace{{}, steady(2, 0, 1)} {
		if _, err := faultnet.NewSchedule(trace, 0, origin, time.Time{}, nil); err == nil {
			t.Errorf("a schedule of %v was made", trace)
		}
	}
}
