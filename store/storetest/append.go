package storetest

import (
	"context"
	"errors"
	"testing"

	"officermobile/models/record"
	"officermobile/store"
)

const mainLog store.Name = "agency/1/main"

var appendTests = []subtest[store.Log]{
	{"first and following batches", testAppend},
	{"retry finds itself", testRetry},
	{"slot taken", testConflict},
	{"wrong place", testWrongPlace},
	{"refusals", testRefusals},
	{"payloads of every sort", testPayloads},
	{"largest batch", testLargest},
	{"logs do not mix", testTwoLogs},
	{"hostile names", testHostileNames},
	{"ended context", testContext},
}

func testAppend(t *testing.T, s store.Log) {
	w := Writer{Log: mainLog}
	var want []record.Batch
	for n := range 5 {
		want = append(want, w.Must(t, s, n+1, record.Key{Event: n, Value: record.MintedKey(NewUUID())}))
		if got, err := s.Tip(t.Context(), mainLog); err != nil || got != (store.Tip{Epoch: 1, Seq: w.After, Hash: w.Prev}) {
			t.Fatalf("tip: got %+v, %v, want %d, %x", got, err, w.After, w.Prev)
		}
	}
	sameBatches(t, readAll(t, s, mainLog), want)
}

func testRetry(t *testing.T, s store.Log) {
	w := Writer{Log: mainLog}
	first := w.Must(t, s, 2)
	wantOutcome(t, s, mainLog, 0, first, store.Committed)
	second := w.Must(t, s, 1)
	wantOutcome(t, s, mainLog, 0, first, store.Committed)
	wantOutcome(t, s, mainLog, 2, second, store.Committed)
	sameBatches(t, readAll(t, s, mainLog), []record.Batch{first, second})
}

func testConflict(t *testing.T, s store.Log) {
	w := Writer{Log: mainLog}
	rival := w.Next(t, 1)
	won := w.Must(t, s, 3)
	wantOutcome(t, s, mainLog, 0, rival, store.Conflict)
	late := w.Next(t, 1)
	w.Must(t, s, 1)
	wantOutcome(t, s, mainLog, 3, late, store.Conflict)
	if got := readAll(t, s, mainLog); len(got) != 2 || !sameBatch(got[0], won) {
		t.Errorf("the log changed: %d batches", len(got))
	}
}

// testWrongPlace appends where no batch can follow: inside a batch, past the end, onto another history.
func testWrongPlace(t *testing.T, s store.Log) {
	w := Writer{Log: mainLog}
	w.Must(t, s, 3)
	for name, other := range map[string]Writer{
		"inside a batch":          {Log: mainLog, After: 2, Prev: w.Prev},
		"past the end":            {Log: mainLog, After: 4, Prev: w.Prev},
		"another history":         {Log: mainLog, After: 3, Prev: record.Hash{1}},
		"past the end of nothing": {Log: "empty", After: 3, Prev: w.Prev},
	} {
		b := other.Next(t, 1)
		if got, err := s.Append(t.Context(), other.Log, other.After, b); got != store.Conflict || err != nil {
			t.Errorf("%s: got %s, %v, want conflict", name, outcomeName(got), err)
		}
	}
	if got := readAll(t, s, mainLog); len(got) != 1 {
		t.Errorf("got %d batches, want 1", len(got))
	}
}

func testRefusals(t *testing.T, s store.Log) {
	w := Writer{Log: mainLog}
	good := w.Next(t, 2)
	change := func(f func(*record.Batch)) record.Batch {
		b := record.Batch{Header: append([]byte(nil), good.Header...), Payloads: append([]record.Payload(nil), good.Payloads...)}
		f(&b)
		return b
	}
	for name, c := range map[string]struct {
		log   store.Name
		after record.Seq
		b     record.Batch
	}{
		"other log":       {"agency/2/main", 0, good},
		"other position":  {mainLog, 1, good},
		"no header":       {mainLog, 0, change(func(b *record.Batch) { b.Header = nil })},
		"cut header":      {mainLog, 0, change(func(b *record.Batch) { b.Header = b.Header[:20] })},
		"missing payload": {mainLog, 0, change(func(b *record.Batch) { b.Payloads = b.Payloads[:1] })},
		"altered payload": {mainLog, 0, change(func(b *record.Batch) { b.Payloads[0].Bytes = []byte("forged") })},
		"key to nowhere":  {mainLog, 0, change(func(b *record.Batch) { b.Keys = []record.Key{{Event: 2, Value: "i/1"}} })},
		"hostile key":     {mainLog, 0, change(func(b *record.Batch) { b.Keys = []record.Key{{Value: "$where"}} })},
	} {
		got, err := s.Append(t.Context(), c.log, c.after, c.b)
		if got != store.Refused || !errors.Is(err, store.ErrInvalid) {
			t.Errorf("%s: got %s, %v, want refused as invalid", name, outcomeName(got), err)
		}
	}
	if tip, err := s.Tip(t.Context(), mainLog); err != nil || tip != (store.Tip{}) {
		t.Errorf("tip: got %+v, %v, want none", tip, err)
	}
	w.Must(t, s, 1)
}

