package sqlite_test

import (
	"fmt"
	"sync"
	"testing"

	"officermobile/models/record"
	"officermobile/store"
	"officermobile/store/sqlite"
)

// BenchmarkAppend appends batches of 32 events of 400 bytes, two keys each, to one log and to eight at a time: the
// second is group commit over logs.
func BenchmarkAppend(b *testing.B) {
	for _, c := range []struct{ logs, events int }{{1, 1}, {1, 32}, {8, 1}, {8, 32}, {64, 1}} {
		b.Run(fmt.Sprintf("logs=%d/events=%d", c.logs, c.events), func(b *testing.B) {
			s, err := sqlite.Open(b.Context(), b.TempDir())
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			b.ReportAllocs()
			var all sync.WaitGroup
			each := (b.N + c.logs - 1) / c.logs
			for i := range c.logs {
				all.Go(func() { appendMany(b, s, store.Name(fmt.Sprintf("bench/%d", i)), each, c.events) })
			}
			all.Wait()
			b.ReportMetric(float64(each*c.logs*c.events)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

func appendMany(b *testing.B, s *sqlite.Store, log store.Name, n, events int) {
	var prev record.Hash
	after := record.Seq(0)
	for range n {
		batch := benchBatch(b, log, after, prev, events)
		if outcome, err := s.Append(b.Context(), log, after, batch); outcome != store.Committed {
			b.Errorf("got %v, %v", outcome, err)
			return
		}
		after, prev = after+record.Seq(events), record.Sum(batch.Header)
	}
}

func benchBatch(b *testing.B, log store.Name, after record.Seq, prev record.Hash, events int) record.Batch {
	h := record.Header{Log: string(log), Epoch: 1, First: after + 1, Prev: prev, ID: record.UUID{1}}
	var payloads []record.Payload
	var keys []record.Key
	for i := range events {
		at := int64(after) + int64(i) + 1
		h.Events = append(h.Events, record.Event{
			Type: "message.posted", Version: 1, At: at, Actor: record.UUID{1}, Device: record.UUID{2},
			Lane: 1, Num: uint64(at), Command: record.UUID{3},
		})
		payloads = append(payloads, record.Payload{Salt: record.UUID{4}, Bytes: make([]byte, 400)})
		minted := record.UUID{0: byte(at >> 24), 1: byte(at >> 16), 2: byte(at >> 8), 3: byte(at), 15: 1}
		keys = append(keys,
			record.Key{Event: i, Value: record.TimelineKey(record.UUID{byte(at % 7)}, uint32(at))},
			record.Key{Event: i, Value: record.MintedKey(minted)})
	}
	batch, err := record.Seal(h, payloads, keys)
	if err != nil {
		b.Fatal(err)
	}
	return batch
}
