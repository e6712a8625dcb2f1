package models

import (
	"cmp"
	"slices"
	"strings"
)

// RTA, regulated time to act: how long a task may take from one status to another. Where several rules are of the same
// span, the one for an indoor location goes before one for a location, that before one for a priority, that before one
// for all; among equals the shortest.

// RTARule is a rule as administrators write it.
type RTARule struct {
	ID      RTAID      `json:"id"`
	Name    string     `json:"name" doc:"What people call it, such as 'on scene within eight minutes'."`
	From    TaskStatus `json:"from" doc:"The clock starts when a task enters this status; not cleared."`
	To      TaskStatus `json:"to" doc:"It stops when the task enters this status or a later one; later than from."`
	Seconds int        `json:"seconds" minimum:"1" maximum:"86400"`
	Match   RTAMatch   `json:"match" doc:"Which dispatches it is for: all that is named must be so; empty: all dispatches."`
}

// RTAMatch says which dispatches a rule is for. Places are compared without case and blanks around.
type RTAMatch struct {
	Priority       Priority `json:"priority,omitzero"`        // absent: any
	Location       string   `json:"location,omitzero"`        // absent: any
	IndoorLocation string   `json:"indoor_location,omitzero"` // absent: any
}

// RTA is a rule of the agency.
type RTA struct {
	RTARule
	Rev uint32 `json:"rev"`
}

// Bounds of rules.
const (
	maxRTASeconds = 24 * 60 * 60 // a day: what may take longer is no matter for a clock
	maxRTAs       = 200          // rules of an agency; each change of a task looks at all of them
)

func (r *RTARule) check() error {
	if !r.spans() {
		return Invalid("to", "is a later status than from")
	}
	m := &r.Match
	if m.Priority != "" && !m.Priority.known() {
		return Invalid("match.priority", "is high, medium or low")
	}
	return first(needName("name", r.Name), between("seconds", r.Seconds, 1, maxRTASeconds),
		mayName("match.location", m.Location), mayName("match.indoor_location", m.IndoorLocation))
}

func (r *RTARule) spans() bool { return r.From < r.To && r.To <= TaskCleared }

// of reports whether a dispatch with these facts is one that the match is for.
func (m *RTAMatch) of(f *Facts) bool {
	return (m.Priority == "" || m.Priority == f.Priority) &&
		(m.Location == "" || samePlace(m.Location, f.Location)) &&
		(m.IndoorLocation == "" || samePlace(m.IndoorLocation, f.IndoorLocation))
}

func samePlace(a, b string) bool {
	return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}

// rank is how particular a match is; the greater goes first.
func (m *RTAMatch) rank() int {
	switch {
	case m.IndoorLocation != "":
		return 3
	case m.Location != "":
		return 2
	case m.Priority != "":
		return 1
	}
	return 0
}

// before orders rules of one span by which of them counts.
func (r *RTA) before(other *RTA) int {
	return cmp.Or(
		cmp.Compare(other.Match.rank(), r.Match.rank()),
		cmp.Compare(r.Seconds, other.Seconds),
		compareIDs(r.ID, other.ID),
	)
}

// PutRTA makes or changes a rule of regulated time to act. Clocks that run keep the limit that they began with.
type PutRTA struct {
	RTARule
}

// CommandType is the name on the wire.
func (*PutRTA) CommandType() string { return "rta.put" }

func (b *PutRTA) decide(s *State, c Command) ([]EventBody, error) {
	if err := first(s.mustAdminister(c), needID("id", b.ID), s.unused(b.ID.UUID()), b.check()); err != nil {
		return nil, err
	}
	old := s.rtas[b.ID]
	if old == nil && len(s.rtas) >= maxRTAs {
		return nil, errTooMany
	}
	if old != nil && old.RTARule == b.RTARule {
		return nil, nil
	}
	return []EventBody{&RTAPut{b.RTARule}}, nil
}

func (b *PutRTA) revOf(s *State) uint32 {
	return revOf(s.rtas[b.ID], func(r *RTA) uint32 { return r.Rev })
}

// errTooMany refuses one thing more than an agency can have of its kind.
var errTooMany = Refuse(KindConflict, "too_many", "The agency has as many of these as it can have.")

// RTAPut carries a rule.
type RTAPut struct {
	RTARule
}

// EventType is the name in the log.
func (*RTAPut) EventType() string { return "rta.put" }

func (b *RTAPut) apply(s *State, _ Event) {
	if !b.spans() || b.Seconds <= 0 || b.ID.IsZero() { // no more than clocks need: other bounds may change, and the log stays
		return
	}
	r := RTA{RTARule: b.RTARule, Rev: 1}
	if old := s.rtas[b.ID]; old != nil {
		r.Rev = old.Rev + 1
	}
	s.rtas[b.ID] = &r
	s.touch(DirectoryScope(s.Agency.ID), Row{RowRTA, b.ID.UUID()}, r.Rev, false)
}

// rule is the one that counts for a span of a dispatch with these facts, nil for none.
func (s *State) rule(from, to TaskStatus, f *Facts) *RTA {
	var best *RTA
	for _, r := range s.rtas {
		if r.From == from && r.To == to && r.Match.of(f) && (best == nil || r.before(best) < 0) {
			best = r
		}
	}
	return best
}

// RTA returns a rule.
func (s *State) RTA(id RTAID) *RTA { return s.rtas[id] }

// RTAs returns all rules by id.
func (s *State) RTAs() []*RTA { return sorted(s.rtas) }

// known reports whether p is one of the priorities.
func (p Priority) known() bool { return slices.Contains([]Priority{High, Medium, Low}, p) }
