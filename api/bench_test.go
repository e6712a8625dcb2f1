package api_test

import (
	"fmt"
	"net/http"
	"testing"
)

// BenchmarkSync is the api's share of a sync that finds nothing new.
func BenchmarkSync(b *testing.B) {
	w := newWorld(b)
	first := decoded[syncAnswer](b, w.call(0, "officer", "POST", "/v1/sync", `{"schema":1}`))
	body := `{"t":"` + first.Page.T + `","schema":1}`
	b.ReportAllocs()
	for b.Loop() {
		wantStatus(b, w.call(0, "officer", "POST", "/v1/sync", body), http.StatusOK)
	}
}

// BenchmarkPost is a message by REST, with its commit; many at once share one.
func BenchmarkPost(b *testing.B) {
	w := newWorld(b)
	path := "/v1/conversations/" + conversation.String() + "/messages"
	b.ReportAllocs()
	b.SetParallelism(64)
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			if rec := w.call(0, "officer", "POST", path, fmt.Sprintf(`{"text":"message %d"}`, i)); rec.Code != http.StatusCreated {
				b.Errorf("got %d with %s", rec.Code, rec.Body)
			}
		}
	})
}
