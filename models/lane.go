package models

import (
	"slices"

	"officermobile/models/record"
)

// Outcome is what became of a numbered command.
type Outcome string

// The outcomes. Forgotten and fork are never recorded: they answer a number that is too old, or used twice.
const (
	Applied    Outcome = "applied"
	Superseded Outcome = "superseded" // it came too late: what it changes has changed since
	Rejected   Outcome = "rejected"   // with a code
	Forgotten  Outcome = "forgotten"  // executed once, long ago; the answer isn't kept
	Fork       Outcome = "fork"       // another command has this number: the phone was restored from a backup
)

// Result is the durable answer to a numbered command.
type Result struct {
	Num     uint64     `json:"num"`           // the command's number in its lane
	Outcome Outcome    `json:"outcome"`       // what became of it, for good
	Code    Code       `json:"code,omitzero"` // of a refusal
	ID      CommandID  `json:"-"`
	Seq     record.Seq `json:"-"` // of the command's last event
}

// resultsKept is how many results of a lane can be asked again: more than a request carries (50), so that an answer
// lost with its connection is always still there.
const resultsKept = 64

type laneKey struct {
	Device DeviceID
	Lane   Lane
}

// laneState is a ring of the newest results: number n lies at (n-1) % resultsKept. Unlike an entity it is changed in
// place, for it changes with every command.
type laneState struct {
	Last    uint64
	Results []Result
}

func (l *laneState) clone() *laneState {
	return &laneState{Last: l.Last, Results: slices.Clone(l.Results)}
}

// LastNum is the number of a lane's last decided command, 0 for none.
func (s *State) LastNum(d DeviceID, l Lane) uint64 {
	if k := s.lanes[laneKey{d, l}]; k != nil {
		return k.Last
	}
	return 0
}

// ResultOf answers a number that a lane has already decided. ok is false for a number beyond the last.
func (s *State) ResultOf(d DeviceID, l Lane, num uint64, id CommandID) (Result, bool) {
	k := s.lanes[laneKey{d, l}]
	if k == nil || num > k.Last || num == 0 {
		return Result{}, false
	}
	r := k.Results[(num-1)%resultsKept]
	if r.Num != num {
		return Result{Num: num, Outcome: Forgotten}, true
	}
	if r.ID != id {
		return Result{Num: num, Outcome: Fork}, true
	}
	return r, true
}

// noteLane records that a numbered command was decided. All events of a command lie in one batch; the last one's
// position stands for all.
func (s *State) noteLane(e Event) {
	if e.Num == 0 || e.Lane >= lanes {
		return
	}
	key := laneKey{e.Device, e.Lane}
	l := s.lanes[key]
	if l == nil {
		l = &laneState{}
		s.lanes[key] = l
	}
	if e.Num != l.Last && e.Num != l.Last+1 {
		return // no log that this program wrote has such a gap
	}
	r := Result{Num: e.Num, Outcome: Applied, ID: e.Command, Seq: e.Seq}
	if o, ok := e.Body.(*OutcomeNoted); ok {
		r.Outcome, r.Code = o.Outcome, o.Code
	}
	l.Last = e.Num
	i := int((e.Num - 1) % resultsKept)
	if i < len(l.Results) {
		l.Results[i] = r
		return
	}
	l.Results = append(l.Results, r)
}

// OutcomeNoted is the event of a numbered command that changed nothing: refused, too late, or all was so already.
type OutcomeNoted struct {
	Outcome Outcome `json:"outcome"`
	Code    Code    `json:"code,omitzero"`
}

// EventType is the name in the log.
func (*OutcomeNoted) EventType() string   { return "outcome" }
func (*OutcomeNoted) apply(*State, Event) {}

// OutcomeOf is the event to record for a numbered command that Decide answered with err, or with no event.
func OutcomeOf(err error) *OutcomeNoted {
	e := AsError(err)
	switch {
	case err == nil:
		return &OutcomeNoted{Outcome: Applied}
	case e == nil:
		return &OutcomeNoted{Outcome: Rejected, Code: "internal"}
	case e.Code == CodeSuperseded:
		return &OutcomeNoted{Outcome: Superseded, Code: e.Code}
	}
	return &OutcomeNoted{Outcome: Rejected, Code: e.Code}
}

// CodeSuperseded is the code of a refusal because the command came too late.
const CodeSuperseded Code = "superseded"

// errSuperseded says that what the command changes has changed since its base.
var errSuperseded = Refuse(KindConflict, CodeSuperseded, "This came too late: it has changed since.")
