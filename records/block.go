package records

import (
	"maps"
	"slices"

	"officermobile/models"
	"officermobile/models/record"
)

// Bounds of a block. Where it ends follows from the events alone; a change of these is another indexVersion.
const (
	maxEntries    = 4096    // a few hundred rows are then the cost of thousands of messages
	maxEvents     = 1 << 15 // what a start reads again at most, a fraction of a second
	maxTermsBytes = 1 << 20 // of words, so that no row comes near store.MaxDocument
)

// bounds are those of a block.
type bounds struct{ entries, events, bytes int }

// block is a run of the log with what it can be searched by. It is filled by the reader alone.
type block struct {
	bounds  bounds
	number  uint32
	after   record.Seq // the position before its first event
	at      models.Micros
	seq     record.Seq // of the last event read
	events  int
	size    int
	entries []entry
	terms   map[term][]uint16 // indexes of entries, rising
	origins map[models.DispatchID]origin
	shifts  []Shift                  // that ended in it
	onDuty  map[models.UserID]*Shift // as of its last event
}

func newBlock(end bounds, number uint32, after record.Seq, onDuty map[models.UserID]*Shift) *block {
	return &block{
		bounds: end, number: number, after: after, seq: after, terms: map[term][]uint16{}, origins: map[models.DispatchID]origin{},
		onDuty: maps.Clone(onDuty),
	}
}

// read takes the next event, which may be nothing to search for.
func (b *block) read(e models.Event, f *found) {
	if b.events == 0 {
		b.at = e.At
	}
	b.seq = e.Seq
	b.events++
	b.readDuty(e)
	if f == nil {
		return
	}
	if !f.dispatch.IsZero() {
		b.origins[f.dispatch] = f.origin
	}
	i := uint16(len(b.entries))
	b.entries = append(b.entries, f.entry)
	for _, t := range f.terms {
		b.terms[t] = append(b.terms[t], i)
		b.size += len(t) + 2
	}
}

func (b *block) full() bool {
	return len(b.entries) >= b.bounds.entries || b.events >= b.bounds.events || b.size >= b.bounds.bytes
}

// next is the block behind b.
func (b *block) next() *block { return newBlock(b.bounds, b.number+1, b.seq, b.onDuty) }

// all are the entries that answer every clause, by index; all of them if there is none.
func (b *block) all(clauses []clause) []uint16 {
	return intersect(len(b.entries), clauses, func(c clause) []uint16 {
		var lists [][]uint16
		if !c.prefix {
			for _, t := range c.terms {
				lists = append(lists, b.terms[t])
			}
			return union(lists)
		}
		for t, list := range b.terms {
			if c.wants(t) {
				lists = append(lists, list)
			}
		}
		return union(lists)
	})
}

// intersect is what every clause answers among n entries.
func intersect(n int, clauses []clause, answers func(clause) []uint16) []uint16 {
	if len(clauses) == 0 {
		all := make([]uint16, n)
		for i := range all {
			all[i] = uint16(i)
		}
		return all
	}
	var both []uint16
	for i, c := range clauses {
		list := answers(c)
		if i == 0 {
			both = list
		} else {
			both = slices.DeleteFunc(both, func(x uint16) bool { _, ok := slices.BinarySearch(list, x); return !ok })
		}
		if len(both) == 0 {
			return nil
		}
	}
	return both
}

// union puts rising lists together into a new one.
func union(lists [][]uint16) []uint16 {
	all := slices.Concat(lists...)
	slices.Sort(all)
	return slices.Compact(all)
}
