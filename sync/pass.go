package sync

import (
	"fmt"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
)

// maxRows bounds what one page takes from the state, and so how long the read lock is held: about a millisecond.
const maxRows = 1000

// ask is who wants a page and how large.
type ask struct {
	user   models.UserID
	device models.DeviceID // zero: none
	window int             // newest messages of a conversation in a reset
	bytes  int             // of the page

	row     func(*models.State, models.Scope, models.Row) any // wire.RowData
	message func(*models.Entry) wire.Message                  // wire.MessageOf
}

// newAsk brings a client's wishes within bounds.
func newAsk(who wire.Caller, window, bytes int) ask {
	if window <= 0 {
		window = wire.DefaultWindow
	}
	if bytes <= 0 {
		bytes = wire.DefaultMaxBytes
	}
	return ask{
		user: who.User, device: who.Device,
		window: min(window, wire.MaxWindow), bytes: min(max(bytes, wire.MinMaxBytes), wire.MaxMaxBytes),
		row: wire.RowData, message: wire.MessageOf,
	}
}

// step is the smallest thing that a page carries whole: a row, a tombstone, an op, or one row of a timeline.
type step struct {
	item    wire.Item[any]
	message *wire.Message // else item counts
	scope   models.Scope
	place   place // behind it
}

// look is what one look at the state yields for a page. It is taken under the read lock; what it holds may be kept.
type look struct {
	ask
	s *models.State // only while it is taken

	pass    pass
	h0      record.Seq
	begin   bool // a full pass starts here
	applied record.Seq
	steps   []step
	rest    bool // there is more behind the steps
	err     error
}

// take looks at what follows for a device at pos, whose epoch, hash, view and schema were checked; the zero position is
// that of a device without a usable token. The state must have come as far as pos.need(). floor is s.Floor().
func take(s *models.State, floor record.Seq, a ask, pos position) look {
	l := look{ask: a, s: s, applied: s.Seq, h0: pos.seq}
	switch {
	case pos.pass != nil:
		l.pass = *pos.pass
	case pos.seq > 0:
		l.start(pass{c0: pos.seq})
	default:
		l.start(pass{full: true})
	}
	if !l.pass.full && l.pass.c0 < floor { // on every page: tombstones may be pruned under a running pass
		l.start(pass{full: true})
	}
	for _, g := range l.grants() {
		if l.rest || l.err != nil {
			break
		}
		l.visit(g)
	}
	l.s = nil
	return l
}

func (l *look) start(p pass) {
	p.done = [2]uint64{l.s.LastNum(l.device, models.LaneUrgent), l.s.LastNum(l.device, models.LaneRoutine)}
	l.pass, l.h0, l.begin = p, l.s.Seq, p.full
}

// visit sends what one scope has. Membership is as of now, whatever earlier pages of this pass were sent under.
func (l *look) visit(g models.Grant) {
	at := place{}
	if g.Scope == l.pass.at {
		at = l.pass.place
	}
	inReset := at.stage == resetRows || at.stage == resetMessages
	switch {
	case !g.On:
		if at.stage != dropped && (l.pass.alone || !l.pass.full && g.Until > l.pass.c0) {
			l.op(wire.OpDrop, g.Scope, 0, place{stage: dropped})
		}
	case l.pass.full || l.pass.alone || g.Since > l.pass.c0 || inReset:
		l.reset(g.Scope, at)
	default:
		l.delta(g.Scope, at)
	}
}

// add appends a step; false when the page has as many as it may have.
func (l *look) add(st step) bool {
	if len(l.steps) >= maxRows {
		l.rest = true
		return false
	}
	l.steps = append(l.steps, st)
	return true
}

func (l *look) op(op string, sc models.Scope, fromN uint32, behind place) bool {
	return l.add(step{item: wire.Item[any]{Op: op, Scope: sc, FromN: fromN}, scope: sc, place: behind})
}

// addRow appends a row as it is now, or its tombstone.
func (l *look) addRow(sc models.Scope, r models.FeedRow, fromN uint32, behind place) bool {
	item := wire.Item[any]{Scope: sc, Kind: r.Kind, ID: r.ID.String(), Rev: r.Rev, Gone: r.Gone, FromN: fromN}
	if !r.Gone {
		if item.Data = l.row(l.s, sc, r.Row); item.Data == nil {
			l.err = fmt.Errorf("%s %s of %s has a change but no content", r.Kind, r.ID.Hex(), sc)
			return false
		}
	}
	return l.add(step{item: item, scope: sc, place: behind})
}

// addMessages appends timeline rows up to position upto.
func (l *look) addMessages(sc models.Scope, rows []*models.Entry, upto record.Seq, at stage) {
	for _, e := range rows {
		if e.Seq > upto {
			return
		}
		m := l.message(e)
		if !l.add(step{message: &m, scope: sc, place: place{stage: at, n: e.N}}) {
			return
		}
	}
}
