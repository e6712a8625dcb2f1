package sync

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
)

// Bounds of a board.
const (
	boardKept   = 256                    // messages of an agency: a minute of a very busy one, an hour of most
	boardAge    = time.Hour              // of a message that is put on at the start
	boardPeople = 64                     // recipients of a message; who is in by name comes first
	boardRest   = 200 * time.Millisecond // between two looks
	boardEvents = 4096                   // of one look; with more it starts anew
)

// board is how far an agency's latest messages have come with whom: a view of state and presence for those who wait for
// it, made on this node when somebody does. It wakes nobody itself and decides nothing about who may ask.
type board struct {
	agency   *Agency
	presence *presence
	epoch    string // a mark of another board, of another node or before a restart, says nothing here

	dirtyMu sync.Mutex
	dirty   map[models.DeviceID]struct{} // devices that confirmed something since the last look

	mu       sync.Mutex
	seeded   bool
	seq      record.Seq // events up to here have been looked at
	version  uint64     // rises with each stage that somebody reaches
	messages []*tracked // by position
}

// tracked is a message on the board.
type tracked struct {
	models.Entry
	to []reached // by recipient, as of its posting
}

// reached is how far a message has come with somebody.
type reached struct {
	user    models.UserID
	state   wire.ReceiptState
	at      int64 // milliseconds since 1970
	version uint64
}

func newBoard(g *Agency, p *presence) *board {
	return &board{agency: g, presence: p, epoch: strconv.FormatUint(rand.Uint64(), 36), dirty: map[models.DeviceID]struct{}{}}
}

// confirmed notes that a device presented a position. It is called in the way of requests.
func (b *board) confirmed(id models.DeviceID) {
	b.dirtyMu.Lock()
	defer b.dirtyMu.Unlock()
	b.dirty[id] = struct{}{}
}

func (b *board) takeDirty() map[models.DeviceID]struct{} {
	b.dirtyMu.Lock()
	defer b.dirtyMu.Unlock()
	all := b.dirty
	b.dirty = map[models.DeviceID]struct{}{}
	return all
}

// look brings the board up to date and returns the authors of messages that have come further.
func (b *board) look() map[models.UserID]bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	devices := b.takeDirty()
	events, ok := b.agency.Latest(b.seq, boardEvents)
	authors := map[models.UserID]bool{}
	b.agency.View(func(s *models.State) {
		if !b.seeded || !ok || len(events) == boardEvents {
			b.seed(s, authors)
			return
		}
		users := map[models.UserID]bool{}
		for id := range devices {
			if d := s.Device(id); d != nil {
				users[d.User] = true
			}
		}
		for _, e := range events {
			b.seq = e.Seq
			switch body := e.Body.(type) {
			case *models.MessagePosted:
				if m := s.Message(body.ID); m != nil {
					b.track(s, m, authors)
				}
			case *models.MarkRead:
				users[body.User] = true
			case *models.MessageAcknowledged:
				users[body.User] = true
			}
		}
		if len(users) > 0 {
			b.advance(s, func(u models.UserID) bool { return users[u] }, authors)
		}
	})
	return authors
}

// seed makes the board anew from what is in memory.
func (b *board) seed(s *models.State, authors map[models.UserID]bool) {
	since := models.Micros(b.presence.clock.Now().Add(-boardAge).UnixMicro())
	var recent []*models.Entry
	for _, c := range s.Conversations() {
		for _, e := range slices.Backward(s.Timeline(c.ID)) {
			if e.At < since {
				break
			}
			if e.Notice == "" {
				recent = append(recent, e)
			}
		}
	}
	slices.SortFunc(recent, func(x, y *models.Entry) int { return cmp.Compare(x.Seq, y.Seq) })
	b.seeded, b.seq, b.messages = true, s.Seq, nil
	for _, e := range recent[max(0, len(recent)-boardKept):] {
		b.track(s, e, authors)
	}
}

// track puts a message on the board, if it is not there.
func (b *board) track(s *models.State, e *models.Entry, authors map[models.UserID]bool) {
	if n := len(b.messages); n > 0 && b.messages[n-1].Seq >= e.Seq {
		return
	}
	m := &tracked{Entry: *e}
	m.Text = ""
	recipients := slices.DeleteFunc(s.Recipients(e.Conversation), func(r models.Recipient) bool {
		return r.User == e.Author || s.FromN(r.User, e.Conversation) > e.N
	})
	slices.SortStableFunc(recipients, func(x, y models.Recipient) int {
		if x.ByRole == y.ByRole {
			return 0
		}
		if x.ByRole {
			return 1
		}
		return -1
	})
	for _, r := range recipients[:min(len(recipients), boardPeople)] {
		m.to = append(m.to, reached{user: r.User, state: wire.Queued})
	}
	b.messages = append(b.messages, m)
	if over := len(b.messages) - boardKept; over > 0 {
		b.messages = slices.Clone(b.messages[over:])
	}
	b.advanceOne(s, m, func(models.UserID) bool { return true }, authors)
}

