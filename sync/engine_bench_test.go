package sync_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"officermobile/models"
	"officermobile/sync"
)

// BenchmarkSubmit posts messages from 32 phones at once, one command in each request, into 50 conversations of ten.
func BenchmarkSubmit(b *testing.B) {
	g := foundAgency(b, openNode(b, openStore(b), sync.Options{SnapshotEvery: -1}), 50)
	var next atomic.Int64
	b.SetParallelism(16) // times GOMAXPROCS, which is two where the figures in docs come from
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			n := int(next.Add(1))
			c := models.Command{Actor: personID(1 + n%(people-1)), Body: &models.MessagePost{
				ConversationID: roomID(n % 50), ID: messageID(n), Text: fmt.Sprintf("message %d: on my way to the north gate", n),
			}}
			if a := g.Submit(b.Context(), []models.Command{c})[0]; a.Err != nil {
				b.Error(a.Err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commands/s")
}
