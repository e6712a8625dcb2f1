package faultnet

import (
	"errors"
	"slices"
	"time"
)

// Span is a time without coverage, From included and To not.
type Span struct{ From, To time.Time }

// fatal is the outage that a connection does not survive. A shorter one only delays its bytes; after a longer one the
// radio has a new address or the carrier has forgotten the old one, and nobody tells either end.
const fatal = 5 * time.Second

// Schedule says what a network is like at any time. It doesn't change, and many may read it at once.
type Schedule struct {
	trace  Trace
	origin time.Time
	offset time.Duration // where in the trace origin is
	dead   []Span        // sorted, apart from each other
	end    time.Time     // faults end here; zero for never
	long   []run         // outages of the trace that are fatal
	good   Sample        // after end
}

// run is a stretch of a trace, in seconds from its beginning.
type run struct{ from, to int }

// NewSchedule lays a trace, repeated without end and begun at offset, from origin on, with dead zones added. From end
// on the network is good (zero: it never gets better), so that a rehearsal can check that all comes to rest.
func NewSchedule(t Trace, offset time.Duration, origin, end time.Time, dead []Span) (*Schedule, error) {
	if !t.usable() {
		return nil, errors.New("a schedule needs a trace in which data can flow")
	}
	s := &Schedule{trace: t, origin: origin, offset: offset, end: end, dead: merge(dead)}
	s.good = Sample{DownKbps: 10_000, UpKbps: 5_000, RTT: firstRTT}
	s.long = longRuns(t.Samples)
	return s, nil
}

// merge sorts spans and joins those that touch. Empty ones go.
func merge(spans []Span) []Span {
	sorted := slices.Clone(spans)
	slices.SortFunc(sorted, func(a, b Span) int { return a.From.Compare(b.From) })
	var out []Span
	for _, s := range sorted {
		if !s.To.After(s.From) {
			continue
		}
		if n := len(out); n > 0 && !s.From.After(out[n-1].To) {
			if s.To.After(out[n-1].To) {
				out[n-1].To = s.To
			}
			continue
		}
		out = append(out, s)
	}
	return out
}

// longRuns finds the fatal outages of a trace.
func longRuns(samples []Sample) []run {
	var runs []run
	for from := 0; from < len(samples); from++ {
		to := from
		for to < len(samples) && samples[to].out() {
			to++
		}
		if time.Duration(to-from)*time.Second >= fatal {
			runs = append(runs, run{from, to})
		}
		from = max(from, to)
	}
	return runs
}

// At is the network at a time. In an outage both rates are zero.
func (s *Schedule) At(t time.Time) Sample {
	if s.over(t) {
		return s.good
	}
	sample := s.trace.Samples[s.index(t)]
	if _, dead := s.deadAt(t); dead || sample.out() {
		return Sample{RTT: sample.RTT}
	}
	return sample
}

// Reachable reports whether bytes flow at a time.
func (s *Schedule) Reachable(t time.Time) bool { return !s.At(t).out() }

// Back is when an outage under way at t ends, t itself if there is none.
func (s *Schedule) Back(t time.Time) time.Time {
	for !s.Reachable(t) {
		if to, dead := s.deadAt(t); dead {
			t = to
			continue
		}
		t = s.nextSecond(t)
	}
	return t
}

// Breaks is when the first fatal outage at or after t begins; with t in one, that is t. False if none is to come.
func (s *Schedule) Breaks(t time.Time) (time.Time, bool) {
	if s.over(t) {
		return time.Time{}, false
	}
	first, ok := s.nextLong(t)
	for _, d := range s.dead {
		if !d.To.After(t) || d.To.Sub(d.From) < fatal {
			continue
		}
		if at := later(d.From, t); !ok || at.Before(first) {
			first, ok = at, true
		}
		break
	}
	return first, ok && !s.over(first)
}

// nextLong is the start of the trace's next fatal outage, or t within one.
func (s *Schedule) nextLong(t time.Time) (time.Time, bool) {
	if len(s.long) == 0 {
		return time.Time{}, false
	}
	i := s.index(t)
	second := s.startOfSecond(t)
	for _, r := range s.long {
		if i < r.to {
			return later(second.Add(time.Duration(r.from-i)*time.Second), t), true
		}
	}
	return second.Add(time.Duration(s.long[0].from+len(s.trace.Samples)-i) * time.Second), true
}

func (s *Schedule) over(t time.Time) bool { return !s.end.IsZero() && !t.Before(s.end) }

func (s *Schedule) deadAt(t time.Time) (to time.Time, dead bool) {
	for _, d := range s.dead {
		if t.Before(d.From) {
			break
		}
		if t.Before(d.To) {
			return d.To, true
		}
	}
	return time.Time{}, false
}

// into is how far into the laid-out trace t is. Before origin the trace runs backwards from there.
func (s *Schedule) into(t time.Time) time.Duration { return t.Sub(s.origin) + s.offset }

func (s *Schedule) index(t time.Time) int {
	n := len(s.trace.Samples)
	i := int(floorSeconds(s.into(t))) % n
	return (i + n) % n
}

func (s *Schedule) startOfSecond(t time.Time) time.Time {
	into := s.into(t)
	return t.Add(time.Duration(floorSeconds(into))*time.Second - into)
}

func (s *Schedule) nextSecond(t time.Time) time.Time { return s.startOfSecond(t).Add(time.Second) }

// floorSeconds is d in whole seconds, rounded down also below zero.
func floorSeconds(d time.Duration) int64 {
	n := int64(d / time.Second)
	if d%time.Second < 0 {
		n--
	}
	return n
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