// advance looks again at what is known of some recipients.
func (b *board) advance(s *models.State, of func(models.UserID) bool, authors map[models.UserID]bool) {
	for _, m := range b.messages {
		b.advanceOne(s, m, of, authors)
	}
}

func (b *board) advanceOne(s *models.State, m *tracked, of func(models.UserID) bool, authors map[models.UserID]bool) {
	for i := range m.to {
		to := &m.to[i]
		if to.state == wire.Acknowledged || to.state == wire.HasRead && !m.Urgent || !of(to.user) {
			continue
		}
		if state, at := b.furthest(s, m, to.user); state.Rank() > to.state.Rank() {
			b.version++
			to.state, to.at, to.version = state, at, b.version
			authors[m.Author] = true
		}
	}
}

// furthest is how far a message has come with somebody, and since when.
func (b *board) furthest(s *models.State, m *tracked, user models.UserID) (wire.ReceiptState, int64) {
	if u := s.Urgent(m.ID); u != nil {
		if at, ok := u.Acked[user]; ok {
			return wire.Acknowledged, int64(at) / 1000
		}
	}
	if at, _, read := s.Mark(m.Conversation, user).ReadAt(m.N); read {
		return wire.HasRead, int64(at) / 1000
	}
	state, first := wire.Queued, int64(0)
	for _, d := range s.DevicesOf(user) {
		known := b.presence.delivery(s.Agency.ID, d.ID, user, wire.RowRef{Conversation: m.Conversation, N: m.N, Seq: m.Seq})
		if at := known.At.UnixMilli(); known.State == wire.Delivered && (state == wire.Queued || at < first) {
			state, first = wire.HasIt, at
		}
	}
	return state, first
}

// unsaid is a stage that a viewer has not been told of.
type unsaid struct {
	m *tracked
	reached
}

// since returns what came after a version, to who may ask: the oldest news first, at most limit stages. next is the
// version to ask from then; rest says that there is more.
func (b *board) since(viewer models.UserID, runs bool, version uint64, limit int) (all []wire.MessageReceipts, next uint64, rest bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var news []unsaid
	b.agency.View(func(s *models.State) {
		for _, m := range b.messages {
			if m.Author != viewer && !runs || !s.MayAskReceipts(viewer, m.Author, m.Conversation, m.N) {
				continue
			}
			for _, to := range m.to {
				if to.version > version {
					news = append(news, unsaid{m, to})
				}
			}
		}
	})
	slices.SortFunc(news, func(x, y unsaid) int { return cmp.Compare(x.version, y.version) })
	if len(news) > limit {
		news, rest = news[:limit], true
	}
	next = b.version
	if rest {
		next = news[limit-1].version
	}
	return grouped(news), next, rest
}

// grouped puts stages under their messages, by position.
func grouped(news []unsaid) []wire.MessageReceipts {
	by := map[*tracked]*wire.MessageReceipts{}
	for _, f := range news {
		r := by[f.m]
		if r == nil {
			r = &wire.MessageReceipts{Message: f.m.ID, Conversation: f.m.Conversation, N: f.m.N, Of: len(f.m.to)}
			by[f.m] = r
		}
		r.To = append(r.To, wire.Stage{User: f.user, State: f.state, At: f.at})
	}
	order := slices.SortedFunc(maps.Keys(by), func(x, y *tracked) int { return cmp.Compare(x.Seq, y.Seq) })
	all := make([]wire.MessageReceipts, len(order))
	for i, m := range order {
		all[i] = *by[m]
	}
	return all
}

// markOf is a version of this board as clients keep it; versionOf reads it, 0 for one of another board.
func (b *board) markOf(version uint64) string { return b.epoch + "." + strconv.FormatUint(version, 36) }

func (b *board) versionOf(mark string) uint64 {
	if len(mark) <= len(b.epoch) || mark[:len(b.epoch)+1] != b.epoch+"." {
		return 0
	}
	version, err := strconv.ParseUint(mark[len(b.epoch)+1:], 36, 64)
	if err != nil {
		return 0
	}
	return version
}
