package models_test

import (
	"maps"
	"slices"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"

	"github.com/go-json-experiment/json"
)

// holding is what a phone holds that only ever gets differences, messages apart: the oracle for rows that change
// without being touched, for tombstones that are missing and for revs that do not rise.
type holding struct {
	at   record.Seq
	rows map[heldKey]heldRow
}

type heldKey struct {
	models.Scope
	models.Row
}

type heldRow struct {
	rev  uint32
	data string
}

func (c *crowd) heldOf(sc models.Scope, r models.FeedRow) heldRow {
	data := wire.RowData(c.state, sc, r.Row)
	if data == nil {
		c.r.Fatalf("%s %s has no content in %s", r.Kind, r.ID, sc)
	}
	b, err := json.Marshal(data, json.Deterministic(true))
	if err != nil {
		c.r.Fatal(err)
	}
	return heldRow{r.Rev, string(b)}
}

// pass brings what a user holds up to date, as PROTOCOL's pass does.
func (c *crowd) pass(u models.UserID, h *holding) {
	if h.at < c.state.Floor() { // a full pass
		*h = holding{rows: map[heldKey]heldRow{}}
	}
	for _, g := range c.state.Grants(u) {
		sc := g.Scope
		if !g.On || g.Since > h.at {
			maps.DeleteFunc(h.rows, func(k heldKey, _ heldRow) bool { return k.Scope == sc })
		}
		switch {
		case !g.On:
		case g.Since > h.at:
			for _, r := range c.state.Live(sc) {
				h.rows[heldKey{sc, r.Row}] = c.heldOf(sc, r)
			}
		default:
			c.difference(h, sc)
		}
	}
	h.at = c.state.Seq
}

func (c *crowd) difference(h *holding, sc models.Scope) {
	for _, r := range c.state.Changed(sc, h.at, c.state.Seq) {
		key := heldKey{sc, r.Row}
		if old, ok := h.rows[key]; ok && r.Rev <= old.rev {
			c.r.Fatalf("%s in %s changed, but its rev went from %d to %d", r.Kind, sc, old.rev, r.Rev)
		}
		if r.Gone {
			delete(h.rows, key)
			continue
		}
		h.rows[key] = c.heldOf(sc, r)
	}
}

// checkHeld compares what a user holds after a pass with what the state shows now.
func (c *crowd) checkHeld(u models.UserID, h *holding) {
	c.pass(u, h)
	want := map[heldKey]heldRow{}
	for _, g := range c.state.Grants(u) {
		if !g.On {
			continue
		}
		for _, r := range c.state.Live(g.Scope) {
			want[heldKey{g.Scope, r.Row}] = c.heldOf(g.Scope, r)
		}
	}
	for _, k := range slices.Collect(maps.Keys(h.rows)) {
		if _, ok := want[k]; !ok {
			c.r.Fatalf("%s holds a %s in %s that is not theirs", c.state.User(u).Name, k.Kind, k.Scope)
		}
	}
	for k, w := range want {
		if got := h.rows[k]; got != w {
			c.r.Fatalf("%s holds %s in %s as %+v, want %+v", c.state.User(u).Name, k.Kind, k.Scope, got, w)
		}
	}
}

// checkRevs: within a scope a row's rev rises with every change, through tombstones too, for as long as they are known.
func (c *crowd) checkRevs(seen map[heldKey]models.FeedRow, after record.Seq) {
	maps.DeleteFunc(seen, func(k heldKey, r models.FeedRow) bool {
		return c.left(k.Scope) || r.Gone && r.Seq <= c.state.Floor()
	})
	scopes, ok := c.state.Touched(after, 1<<20)
	if !ok {
		c.r.Fatal("too many scopes")
	}
	for _, sc := range scopes {
		for _, r := range c.state.Changed(sc, after, c.state.Seq) {
			key := heldKey{sc, r.Row}
			if old, ok := seen[key]; ok && r.Rev <= old.Rev {
				c.r.Fatalf("%s in %s: rev %d (gone %v) after %d (gone %v)", r.Kind, sc, r.Rev, r.Gone, old.Rev, old.Gone)
			}
			seen[key] = r
		}
	}
}

// left: what the scope is of has left memory. Whoever is granted it again gets it anew.
func (c *crowd) left(sc models.Scope) bool {
	return sc.Rank == models.RankDispatch && c.state.Dispatch(models.DispatchID(sc.ID)) == nil ||
		sc.Rank == models.RankConversation && c.state.Conversation(models.ConversationID(sc.ID)) == nil
}
