package push

import (
	"maps"
	"sync"
	"time"

	"officermobile/models/wire"
)

// Stats are the counts of a Service since it was made.
type Stats struct {
	Waiting  int // rings that are owed, those under way included
	Flying   int // sends under way
	Verdicts map[Tally]uint64

	Held        int                   // of those that wait, for a provider to come back
	Coalesced   uint64                // events that went with another's ring
	DeadLetters map[string]uint64     // requests that can never succeed, by reason
	Retries     map[RetryTally]uint64 // answers after which a ring is sent again
	Breakers    map[BreakerTally]int  // providers by what their breaker is doing

	Slots  map[SlotTally]int        // rings that are owed, by class and what they do
	Oldest map[string]time.Duration // how long the oldest ring of each class has been due, what a provider holds back included

	Accepted         map[string]Histogram      // seconds from when a ring was first due to when its provider took it, by class
	Receipts         map[wire.PushStage]uint64 // what devices told of notifications, by stage
	ReceiptLag       map[string]Histogram      // seconds from accepted to told of, by stage; of this node's latest rings
	ReceiptsRepeated uint64                    // told again
	ReceiptsIgnored  uint64                    // of another device's notifications, or more than there can be

	Forgotten map[RetryTally]uint64 // addresses that their provider called dead, by its word
	Spared    map[string]uint64     // those that were kept all the same, by provider: so many at once are a mistake of ours
}

// RetryTally is what retries are counted by: a provider, with APNs' environment, and the reason.
type RetryTally struct{ Provider, Reason string }

// BreakerTally is what breakers are counted by. State is closed, ramping, throttled, open (the provider is down) or
// refused (our credential or configuration is).
type BreakerTally struct{ Provider, State string }

// SlotTally is what rings that are owed are counted by. State is waiting, held (their provider is to come back) or flying.
type SlotTally struct{ Class, State string }

// Tally is what verdicts are counted by. Each part is one of a few words.
type Tally struct {
	Class    string
	Decision Decision
	Reason   Reason
}

// Stats are the counts at this moment. It looks at all that is owed, under the outbox's lock: not more than once in
// some seconds.
func (p *Service) Stats() Stats {
	var stats Stats
	p.tallies.fill(&stats)
	p.counts.fill(&stats)
	p.box.fill(&stats, p.clock.Now())
	return stats
}

// fill says how much is owed, how much of it is under way, how long the oldest has been due, and how the providers are.
func (b *outbox) fill(stats *Stats, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	stats.Slots, stats.Oldest = map[SlotTally]int{}, map[string]time.Duration{}
	for class := Quiet; class <= Emergency; class++ { // so that a class without any says 0
		stats.Oldest[class.String()] = 0
	}
	for _, slots := range b.slots {
		for _, s := range slots {
			if s.now == nil {
				continue
			}
			class := s.key.thing.class().String()
			stats.Waiting++
			if s.held && !s.ringing {
				stats.Held++
			}
			stats.Slots[SlotTally{class, s.doing()}]++
			late := now.Sub(s.now.first(now)) // not from the last try: what a provider holds back is late all the same
			stats.Oldest[class] = max(stats.Oldest[class], late)
		}
	}
	stats.Flying, stats.Coalesced, stats.Breakers = len(b.flights), b.coalesced, map[BreakerTally]int{}
	for k, c := range b.circuits.of {
		stats.Breakers[BreakerTally{k.provider, c.breaker.state(now)}]++
	}
}

// doing is a slot's state in metrics.
func (s *slot) doing() string {
	switch {
	case s.ringing:
		return "flying"
	case s.held:
		return "held"
	}
	return "waiting"
}

// tallies count verdicts, retries and dead letters.
type tallies struct {
	mu      sync.Mutex
	by      map[Tally]uint64
	retries map[RetryTally]uint64
	letters map[string]uint64
	gone    map[RetryTally]uint64
	kept    map[string]uint64
}

// maxReasons bounds the providers' words that are counted apart: theirs are a few dozen.
const maxReasons = 128

const otherReason = "other"

func (t *tallies) add(v VerdictRecord) {
	t.mu.Lock()
	defer t.mu.Unlock()
	k := Tally{Class: v.Class, Decision: v.Decision, Reason: v.Reason}
	t.by = counted(t.by, k, k)
}

func (t *tallies) retry(provider, reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.retries = counted(t.retries, RetryTally{provider, reason}, RetryTally{provider, otherReason})
}

func (t *tallies) dead(reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.letters = counted(t.letters, reason, otherReason)
}

func (t *tallies) forgot(k RetryTally) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.gone = counted(t.gone, k, RetryTally{k.Provider, otherReason})
}

func (t *tallies) spared(provider string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = counted(t.kept, provider, provider)
}

// counted counts a key, or what it goes under where there are as many as are counted apart.
func counted[K comparable](counts map[K]uint64, k, under K) map[K]uint64 {
	if counts == nil {
		counts = map[K]uint64{}
	}
	if _, known := counts[k]; !known && len(counts) >= maxReasons {
		k = under
	}
	counts[k]++
	return counts
}

func (t *tallies) fill(stats *Stats) {
	t.mu.Lock()
	defer t.mu.Unlock()
	stats.Forgotten, stats.Spared = maps.Clone(t.gone), maps.Clone(t.kept)
	stats.Verdicts, stats.Retries, stats.DeadLetters = maps.Clone(t.by), maps.Clone(t.retries), maps.Clone(t.letters)
}
