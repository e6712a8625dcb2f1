// Package calls reads the calls of a computer-aided dispatch system from a CSV file: one row for each unit on a call,
// or one row a call where the city publishes no units. docs/REPLAY.md names the columns; their order is free, unknown
// ones are ignored, and the defects that such files have (a blank district, a time that is missing or out of order)
// are mended rather than refused. What can't be mended is refused with its line.
package calls

import "time"

// Priority is how pressing a call is, in the words of a dispatch.
type Priority string

// The priorities.
const (
	High   Priority = "high"
	Medium Priority = "medium"
	Low    Priority = "low"
)

// Call is one call for service and the units that were sent to it.
type Call struct {
	ID       string
	Type     string // call category, such as "Structure Fire"
	Priority Priority
	Location string
	Lat, Lon float64 // degrees; meaningful only with Located
	Located  bool
	District string // "" where the file names none
	Received time.Time
	Units    []Unit // in the order of the file, at least one
}

// Unit is one unit's part in a call. A zero time is a step that was not recorded; of those that were, none is before
// the one that precedes it, nor Dispatched before the call was received.
type Unit struct {
	CallSign   string // "" where the file names no units
	Dispatched time.Time
	OnRoute    time.Time
	OnScene    time.Time
	Cleared    time.Time // zero: still under way when the file was made
}

// Span is the time that a file covers: the first and the last receipt of a call.
type Span struct{ First, Last time.Time }

// SpanOf is the span of some calls, zero for none.
func SpanOf(calls []Call) Span {
	var s Span
	for _, c := range calls {
		if s.First.IsZero() || c.Received.Before(s.First) {
			s.First = c.Received
		}
		if c.Received.After(s.Last) {
			s.Last = c.Received
		}
	}
	return s
}

// String is the span in words, as an error names it.
func (s Span) String() string {
	if s.First.IsZero() {
		return "no call at all"
	}
	return s.First.Format(time.RFC3339) + " to " + s.Last.Format(time.RFC3339)
}

// maxOpen is how long a unit without a clearing time counts as still busy: a feed's forgotten rows would otherwise
// run for ever. It is the longest shift that agencies work.
const maxOpen = 12 * time.Hour

// RunsIn reports whether the call has anything to show from from until before to: it is received then, or some unit
// is still on it.
func (c Call) RunsIn(from, to time.Time) bool {
	if !c.Received.Before(to) {
		return false
	}
	if !c.Received.Before(from) {
		return true
	}
	for _, u := range c.Units {
		end := u.Cleared
		if end.IsZero() {
			end = u.Dispatched.Add(maxOpen)
		}
		if end.After(from) {
			return true
		}
	}
	return false
}
