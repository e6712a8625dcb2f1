package models

import (
	"slices"

	"officermobile/models/record"
)

// view is what devices may hold: who is granted which scope since when, and what changed last in each scope. It follows
// from the events alone, like all of the state.
type view struct {
	access map[UserID]*access
	feeds  map[Scope]*feed
	latest *feed      // head of the list of feeds by their latest change, see touched.go
	floor  record.Seq // tombstones and revocations at or below are forgotten; older tokens start anew
}

func newView() *view { return &view{access: map[UserID]*access{}, feeds: map[Scope]*feed{}} }

// Grant says whether a user has a scope now, and the positions of the latest grant and the latest revocation.
type Grant struct {
	Scope Scope
	On    bool
	Since record.Seq // of the latest grant
	Until record.Seq // of the latest revocation, 0 for never
}

// access is a user's grants in the order of a pass.
type access struct {
	grants  []Grant
	changed record.Seq // of the latest grant or revocation
}

func (a *access) find(sc Scope) (int, bool) {
	return slices.BinarySearchFunc(a.grants, sc, func(g Grant, sc Scope) int { return g.Scope.Compare(sc) })
}

// Grants returns a user's grants and, until the floor passes them, revocations, in the order of a pass. Not to be changed.
func (s *State) Grants(u UserID) []Grant {
	if a := s.view.access[u]; a != nil {
		return a.grants
	}
	return nil
}

// Granted reports whether a user has a scope.
func (s *State) Granted(u UserID, sc Scope) bool {
	a := s.view.access[u]
	if a == nil {
		return false
	}
	i, ok := a.find(sc)
	return ok && a.grants[i].On
}

// Floor is the position below which the view has forgotten what it removed: an older token can't be served a difference.
func (s *State) Floor() record.Seq { return s.view.floor }

// regrant brings one user's access to one scope in line with what the state says now.
func (s *State) regrant(u UserID, sc Scope) {
	if s.view == nil {
		return
	}
	want := s.may(u, sc)
	a := s.view.access[u]
	if a == nil {
		if !want {
			return
		}
		a = &access{}
		s.view.access[u] = a
	}
	i, known := a.find(sc)
	if !known && !want || known && a.grants[i].On == want {
		return
	}
	if !known {
		a.grants = slices.Insert(a.grants, i, Grant{Scope: sc})
	}
	a.changed = s.Seq
	g := &a.grants[i]
	g.On = want
	if want {
		g.Since = s.Seq
		s.regained(u, sc)
		return
	}
	g.Until = s.Seq
	s.dropped(u, sc)
}

// regrantUser re-examines everything that a user has or, by role, could have. For changes of type, zones or activity.
// In order, for it is the order in which rows of the user's own scope come and go.
func (s *State) regrantUser(u UserID) {
	if s.view == nil {
		return
	}
	s.regrant(u, SelfScope(u))
	s.regrant(u, DirectoryScope(s.Agency.ID))
	for _, id := range sortedKeys(s.zones) {
		s.regrant(u, ZoneScope(id))
	}
	for _, id := range sortedKeys(s.dispatches) {
		s.regrant(u, DispatchScope(id))
	}
	for _, id := range sortedKeys(s.conversations) {
		s.regrant(u, ConversationScope(id))
	}
}

// regrantAll re-examines one scope for every user. For things that come into being or change their zone.
func (s *State) regrantAll(sc Scope) {
	if s.view == nil {
		return
	}
	for id := range s.users {
		s.regrant(id, sc)
	}
}

// FeedRow is a row's latest change within a scope.
type FeedRow struct {
	Row
	Rev  uint32
	Seq  record.Seq // of the change
	Gone bool
}

// feed is a scope's rows; a list through them is ordered by the latest change, so that a difference costs what changed.
type feed struct {
	rows   map[Row]*feedNode
	newest *feedNode
	oldest *feedNode

	scope         Scope
	stirred       record.Seq // of the latest change, messages included
	before, after *feed      // in the list of all feeds
}

type feedNode struct {
	FeedRow
	older, newer *feedNode
}

// touch says that a row of a scope changed, or has gone. seq is s.Seq.
func (s *State) touch(sc Scope, r Row, rev uint32, gone bool) {
	if s.view == nil {
		return
	}
	f := s.view.feeds[sc]
	if f == nil {
		f = &feed{scope: sc, rows: map[Row]*feedNode{}}
		s.view.feeds[sc] = f
	}
	n := f.rows[r]
	if n == nil {
		if gone {
			return // never was here
		}
		n = &feedNode{}
		f.rows[r] = n
	} else {
		f.unlink(n)
	}
	n.FeedRow = FeedRow{Row: r, Rev: rev, Seq: s.Seq, Gone: gone}
	f.link(n)
	s.stir(sc)
}

// touchOwn is touch of a row in a user's own scope that may have gone and come again: its rev goes on rising.
func (s *State) touchOwn(u UserID, r Row, rev uint32) {
	s.touch(SelfScope(u), r, max(rev, s.lastRev(SelfScope(u), r)+1), false)
}

