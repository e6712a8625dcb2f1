package storetest

import (
	"math"
	"testing"

	"officermobile/models/record"
	"officermobile/store"
)

var indexTests = []subtest[store.Log]{
	{"timeline", testTimeline},
	{"timeline at the ends of the numbers", testTimelineEnds},
	{"find", testFind},
	{"key again", testKeyAgain},
}

// testTimeline writes two conversations through one another, several rows to a batch.
func testTimeline(t *testing.T, s store.Log) {
	one, two := record.UUID{15: 1}, record.UUID{15: 2}
	w := Writer{Log: mainLog}
	for n := uint32(1); n <= 12; n += 2 {
		w.Must(t, s, 3,
			record.Key{Event: 0, Value: record.TimelineKey(one, n)},
			record.Key{Event: 1, Value: record.TimelineKey(two, n)},
			record.Key{Event: 2, Value: record.TimelineKey(one, n+1)})
	}
	for _, c := range []struct {
		name         string
		from, before uint32
		limit        int
		want         []uint32
	}{
		{"newest", 1, math.MaxUint32, 3, []uint32{12, 11, 10}},
		{"before", 1, 10, 2, []uint32{9, 8}},
		{"from is included, before is not", 4, 7, 10, []uint32{6, 5, 4}},
		{"to the beginning", 0, 3, 10, []uint32{2, 1}},
		{"nothing", 5, 5, 10, nil},
		{"the wrong way round", 7, 4, 10, nil},
		{"past the end", 13, 100, 10, nil},
	} {
		got, err := s.Timeline(t.Context(), mainLog, one, c.from, c.before, c.limit)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		wantRows(t, c.name, got, one, c.want)
	}
}

// wantRows compares by the keys that the found events carry.
func wantRows(t *testing.T, what string, got []store.Found, conversation record.UUID, want []uint32) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: got %d rows, want %v", what, len(got), want)
		return
	}
	for i, n := range want {
		if !carries(got[i], record.TimelineKey(conversation, n)) {
			t.Errorf("%s: row %d is not number %d", what, i, n)
		}
	}
}

func carries(f store.Found, key string) bool {
	for _, k := range f.Batch.Keys {
		if k.Value == key && k.Event == f.Event {
			return true
		}
	}
	return false
}

func testTimelineEnds(t *testing.T, s store.Log) {
	low, mid, high := record.UUID{}, record.UUID{0: 7}, record.UUID{0: 0xff, 15: 0xff}
	w := Writer{Log: mainLog}
	for _, c := range []record.UUID{low, mid, high} {
		w.Must(t, s, 2, record.Key{Event: 0, Value: record.TimelineKey(c, 0)}, record.Key{Event: 1, Value: record.TimelineKey(c, math.MaxUint32-1)})
	}
	for _, c := range []record.UUID{low, mid, high} {
		got, err := s.Timeline(t.Context(), mainLog, c, 0, math.MaxUint32, 10)
		if err != nil {
			t.Fatal(err)
		}
		wantRows(t, c.Hex(), got, c, []uint32{math.MaxUint32 - 1, 0})
	}
}

func testFind(t *testing.T, s store.Log) {
	w := Writer{Log: mainLog}
	keys := []record.Key{
		{Event: 1, Value: record.MintedKey(NewUUID())},
		{Event: 2, Value: record.RequestKey(record.Hash{1, 2, 3})},
		{Event: 2, Value: record.TimelineKey(NewUUID(), 1)},
	}
	w.Must(t, s, 1)
	want := w.Must(t, s, 3, keys...)
	w.Must(t, s, 1)
	for _, k := range keys {
		got, err := s.Find(t.Context(), mainLog, k.Value)
		if err != nil || got.Event != k.Event || !sameBatch(got.Batch, want) {
			t.Errorf("%s: got event %d, %v, want %d", k.Value, got.Event, err, k.Event)
		}
	}
	_, err := s.Find(t.Context(), mainLog, keys[0].Value[:10])
	wantError(t, "part of a key", err, store.ErrNotFound)
	_, err = s.Find(t.Context(), "agency/2/main", keys[0].Value)
	wantError(t, "another log", err, store.ErrNotFound)
}

// testKeyAgain uses an idempotency key a second time, as may happen once the first has expired: the newest is found.
func testKeyAgain(t *testing.T, s store.Log) {
	w := Writer{Log: mainLog}
	request, row := record.RequestKey(record.Hash{9}), record.TimelineKey(record.UUID{1}, 1)
	w.Must(t, s, 1, record.Key{Value: request}, record.Key{Value: row})
	newest := w.Must(t, s, 2, record.Key{Event: 1, Value: request}, record.Key{Event: 1, Value: row})
	got, err := s.Find(t.Context(), mainLog, request)
	if err != nil || got.Event != 1 || !sameBatch(got.Batch, newest) {
		t.Errorf("find: got event %d, %v, want the newest", got.Event, err)
	}
	rows, err := s.Timeline(t.Context(), mainLog, record.UUID{1}, 0, 9, 9)
	if err != nil || len(rows) != 1 || !sameBatch(rows[0].Batch, newest) {
		t.Errorf("timeline: got %d rows, %v, want the newest alone", len(rows), err)
	}
}
