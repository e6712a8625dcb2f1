package sync

import (
	"sync"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
)

// hub knows who of an agency waits on this node, and wakes those whose scopes changed. It holds nothing for them: who
// wakes asks the state what is new.
type hub struct {
	agency *Agency
	counts *serviceCounts
	signal chan struct{} // holds a token when there are events to look at
	stir   chan struct{} // holds a token when there may be receipts to tell of
	board  *board

	mu      sync.Mutex
	users   map[models.UserID]map[*waiter]struct{}
	streams map[*stream]struct{}
	devices map[models.DeviceID]*stream // one per device
	quit    chan struct{}               // of the running watch; nil while nobody waits
}

// waiter is somebody who waits: a stream or a long poll.
type waiter struct {
	user models.UserID
	wake chan struct{} // holds a token when something of theirs changed
}

// stream is a waiter that stays until it is told to go.
type stream struct {
	*waiter
	who  wire.Caller
	bye  chan string   // holds the reason
	news chan struct{} // holds a token when there may be receipts for it
	runs bool          // is told of other people's messages too
}

func newHub(g *Agency, counts *serviceCounts, p *presence) *hub {
	return &hub{
		agency: g, counts: counts, signal: make(chan struct{}, 1), stir: make(chan struct{}, 1), board: newBoard(g, p),
		users: map[models.UserID]map[*waiter]struct{}{}, streams: map[*stream]struct{}{}, devices: map[models.DeviceID]*stream{},
	}
}

// happened is called with each applied batch, on the engine's goroutine.
func (h *hub) happened([]models.Event) {
	poke(h.signal)
	poke(h.stir)
}

// poke leaves a token unless there is one.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// join registers a waiter; what changes from now on wakes it.
func (h *hub) join(user models.UserID) *waiter {
	w := &waiter{user: user, wake: make(chan struct{}, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.users[user] == nil {
		h.users[user] = map[*waiter]struct{}{}
	}
	h.users[user][w] = struct{}{}
	if h.quit == nil {
		h.quit = make(chan struct{})
		go h.watch(h.quit, h.agency.Tip().Seq)
	}
	return w
}

// leave undoes join. The last one ends the watch.
func (h *hub) leave(w *waiter) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.users[w.user], w)
	if len(h.users[w.user]) == 0 {
		delete(h.users, w.user)
	}
	if len(h.users) == 0 && h.quit != nil {
		close(h.quit)
		h.quit = nil
	}
}

// open registers a stream; an older one of the same device is told to go.
func (h *hub) open(who wire.Caller) *stream {
	st := &stream{waiter: h.join(who.User), who: who, bye: make(chan string, 1), news: make(chan struct{}, 1), runs: runs(h.agency, who.User)}
	poke(h.stir)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.streams[st] = struct{}{}
	if who.Device.IsZero() {
		return st
	}
	if old := h.devices[who.Device]; old != nil {
		old.dismiss(wire.ByeReplaced)
		h.counts.replaced.Add(1)
	}
	h.devices[who.Device] = st
	return st
}

// close undoes open.
func (h *hub) close(st *stream) {
	h.leave(st.waiter)
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.streams, st)
	if h.devices[st.who.Device] == st {
		delete(h.devices, st.who.Device)
	}
}

// dismiss tells a stream to go; the first reason counts.
func (st *stream) dismiss(why string) {
	select {
	case st.bye <- why:
	default:
	}
}

// closeSession dismisses the streams of a session.
func (h *hub) closeSession(id models.SessionID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for st := range h.streams {
		if st.who.Session == id {
			st.dismiss(wire.ByeSession)
		}
	}
}

// Limits of one look of the watch.
const (
	maxTouched  = 64  // scopes; with more, all are woken
	usersAtOnce = 500 // looked at under one read lock
)

// watch wakes who is concerned by what happened since, until quit.
func (h *hub) watch(quit chan struct{}, since record.Seq) {
	c := h.board.presence.clock
	rest := c.NewTimer(time.Hour)
	defer rest.Stop()
	stir := h.stir
	for {
		select {
		case <-quit:
			return
		case <-h.signal:
			since = h.wakeSince(since)
		case <-stir:
			stir = nil // what comes meanwhile shares the look
			rest.Reset(c.Real(boardRest))
		case <-rest.C:
			stir = h.stir
			h.tell(h.board.look())
		}
	}
}

// wakeSince wakes those to whom something happened after since, and returns up to where it looked.
func (h *hub) wakeSince(since record.Seq) record.Seq {
	var touched []models.Scope
	var few bool
	upto := since
	h.agency.View(func(s *models.State) {
		touched, few = s.Touched(since, maxTouched)
		upto = s.Seq
	})
	waiting := h.waiting()
	for len(waiting) > 0 {
		n := min(len(waiting), usersAtOnce)
		concerned := waiting[:0:n]
		h.agency.View(func(s *models.State) {
			for _, u := range waiting[:n] {
				if !few || s.AccessChanged(u) > since || holdsAny(s, u, touched) {
					concerned = append(concerned, u)
				}
			}
		})
		h.wake(concerned)
		waiting = waiting[n:]
	}
	return upto
}

func holdsAny(s *models.State, u models.UserID, scopes []models.Scope) bool {
	for _, sc := range scopes {
		if s.Granted(u, sc) {
			return true
		}
	}
	return false
}

func (h *hub) waiting() []models.UserID {
	h.mu.Lock()
	defer h.mu.Unlock()
	users := make([]models.UserID, 0, len(h.users))
	for u := range h.users {
		users = append(users, u)
	}
	return users
}

func (h *hub) wake(users []models.UserID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, u := range users {
		for w := range h.users[u] {
			poke(w.wake)
		}
	}
}