// vanish says that a row of a scope has gone, with the next rev.
func (s *State) vanish(sc Scope, r Row) {
	if s.view == nil {
		return
	}
	if f := s.view.feeds[sc]; f != nil && f.rows[r] != nil && !f.rows[r].Gone {
		s.touch(sc, r, f.rows[r].Rev+1, true)
	}
}

func (f *feed) link(n *feedNode) {
	n.older, n.newer = f.newest, nil
	if f.newest != nil {
		f.newest.newer = n
	} else {
		f.oldest = n
	}
	f.newest = n
}

func (f *feed) unlink(n *feedNode) {
	if n.older != nil {
		n.older.newer = n.newer
	} else {
		f.oldest = n.newer
	}
	if n.newer != nil {
		n.newer.older = n.older
	} else {
		f.newest = n.older
	}
	n.older, n.newer = nil, nil
}

// Changed returns the rows of a scope whose latest change lies in (after, upto], tombstones among them, ordered by
// position, then kind and id. Its cost is that of the changes since after.
func (s *State) Changed(sc Scope, after, upto record.Seq) []FeedRow {
	f := s.view.feeds[sc]
	if f == nil {
		return nil
	}
	var rows []FeedRow
	for n := f.newest; n != nil && n.Seq > after; n = n.older {
		if n.Seq <= upto {
			rows = append(rows, n.FeedRow)
		}
	}
	slices.SortFunc(rows, func(a, b FeedRow) int {
		if a.Seq != b.Seq {
			return int(int64(a.Seq) - int64(b.Seq))
		}
		return a.Row.compare(b.Row)
	})
	return rows
}

// LastChange is the position of a scope's latest change, messages apart (see Conversation.LastSeq); 0 for none.
func (s *State) LastChange(sc Scope) record.Seq {
	if f := s.view.feeds[sc]; f != nil && f.newest != nil {
		return f.newest.Seq
	}
	return 0
}

// Live returns the rows that a scope holds now, by kind and id.
func (s *State) Live(sc Scope) []FeedRow {
	f := s.view.feeds[sc]
	if f == nil {
		return nil
	}
	rows := make([]FeedRow, 0, len(f.rows))
	for _, n := range f.rows {
		if !n.Gone {
			rows = append(rows, n.FeedRow)
		}
	}
	slices.SortFunc(rows, func(a, b FeedRow) int { return a.Row.compare(b.Row) })
	return rows
}

// RevIn is the rev of a row that a scope holds now, 0 if it holds none.
func (s *State) RevIn(sc Scope, r Row) uint32 {
	if f := s.view.feeds[sc]; f != nil && f.rows[r] != nil && !f.rows[r].Gone {
		return f.rows[r].Rev
	}
	return 0
}

// shown reports whether a scope shows a row now.
func (s *State) shown(sc Scope, r Row) bool {
	if s.view == nil || s.view.feeds[sc] == nil {
		return false
	}
	n := s.view.feeds[sc].rows[r]
	return n != nil && !n.Gone
}

// lastRev is the rev that a scope last showed of a row, tombstones included.
func (s *State) lastRev(sc Scope, r Row) uint32 {
	if s.view == nil || s.view.feeds[sc] == nil || s.view.feeds[sc].rows[r] == nil {
		return 0
	}
	return s.view.feeds[sc].rows[r].Rev
}

// FloorRaised forgets tombstones and revocations at or below Floor.
type FloorRaised struct {
	Floor record.Seq `json:"floor"`
}

// EventType is the name in the log.
func (*FloorRaised) EventType() string { return "floor.raised" }

func (b *FloorRaised) apply(s *State, e Event) {
	if s.view == nil || b.Floor <= s.view.floor || b.Floor >= e.Seq {
		return
	}
	s.view.floor = b.Floor
	for sc, f := range s.view.feeds {
		f.forget(b.Floor)
		if len(f.rows) == 0 {
			s.view.unchain(f)
			delete(s.view.feeds, sc)
		}
	}
	for u, a := range s.view.access {
		a.grants = slices.DeleteFunc(a.grants, func(g Grant) bool { return !g.On && g.Until <= b.Floor })
		if len(a.grants) == 0 {
			delete(s.view.access, u)
		}
	}
}

// forget removes tombstones at or below the floor.
func (f *feed) forget(floor record.Seq) {
	for n := f.oldest; n != nil && n.Seq <= floor; {
		next := n.newer
		if n.Gone {
			f.unlink(n)
			delete(f.rows, n.Row)
		}
		n = next
	}
}

// RaiseFloor is the system's command to forget what was removed up to Floor.
type RaiseFloor struct {
	Floor record.Seq `json:"floor"`
}

// CommandType is the name on the wire; no client may send it.
func (*RaiseFloor) CommandType() string { return "floor.raise" }

func (b *RaiseFloor) decide(s *State, c Command) ([]EventBody, error) {
	if !c.Actor.IsZero() {
		return nil, ErrForbidden
	}
	if b.Floor > s.Seq {
		return nil, Invalid("floor", "lies beyond the log's end")
	}
	return []EventBody{&FloorRaised{b.Floor}}, nil
}
