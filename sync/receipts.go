package sync

import (
	"time"

	"officermobile/models"
	"officermobile/models/wire"
)

// Receipts travel beside the pages, in "now": that a device has something is never in the log, so it can have no rev.
// They go to authors about their own messages, and to those who run things about messages of conversations that they are
// in. A frame or an answer carries what changed since the last; nothing, if nothing did.

// receiptsEvery is between two frames of a stream.
const receiptsEvery = time.Second

// receiptsAtOnce is the most stages of one frame or answer, about 16 KB.
const receiptsAtOnce = 256

// confirmed passes on that a device may have confirmed something. Where nobody waits, nobody is told.
func (s *Service) confirmed(agency models.AgencyID, device models.DeviceID) {
	s.mu.Lock()
	h := s.hubs[agency]
	s.mu.Unlock()
	if h != nil {
		h.board.confirmed(device)
		poke(h.stir)
	}
}

// receipts is what an answer carries for who gave a mark: nil if nothing changed since.
func (s *Service) receipts(g *Agency, who wire.Caller, mark string) *wire.Now {
	b := s.hub(g).board
	b.look()
	all, next, _ := b.since(who.User, runs(g, who.User), b.versionOf(mark), receiptsAtOnce)
	if len(all) == 0 {
		return nil
	}
	return &wire.Now{Receipts: all, Mark: b.markOf(next)}
}

// runs reports whether somebody may be told of other people's messages.
func runs(g *Agency, user models.UserID) (yes bool) {
	g.View(func(s *models.State) {
		u := s.User(user)
		yes = u != nil && u.Types.Any(models.Administrator|models.Dispatcher)
	})
	return yes
}

// told is how far a stream has told of receipts.
type told struct {
	version uint64
	owed    bool // there may be news
	next    time.Time
}

// sayReceipts writes what is new, at most once a second.
func (l *live) sayReceipts(at time.Time) error {
	if !l.told.owed || at.Before(l.told.next) {
		return nil
	}
	b := l.h.board
	all, next, rest := b.since(l.st.who.User, runs(l.g, l.st.who.User), l.told.version, receiptsAtOnce)
	l.told.version, l.told.owed = next, rest
	if len(all) == 0 {
		return nil
	}
	l.told.next = at.Add(receiptsEvery)
	l.quiet(at)
	return l.write(wire.Frame{Event: "now", Data: wire.Now{Receipts: all, Mark: b.markOf(next)}})
}

// recheck notes whether a stream is told of other people's messages, which a change of its user's types may begin.
func (h *hub) recheck(st *stream) {
	now := runs(h.agency, st.who.User)
	h.mu.Lock()
	defer h.mu.Unlock()
	if now && !st.runs {
		poke(st.news)
	}
	st.runs = now
}

// tell pokes the streams that may be concerned: of authors, and of all who run things.
func (h *hub) tell(authors map[models.UserID]bool) {
	if len(authors) == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for st := range h.streams {
		if st.runs || authors[st.who.User] {
			poke(st.news)
		}
	}
}
