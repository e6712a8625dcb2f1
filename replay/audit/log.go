// Package audit compares, at the end of a rehearsal, what devices hold and what they were told with the agency's log.
// What a user may see is computed here from the log alone, so that a server that is wrong in both its deltas and its
// full passes is found out too.
package audit

import (
	"fmt"

	"officermobile/models"
	"officermobile/models/proof"
	"officermobile/models/record"
)

// Log is an agency's log, read and proven.
type Log struct {
	Proof    proof.Report
	State    *models.State
	Rows     map[models.ConversationID][]*models.Entry // every timeline from its first row
	Commands map[CommandKey]Decided                    // numbered ones
	Problems []string                                  // what no log may have
}

// CommandKey names a numbered command of a device.
type CommandKey struct {
	Device models.DeviceID
	Lane   models.Lane
	Num    uint64
}

// Decided is what the log says of a command.
type Decided struct {
	ID      models.CommandID
	Outcome models.Outcome
	Times   int // more than one is a command that took effect again
}

// Read walks a log from its first batch and proves it. each, which may be nil, is shown every event and the state just
// after it. The error is the chain's or the reader's.
func Read(read func(after record.Seq) ([]record.Batch, error), each func(*models.State, models.Event)) (*Log, error) {
	r := reader{
		log:  &Log{Rows: map[models.ConversationID][]*models.Entry{}, Commands: map[CommandKey]Decided{}},
		now:  models.NewState(),
		each: each,
		made: map[models.MessageID]bool{},
	}
	var err error
	r.log.Proof, r.log.State, err = proof.Walk(read, r.event)
	if err == nil {
		err = r.err
	}
	return r.log, err
}

type reader struct {
	log  *Log
	now  *models.State // a fold of its own, for each
	each func(*models.State, models.Event)
	last CommandKey // of the event before; zero: none
	made map[models.MessageID]bool
	err  error
}

func (r *reader) event(e models.Event) {
	if err := models.Apply(r.now, e); err != nil && r.err == nil {
		r.err = err // the walk fails on it, too
		return
	}
	r.command(e)
	r.row(e)
	if r.each != nil {
		r.each(r.now, e)
	}
}

// command counts a numbered command once for each run of its events.
func (r *reader) command(e models.Event) {
	key := CommandKey{e.Device, e.Lane, e.Num}
	if e.Num == 0 {
		key = CommandKey{}
	}
	again := key == r.last
	r.last = key
	if e.Num == 0 {
		return
	}
	d, known := r.log.Commands[key]
	if !known && e.Num > 1 {
		if _, before := r.log.Commands[CommandKey{e.Device, e.Lane, e.Num - 1}]; !before {
			r.problem(e, "command %d of lane %d follows on none", e.Num, e.Lane)
		}
	}
	if known && d.ID != e.Command {
		r.problem(e, "command %d of lane %d was two commands", e.Num, e.Lane)
	}
	if !again {
		d.Times++
	}
	d.ID, d.Outcome = e.Command, models.Applied
	if o, ok := e.Body.(*models.OutcomeNoted); ok {
		d.Outcome = o.Outcome
	}
	r.log.Commands[key] = d
}

// row keeps a timeline's row, whose numbers are dense from 1 and whose message is written once.
func (r *reader) row(e models.Event) {
	entry, ok := models.RowOf(e)
	if !ok || entry.N == 0 {
		return
	}
	rows := r.log.Rows[entry.Conversation]
	if int(entry.N) != len(rows)+1 {
		r.problem(e, "row %d of a conversation follows on row %d", entry.N, len(rows))
	}
	if m, ok := e.Body.(*models.MessagePosted); ok {
		if r.made[m.ID] {
			r.problem(e, "a message is there twice")
		}
		r.made[m.ID] = true
	}
	r.log.Rows[entry.Conversation] = append(rows, &entry)
}

func (r *reader) problem(e models.Event, format string, args ...any) {
	r.log.Problems = append(r.log.Problems, fmt.Sprintf("event %d (%s): ", e.Seq, e.Body.EventType())+fmt.Sprintf(format, args...))
}
