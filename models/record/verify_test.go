package record_test

import (
	"errors"
	"testing"

	"officermobile/models/record"
)

// chain makes n batches of one event each.
func chain(t *testing.T, n int) []record.Batch {
	t.Helper()
	var out []record.Batch
	var prev record.Hash
	for i := range n {
		b, err := record.Seal(record.Header{
			Log: "a", Epoch: 1, First: record.Seq(i + 1), Prev: prev, ID: id(byte(i + 1)),
			Events: []record.Event{{Type: "x", At: int64(100 + i)}},
		}, []record.Payload{{Salt: id(9), Bytes: []byte{byte(i)}}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		out, prev = append(out, b), record.Sum(b.Header)
	}
	return out
}

func TestVerify(t *testing.T) {
	t.Parallel()
	c := chain(t, 3)
	one := record.Sum(c[0].Header)
	if h, err := record.Verify(one, 1, c[1]); err != nil || h.First != 2 || h.Last() != 2 {
		t.Fatalf("got %+v, %v", h, err)
	}
	altered, cut, redacted, misled := c[1], c[1], c[1], c[1]
	altered.Payloads = []record.Payload{{Salt: id(9), Bytes: []byte("forged")}}
	cut.Payloads = nil
	redacted.Payloads = []record.Payload{{}}
	misled.Keys = []record.Key{{Event: 1, Value: "i/0"}}
	if _, err := record.Verify(one, 1, redacted); err != nil {
		t.Errorf("redacted: got %v, want it verified", err)
	}
	for name, verify := range map[string]func() (record.Header, error){
		"wrong predecessor": func() (record.Header, error) { return record.Verify(record.Hash{1}, 1, c[1]) },
		"wrong position":    func() (record.Header, error) { return record.Verify(one, 2, c[1]) },
		"altered payload":   func() (record.Header, error) { return record.Verify(one, 1, altered) },
		"missing payload":   func() (record.Header, error) { return record.Verify(one, 1, cut) },
		"key to nowhere":    func() (record.Header, error) { return record.Verify(one, 1, misled) },
	} {
		if _, err := verify(); !errors.Is(err, record.ErrInvalid) {
			t.Errorf("%s: got %v, want ErrInvalid", name, err)
		}
	}
}

func TestChain(t *testing.T) {
	t.Parallel()
	var walk record.Chain
	batches := chain(t, 4)
	for _, b := range batches {
		if _, err := walk.Next(b); err != nil {
			t.Fatal(err)
		}
	}
	if walk.Seq != 4 || walk.Log != "a" || walk.Epoch != 1 || walk.At != 103 || walk.Hash != record.Sum(batches[3].Header) {
		t.Errorf("got %+v", walk)
	}
	next := func(log string, at int64) record.Batch {
		b, err := record.Seal(record.Header{Log: log, Epoch: 2, First: 5, Prev: walk.Hash, ID: id(5),
			Events: []record.Event{{Type: "x", At: at}}}, []record.Payload{{Salt: id(1)}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	before := walk
	for name, b := range map[string]record.Batch{"other log": next("b", 200), "same time": next("a", 103), "a batch again": batches[3]} {
		if _, err := walk.Next(b); !errors.Is(err, record.ErrInvalid) || walk != before {
			t.Errorf("%s: got %v, want ErrInvalid and the chain unmoved", name, err)
		}
	}
	if _, err := walk.Next(next("a", 104)); err != nil || walk.Epoch != 2 {
		t.Errorf("new epoch: got %v, epoch %d", err, walk.Epoch)
	}
}

func TestSealRefuses(t *testing.T) {
	t.Parallel()
	h := small()
	big := make([]record.Payload, 5)
	for i := range big {
		big[i] = record.Payload{Salt: id(1), Bytes: make([]byte, record.MaxPayloadBytes)}
	}
	wide := small()
	wide.Events = many(5)
	for name, seal := range map[string]func() (record.Batch, error){
		"no payload": func() (record.Batch, error) { return record.Seal(h, nil, nil) },
		"too large":  func() (record.Batch, error) { return record.Seal(wide, big, nil) },
		"hostile key": func() (record.Batch, error) {
			return record.Seal(h, []record.Payload{{Salt: id(1)}}, []record.Key{{Value: "i/';--"}})
		},
		"too many keys": func() (record.Batch, error) {
			return record.Seal(h, []record.Payload{{Salt: id(1)}}, make([]record.Key, record.MaxKeys+1))
		},
	} {
		if _, err := seal(); !errors.Is(err, record.ErrInvalid) {
			t.Errorf("%s: got %v, want ErrInvalid", name, err)
		}
	}
}

func TestKeysSortByNumber(t *testing.T) {
	t.Parallel()
	if a, b := record.TimelineKey(id(1), 9), record.TimelineKey(id(1), 10); a >= b {
		t.Errorf("%s should sort before %s", a, b)
	}
	for _, k := range []string{record.TimelineKey(id(1), 1<<32-1), record.MintedKey(id(1)), record.RequestKey(hash(1))} {
		if err := record.CheckKey(k); err != nil {
			t.Errorf("%s: %v", k, err)
		}
	}
}
