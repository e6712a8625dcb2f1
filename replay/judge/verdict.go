package judge

import (
	"slices"
	"time"

	"officermobile/models"
)

// Verdict is whether a push was owed.
type Verdict uint8

// The verdicts.
const (
	NotOwed   Verdict = iota // somebody looked at the device, and it confirmed in time
	Owed                     // nobody looked, or the device did not confirm in time
	Overtaken                // it was owed, but read, answered or fetched before a push could have come: both are right
	Unclear                  // too close to a deadline to tell: both are right
	Blind                    // the server was killed and had yet to hear of the device: both are right
)

// String is the verdict in words.
func (v Verdict) String() string {
	return [...]string{"not owed", "owed", "overtaken", "unclear", "blind"}[v]
}

// Judge says whether a device had to be rung about a call.
func (r Rules) Judge(d Device, c Call) Verdict {
	deadline := c.Posted.Add(r.Patience[c.Class])
	foreground, away := r.mayBe(d, c.Posted)
	until, blind := r.blind(d, c.Posted.Add(-r.Margin), deadline.Add(r.Margin))
	sure, maybe := r.confirmed(d, c.Has)
	left := d.mayLeave(c.Posted.Add(-r.Margin), deadline)
	if foreground && !away && !left && !sure.IsZero() && !sure.After(deadline.Add(-r.Skew)) {
		if blind {
			return Blind
		}
		if r.silent(d, c, sure) {
			return Overtaken
		}
		return NotOwed
	}
	due := deadline
	if !foreground {
		due = c.Posted
	}
	end := r.entered(d, c, due.Add(r.Grace))
	if blind {
		end = later(end, until.Add(r.Patience[c.Class]+r.Grace))
	}
	switch {
	case !c.Released.IsZero() && !c.Released.After(end):
		return Overtaken
	case maybe.IsZero() || maybe.After(end):
		return Owed
	case blind:
		return Blind
	case foreground && !left && !maybe.After(deadline.Add(r.Margin)):
		return Unclear
	}
	return Overtaken
}

// silent reports that the server may have given up waiting for the device before it confirmed a call: it had let the wait
// of another call run out, and was not heard since.
func (r Rules) silent(d Device, c Call, confirmed time.Time) bool {
	oldest := c.Posted.Add(-r.Lease - r.Patience[Message] - 2*r.Margin) // who is not heard for its lease is not in the foreground
	for _, o := range d.Calls {
		over := o.Posted.Add(r.Patience[o.Class])
		if o.Seq == c.Seq || o.Posted.Before(oldest) || over.After(confirmed.Add(r.Margin)) {
			continue
		}
		sure, _ := r.confirmed(d, o.Has)
		inTime := !sure.IsZero() && !sure.After(over.Add(-r.Skew))
		if !inTime && !r.heard(d, over.Add(r.Margin), c.Posted.Add(-r.Margin)) {
			return true
		}
	}
	return false
}

// heard reports that the server surely heard of the device between two times.
func (r Rules) heard(d Device, from, to time.Time) bool {
	return slices.ContainsFunc(d.Exchanges, func(x Exchange) bool {
		at, ok := x.sure(r.Margin)
		return ok && x.Arrived.After(from) && at.Before(to)
	})
}

// entered moves the end of what was due on, if the device was taken out before: then it is given its time to be shown
// what came.
func (r Rules) entered(d Device, c Call, end time.Time) time.Time {
	var before Exchange
	for _, x := range d.Exchanges {
		if x.Report <= before.Report || x.Refused || x.Arrived.IsZero() {
			continue
		}
		lapsed := before.State != models.Foreground || x.Arrived.Sub(before.Arrived) > r.Lease-r.Margin
		if x.State == models.Foreground && lapsed && !x.Arrived.Before(c.Posted) && !x.Arrived.After(end) {
			end = later(end, x.Arrived.Add(r.Patience[c.Class]+r.Margin+r.Grace))
		}
		before = x
	}
	return end
}

