package client_test

import (
	"path/filepath"
	"testing"
	"time"

	"officermobile/client"
	"officermobile/models"
	"officermobile/models/wire"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// stores are the implementations: each call answers an empty one.
func stores() map[string]func(t *testing.T) client.Store {
	return map[string]func(t *testing.T) client.Store{
		"memory": func(*testing.T) client.Store { return client.NewMemory() },
		"sqlite": func(t *testing.T) client.Store {
			s, err := client.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "device?#.db"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			return s
		},
	}
}

// TestStores is the contract.
func TestStores(t *testing.T) {
	t.Parallel()
	for name, open := range stores() {
		for what, check := range map[string]func(*testing.T, client.Store){
			"meta": checkMeta, "rows": checkRows, "messages": checkMessages, "outbox": checkOutbox, "pages": checkPages, "erase": checkErase,
		} {
			t.Run(name+"/"+what, func(t *testing.T) {
				t.Parallel()
				check(t, open(t))
			})
		}
	}
}

func commit(t *testing.T, s client.Store, c client.Change) {
	t.Helper()
	if err := s.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

// same compares by JSON.
func same(t *testing.T, what string, got, want any) {
	t.Helper()
	g, err := json.Marshal(got, json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	w, err := json.Marshal(want, json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	if string(g) != string(w) {
		t.Errorf("%s:\ngot  %s\nwant %s", what, g, w)
	}
}

func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func id[T ~[16]byte](b byte) T { return T{0: b, 15: 1} }

func scopeOf(b byte) models.Scope { return models.ConversationScope(id[models.ConversationID](b)) }

func checkMeta(t *testing.T, s client.Store) {
	same(t, "fresh", must(s.Meta(t.Context()))(t), client.Meta{})
	m := client.Meta{Device: id[models.DeviceID](1), Token: "t1", Pass: &client.Pass{Token: "p", Full: true, Pages: 2},
		At: time.Unix(1790000000, 5).UTC(), Holes: map[models.Scope]uint32{scopeOf(1): 7}}
	m.Lanes[1].Last = 9
	commit(t, s, client.Change{Meta: &m})
	same(t, "kept", must(s.Meta(t.Context()))(t), m)
	commit(t, s, client.Change{PutRows: []client.Row{row(scopeOf(1), "a", 1)}})
	same(t, "untouched by a change without it", must(s.Meta(t.Context()))(t), m)
}

func row(sc models.Scope, id string, rev uint32) client.Row {
	return client.Row{Key: client.Key{Scope: sc, Kind: models.RowTask, ID: id}, Rev: rev, Data: jsontext.Value(`{"v":1}`)}
}

func checkRows(t *testing.T, s client.Store) {
	zone := models.Scope{Rank: models.RankZone, ID: id[models.ZoneID](9).UUID()}
	a, b, c := row(scopeOf(2), "a", 1), row(scopeOf(1), "b", 2), row(zone, "a", 3)
	c.FromN = 12
	commit(t, s, client.Change{PutRows: []client.Row{a, b, c}})
	same(t, "by rank, scope, id", must(s.Rows(t.Context(), models.RowTask))(t), []client.Row{c, b, a})
	if rows := must(s.Rows(t.Context(), models.RowUser))(t); len(rows) != 0 {
		t.Errorf("rows of another kind: %v", rows)
	}
	a.Rev = 5
	commit(t, s, client.Change{PutRows: []client.Row{a}, DeleteRows: []client.Key{b.Key, {Scope: zone, Kind: models.RowUser, ID: "a"}}})
	same(t, "replaced and deleted", must(s.Rows(t.Context(), models.RowTask))(t), []client.Row{c, a})
	if got, ok, err := s.Row(t.Context(), a.Key); err != nil || !ok || got.Rev != 5 {
		t.Errorf("Row = %v, %v, %v", got, ok, err)
	}
	if _, ok, err := s.Row(t.Context(), b.Key); err != nil || ok {
		t.Errorf("a deleted row is there: %v", err)
	}
	commit(t, s, client.Change{EraseScope: []models.Scope{zone}, PutRows: []client.Row{row(zone, "z", 1)}})
	same(t, "a scope erased before it is put", must(s.Rows(t.Context(), models.RowTask))(t), []client.Row{row(zone, "z", 1), a})
}

func message(n uint32, text string) wire.Message {
	return wire.Message{N: n, ID: models.MessageID{0: 1, 14: byte(n), 15: 2}, Author: id[models.UserID](7), At: 1790000000000 + int64(n), Text: text}
}

func checkMessages(t *testing.T, s client.Store) {
	sc := scopeOf(1)
	urgent := message(4, "d")
	urgent.Extra = wire.Extra{Urgent: true, AgeMS: 5}
	commit(t, s, client.Change{Messages: map[models.Scope][]wire.Message{
		sc: {message(2, "b"), message(3, "c"), urgent, message(7, "g")}, scopeOf(2): {message(1, "other")},
	}})
	for _, c := range []struct {
		name         string
		from, before uint32
		limit        int
		want         []uint32
	}{
		{"all", 0, 1 << 31, 100, []uint32{2, 3, 4, 7}},
		{"from", 3, 1 << 31, 100, []uint32{3, 4, 7}},
		{"before", 0, 4, 100, []uint32{2, 3}},
		{"the newest", 0, 7, 2, []uint32{3, 4}},
		{"none", 5, 7, 2, []uint32{}},
	} {
		got := []uint32{}
		for _, m := range must(s.Messages(t.Context(), sc, c.from, c.before, c.limit))(t) {
			got = append(got, m.N)
		}
		same(t, c.name, got, c.want)
	}
	same(t, "extra", must(s.Messages(t.Context(), sc, 4, 5, 1))(t)[0], urgent)
	commit(t, s, client.Change{Messages: map[models.Scope][]wire.Message{sc: {message(3, "changed"), message(1, "older")}}})
	rows := must(s.Messages(t.Context(), sc, 0, 4, 100))(t)
	if len(rows) != 3 || rows[0].Text != "older" || rows[2].Text != "changed" {
		t.Errorf("after a change: %v", rows)
	}
	commit(t, s, client.Change{EraseScope: []models.Scope{sc}})
	if rows := must(s.Messages(t.Context(), sc, 0, 100, 100))(t); len(rows) != 0 {
		t.Errorf("erased, yet there: %v", rows)
	}
	if rows := must(s.Messages(t.Context(), scopeOf(2), 0, 100, 100))(t); len(rows) != 1 {
		t.Errorf("of another scope: %v", rows)
	}
}

func entry(lane models.Lane, num uint64) client.Entry {
	return client.Entry{EntryKey: client.EntryKey{Lane: lane, Num: num}, ID: id[models.CommandID](byte(num)), Type: "mark.read",
		Body: jsontext.Value(`{}`), Made: time.Unix(1790000000, 0).UTC(), Boot: "b", MonoMS: 12}
}

func checkOutbox(t *testing.T, s client.Store) {
	commit(t, s, client.Change{PutEntries: []client.Entry{entry(1, 2), entry(1, 1), entry(0, 9)}})
	same(t, "by lane and number", must(s.Outbox(t.Context()))(t), []client.Entry{entry(0, 9), entry(1, 1), entry(1, 2)})
	refused := entry(1, 2)
	refused.Outcome, refused.Code = models.Rejected, "not_a_member"
	commit(t, s, client.Change{DeleteEntries: []client.EntryKey{refused.EntryKey}, AddRefused: []client.Entry{refused}})
	same(t, "one refused", must(s.Outbox(t.Context()))(t), []client.Entry{entry(0, 9), entry(1, 1)})
	same(t, "refused", must(s.Refused(t.Context()))(t), []client.Entry{refused})
	commit(t, s, client.Change{EraseRows: true})
	if got := must(s.Outbox(t.Context()))(t); len(got) != 2 {
		t.Errorf("erasing rows touched the outbox: %v", got)
	}
	commit(t, s, client.Change{ForgetRefused: []models.CommandID{refused.ID}})
	if got := must(s.Refused(t.Context()))(t); len(got) != 0 {
		t.Errorf("forgotten, yet there: %v", got)
	}
	swap := entry(1, 1)
	swap.Num = 5
	commit(t, s, client.Change{DeleteEntries: []client.EntryKey{{Lane: 1, Num: 1}, {Lane: 0, Num: 9}}, PutEntries: []client.Entry{swap}})
	same(t, "renumbered", must(s.Outbox(t.Context()))(t), []client.Entry{swap})
}

func checkPages(t *testing.T, s client.Store) {
	one, two := client.Page{T: "p1", More: true, At: time.Unix(1, 0).UTC()}, client.Page{T: "p2", More: true, Full: true}
	one.Items = []client.Item{{Scope: scopeOf(1), Kind: models.RowTask, ID: "a", Rev: 1, Data: jsontext.Value(`{"v":1}`)}}
	commit(t, s, client.Change{AddPage: &one})
	commit(t, s, client.Change{AddPage: &two})
	same(t, "in order", must(s.Pages(t.Context()))(t), []client.Page{one, two})
	commit(t, s, client.Change{DropPages: true, AddPage: &two})
	same(t, "dropped before one is added", must(s.Pages(t.Context()))(t), []client.Page{two})
	commit(t, s, client.Change{EraseRows: true})
	if got := must(s.Pages(t.Context()))(t); len(got) != 0 {
		t.Errorf("pages outlive their rows: %v", got)
	}
}

func checkErase(t *testing.T, s client.Store) {
	page := client.Page{T: "p"}
	commit(t, s, client.Change{
		Meta: &client.Meta{Token: "secret"}, PutRows: []client.Row{row(scopeOf(1), "a", 1)}, AddPage: &page,
		Messages:   map[models.Scope][]wire.Message{scopeOf(1): {message(1, "secret")}},
		PutEntries: []client.Entry{entry(0, 1)}, AddRefused: []client.Entry{entry(0, 2)},
	})
	commit(t, s, client.Change{Meta: &client.Meta{Wiped: true}, EraseAll: true})
	left := len(must(s.Rows(t.Context(), models.RowTask))(t)) + len(must(s.Messages(t.Context(), scopeOf(1), 0, 100, 100))(t)) +
		len(must(s.Outbox(t.Context()))(t)) + len(must(s.Refused(t.Context()))(t)) + len(must(s.Pages(t.Context()))(t))
	if m := must(s.Meta(t.Context()))(t); left != 0 || !m.Wiped || m.Token != "" {
		t.Errorf("left %d, meta %+v", left, m)
	}
}
