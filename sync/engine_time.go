package sync

import (
	"context"
	"time"

	"officermobile/models"
	"officermobile/models/record"
)

// doDue gives the system's commands whose time has come. Every node does; the first event wins and the others find that
// all is so already.
func (e *engine) doDue(ctx context.Context) {
	now := e.opts.Clock.Now()
	if e.due.IsZero() || now.Before(e.due) || e.state.Seq == 0 || e.Halted() != nil {
		return
	}
	bodies, next := e.state.Due(models.Micros(now.UnixMicro()))
	e.due = time.Time{}
	if next > 0 {
		e.due = time.UnixMicro(int64(next)).UTC()
	}
	if seq, ok := e.floor.raise(e.chain, e.state.Floor()); ok {
		bodies = append(bodies, &models.RaiseFloor{Floor: seq})
	}
	for len(bodies) > 0 && ctx.Err() == nil {
		n := min(len(bodies), record.MaxEvents)
		jobs := make([]*job, n)
		for i := range jobs {
			jobs[i] = &job{cmd: models.Command{Body: bodies[i]}}
		}
		bodies = bodies[n:]
		e.run(ctx, jobs)
	}
}

// progressed sees to what follows from events now and then.
func (e *engine) progressed(events int) {
	soon := e.opts.Clock.Now().Add(dueGap)
	if e.due.IsZero() || soon.Before(e.due) {
		e.due = soon
	}
	e.floor.note(e.chain)
	e.snaps.events += events
}

// floorPolicy decides how far back a token may lie: what was removed before is forgotten, so that tombstones don't
// grow with history.
type floorPolicy struct {
	events record.Seq    // that stay above the floor at least
	age    time.Duration // that they have at least
	marks  []floorMark
}

// floorMark is a position that may become the floor, and its time.
type floorMark struct {
	Seq record.Seq `json:"seq"`
	At  int64      `json:"at"` // microseconds since 1970
}

// maxFloorMarks bounds the list; when it is full, every other mark goes.
const maxFloorMarks = 512

// note marks a position now and then.
func (p *floorPolicy) note(end record.Chain) {
	if n := len(p.marks); n > 0 && end.Seq < p.marks[n-1].Seq+max(p.events/8, 1) {
		return
	}
	if len(p.marks) == maxFloorMarks {
		for i := range maxFloorMarks / 2 {
			p.marks[i] = p.marks[2*i]
		}
		p.marks = p.marks[:maxFloorMarks/2]
	}
	p.marks = append(p.marks, floorMark{end.Seq, end.At})
}

// raise is the newest mark that is old and deep enough, if it lies above the floor. Time is the log's.
func (p *floorPolicy) raise(end record.Chain, floor record.Seq) (seq record.Seq, ok bool) {
	for len(p.marks) > 0 && p.marks[0].Seq+p.events <= end.Seq && p.marks[0].At+p.age.Microseconds() <= end.At {
		seq = p.marks[0].Seq
		p.marks = p.marks[1:]
	}
	return seq, seq > floor
}
