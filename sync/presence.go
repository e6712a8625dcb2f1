package sync

import (
	"container/list"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"officermobile/clock"
	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
	"officermobile/store"
)

// lease is how long a foreground holds without being renewed.
const lease = 45 * time.Second

// stepsKept is how many confirmations of a device are remembered: at one in two seconds of use, over eight minutes.
const stepsKept = 256

// presence is what devices of all agencies do, as heard by this node or read from the documents of others. It is never
// in the log. Reports are ordered by the number that the device gives them.
type presence struct {
	docs   store.Documents
	node   string
	clock  clock.Clock
	logger *slog.Logger
	stop   context.CancelFunc
	ended  chan struct{}

	mu        sync.Mutex
	rosters   map[models.AgencyID]*roster
	dirty     bool // since the own document was written
	observers []func(models.AgencyID, models.DeviceID)
	steps     stepsDisk
	disk      presenceDisk // of the goroutine that writes and reads documents
}

// roster is an agency's devices.
type roster struct {
	devices    map[models.DeviceID]*deviceState
	foreground map[models.DeviceID]*deviceState // as reported, leases apart
	byUser     map[models.UserID]map[*deviceState]struct{}
	news       *list.List    // of *deviceState, the latest change at the front
	version    uint64        // rises with each change that others may see
	changed    chan struct{} // closed at the next
}

// deviceState is what one device last said, and what it has confirmed.
type deviceState struct {
	holding          // by whom it is used now
	former  *holding // and by whom before, after a hand-over

	state    models.PresenceState
	report   uint64
	certain  bool
	own      bool // heard by this node last
	heard    time.Time
	since    time.Time // of state
	renewed  time.Time // begin of the lease
	position *wire.Position
	placed   time.Time
	version  uint64
	handed   uint64        // the version at which it was handed over, 0 for never
	news     *list.Element // in the roster's list, nil before the first change
}

// now is the state with the lease applied, and since when.
func (d *deviceState) now(at time.Time) (models.PresenceState, time.Time) {
	if end := d.renewed.Add(lease); d.state == models.Foreground && !at.Before(end) {
		return models.Offline, end
	}
	return d.state, d.since
}

func (p *presence) roster(id models.AgencyID) *roster {
	r := p.rosters[id]
	if r == nil {
		r = &roster{
			devices: map[models.DeviceID]*deviceState{}, foreground: map[models.DeviceID]*deviceState{},
			byUser: map[models.UserID]map[*deviceState]struct{}{}, news: list.New(), changed: make(chan struct{}),
		}
		p.rosters[id] = r
	}
	return r
}

func (r *roster) device(id models.DeviceID) *deviceState {
	d := r.devices[id]
	if d == nil {
		d = &deviceState{state: models.Offline}
		r.devices[id] = d
	}
	return d
}

// forget removes a device that has long been silent.
func (r *roster) forget(id models.DeviceID, d *deviceState) {
	delete(r.devices, id)
	delete(r.foreground, id)
	delete(r.byUser[d.user], d)
	if d.news != nil {
		r.news.Remove(d.news)
	}
}

// belong notes whose device it is. What one user's sessions confirmed says nothing of another's. A hand-over is news of
// both.
func (r *roster) belong(d *deviceState, u models.UserID) {
	if d.user == u {
		return
	}
	delete(r.byUser[d.user], d)
	handed := !d.user.IsZero() && d.user != u
	if handed {
		before, again := d.holding, holding{}
		if d.former != nil && d.former.user == u {
			again = *d.former // it comes back, and what it had it had
		}
		d.former, d.holding = &before, again
	}
	d.user = u
	if r.byUser[u] == nil {
		r.byUser[u] = map[*deviceState]struct{}{}
	}
	r.byUser[u][d] = struct{}{}
	if handed {
		r.bump(d)
		d.handed = d.version
	}
}

// bump notes a change that others may see.
func (r *roster) bump(d *deviceState) {
	r.version++
	d.version = r.version
	if d.news == nil {
		d.news = r.news.PushFront(d)
	} else {
		r.news.MoveToFront(d.news)
	}
	close(r.changed)
	r.changed = make(chan struct{})
}

// report notes what a device says of itself. One with a number not above the last says nothing new: it was overtaken.
func (p *presence) report(who wire.Caller, said wire.Presence) {
	if who.Device.IsZero() || !known(said.State) {
		return
	}
	at := p.clock.Now()
	p.mu.Lock()
	d, moved := p.note(who, said, at)
	p.mu.Unlock()
	if d != nil && moved {
		p.tell(who.Agency, who.Device)
	}
}

func known(state models.PresenceState) bool {
	return state == models.Foreground || state == models.Background || state == models.Offline
}

