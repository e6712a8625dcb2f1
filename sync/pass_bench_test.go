package sync_test

import (
	"fmt"
	"testing"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/sync"
)

// The cost of a pass follows what changed, not how much there is (invariant 30).
func BenchmarkPass(b *testing.B) {
	for _, dispatches := range []int{100, 10_000} {
		w := newTown(b, 1)
		for i := range dispatches {
			id := mint[models.DispatchID](w)
			w.do(w.admin, &models.DispatchCreate{ID: id, WorkZone: w.works[i%2], Facts: models.Facts{Priority: models.Low, Location: "Pier 9"}})
			w.conversations = append(w.conversations, models.ConversationOf(id))
		}
		pos := sync.Position{}
		who := w.caller(w.admin)
		for done := false; !done; done = !pos.InPass() {
			var err error
			if _, pos, err = sync.TakePage(w.head.s, 0, who, 50, 1<<20, pos, nil); err != nil {
				b.Fatal(err)
			}
		}
		for range 3 {
			w.do(w.admin, &models.MessagePost{ConversationID: w.conversations[1], ID: mint[models.MessageID](w), Text: "on my way"})
		}
		if w.head.s.Seq == pos.At() {
			b.Fatal("nothing changed")
		}
		for name, at := range map[string]sync.Position{"nothing new": pos.WithSeq(w.head.s.Seq), "3 messages": pos} {
			b.Run(fmt.Sprintf("%s of %d dispatches", name, dispatches), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, _, err := sync.TakePage(w.head.s, record.Seq(0), who, 50, 256<<10, at, nil); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