func testPayloads(t *testing.T, s store.Log) {
	h := record.Header{Log: string(mainLog), Epoch: 1<<64 - 1, First: 1, ID: NewUUID()}
	payloads := []record.Payload{
		{Salt: NewUUID(), Bytes: []byte("plain \x00\xff")},
		{Salt: NewUUID(), Bytes: []byte{}},
		{KeyID: 1<<32 - 1, Bytes: []byte{0, 1, 2}},
		{},
	}
	for i := range payloads {
		h.Events = append(h.Events, record.Event{Type: "x", At: int64(i + 1)})
	}
	b, err := record.Seal(h, payloads, nil)
	if err != nil {
		t.Fatal(err)
	}
	wantOutcome(t, s, mainLog, 0, b, store.Committed)
	sameBatches(t, readAll(t, s, mainLog), []record.Batch{b})
	if tip, err := s.Tip(t.Context(), mainLog); err != nil || tip.Epoch != h.Epoch {
		t.Errorf("tip: got %+v, %v, want epoch %d", tip, err, h.Epoch)
	}
}

// testLargest appends as much as a batch may have of everything.
func testLargest(t *testing.T, s store.Log) {
	h := record.Header{Log: string(mainLog), Epoch: 1, First: 1, ID: NewUUID()}
	payloads := make([]record.Payload, record.MaxEvents)
	var keys []record.Key
	for i := range payloads {
		h.Events = append(h.Events, record.Event{Type: "x", At: int64(i + 1)})
		payloads[i] = record.Payload{Salt: NewUUID(), Bytes: make([]byte, 8000)}
		for range record.MaxKeys / record.MaxEvents {
			keys = append(keys, record.Key{Event: i, Value: record.MintedKey(NewUUID())})
		}
	}
	b, err := record.Seal(h, payloads, keys)
	if err != nil {
		t.Fatal(err)
	}
	wantOutcome(t, s, mainLog, 0, b, store.Committed)
	sameBatches(t, readAll(t, s, mainLog), []record.Batch{b})
	last := keys[len(keys)-1]
	if f, err := s.Find(t.Context(), mainLog, last.Value); err != nil || f.Event != last.Event {
		t.Errorf("find: got event %d, %v, want %d", f.Event, err, last.Event)
	}
}

// testTwoLogs writes the same keys at the same positions into two logs, one of whose names starts the other's.
func testTwoLogs(t *testing.T, s store.Log) {
	same := []record.Key{{Event: 0, Value: record.MintedKey(record.UUID{1})}, {Event: 0, Value: record.TimelineKey(record.UUID{2}, 1)}}
	logs := []store.Name{"agency/1", "agency/1/main", "agency/10"}
	want := map[store.Name]record.Batch{}
	for _, log := range logs {
		w := Writer{Log: log}
		want[log] = w.Must(t, s, 1, same...)
	}
	for _, log := range logs {
		sameBatches(t, readAll(t, s, log), []record.Batch{want[log]})
		f, err := s.Find(t.Context(), log, same[0].Value)
		if err != nil || !sameBatch(f.Batch, want[log]) {
			t.Errorf("%s: find: %v", log, err)
		}
		rows, err := s.Timeline(t.Context(), log, record.UUID{2}, 0, 10, 10)
		if err != nil || len(rows) != 1 || !sameBatch(rows[0].Batch, want[log]) {
			t.Errorf("%s: timeline: got %d rows, %v", log, len(rows), err)
		}
	}
}

// hostileNames are names that a backend might take for more than a name.
var hostileNames = []string{"", "A", "a:b", "a'--", `a"b`, "a$b", "a.b", "a\x00b", "a\nb", "a%", "a_b", "ä", "../../etc", string(make([]byte, 81))}

func testHostileNames(t *testing.T, s store.Log) {
	for _, name := range hostileNames {
		log := store.Name(name)
		_, err := s.Tip(t.Context(), log)
		wantError(t, "Tip "+name, err, store.ErrInvalid)
		_, err = s.Base(t.Context(), log)
		wantError(t, "Base "+name, err, store.ErrInvalid)
		_, err = s.Read(t.Context(), log, 0, 1)
		wantError(t, "Read "+name, err, store.ErrInvalid)
		_, err = s.Find(t.Context(), log, "i/1")
		wantError(t, "Find "+name, err, store.ErrInvalid)
		_, err = s.Find(t.Context(), mainLog, name)
		wantError(t, "Find key "+name, err, store.ErrInvalid)
		_, err = s.Timeline(t.Context(), log, record.UUID{1}, 0, 1, 1)
		wantError(t, "Timeline "+name, err, store.ErrInvalid)
		if name != "" {
			_, err = s.Logs(t.Context(), name)
			wantError(t, "Logs "+name, err, store.ErrInvalid)
		}
	}
}

func testContext(t *testing.T, s store.Log) {
	ended, end := context.WithCancel(t.Context())
	end()
	w := Writer{Log: mainLog}
	w.Must(t, s, 1)
	got, err := s.Append(ended, mainLog, w.After, w.Next(t, 1))
	if got != store.Refused || !errors.Is(err, context.Canceled) {
		t.Errorf("Append: got %s, %v, want refused by the context", outcomeName(got), err)
	}
	_, err = s.Tip(ended, mainLog)
	wantError(t, "Tip", err, context.Canceled)
	_, err = s.Read(ended, mainLog, 0, 1)
	wantError(t, "Read", err, context.Canceled)
	_, err = s.Find(ended, mainLog, "i/1")
	wantError(t, "Find", err, context.Canceled)
	_, err = s.Logs(ended, "")
	wantError(t, "Logs", err, context.Canceled)
	w.Must(t, s, 1)
}
