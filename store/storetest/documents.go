package storetest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"officermobile/store"
)

var documentTests = []subtest[store.Documents]{
	{"versions", testVersions},
	{"delete", testDelete},
	{"bodies", testBodies},
	{"list", testList},
	{"due", testDue},
	{"kinds do not mix", testKinds},
	{"racing puts", testPutRace},
	{"many at once", testPutAll},
	{"refusals of many", testPutAllRefusals},
	{"refusals", testDocumentRefusals},
	{"ended context", testDocumentContext},
}

func put(t *testing.T, s store.Documents, d store.Document) uint64 {
	t.Helper()
	version, err := s.PutIf(t.Context(), d)
	if err != nil {
		t.Fatalf("put %s version %d: %v", d.ID, d.Version, err)
	}
	return version
}

func testVersions(t *testing.T, s store.Documents) {
	_, err := s.Get(t.Context(), "note", "1")
	wantError(t, "get nothing", err, store.ErrNotFound)
	_, err = s.PutIf(t.Context(), store.Document{Kind: "note", ID: "1", Version: 1})
	wantError(t, "change nothing", err, store.ErrVersion)
	d := store.Document{Kind: "note", ID: "1", Body: []byte("one")}
	for want := uint64(1); want <= 3; want++ {
		if d.Version = put(t, s, d); d.Version != want {
			t.Fatalf("got version %d, want %d", d.Version, want)
		}
	}
	for _, version := range []uint64{0, 1, 2, 4, 1<<64 - 1} {
		_, err = s.PutIf(t.Context(), store.Document{Kind: "note", ID: "1", Version: version, Body: []byte("lost")})
		wantError(t, "other version", err, store.ErrVersion)
	}
	got, err := s.Get(t.Context(), "note", "1")
	if err != nil || got.Kind != "note" || got.ID != "1" || got.Version != 3 || !got.Due.IsZero() || string(got.Body) != "one" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func testDelete(t *testing.T, s store.Documents) {
	if err := s.Delete(t.Context(), "note", "1", 1); err != nil {
		t.Errorf("delete nothing: %v", err)
	}
	put(t, s, store.Document{Kind: "note", ID: "1"})
	for _, version := range []uint64{0, 2} {
		wantError(t, "other version", s.Delete(t.Context(), "note", "1", version), store.ErrVersion)
	}
	for range 2 {
		if err := s.Delete(t.Context(), "note", "1", 1); err != nil {
			t.Errorf("delete: %v", err)
		}
	}
	_, err := s.Get(t.Context(), "note", "1")
	wantError(t, "get", err, store.ErrNotFound)
	if version := put(t, s, store.Document{Kind: "note", ID: "1"}); version != 1 {
		t.Errorf("made anew: got version %d, want 1", version)
	}
}

func testBodies(t *testing.T, s store.Documents) {
	for id, body := range map[string][]byte{
		"nil": nil, "empty": {}, "binary": {0, 0xff, '\'', '$', '\n'}, "largest": bytes.Repeat([]byte{7}, store.MaxDocument),
	} {
		put(t, s, store.Document{Kind: "note", ID: id, Body: body})
		if got, err := s.Get(t.Context(), "note", id); err != nil || !bytes.Equal(got.Body, body) {
			t.Errorf("%s: got %d bytes, %v", id, len(got.Body), err)
		}
	}
}

func ids(found []store.Document) []string {
	var out []string
	for _, d := range found {
		out = append(out, d.ID)
	}
	return out
}

func testList(t *testing.T, s store.Documents) {
	// '.' and '*' mean something to a pattern, '%' and '_' to another; '~' sorts last, upper case before lower.
	for _, id := range []string{"a/2", "a/1", "a.1", "a%", "a_", "a*", "a", "b", "A", "a/~", "~", " "} {
		put(t, s, store.Document{Kind: "note", ID: id})
	}
	for _, c := range []struct {
		prefix, after string
		limit         int
		want          []string
	}{
		{"", "", 100, []string{" ", "A", "a", "a%", "a*", "a.1", "a/1", "a/2", "a/~", "a_", "b", "~"}},
		{"a/", "", 100, []string{"a/1", "a/2", "a/~"}},
		{"a/", "a/1", 1, []string{"a/2"}},
		{"a/", "a/2", 100, []string{"a/~"}},
		{"a/", "b", 100, nil},
		{"a/", "A", 2, []string{"a/1", "a/2"}},
		{"a", "", 1, []string{"a"}},
		{"a", "a", 1, []string{"a%"}},
		{"a.", "", 100, []string{"a.1"}},
		{"a%", "", 100, []string{"a%"}},
		{"a_", "", 100, []string{"a_"}},
		{"", "~", 100, nil},
		{"c", "", 100, nil},
	} {
		got, err := s.List(t.Context(), "note", c.prefix, c.after, c.limit)
		if err != nil || !slices.Equal(ids(got), c.want) {
			t.Errorf("prefix %q after %q limit %d: got %q, %v, want %q", c.prefix, c.after, c.limit, ids(got), err, c.want)
		}
	}
}

func testDue(t *testing.T, s store.Documents) {
	noon := time.Date(2030, 1, 2, 12, 0, 0, 0, time.UTC)
	put(t, s, store.Document{Kind: "note", ID: "never"})
	put(t, s, store.Document{Kind: "note", ID: "b", Due: noon})
	put(t, s, store.Document{Kind: "note", ID: "c", Due: noon.Add(-time.Hour)})
	put(t, s, store.Document{Kind: "note", ID: "a", Due: noon})
	put(t, s, store.Document{Kind: "note", ID: "later", Due: noon.Add(time.Millisecond)})
	version := put(t, s, store.Document{Kind: "note", ID: "done", Due: noon})
	put(t, s, store.Document{Kind: "note", ID: "done", Version: version})
	for _, c := range []struct {
		before time.Time
		limit  int
		want   []string
	}{
		{noon.Add(-2 * time.Hour), 10, nil},
		{noon.Add(-time.Millisecond), 10, []string{"c"}},
		{noon, 10, []string{"c", "a", "b"}},
		{noon.In(time.FixedZone("x", 3600)), 2, []string{"c", "a"}},
		{noon.Add(time.Hour), 10, []string{"c", "a", "b", "later"}},
		{time.Time{}, 10, nil},
	} {
		got, err := s.Due(t.Context(), "note", c.before, c.limit)
		if err != nil || !slices.Equal(ids(got), c.want) {
			t.Errorf("before %v: got %q, %v, want %q", c.before, ids(got), err, c.want)
		}
	}
	fine := noon.Add(123*time.Millisecond + 456*time.Microsecond)
	put(t, s, store.Document{Kind: "note", ID: "fine", Due: fine})
	if got, err := s.Get(t.Context(), "note", "fine"); err != nil || !got.Due.Equal(fine.Truncate(time.Millisecond)) {
		t.Errorf("got %v, %v, want milliseconds", got.Due, err)
	}
}

func testKinds(t *testing.T, s store.Documents) {
	for _, kind := range []store.Kind{"note", "note_book", "not"} {
		put(t, s, store.Document{Kind: kind, ID: "1", Body: []byte(kind), Due: time.UnixMilli(1000)})
	}
	for _, kind := range []store.Kind{"note", "note_book", "not"} {
		got, err := s.List(t.Context(), kind, "", "", 10)
		if err != nil || len(got) != 1 || string(got[0].Body) != string(kind) || got[0].Kind != kind {
			t.Errorf("list %s: got %v, %v", kind, got, err)
		}
		got, err = s.Due(t.Context(), kind, time.UnixMilli(2000), 10)
		if err != nil || len(got) != 1 || string(got[0].Body) != string(kind) || got[0].Kind != kind {
			t.Errorf("due %s: got %v, %v", kind, got, err)
		}
	}
}

// testPutRace lets writers race for each version; each version has one winner.
func testPutRace(t *testing.T, s store.Documents) {
	const writers, versions = 6, 8
	var wins atomic.Int64
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for version := range uint64(versions) {
				_, err := s.PutIf(t.Context(), store.Document{Kind: "note", ID: "1", Version: version})
				if err == nil {
					wins.Add(1)
				} else if !errors.Is(err, store.ErrVersion) {
					t.Errorf("put: %v", err)
				}
			}
		})
	}
	all.Wait()
	got, err := s.Get(t.Context(), "note", "1")
	if err != nil || got.Version != uint64(wins.Load()) {
		t.Errorf("got version %d, %v, want one for each of %d wins", got.Version, err, wins.Load())
	}
}

