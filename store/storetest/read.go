package storetest

import (
	"slices"
	"testing"

	"officermobile/models/record"
	"officermobile/store"
)

var readTests = []subtest[store.Log]{
	{"empty log", testEmpty},
	{"pages", testPages},
	{"positions", testPositions},
	{"page bounded in bytes", testPageBytes},
	{"limits", testLimits},
	{"list of logs", testLogs},
}

func testEmpty(t *testing.T, s store.Log) {
	if tip, err := s.Tip(t.Context(), mainLog); err != nil || tip != (store.Tip{}) {
		t.Errorf("tip: got %+v, %v, want none", tip, err)
	}
	if base, err := s.Base(t.Context(), mainLog); err != nil || base != 0 {
		t.Errorf("base: got %d, %v, want 0", base, err)
	}
	if got, err := s.Read(t.Context(), mainLog, 0, 10); err != nil || len(got) != 0 {
		t.Errorf("read: got %d batches, %v, want none", len(got), err)
	}
	_, err := s.Read(t.Context(), mainLog, 1, 10)
	wantError(t, "read behind 1", err, store.ErrNotFound)
	_, err = s.Find(t.Context(), mainLog, "i/1")
	wantError(t, "find", err, store.ErrNotFound)
	if got, err := s.Timeline(t.Context(), mainLog, record.UUID{1}, 0, 10, 10); err != nil || len(got) != 0 {
		t.Errorf("timeline: got %d rows, %v, want none", len(got), err)
	}
	if got, err := s.Logs(t.Context(), ""); err != nil || len(got) != 0 {
		t.Errorf("logs: got %v, %v, want none", got, err)
	}
}

func testPages(t *testing.T, s store.Log) {
	w := Writer{Log: mainLog}
	var all []record.Batch
	for i := range 20 {
		all = append(all, w.Must(t, s, i%3+1))
	}
	var after record.Seq
	for i := 0; i < len(all); {
		limit := i%4 + 1
		got, err := s.Read(t.Context(), mainLog, after, limit)
		if err != nil {
			t.Fatal(err)
		}
		want := all[i:min(i+limit, len(all))]
		sameBatches(t, got, want)
		for _, b := range want {
			after += record.Seq(len(b.Payloads))
		}
		i += len(want)
	}
	if got, err := s.Read(t.Context(), mainLog, after, 1); err != nil || len(got) != 0 {
		t.Errorf("behind the end: got %d batches, %v, want none", len(got), err)
	}
}

func testPositions(t *testing.T, s store.Log) {
	w := Writer{Log: mainLog}
	w.Must(t, s, 3)
	w.Must(t, s, 3)
	for after, ok := range map[record.Seq]bool{0: true, 1: false, 2: false, 3: true, 5: false, 6: true, 7: false, record.MaxSeq: false, 1<<64 - 1: false} {
		_, err := s.Read(t.Context(), mainLog, after, 1)
		if ok && err != nil {
			t.Errorf("behind %d: got %v, want batches", after, err)
		}
		if !ok {
			wantError(t, "read inside or past the end", err, store.ErrNotFound)
		}
	}
}

// testPageBytes asks for more than about 8 MiB, which takes several pages.
func testPageBytes(t *testing.T, s store.Log) {
	w := Writer{Log: mainLog}
	const batches, size = 14, 900_000
	for range batches {
		b := large(t, &w, size)
		wantOutcome(t, s, mainLog, w.After, b, store.Committed)
		w.Step(b)
	}
	var pages []int
	var after record.Seq
	for after < w.After {
		got, err := s.Read(t.Context(), mainLog, after, store.MaxLimit)
		if err != nil || len(got) == 0 {
			t.Fatalf("read behind %d: got %d batches, %v", after, len(got), err)
		}
		pages = append(pages, len(got))
		for _, b := range got {
			after += record.Seq(len(b.Payloads))
		}
	}
	if len(pages) < 2 || slices.Max(pages) > 2*store.MaxReadBytes/size {
		t.Errorf("got pages of %v batches of %d bytes", pages, size)
	}
}

// large makes the next batch, of about size bytes.
func large(t *testing.T, w *Writer, size int) record.Batch {
	h := record.Header{Log: string(w.Log), Epoch: 1, First: w.After + 1, Prev: w.Prev, ID: NewUUID()}
	var payloads []record.Payload
	for i := range 4 {
		h.Events = append(h.Events, record.Event{Type: "x", At: int64(w.After) + int64(i) + 1})
		payloads = append(payloads, record.Payload{Salt: NewUUID(), Bytes: make([]byte, size/4)})
	}
	b, err := record.Seal(h, payloads, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func testLimits(t *testing.T, s store.Log) {
	w := Writer{Log: mainLog}
	w.Must(t, s, 1)
	for _, limit := range []int{-1, 0, store.MaxLimit + 1} {
		_, err := s.Read(t.Context(), mainLog, 0, limit)
		wantError(t, "read", err, store.ErrInvalid)
		_, err = s.Timeline(t.Context(), mainLog, record.UUID{1}, 0, 1, limit)
		wantError(t, "timeline", err, store.ErrInvalid)
	}
	if got, err := s.Read(t.Context(), mainLog, 0, store.MaxLimit); err != nil || len(got) != 1 {
		t.Errorf("greatest limit: got %d batches, %v", len(got), err)
	}
}

func testLogs(t *testing.T, s store.Log) {
	for _, log := range []store.Name{"b", "agency/2/main", "agency/1/main", "agency/1/audit", "agency/10/main", "agency"} {
		w := Writer{Log: log}
		w.Must(t, s, 1)
		w.Must(t, s, 1)
	}
	if _, err := s.Tip(t.Context(), "asked/only"); err != nil {
		t.Fatal(err)
	}
	for prefix, want := range map[string][]store.Name{
		"":          {"agency", "agency/1/audit", "agency/1/main", "agency/10/main", "agency/2/main", "b"},
		"agency/1":  {"agency/1/audit", "agency/1/main", "agency/10/main"},
		"agency/1/": {"agency/1/audit", "agency/1/main"},
		"c":         nil,
	} {
		if got, err := s.Logs(t.Context(), prefix); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: got %v, %v, want %v", prefix, got, err, want)
		}
	}
}
