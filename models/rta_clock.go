package models

import (
	"cmp"
	"slices"
)

// RTAClock is a regulated time as it runs for a task: all that a device needs to draw it without asking. Rule, limit and
// start are fixed when the task enters the status from which it counts, so that a rule which changes later is for what
// begins later; a change of the dispatch's priority or place chooses anew, with the start as it was.
type RTAClock struct {
	Rule    RTAID      `json:"rta"`              // the rule
	Name    string     `json:"name"`             // of the rule when the clock began
	From    TaskStatus `json:"from"`             // the status from which it counts
	To      TaskStatus `json:"to"`               // the status that stops it
	Start   int64      `json:"start"`            // server time when from was entered, milliseconds since 1970
	Limit   int        `json:"limit"`            // seconds
	Stopped int64      `json:"stopped,omitzero"` // when to, or a later status, was entered, milliseconds since 1970; absent while it runs
}

// Colour is that of a clock on a screen.
type Colour string

// The colours.
const (
	Grey   Colour = "grey"   // stopped
	Green  Colour = "green"  // time left
	Yellow Colour = "yellow" // half of the time or more is over
	Red    Colour = "red"    // the time is over; count up
)

// RTAColour is a clock's colour at a time by the server's clock, in milliseconds since 1970. It defines the colours for
// every client; testdata/rta_colours.json has the table that clients test theirs against.
func RTAColour(c RTAClock, nowMS int64) Colour {
	if c.Stopped > 0 {
		return Grey
	}
	left, limit := RTALeft(c, nowMS), int64(c.Limit)*1000
	if left <= 0 {
		return Red
	}
	if left*2 <= limit {
		return Yellow
	}
	return Green
}

// RTALeft is how many milliseconds a clock has left at a time, or had when it stopped; below zero is how long it is over.
// A device's clock that runs behind the server's does not add to the limit.
func RTALeft(c RTAClock, nowMS int64) int64 {
	if c.Stopped > 0 {
		nowMS = c.Stopped
	}
	return int64(c.Limit)*1000 - max(nowMS-c.Start, 0)
}

// RTAFirst is the clock to show where there is room for one: of those that run, the one that is over first. False if
// none runs.
func RTAFirst(clocks []RTAClock) (RTAClock, bool) {
	var least RTAClock
	found := false
	for _, c := range clocks {
		if c.Stopped == 0 && (!found || RTALeft(c, c.Start)+c.Start < RTALeft(least, least.Start)+least.Start) {
			least, found = c, true
		}
	}
	return least, found
}

// enter moves a task to a status. Clocks that count to it, or to a status that was passed over, stop; those that count
// from it, or from one that was passed over, start. A task that falls back loses what it had reached: a clock that counts
// from a later status goes, one that had been stopped and counts again starts anew, and one that still runs goes on.
func (s *State) enter(t *Task, status TaskStatus, at Micros) {
	since := t.Status + 1
	if status <= t.Status { // it is new, or falls back
		since = status
		t.Clocks = slices.DeleteFunc(slices.Clone(t.Clocks), func(c RTAClock) bool {
			return c.From > status || c.Stopped > 0 && c.To > status
		})
	}
	for i := range t.Entered {
		if st := TaskStatus(i); st >= since {
			t.Entered[i] = 0
			if st <= status {
				t.Entered[i] = at
			}
		}
	}
	t.Status, t.Moved = status, at
	t.Clocks = slices.Clone(t.Clocks)
	for i := range t.Clocks {
		if c := &t.Clocks[i]; c.Stopped == 0 && c.To <= status {
			c.Stopped = at.Millis()
		}
	}
	s.wind(t, since)
}

// wind starts the clocks of a task that count from a status at or after since, and run now.
func (s *State) wind(t *Task, since TaskStatus) {
	facts := &s.dispatches[t.Dispatch].Facts
	for from := since; from <= t.Status; from++ {
		for to := t.Status + 1; to <= TaskCleared; to++ {
			r := s.rule(from, to, facts)
			if r == nil || t.Entered[from] == 0 || slices.ContainsFunc(t.Clocks, func(c RTAClock) bool { return c.From == from && c.To == to }) {
				continue
			}
			t.Clocks = append(t.Clocks, RTAClock{Rule: r.ID, Name: r.Name, From: from, To: to, Start: t.Entered[from].Millis(), Limit: r.Seconds})
		}
	}
	slices.SortFunc(t.Clocks, func(a, b RTAClock) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
}

// rewind chooses anew which rules the running clocks of a task follow, after what old says of its dispatch has changed;
// it reports whether that made a difference.
func (s *State) rewind(t *Task, old *Facts) bool {
	now := &s.dispatches[t.Dispatch].Facts
	if now.Priority == old.Priority && now.Location == old.Location && now.IndoorLocation == old.IndoorLocation {
		return false
	}
	before := t.Clocks
	t.Clocks = slices.DeleteFunc(slices.Clone(before), func(c RTAClock) bool { return c.Stopped == 0 })
	s.wind(t, TaskUnassignedStatus)
	for i := range t.Clocks {
		for _, c := range before {
			if c.From == t.Clocks[i].From && c.To == t.Clocks[i].To {
				t.Clocks[i].Start = c.Start
			}
		}
	}
	return !slices.Equal(t.Clocks, before)
}
