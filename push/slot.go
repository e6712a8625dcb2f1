package push

import (
	"container/heap"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/store"
)

// slot is what the outbox holds for one thing on one device. The outbox's mutex guards it; who has it busy may also
// write its document.
type slot struct {
	key   slotKey
	front *frontier // of the agency's reader
	now   *ring     // to send, or being sent; nil for nothing owed
	next  *ring     // what came while now was under way

	sent   record.Seq // everything up to here has rung
	sentAt time.Time
	last   sentRing // what rang last
	run    int      // rings in a row, of which the window depends

	version uint64 // of the document; 0 for none
	stale   bool   // the version is not known: a write failed
	rev     uint64 // counts changes
	saved   uint64 // rev that the document says
	busy    bool   // a worker or the flusher has it
	ringing bool   // a worker has it: what comes now waits in next
	gone    bool   // dropped, perhaps while busy

	circuit *circuit // of the provider that it waits for, or has leave for
	held    bool     // waits for its provider
	doubted bool     // which called the address dead
	ticket  ticket   // leave for one request

	pause time.Time  // it is due, and not looked at before
	due   time.Time  // in its heap
	from  record.Seq // the oldest event that it is due for
	heap  *dueHeap
	index int // in its heap, -1 if in none
}

// ring is one notification: events First to Last under one id. Once an attempt was made it takes up no more, since
// the device may have seen that id already.
type ring struct {
	From     record.Seq    `json:"from"`  // the oldest event that no earlier ring is known to have told of
	First    record.Seq    `json:"first"` // the id follows from it
	Last     record.Seq    `json:"last"`
	N        uint32        `json:"n,omitzero"`    // of the newest message's row
	Rung     int           `json:"rung,omitzero"` // of the ladder of an urgent message, from 0; the step of the notification; of a summary, see takeAlong
	Count    int           `json:"count"`
	User     models.UserID `json:"user"`
	Noticed  time.Time     `json:"noticed"`
	Expires  time.Time     `json:"expires"`
	Due      time.Time     `json:"due"`
	Owed     time.Time     `json:"owed,omitzero"` // when it was first due
	Attempts int           `json:"attempts,omitzero"`
	Owner    string        `json:"owner,omitzero"` // of the lease
	Until    time.Time     `json:"until,omitzero"` // of the lease
	Along    uint64        `json:"along,omitzero"` // the riders that were tried with it last, see setOf

	open []record.Seq // events that are not durable here yet
}

// sentRing is the last ring of a slot, from which a lost verdict can be told.
type sentRing struct {
	From     record.Seq    `json:"from"`
	Last     record.Seq    `json:"last"`
	First    record.Seq    `json:"first"`
	User     models.UserID `json:"user"`
	Reason   Reason        `json:"reason"`
	Attempts int           `json:"attempts"`
	Under    string        `json:"under,omitzero"` // the thing that it rang along with, whose First that is; "" for its own
}

// slotBody is a slot's document.
type slotBody struct {
	Ring   *ring      `json:"ring,omitzero"`
	Sent   record.Seq `json:"sent,omitzero"`
	SentAt time.Time  `json:"sent_at,omitzero"`
	Last   sentRing   `json:"last,omitzero"`
	Run    int        `json:"run,omitzero"`
}

// document is the slot as stored. The caller holds the mutex.
func (s *slot) document() (store.Document, error) {
	body, err := json.Marshal(slotBody{Ring: s.now, Sent: s.sent, SentAt: s.sentAt, Last: s.last, Run: s.run})
	if err != nil {
		return store.Document{}, fmt.Errorf("encode push slot: %w", err)
	}
	d := store.Document{Kind: s.key.kind(), ID: s.key.id(), Version: s.version, Body: body}
	if s.now != nil {
		d.Due = s.now.Due
	}
	return d, nil
}

func readSlot(agency models.AgencyID, d store.Document) (*slot, error) {
	key, ok := parseSlotKey(agency, d.ID)
	if !ok {
		return nil, fmt.Errorf("push slot with an id of another form")
	}
	var b slotBody
	if err := json.Unmarshal(d.Body, &b); err != nil {
		return nil, fmt.Errorf("decode push slot: %w", err)
	}
	return &slot{key: key, now: b.Ring, sent: b.Sent, sentAt: b.SentAt, last: b.Last, run: b.Run, version: d.Version, index: -1}, nil
}

