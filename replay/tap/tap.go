// Package tap watches a device without helping it: which of its requests reached the server when, which position each
// presented, and what its store took. Judge and audit rest on it. It sits between the device and its store, around its
// transport, and between its link and the server, where a request arrives after all that the network does to it.
package tap

import (
	"sync"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/replay/audit"
	"officermobile/replay/judge"
)

// Tap is what is known of one device over all its lives. It is safe for concurrent use.
type Tap struct {
	mu        sync.Mutex
	exchanges []*judge.Exchange // in the order in which they began
	conns     map[string]*conn  // by the device's address
	positions []time.Time       // when the device took each
	numbers   map[string]int    // of positions, by token
	has       map[Thing]int     // the first position that includes a thing
	rows      map[record.UUID][]reach
	device    models.DeviceID
	commands  map[models.CommandID]*audit.Command
	order     []models.CommandID
}

// Thing is something that a device is rung about, messages apart.
type Thing struct {
	Kind models.RowKind // RowInvitation, RowTask, or RowUrgent for a step of its escalation
	ID   record.UUID
	User models.UserID // whose task
	Step models.Step   // of an urgent message
}

// reach is up to which row of a timeline a device had come, from a position on.
type reach struct {
	n        uint32
	position int
}

// New makes a tap.
func New() *Tap {
	return &Tap{
		conns: map[string]*conn{}, numbers: map[string]int{}, has: map[Thing]int{}, rows: map[record.UUID][]reach{},
		commands: map[models.CommandID]*audit.Command{},
	}
}

// Exchanges is what was exchanged so far, in the order in which it arrived; what never did comes first.
func (t *Tap) Exchanges() []judge.Exchange {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := make([]judge.Exchange, 0, len(t.exchanges))
	for _, x := range t.exchanges {
		all = append(all, *x)
	}
	sortByArrival(all)
	return all
}

// Commands is what the device was told became of its commands, in the order in which they were given.
func (t *Tap) Commands() []audit.Command {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := make([]audit.Command, 0, len(t.order))
	for _, id := range t.order {
		all = append(all, *t.commands[id])
	}
	return all
}

// Undecided counts commands whose outcome the device has yet to learn.
func (t *Tap) Undecided() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 0
	for _, c := range t.commands {
		if c.Outcome == "" {
			n++
		}
	}
	return n
}

// Has is the first position that includes a thing, and when the device took it; judge.Never if none did.
func (t *Tap) Has(thing Thing) (int, time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p, ok := t.has[thing]; ok {
		return p, t.positions[p]
	}
	return judge.Never, time.Time{}
}

// HasRow is Has of a row of a conversation's timeline.
func (t *Tap) HasRow(conversation models.ConversationID, n uint32) (int, time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range t.rows[conversation.UUID()] {
		if r.n >= n {
			return r.position, t.positions[r.position]
		}
	}
	return judge.Never, time.Time{}
}