func testDocumentRefusals(t *testing.T, s store.Documents) {
	for name, d := range map[string]store.Document{
		"no kind":       {ID: "1"},
		"hostile kind":  {Kind: "no$te", ID: "1"},
		"long kind":     {Kind: store.Kind(strings.Repeat("a", 41)), ID: "1"},
		"no id":         {Kind: "note"},
		"long id":       {Kind: "note", ID: strings.Repeat("a", 201)},
		"NUL in the id": {Kind: "note", ID: "a\x00b"},
		"id not ASCII":  {Kind: "note", ID: "ä"},
		"large body":    {Kind: "note", ID: "1", Body: make([]byte, store.MaxDocument+1)},
		"due too far":   {Kind: "note", ID: "1", Due: time.Date(12026, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		_, err := s.PutIf(t.Context(), d)
		wantError(t, name, err, store.ErrInvalid)
	}
	_, err := s.Get(t.Context(), "note", "\n")
	wantError(t, "get", err, store.ErrInvalid)
	wantError(t, "delete", s.Delete(t.Context(), "Note", "1", 1), store.ErrInvalid)
	for _, limit := range []int{0, store.MaxLimit + 1} {
		_, err = s.List(t.Context(), "note", "", "", limit)
		wantError(t, "list", err, store.ErrInvalid)
		_, err = s.Due(t.Context(), "note", time.Now(), limit)
		wantError(t, "due", err, store.ErrInvalid)
	}
	longest := store.Document{Kind: store.Kind(strings.Repeat("z", 40)), ID: strings.Repeat("~", 200)}
	put(t, s, longest)
	if got, err := s.List(t.Context(), longest.Kind, longest.ID, "", 1); err != nil || len(got) != 1 {
		t.Errorf("longest names: got %d documents, %v", len(got), err)
	}
}

func testDocumentContext(t *testing.T, s store.Documents) {
	ended, end := context.WithCancel(t.Context())
	end()
	_, err := s.PutIf(ended, store.Document{Kind: "note", ID: "1"})
	wantError(t, "put", err, context.Canceled)
	_, err = s.Get(ended, "note", "1")
	wantError(t, "get", err, context.Canceled)
	_, err = s.List(ended, "note", "", "", 1)
	wantError(t, "list", err, context.Canceled)
	_, err = s.Due(ended, "note", time.Now(), 1)
	wantError(t, "due", err, context.Canceled)
	wantError(t, "delete", s.Delete(ended, "note", "1", 1), context.Canceled)
	_, err = s.Get(t.Context(), "note", "1")
	wantError(t, "nothing was written", err, store.ErrNotFound)
}