// kept reports a slot that has a document. A badge is in memory alone: one that is lost is put right by the next ring.
func (s *slot) kept() bool { return s.key.thing.class() > Quiet }

// forgetOpen takes the slot's events off the reader's mind: they need not become durable.
func (s *slot) forgetOpen() {
	for _, r := range []*ring{s.now, s.next} {
		if r != nil {
			r.open = nil
		}
	}
}

// dirty reports whether the document does not say what this says.
func (s *slot) dirty() bool { return s.kept() && s.rev != s.saved }

// idle reports a slot that nothing is known of any more.
func (s *slot) idle() bool {
	return s.now == nil && s.next == nil && s.sent == 0 && s.version == 0 && !s.stale
}

// covers reports whether a ring tells of an event.
func (r *ring) covers(seq record.Seq) bool { return r != nil && seq <= r.Last }

// raise takes up another event; r may be nil. Count is what people see, so what is covered already adds nothing.
func (r *ring) raise(o owed, due time.Time) *ring {
	if r == nil {
		return &ring{
			From: o.seq, First: o.first, Last: o.seq, N: o.n, Rung: o.rung, Count: 1, User: o.user, Noticed: o.noticed, Expires: o.expires,
			Due: due, Owed: due, open: []record.Seq{o.seq},
		}
	}
	r.open = append(r.open, o.seq)
	r.From = min(r.From, o.seq)
	if o.seq <= r.Last {
		return r
	}
	r.Last, r.N, r.User, r.Noticed = o.seq, max(r.N, o.n), o.user, o.noticed
	r.Rung = max(r.Rung, o.rung)
	r.Count++
	if o.expires.After(r.Expires) {
		r.Expires = o.expires
	}
	if due.Before(r.Due) {
		r.Due = due
	}
	return r
}

// first is when a ring was first due: now for one that a former version wrote.
func (r ring) first(now time.Time) time.Time {
	if r.Owed.IsZero() {
		return now
	}
	return r.Owed
}

// with is r and what came after it as one ring, either of which may be nil. If r was tried it may have arrived, so both
// go under the later one's id; else under r's.
func (r *ring) with(next *ring) *ring {
	if r == nil {
		return next
	}
	if next == nil {
		return r
	}
	all := *next
	all.From, all.Count, all.open = min(r.From, next.From), r.Count+next.Count, append(r.open, next.open...)
	all.Expires = maxTime(r.Expires, next.Expires)
	if r.Owed.Before(next.Owed) {
		all.Owed = r.Owed
	}
	if r.Attempts == 0 {
		all.First = r.First
	}
	if r.Due.Before(all.Due) && r.Attempts == 0 {
		all.Due = r.Due
	}
	return &all
}

// dueHeap orders the slots of a class by when they are due, and what is due in one instant by its events.
type dueHeap []*slot

func (h dueHeap) Len() int { return len(h) }
func (h dueHeap) Less(i, j int) bool {
	if c := h[i].due.Compare(h[j].due); c != 0 {
		return c < 0
	}
	return h[i].from < h[j].from
}
func (h dueHeap) anyDue(now time.Time) bool { return len(h) > 0 && !h[0].due.After(now) }
func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}
func (h *dueHeap) Push(x any) {
	s := x.(*slot)
	s.index = len(*h)
	*h = append(*h, s)
}
func (h *dueHeap) Pop() any {
	old := *h
	s := old[len(old)-1]
	old[len(old)-1] = nil
	*h, s.index = old[:len(old)-1], -1
	return s
}

// at puts a slot into its place in the heap, or takes it out if nothing is owed.
func (h *dueHeap) at(s *slot, due time.Time) {
	s.due = due
	switch {
	case s.index >= 0:
		heap.Fix(h, s.index)
	default:
		heap.Push(h, s)
	}
}

func (h *dueHeap) remove(s *slot) {
	if s.index >= 0 {
		heap.Remove(h, s.index)
	}
}
