package record_test

import (
	"bytes"
	"errors"
	"math"
	"testing"

	"officermobile/models/record"

	"pgregory.net/rapid"
)

func id(b byte) record.UUID   { return record.UUID{0: b, 15: 1} }
func hash(b byte) record.Hash { return record.Hash{0: b, 31: 1} }

// small is the least batch that a log can start with.
func small() record.Header {
	return record.Header{
		Log: "agency/00/main", Epoch: 0x0102030405060708, First: 1, ID: id(0xaa),
		Events: []record.Event{{Type: "agency.founded", Version: 1, At: 1_700_000_000_000_000, Digest: hash(0xd0)}},
	}
}

// full uses every field there is.
func full() record.Header {
	return record.Header{
		Log: "agency/00/audit", Epoch: math.MaxUint64, First: record.MaxSeq - 2, Prev: hash(0x0f), ID: id(0xab),
		Events: []record.Event{
			{Type: "message.posted", Version: 2, At: 1_700_000_000_000_000, Actor: id(1), Device: id(2),
				Lane: 3, Num: 300, Command: id(4), Digest: hash(0xd1)},
			{Type: "feature_level.raised", Version: 255, Critical: true, At: 1_700_000_000_000_001, Actor: id(5),
				Request: record.Request{Key: hash(6), Body: hash(7)}, Digest: hash(0xd2)},
			{Type: "x", At: math.MaxInt64, Digest: record.Hash{}},
		},
	}
}

func TestEncodeRefuses(t *testing.T) {
	long := string(bytes.Repeat([]byte("a"), 81))
	cases := map[string]func(*record.Header){
		"no log":                       func(h *record.Header) { h.Log = "" },
		"long log":                     func(h *record.Header) { h.Log = long },
		"upper-case log":               func(h *record.Header) { h.Log = "Agency" },
		"position 0":                   func(h *record.Header) { h.First = 0 },
		"position past the end":        func(h *record.Header) { h.First = record.MaxSeq - 1 },
		"position wraps":               func(h *record.Header) { h.First = math.MaxUint64 },
		"first batch with predecessor": func(h *record.Header) { h.First = 1 },
		"later batch without":          func(h *record.Header) { h.Prev = record.Hash{} },
		"no id":                        func(h *record.Header) { h.ID = record.UUID{} },
		"no events":                    func(h *record.Header) { h.Events = nil },
		"too many events":              func(h *record.Header) { h.First = 2; h.Events = many(record.MaxEvents + 1) },
		"no type":                      func(h *record.Header) { h.Events[0].Type = "" },
		"long type":                    func(h *record.Header) { h.Events[0].Type = long[:64] },
		"type with a space":            func(h *record.Header) { h.Events[0].Type = "a b" },
		"time 0":                       func(h *record.Header) { h.Events[0].At = 0 },
		"same time":                    func(h *record.Header) { h.Events[1].At = h.Events[0].At },
		"earlier time":                 func(h *record.Header) { h.Events[1].At = h.Events[0].At - 1 },
		"lane without number":          func(h *record.Header) { h.Events[1].Lane = 1 },
		"command without number":       func(h *record.Header) { h.Events[1].Command = id(1) },
		"number without device":        func(h *record.Header) { h.Events[0].Device = record.UUID{} },
		"number without command":       func(h *record.Header) { h.Events[0].Command = record.UUID{} },
		"key without body":             func(h *record.Header) { h.Events[1].Request.Body = record.Hash{} },
		"body without key":             func(h *record.Header) { h.Events[1].Request.Key = record.Hash{} },
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := full()
			change(&h)
			if _, err := record.Encode(h); !errors.Is(err, record.ErrInvalid) {
				t.Errorf("got %v, want ErrInvalid", err)
			}
		})
	}
}

func many(n int) []record.Event {
	events := make([]record.Event, n)
	for i := range events {
		events[i] = record.Event{Type: "x", At: int64(i + 1)}
	}
	return events
}

func TestFullBatchEncodes(t *testing.T) {
	t.Parallel()
	h := small()
	h.Events = many(record.MaxEvents)
	b, err := record.Encode(h)
	if err != nil {
		t.Fatal(err)
	}
	got, err := record.Decode(b)
	if err != nil || len(got.Events) != record.MaxEvents {
		t.Errorf("got %d events, %v", len(got.Events), err)
	}
}

