package sync

import (
	"bytes"
	"cmp"
	"slices"
	"sort"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
)

// grants are the scopes that this pass has still to visit, in order. Its cost is that of what changed since c0, unless
// the user's own access changed or the pass is full.
func (l *look) grants() []models.Grant {
	if l.pass.alone {
		g, ok := l.s.GrantOf(l.user, l.pass.at)
		if !ok {
			g = models.Grant{Scope: l.pass.at}
		}
		return []models.Grant{g}
	}
	all := l.s.Grants(l.user)
	i := sort.Search(len(all), func(i int) bool { return all[i].Scope.Compare(l.pass.at) >= 0 })
	all = all[i:]
	if l.pass.full || l.s.AccessChanged(l.user) > l.pass.c0 {
		return all
	}
	touched, ok := l.s.Touched(l.pass.c0, len(all))
	if !ok {
		return all
	}
	some := make([]models.Grant, 0, len(touched))
	for _, sc := range touched {
		if g, ok := l.s.GrantOf(l.user, sc); ok && sc.Compare(l.pass.at) >= 0 {
			some = append(some, g)
		}
	}
	return some
}

// reset sends a scope anew: its rows by kind and id, then the newest window of its messages.
func (l *look) reset(sc models.Scope, at place) {
	timeline, first := l.timeline(sc)
	inReset := at.stage == resetRows || at.stage == resetMessages
	again := inReset && hole(timeline, max(at.n+1, first))
	if !inReset || again {
		start := windowStart(timeline, first, l.window)
		at = place{stage: resetRows, n: start - 1}
		if (!l.pass.full || again) && !l.op(wire.OpReset, sc, fromN(start, first), at) {
			return
		}
	}
	if at.stage == resetRows {
		if !l.liveRows(sc, at, first) {
			return
		}
	}
	l.addMessages(sc, timeline[behindN(timeline, at.n):], record.Seq(1<<63), resetMessages)
}

// liveRows sends the rows of a scope behind a place; false when the page is full.
func (l *look) liveRows(sc models.Scope, at place, first uint32) bool {
	rows := l.s.Live(sc)
	i := 0
	if at.kind != "" {
		i = sort.Search(len(rows), func(i int) bool {
			return compareRows(rows[i].Row, models.Row{Kind: at.kind, ID: at.id}) > 0
		})
	}
	for _, r := range rows[i:] {
		if !l.s.Shows(l.user, sc, r.Row) {
			continue
		}
		from := uint32(0)
		if l.pass.full && r.Kind == models.RowConversation {
			from = fromN(at.n+1, first)
		}
		behind := place{stage: resetRows, kind: r.Kind, id: r.ID, n: at.n}
		if !l.addRow(sc, r, from, behind) {
			return false
		}
	}
	return true
}

// delta sends what changed in a scope in (c0, h0]; what changed since h0 comes with the next pass. A span of messages
// longer than the window, or no longer in memory, is a reset.
func (l *look) delta(sc models.Scope, at place) {
	timeline, first := l.timeline(sc)
	if l.gap(timeline, max(at.n+1, first), at.stage == fresh || at.stage == dropped) {
		l.reset(sc, place{})
		return
	}
	if at.stage != deltaMessages && !l.changedRows(sc, at) {
		return
	}
	i := max(behindN(timeline, max(at.n, first-1)), behindSeq(timeline, l.pass.c0))
	l.addMessages(sc, timeline[i:], l.h0, deltaMessages)
}

// changedRows sends the changed rows of a scope behind a place; false when the page is full.
func (l *look) changedRows(sc models.Scope, at place) bool {
	if l.s.LastChange(sc) <= l.pass.c0 {
		return true
	}
	for _, r := range l.s.Changed(sc, l.pass.c0, l.h0) {
		if at.stage == deltaRows && !behind(r, at) || !l.s.Shows(l.user, sc, r.Row) {
			continue
		}
		if !l.addRow(sc, r, 0, place{stage: deltaRows, seq: r.Seq, kind: r.Kind, id: r.ID}) {
			return false
		}
	}
	return true
}

// timeline is a conversation's rows in memory, and the first that the user may read.
func (l *look) timeline(sc models.Scope) (rows []*models.Entry, first uint32) {
	if sc.Rank != models.RankConversation {
		return nil, 1
	}
	id := models.ConversationID(sc.ID)
	first = max(l.s.FromN(l.user, id), 1)
	rows = l.s.Timeline(id)
	return rows[behindN(rows, first-1):], first
}

// gap reports that the messages in (c0, h0] from row next on can't be sent one by one.
func (l *look) gap(rows []*models.Entry, next uint32, begins bool) bool {
	if len(rows) == 0 {
		return false
	}
	if rows[0].Seq > l.pass.c0 && hole(rows, next) {
		return true
	}
	return begins && behindSeq(rows, l.h0)-behindSeq(rows, l.pass.c0) > l.window
}

// hole reports that row next, or one behind it, has left memory.
func hole(rows []*models.Entry, next uint32) bool { return len(rows) > 0 && rows[0].N > next }

// windowStart is the number of the first row of the newest window.
func windowStart(rows []*models.Entry, first uint32, window int) uint32 {
	if len(rows) == 0 {
		return first
	}
	return rows[max(0, len(rows)-window)].N
}

// fromN tells a client where its rows of a conversation begin, 0 if nothing that it may read lies before.
func fromN(start, first uint32) uint32 {
	if start <= first {
		return 0
	}
	return start
}

func behindN(rows []*models.Entry, n uint32) int {
	return sort.Search(len(rows), func(i int) bool { return rows[i].N > n })
}

func behindSeq(rows []*models.Entry, seq record.Seq) int {
	return sort.Search(len(rows), func(i int) bool { return rows[i].Seq > seq })
}

func behind(r models.FeedRow, at place) bool {
	if r.Seq != at.seq {
		return r.Seq > at.seq
	}
	return compareRows(r.Row, models.Row{Kind: at.kind, ID: at.id}) > 0
}

func compareRows(a, b models.Row) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), bytes.Compare(a.ID[:], b.ID[:]))
}

// doneMap writes the numbers of lanes that have any.
func doneMap(done [2]uint64) map[string]uint64 {
	if done == [2]uint64{} {
		return nil
	}
	m := make(map[string]uint64, 2)
	for lane, num := range slices.All(done[:]) {
		if num > 0 {
			m[string(rune('0'+lane))] = num
		}
	}
	return m
}
