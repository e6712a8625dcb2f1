package push

import (
	"maps"
	"sync"
	"time"
)

// Stats are the counts of a Service since it was made.
type Stats struct {
	Waiting  int           // rings that are owed, those under way included
	Flying   int           // sends under way
	Overdue  time.Duration // how long the oldest has been due; 0 if none is
	Verdicts map[Tally]uint64
}

// Tally is what verdicts are counted by. Each part is one of a few words.
type Tally struct {
	Class    string
	Decision Decision
	Reason   Reason
}

// Stats are the counts at this moment. It looks at all that is owed, under the outbox's lock: not more than once in
// some seconds.
func (p *Service) Stats() Stats {
	stats := Stats{Verdicts: p.tallies.copy()}
	stats.Waiting, stats.Flying, stats.Overdue = p.box.depth(p.clock.Now())
	return stats
}

// depth is how much is owed, how much of it is under way, and how long the oldest has been due.
func (b *outbox) depth(now time.Time) (waiting, flying int, overdue time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, slots := range b.slots {
		for _, s := range slots {
			if s.now == nil {
				continue
			}
			waiting++
			overdue = max(overdue, now.Sub(s.now.Due))
		}
	}
	return waiting, len(b.flights), overdue
}

// tallies count verdicts.
type tallies struct {
	mu sync.Mutex
	by map[Tally]uint64
}

func (t *tallies) add(v VerdictRecord) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.by == nil {
		t.by = map[Tally]uint64{}
	}
	t.by[Tally{Class: v.Class, Decision: v.Decision, Reason: v.Reason}]++
}

func (t *tallies) copy() map[Tally]uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.by)
}