// note does report under the lock; moved says that the state, lease applied, is another now.
func (p *presence) note(who wire.Caller, said wire.Presence, at time.Time) (d *deviceState, moved bool) {
	r := p.roster(who.Agency)
	d = r.device(who.Device)
	if said.Report <= d.report && d.user == who.User {
		return nil, false
	}
	before, since := d.now(at)
	r.belong(d, who.User)
	p.steps.dirty[shelfOf(who.Device)] = p.steps.dirty[shelfOf(who.Device)] || !d.own
	d.report, d.certain, d.own, d.heard, d.renewed = said.Report, true, true, at, at
	d.state, d.since = said.State, since
	moved = before != said.State
	if moved {
		d.since = at
	}
	delete(r.foreground, who.Device)
	if d.state == models.Foreground {
		r.foreground[who.Device] = d
	}
	if said.Position != nil {
		d.position, d.placed = said.Position, at
	}
	if moved || said.Position != nil {
		r.bump(d)
	}
	p.dirty = true
	return d, moved
}

// confirm notes that a device presented a position: everything up to it is delivered.
func (p *presence) confirm(who wire.Caller, seq record.Seq) {
	if who.Device.IsZero() {
		return
	}
	at := p.clock.Now()
	p.mu.Lock()
	r := p.roster(who.Agency)
	d := r.device(who.Device)
	moved := !d.own
	d.heard, d.own = at, true
	r.belong(d, who.User)
	news := d.step(seq, at.UnixMilli())
	if news || moved {
		p.dirty, p.steps.dirty[shelfOf(who.Device)] = true, true
	}
	p.mu.Unlock()
	if news {
		p.tell(who.Agency, who.Device)
	}
}

func (p *presence) observe(fn func(models.AgencyID, models.DeviceID)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.observers = append(p.observers, fn)
}

func (p *presence) tell(a models.AgencyID, d models.DeviceID) {
	p.mu.Lock()
	observers := p.observers
	p.mu.Unlock()
	for _, fn := range observers {
		fn(a, d)
	}
}

// of is what is known of a device.
func (p *presence) of(a models.AgencyID, id models.DeviceID) wire.DevicePresence {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.roster(a).devices[id]
	if d == nil {
		return wire.DevicePresence{State: models.Offline}
	}
	state, since := d.now(p.clock.Now())
	return wire.DevicePresence{State: state, Certain: d.certain, Heard: d.heard, Since: since, Confirmed: d.confirmed}
}

// watch returns the version of an agency's presence, and a channel that is closed when it changes.
func (p *presence) watch(a models.AgencyID) (uint64, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.roster(a)
	return r.version, r.changed
}

// since returns the users whose presence changed after a version, by id: each that of their freshest device. Of more
// than limit they are those who changed first; next is the version to ask from then.
func (p *presence) since(a models.AgencyID, version uint64, limit int) (users []wire.UserPresence, next uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r, at := p.roster(a), p.clock.Now()
	e := r.news.Front()
	for e != nil && e.Next() != nil && e.Next().Value.(*deviceState).version > version {
		e = e.Next()
	}
	named := map[models.UserID]bool{}
	next = version
	for ; e != nil && len(users) < limit; e = e.Prev() {
		d := e.Value.(*deviceState)
		if d.version <= version { // nothing is new at all
			continue
		}
		next = d.version
		for _, u := range d.newsOf(version) {
			if !named[u] {
				named[u] = true
				users = append(users, r.presenceOf(u, at))
			}
		}
	}
	if e == nil {
		next = r.version
	}
	slices.SortFunc(users, func(a, b wire.UserPresence) int { return slices.Compare(a.User[:], b.User[:]) })
	return users, next
}

// newsOf are those whose presence a device's change after a version is news of.
func (d *deviceState) newsOf(version uint64) []models.UserID {
	if d.handed > version && d.former != nil {
		return []models.UserID{d.user, d.former.user}
	}
	return []models.UserID{d.user}
}

// presenceOf is a user's presence: that of the device heard last, and the newest position of any. Who has no device any
// more is offline.
func (r *roster) presenceOf(u models.UserID, at time.Time) wire.UserPresence {
	if len(r.byUser[u]) == 0 {
		return wire.UserPresence{User: u, State: models.Offline}
	}
	var freshest, placed *deviceState
	for d := range r.byUser[u] {
		if freshest == nil || d.heard.After(freshest.heard) {
			freshest = d
		}
		if d.position != nil && (placed == nil || d.placed.After(placed.placed)) {
			placed = d
		}
	}
	state, _ := freshest.now(at)
	w := wire.UserPresence{User: u, State: state, HeardS: int64(at.Sub(freshest.heard) / time.Second)}
	if placed != nil {
		w.Position, w.AgeS = placed.position, int64(at.Sub(placed.placed)/time.Second)
	}
	return w
}
