package client_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"officermobile/client"
	"officermobile/models"
	"officermobile/models/wire"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"
)

// ledger is another client: it does what PROTOCOL's rules say page by page, with marks and tombstones and a sweep at the
// end, where the library keeps the pages aside and merges them.
type ledger struct {
	rows map[client.Key]client.Row
	msgs map[models.Scope]map[uint32]string
	from map[models.Scope]uint32
}

func (l *ledger) pass(pages []client.Page) {
	full := pages[0].Full
	reset := map[models.Scope]bool{}
	marked := map[client.Key]bool{}
	markedN := map[models.Scope]map[uint32]bool{}
	tombs := map[client.Key]uint32{}
	if full {
		clear(l.from)
	}
	for _, p := range pages {
		for _, it := range p.Items {
			key := client.Key{Scope: it.Scope, Kind: it.Kind, ID: it.ID}
			fresh := func() bool { return (full || reset[it.Scope]) && !marked[key] }
			switch {
			case it.Op != "":
				reset[it.Scope] = true
				of := func(k client.Key, _ bool) bool { return k.Scope == it.Scope }
				maps.DeleteFunc(marked, of)
				maps.DeleteFunc(tombs, func(k client.Key, _ uint32) bool { return of(k, true) })
				delete(markedN, it.Scope)
				l.from[it.Scope] = it.FromN
			case it.Kind == models.RowMessages:
				var run wire.Messages
				if json.Unmarshal(it.Data, &run) != nil {
					panic("a run that can't be read")
				}
				if l.msgs[it.Scope] == nil {
					l.msgs[it.Scope] = map[uint32]string{}
				}
				if markedN[it.Scope] == nil {
					markedN[it.Scope] = map[uint32]bool{}
				}
				for _, m := range run {
					if m.N >= l.from[it.Scope] {
						l.msgs[it.Scope][m.N], markedN[it.Scope][m.N] = m.Text, true
					}
				}
			case it.Gone:
				if old, ok := l.rows[key]; ok && (fresh() || old.Rev <= it.Rev) {
					delete(l.rows, key)
				}
				if tombs[key] <= it.Rev {
					tombs[key] = it.Rev
				}
			default:
				old, ok := l.rows[key]
				if it.Rev >= tombs[key] && (!ok || fresh() || it.Rev >= old.Rev) {
					l.rows[key] = client.Row{Key: key, Rev: it.Rev, Data: it.Data}
					delete(tombs, key)
					marked[key] = true
				}
			}
		}
	}
	maps.DeleteFunc(l.rows, func(k client.Key, _ client.Row) bool { return (full || reset[k.Scope]) && !marked[k] })
	for sc, rows := range l.msgs {
		maps.DeleteFunc(rows, func(n uint32, _ string) bool { return (full || reset[sc]) && !markedN[sc][n] })
	}
}

func genItem(scopes []models.Scope) *rapid.Generator[client.Item] {
	return rapid.Custom(func(t *rapid.T) client.Item {
		it := client.Item{Scope: rapid.SampledFrom(scopes).Draw(t, "scope")}
		what := rapid.IntRange(0, 11).Draw(t, "what")
		switch {
		case what == 0:
			it.Op = wire.OpDrop
		case what == 1:
			it.Op, it.FromN = wire.OpReset, rapid.Uint32Range(0, 4).Draw(t, "from")
		case what < 4:
			var run wire.Messages
			for n := range uint32(8) {
				if rapid.Bool().Draw(t, "in") {
					run = append(run, message(n+1, rapid.StringMatching("[a-c]").Draw(t, "text")))
				}
			}
			it.Kind = models.RowMessages
			it.Data, _ = json.Marshal(run)
		default:
			it.Kind, it.ID = models.RowTask, rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "id")
			it.Rev, it.Gone = rapid.Uint32Range(1, 6).Draw(t, "rev"), what < 6
			if !it.Gone {
				it.Data = jsontext.Value(fmt.Sprintf(`{"x":%d}`, rapid.IntRange(0, 9).Draw(t, "x")))
			}
		}
		return it
	})
}

// TestMerge compares the library with the ledger over many passes of anything a server could send.
func TestMerge(t *testing.T) {
	t.Parallel()
	scopes := []models.Scope{scopeOf(1), scopeOf(2)}
	rapid.Check(t, func(rt *rapid.T) {
		store := client.NewMemory()
		want := ledger{map[client.Key]client.Row{}, map[models.Scope]map[uint32]string{}, map[models.Scope]uint32{}}
		for range rapid.IntRange(1, 4).Draw(rt, "passes") {
			full := rapid.IntRange(0, 3).Draw(rt, "full") == 0
			pages := make([]client.Page, rapid.IntRange(1, 3).Draw(rt, "pages"))
			for i := range pages {
				pages[i].Full = full
				pages[i].Items = rapid.SliceOfN(genItem(scopes), 0, 6).Draw(rt, "items")
			}
			// A from_n is kept with the conversation's row, so a reset that names one brings that row, as servers do.
			for i, p := range pages {
				var items []client.Item
				for _, it := range p.Items {
					items = append(items, it)
					if it.Op == wire.OpReset {
						items = append(items, client.Item{Scope: it.Scope, Kind: models.RowConversation, ID: it.Scope.ID.String(), Rev: 1})
					}
				}
				pages[i].Items = items
			}
			change, err := client.Merge(pages, func(k client.Key) (client.Row, bool, error) { return store.Row(t.Context(), k) })
			if err != nil {
				rt.Fatal(err)
			}
			if err := store.Commit(t.Context(), change); err != nil {
				rt.Fatal(err)
			}
			want.pass(pages)
			compare(t, rt, store, want, scopes)
		}
	})
}

func compare(t *testing.T, rt *rapid.T, store client.Store, want ledger, scopes []models.Scope) {
	rows := must(store.Rows(t.Context(), models.RowTask))(t)
	tasks := 0
	for k := range want.rows {
		if k.Kind == models.RowTask {
			tasks++
		}
	}
	if len(rows) != tasks {
		rt.Fatalf("%d rows, want %d: %v", len(rows), tasks, rows)
	}
	for _, r := range rows {
		if w, ok := want.rows[r.Key]; !ok || w.Rev != r.Rev || string(w.Data) != string(r.Data) {
			rt.Fatalf("row %v = %d %s, want %d %s", r.Key, r.Rev, r.Data, w.Rev, w.Data)
		}
	}
	for _, sc := range scopes {
		got := map[uint32]string{}
		for _, m := range must(store.Messages(t.Context(), sc, 0, 100, 100))(t) {
			got[m.N] = m.Text
		}
		if w := want.msgs[sc]; !maps.Equal(got, w) && len(got)+len(w) > 0 {
			rt.Fatalf("messages of %v = %v, want %v (from %d)", sc, slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(w)), want.from[sc])
		}
	}
}
