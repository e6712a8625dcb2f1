package storetest

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"

	"officermobile/models/record"
	"officermobile/store"
)

// ReplicaSet is a model of the worst that a replica set does to logs: a primary whose newest batches are not
// durable yet, elections that keep only some of those, old primaries that go on answering those who have not noticed,
// and writes that arrive late. It is driven step by step, by a seed; nothing happens by itself.
type ReplicaSet struct {
	mu      sync.Mutex
	random  *rand.Rand
	calm    bool
	primary *primary
	late    []lateWrite
}

// primary is one server's view of the logs: in order of arrival, durable up to committed.
type primary struct {
	batches   []entry
	committed int
	deposed   bool // nothing becomes durable here any more
}

type entry struct {
	header record.Header
	batch  record.Batch
}

// lateWrite is an insert that the network holds back.
type lateWrite struct {
	to *primary
	e  entry
}

// NewReplicaSet makes an empty set. A calm one answers every append at once and never fails.
func NewReplicaSet(seed uint64, calm bool) *ReplicaSet {
	return &ReplicaSet{random: rand.New(rand.NewPCG(seed, 2)), calm: calm, primary: &primary{}}
}

// Step lets the set do something of its own: make writes durable, deliver a late one, or elect another primary.
func (r *ReplicaSet) Step() {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch p := r.primary; r.random.IntN(8) {
	case 0, 1, 2:
		p.committed += r.random.IntN(len(p.batches) - p.committed + 1)
	case 3, 4:
		r.deliver()
	case 5:
		r.elect()
	}
}

// Heal makes everything durable that can be; late writes still arrive.
func (r *ReplicaSet) Heal() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.late) > 0 {
		r.deliver()
	}
	r.primary.committed = len(r.primary.batches)
	r.calm = true
}

// deliver lets one late write arrive where it was sent.
func (r *ReplicaSet) deliver() {
	if len(r.late) == 0 {
		return
	}
	i := r.random.IntN(len(r.late))
	w := r.late[i]
	r.late = slices.Delete(r.late, i, i+1)
	w.to.insert(w.e)
}

// elect makes a new primary, which has all that is durable and some of the rest.
func (r *ReplicaSet) elect() {
	old := r.primary
	old.deposed = true
	keep := old.committed + r.random.IntN(len(old.batches)-old.committed+1)
	r.primary = &primary{batches: slices.Clone(old.batches[:keep]), committed: old.committed}
}

// insert is the one unique index: it fails if the slot is taken.
func (p *primary) insert(e entry) bool {
	if _, taken := p.slot(e.header, len(p.batches)); taken {
		return false
	}
	p.batches = append(p.batches, e)
	return true
}

// slot looks for the batch at the position of another among the first n.
func (p *primary) slot(h record.Header, n int) (entry, bool) {
	for _, e := range p.batches[:n] {
		if e.header.First == h.First && e.header.Log == h.Log {
			return e, true
		}
	}
	return entry{}, false
}

// Connection is one client's view of a ReplicaSet, a store.Log. It talks to the primary that it knows until Notice.
type Connection struct {
	set *ReplicaSet
	at  *primary
	// WeakReads reads what is not durable yet, as a client without read concern majority does.
	WeakReads bool
}

// Connect connects to the present primary.
func (r *ReplicaSet) Connect() *Connection {
	r.mu.Lock()
	defer r.mu.Unlock()
	return &Connection{set: r, at: r.primary}
}

// Notice turns to the present primary.
func (c *Connection) Notice() {
	c.set.mu.Lock()
	defer c.set.mu.Unlock()
	c.at = c.set.primary
}

// visible is how many batches a read sees.
func (c *Connection) visible() int {
	if c.WeakReads {
		return len(c.at.batches)
	}
	return c.at.committed
}

// of is the visible batches of a log.
func (c *Connection) of(log store.Name) []entry {
	var out []entry
	for _, e := range c.at.batches[:c.visible()] {
		if e.header.Log == string(log) {
			out = append(out, e)
		}
	}
	return out
}

var errNotDurable = errors.New("not known to be durable")

// Append implements store.Log, as store/mongo does it.
func (c *Connection) Append(ctx context.Context, log store.Name, after record.Seq, b record.Batch) (store.Outcome, error) {
	h, err := store.CheckAppend(log, after, b)
	if err != nil {
		return store.Refused, err
	}
	if err := ctx.Err(); err != nil {
		return store.Refused, err
	}
	c.set.mu.Lock()
	defer c.set.mu.Unlock()
	return c.append(entry{header: h, batch: b})
}

func (c *Connection) append(e entry) (store.Outcome, error) {
	if !c.set.calm && c.set.random.IntN(6) == 0 {
		return c.lose(e)
	}
	if there, ok := c.at.slot(e.header, c.visible()); ok {
		return owner(there, e), nil
	}
	var end record.Chain
	if all := c.of(store.Name(e.header.Log)); len(all) > 0 {
		last := all[len(all)-1]
		end.Seq, end.Hash = last.header.Last(), record.Sum(last.batch.Header)
	}
	switch before := e.header.First - 1; {
	case end.Seq > before, end.Seq == before && end.Hash != e.header.Prev, c.set.calm && end.Seq < before:
		return store.Conflict, nil
	case end.Seq < before:
		return store.Unknown, errNotDurable // this primary lags behind what the caller has seen
	}
	c.at.insert(e)
	return c.acknowledge(e)
}

// lose breaks the connection: the write is gone, or arrives some time later.
func (c *Connection) lose(e entry) (store.Outcome, error) {
	if c.set.random.IntN(2) == 0 {
		c.set.late = append(c.set.late, lateWrite{to: c.at, e: e})
	}
	return store.Unknown, errNotDurable
}

// acknowledge waits for the majority, which may take longer than the caller waits.
func (c *Connection) acknowledge(e entry) (store.Outcome, error) {
	if c.at.deposed {
		return store.Unknown, errNotDurable
	}
	if c.set.calm || c.set.random.IntN(2) == 0 {
		c.at.committed = len(c.at.batches)
	}
	there, ok := c.at.slot(e.header, c.at.committed)
	if !ok {
		return store.Unknown, errNotDurable
	}
	return owner(there, e), nil
}

// owner says whose batch a slot holds.
func owner(there, mine entry) store.Outcome {
	if bytes.Equal(there.batch.Header, mine.batch.Header) {
		return store.Committed
	}
	return store.Conflict
}
