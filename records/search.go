package records

import (
	"context"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
)

const (
	// patience is how long a search waits for the index to have what was written when it came; a few milliseconds do.
	patience = 2 * time.Second
	// lookedAt is how many entries are looked at under one lock of the state.
	lookedAt = 64
)

var errStarting = models.Refuse(models.KindUnavailable, "starting", "The server is starting.")

// Search finds messages and dispatches that the caller may see now, the newest first. A malformed query is a
// *models.Error; what is absent and what is not the caller's are not found alike.
func (s *Service) Search(ctx context.Context, who wire.Caller, q wire.Search) (wire.Found, error) {
	page := wire.Found{Hits: []wire.Hit{}}
	asked, ok, err := queryOf(q)
	if err != nil || !ok {
		return page, err
	}
	a, behind, err := s.asker(ctx, who)
	if err != nil {
		return page, err
	}
	page.Behind = behind
	if q.Number != 0 {
		numbered, err := a.numbered(ctx, q)
		if err != nil || len(numbered.terms) == 0 {
			return page, err
		}
		asked.clauses = append(asked.clauses, numbered)
	}
	var last record.Seq
	end := a.index.walk(ctx, a.upto, asked, func(run []entry) (bool, error) {
		for len(run) > 0 && len(page.Hits) < asked.limit {
			some := run[:min(len(run), lookedAt)]
			run = run[len(some):]
			found, err := a.look(ctx, asked, some)
			if err != nil {
				return false, err
			}
			for _, h := range found[:min(len(found), asked.limit-len(page.Hits))] {
				page.Hits, last = append(page.Hits, h.Hit), h.seq
			}
		}
		return len(page.Hits) < asked.limit, nil
	})
	switch {
	case len(page.Hits) == asked.limit:
		page.Next = encodeCursor(uint64(last))
	case end.cut > 0:
		page.Next, page.More = encodeCursor(uint64(end.cut)), true
	}
	return page, end.err
}

// asker begins a search: when the index has all that the asker can have seen, or is known to be behind.
func (s *Service) asker(ctx context.Context, who wire.Caller) (*asker, bool, error) {
	var tip record.Seq
	if err := s.sight.View(ctx, who.Agency, func(st *models.State) { tip = st.Seq }); err != nil {
		return nil, false, err
	}
	x := s.index(who.Agency)
	reached := x.reach(ctx, tip, patience)
	upto := x.now()
	if upto == nil {
		return nil, false, errStarting
	}
	a := &asker{s: s, agency: who.Agency, user: who.User, index: x, upto: upto, sealed: map[record.UUID]*models.Sealed{}}
	return a, !reached, nil
}

// hit is one with its position.
type hit struct {
	wire.Hit
	seq record.Seq
}

// look makes hits of those entries that the asker may see. They are looked at under the state's lock, read from the log
// without it, and looked at again: access may have ended meanwhile.
func (a *asker) look(ctx context.Context, q query, entries []entry) ([]hit, error) {
	if err := a.seal(ctx, entries); err != nil {
		return nil, err
	}
	var open []entry
	err := a.s.sight.View(ctx, a.agency, func(s *models.State) {
		for i := range entries {
			if a.may(s, &entries[i]) {
				open = append(open, entries[i])
			}
		}
	})
	if err != nil {
		return nil, err
	}
	said := make([]content, len(open))
	for i := range open {
		if said[i], err = a.read(ctx, &open[i]); err != nil {
			return nil, err
		}
	}
	var hits []hit
	err = a.s.sight.View(ctx, a.agency, func(s *models.State) {
		for i := range open {
			if h, ok := a.render(s, q, &open[i], &said[i]); ok {
				hits = append(hits, hit{h, open[i].seq})
			}
		}
	})
	return hits, err
}

// content is what is read of an entry outside the state.
type content struct {
	there  bool
	row    models.Entry
	origin origin
}

func (a *asker) read(ctx context.Context, e *entry) (c content, err error) {
	if e.sort == aMessage {
		c.row, c.there, err = a.s.log.Row(ctx, a.agency, models.ConversationID(e.place), e.n)
		return c, err
	}
	if e.sort != facts {
		c.there = true
		return c, nil
	}
	c.origin, c.there, err = a.index.origin(ctx, a.upto.block, models.DispatchID(e.place))
	return c, err
}

// render makes the hit of an entry, unless it is gone, no longer the asker's, or no longer what was asked for.
func (a *asker) render(s *models.State, q query, e *entry, c *content) (wire.Hit, bool) {
	h := wire.Hit{At: e.at.Millis(), Conversation: e.conversation()}
	if !c.there || !a.may(s, e) {
		return h, false
	}
	a.name(s, e, &h)
	if e.sort == aMessage {
		h.Message = wire.FoundMessageOf(&c.row)
		return h, c.row.Seq == e.seq
	}
	if e.sort != facts {
		h.Note = a.note(s, e)
		return h, h.Note != nil
	}
	d := a.dispatch(s, e)
	if d == nil || c.origin.Facts != e.seq || !q.answers(factsTerms(d.ID, c.origin, &d.Facts)) {
		return h, false
	}
	h.Data = &wire.FoundDispatch{Dispatch: a.shown(s, d)}
	return h, true
}

func (a *asker) shown(s *models.State, d *models.Dispatch) wire.Dispatch {
	if x := a.sealed[d.ID.UUID()]; x != nil && s.Dispatch(d.ID) == nil {
		return wire.SealedOf(x)
	}
	return wire.DispatchOf(s, d)
}

// answers reports whether terms have every clause.
func (q query) answers(terms []term) bool {
	for _, c := range q.clauses {
		if !c.in(terms) {
			return false
		}
	}
	return true
}

// name says in which conversation a hit is, and of which dispatch.
func (a *asker) name(s *models.State, e *entry, h *wire.Hit) {
	if c := s.Conversation(h.Conversation); c != nil {
		h.Label, h.Dispatch = wire.LabelOf(s, c), c.Dispatch
		return
	}
	if x := a.sealed[e.place]; x != nil {
		h.Label, h.Dispatch = wire.SealedLabelOf(x), x.Dispatch.ID
	}
}