// Ring is a push that a provider accepted.
type Ring struct {
	ID   string
	At   time.Time
	Call int // of the calls of its slot, the one that it was first made for
}

// Finding is something to tell of a slot.
type Finding struct {
	Kind FindingKind
	Call int // of the slot's calls
	Ring int // of the slot's rings, if Unowed
}

// FindingKind is what is to be told.
type FindingKind uint8

// The kinds of findings: two faults, and a doubt.
const (
	Missing  FindingKind = iota // owed, and no provider accepted a push
	Unowed                      // a push that nothing owed
	Doubtful                    // the verdict is Unclear
)

// Slot is one thing on one device, such as a conversation: what came of it, and the pushes that were accepted for it,
// both in order.
type Slot struct {
	Device Device
	Calls  []Call
	Rings  []Ring
}

// Tally counts verdicts, and pushes.
type Tally struct {
	Verdicts [Blind + 1]int
	Rings    int
	Repeats  int // of one notification id: the device shows it once
	Missing  int // owed, and no provider accepted one
	Unowed   int // accepted, and nothing owed it
}

// Add sums up.
func (t *Tally) Add(o Tally) {
	for i, n := range o.Verdicts {
		t.Verdicts[i] += n
	}
	t.Rings += o.Rings
	t.Repeats += o.Repeats
	t.Missing += o.Missing
	t.Unowed += o.Unowed
}

// Judged is how many verdicts there are.
func (t Tally) Judged() int {
	n := 0
	for _, v := range t.Verdicts {
		n += v
	}
	return n
}

// Slot judges a slot.
func (r Rules) Slot(s Slot) (Tally, []Finding) {
	var t Tally
	var found []Finding
	verdicts := make([]Verdict, len(s.Calls))
	for i, c := range s.Calls {
		verdicts[i] = r.Judge(s.Device, c)
		t.Verdicts[verdicts[i]]++
		switch {
		case verdicts[i] == Owed && !r.rung(s, c):
			t.Missing++
			found = append(found, Finding{Kind: Missing, Call: i})
		case verdicts[i] == Unclear:
			found = append(found, Finding{Kind: Doubtful, Call: i})
		}
	}
	seen := map[string]bool{}
	for i, ring := range s.Rings {
		t.Rings++
		if seen[ring.ID] {
			t.Repeats++
			continue
		}
		seen[ring.ID] = true
		if !r.justified(s, i, verdicts) {
			t.Unowed++
			found = append(found, Finding{Kind: Unowed, Call: ring.Call, Ring: i})
		}
	}
	return t, found
}

// rung reports a ring that tells of a call: any of its slot after it was posted, since a ring is about the newest.
func (r Rules) rung(s Slot, c Call) bool {
	for _, ring := range s.Rings {
		if !ring.At.Before(c.Posted.Add(-r.Margin)) {
			return true
		}
	}
	return false
}

// justified reports a call for which a ring was right: one that had not rung before and was not over when it rang.
func (r Rules) justified(s Slot, i int, verdicts []Verdict) bool {
	ring := s.Rings[i]
	for k, c := range s.Calls {
		if verdicts[k] == NotOwed || c.Posted.After(ring.At.Add(r.Margin)) {
			continue
		}
		told := k < ring.Call && r.rung(Slot{Rings: s.Rings[:i]}, c)
		if !told && !r.over(s.Device, c, ring.At) {
			return true
		}
	}
	return false
}

// over reports that a call was no longer worth a ring at a time, and that the server knew.
func (r Rules) over(d Device, c Call, at time.Time) bool {
	if _, blind := r.blind(d, c.Posted, at); blind {
		return false
	}
	known := c.Released
	if shown := r.shown(d, c.Has); !shown.IsZero() {
		known = earliest(known, shown)
	}
	return !known.IsZero() && at.After(known.Add(r.Grace))
}