// Every prefix and every extension of a header, and every change of one of its bits, is another header or refused.
func TestDecodeIsCanonical(t *testing.T) {
	t.Parallel()
	whole, err := record.Encode(full())
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if _, err := record.Decode(whole[:n]); !errors.Is(err, record.ErrInvalid) {
			t.Fatalf("the first %d bytes: got %v, want ErrInvalid", n, err)
		}
	}
	if _, err := record.Decode(append(bytes.Clone(whole), 0)); !errors.Is(err, record.ErrInvalid) {
		t.Errorf("a trailing byte: got %v, want ErrInvalid", err)
	}
	for bit := range len(whole) * 8 {
		b := bytes.Clone(whole)
		b[bit/8] ^= 1 << (bit % 8)
		reencodes(t, b)
	}
}

// reencodes fails unless bytes are refused or are the one encoding of what they decode to.
func reencodes(t *testing.T, b []byte) {
	t.Helper()
	h, err := record.Decode(b)
	if err != nil {
		if !errors.Is(err, record.ErrInvalid) {
			t.Fatalf("got %v, want ErrInvalid", err)
		}
		return
	}
	again, err := record.Encode(h)
	if err != nil || !bytes.Equal(again, b) {
		t.Fatalf("% x\nencodes again to\n% x, %v", b, again, err)
	}
}

func TestDecodeRefusesLongNumbersAndUnusedFlags(t *testing.T) {
	t.Parallel()
	h := small()
	h.Events[0] = record.Event{Type: "x", At: 5}
	b, err := record.Encode(h)
	if err != nil {
		t.Fatal(err)
	}
	flags := len(b) - 32 - 2 // flags, one byte of time, digest
	for name, change := range map[string][]byte{
		"unused flag":          {0x20, 5},
		"flag of a zero actor": append([]byte{2, 5}, make([]byte, 16)...),
		"long form of 5":       {0, 0x85, 0},
		"time 0":               {0, 0},
		"time past the end":    {0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1},
	} {
		changed := append(append(bytes.Clone(b[:flags]), change...), b[flags+2:]...)
		if _, err := record.Decode(changed); !errors.Is(err, record.ErrInvalid) {
			t.Errorf("%s: got %v, want ErrInvalid", name, err)
		}
	}
}

func genUUID() *rapid.Generator[record.UUID] {
	return rapid.Custom(func(t *rapid.T) record.UUID {
		return record.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "uuid"))
	})
}

func genHash() *rapid.Generator[record.Hash] {
	return rapid.Custom(func(t *rapid.T) record.Hash {
		return record.Hash(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "hash"))
	})
}

func genHeader() *rapid.Generator[record.Header] {
	return rapid.Custom(func(t *rapid.T) record.Header {
		h := record.Header{
			Log:   rapid.StringMatching(`[a-z0-9/]{1,80}`).Draw(t, "log"),
			Epoch: rapid.Uint64().Draw(t, "epoch"),
			First: record.Seq(rapid.Uint64Range(2, record.MaxSeq-record.MaxEvents).Draw(t, "first")),
			Prev:  hash(rapid.Byte().Draw(t, "prev")),
			ID:    id(rapid.Byte().Draw(t, "id")),
		}
		at := int64(0)
		for range rapid.IntRange(1, 8).Draw(t, "events") {
			e := genEvent(t)
			at += rapid.Int64Range(1, 1<<50).Draw(t, "passed")
			e.At = at
			h.Events = append(h.Events, e)
		}
		return h
	})
}

func genEvent(t *rapid.T) record.Event {
	e := record.Event{
		Type:     rapid.StringMatching(`[a-z._]{1,63}`).Draw(t, "type"),
		Version:  rapid.Uint8().Draw(t, "version"),
		Critical: rapid.Bool().Draw(t, "critical"),
		Actor:    genUUID().Draw(t, "actor"),
		Digest:   genHash().Draw(t, "digest"),
	}
	if rapid.Bool().Draw(t, "command") {
		e.Device, e.Lane = id(1), rapid.Uint8().Draw(t, "lane")
		e.Num, e.Command = rapid.Uint64Min(1).Draw(t, "num"), id(2)
	}
	if rapid.Bool().Draw(t, "request") {
		e.Request = record.Request{Key: hash(1), Body: hash(2)}
	}
	return e
}

func TestHeaderRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := genHeader().Draw(t, "header")
		b, err := record.Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := record.Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		if !equal(got, want) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	})
}

func equal(a, b record.Header) bool {
	if a.Log != b.Log || a.Epoch != b.Epoch || a.First != b.First || a.Prev != b.Prev || a.ID != b.ID || len(a.Events) != len(b.Events) {
		return false
	}
	for i := range a.Events {
		if a.Events[i] != b.Events[i] {
			return false
		}
	}
	return true
}

func FuzzDecode(f *testing.F) {
	for _, h := range []record.Header{small(), full()} {
		b, err := record.Encode(h)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) { reencodes(t, b) })
}
