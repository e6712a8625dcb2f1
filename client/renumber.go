package client

import (
	"officermobile/models"
	"officermobile/models/wire"
)

// Codes of a lane that other numbers mend, not waiting.
const (
	codeGap   models.Code = "gap"   // numbers before the first that was sent are missing at the server
	codeWaits models.Code = "waits" // lane 0 of the same request could not be taken
)

// behind are the lanes in which the server expects a number below the first that was sent: it was restored from a
// backup, or commands were discarded here. What is unsent takes the numbers that it wants. mu is held.
func behind(sent map[string]wire.LaneQueue, answers map[string]wire.LaneAnswer) map[models.Lane]uint64 {
	next := map[models.Lane]uint64{}
	for lane := range models.Lane(lanes) {
		q, asked := sent[laneName(lane)]
		a, answered := answers[laneName(lane)]
		if asked && answered && a.Code == codeGap && len(a.Results) == 0 && a.Next > 0 && a.Next < q.First {
			next[lane] = a.Next
		}
	}
	return next
}

// renumber gives the undecided commands of some lanes the numbers from next on, in their order. Their ids stay: they
// are the same commands. mu is held.
func (d *Device) renumber(meta *Meta, next map[models.Lane]uint64) Change {
	var c Change
	for lane, num := range next {
		for _, e := range d.outbox {
			if e.Lane != lane || e.Outcome != "" {
				continue
			}
			c.DeleteEntries = append(c.DeleteEntries, e.EntryKey)
			e.Num = num
			num++
			c.PutEntries = append(c.PutEntries, e)
		}
		meta.Lanes[lane].Last = num - 1
		meta.Lanes[lane].Done = min(meta.Lanes[lane].Done, next[lane]-1)
	}
	return c
}

// forked is the change by which the device becomes another one: this is a phone restored from a backup, and the one
// that it was copied from has gone on. What is undecided is sent again under a new id with numbers from 1; what was
// executed before brings the same things forth again, by the ids that it carries. The session belonged to the old
// device. The rows stay until the full pass of the new one replaces them. mu is held.
func (d *Device) forked() Change {
	meta := d.meta.clone()
	c := d.renumber(&meta, map[models.Lane]uint64{models.LaneUrgent: 1, models.LaneRoutine: 1})
	for _, e := range d.outbox {
		if e.Outcome != "" {
			c.DeleteEntries = append(c.DeleteEntries, e.EntryKey)
		}
	}
	meta.Device, meta.DeviceKey, meta.Session = newID[models.DeviceID](d), d.secret(deviceKeyBytes), Session{}
	meta.Token, meta.Pass, meta.Holes = "", nil, nil
	c.Meta, c.DropPages = &meta, true
	return c
}
