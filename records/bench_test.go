package records_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
	"officermobile/records"
)

// busy is a log of messages without a state: what the reader costs is all that is measured.
type busy struct {
	*world
	events []models.Event
}

func (b *busy) Events(_ context.Context, _ models.AgencyID, after record.Seq, limit int) ([]models.Event, record.Seq, error) {
	rest := b.events[after:]
	rest = rest[:min(limit, len(rest))]
	return rest, after + record.Seq(len(rest)), nil
}

func (b *busy) View(_ context.Context, _ models.AgencyID, fn func(*models.State)) error {
	fn(&models.State{Seq: record.Seq(len(b.events))})
	return nil
}

// messages are n of them, of 120 bytes, by forty people in twenty conversations. Words follow a power law, as they do.
func messages(w *world, n int) []models.Event {
	random := rand.New(rand.NewPCG(1, 1))
	zipf := rand.NewZipf(random, 1.1, 4, 8000)
	events := make([]models.Event, n)
	for i := range events {
		var text strings.Builder
		for text.Len() < 115 {
			fmt.Fprintf(&text, "%s%d ", vocabulary[random.IntN(len(vocabulary))], zipf.Uint64())
		}
		c := models.ConversationID{15: byte(random.IntN(20))}
		events[i] = models.Event{
			Seq: record.Seq(i + 1), At: w.now + models.Micros(i), Actor: models.UserID{15: byte(random.IntN(40))},
			Body: &models.MessagePosted{ID: models.MessageID{1}, Conversation: c, N: uint32(i + 1), Text: text.String()},
		}
	}
	return events
}

// BenchmarkReader is the CPU that the index costs for each message, its writes to SQLite included.
func BenchmarkReader(b *testing.B) {
	w := newWorld(b)
	feed := &busy{world: w, events: messages(w, b.N)}
	db := docs(b)
	s := records.New(records.Deps{Documents: db, Feed: feed, Log: w, Sight: feed}, records.Options{})
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	b.ResetTimer()
	began := cpu()
	go func() { _ = s.Run(ctx) }()
	for {
		page, err := s.Search(ctx, w.as(w.ada), wire.Search{Text: "none", Limit: 1})
		if err == nil && !page.Behind {
			break
		}
	}
	b.ReportMetric(float64((cpu()-began).Nanoseconds())/float64(b.N)/1000, "cpu-µs/message")
}

// cpu is what the process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
