package bench

import (
	"math"
	"slices"
	"sync"
	"time"
)

// samples are durations measured by several goroutines.
type samples struct {
	mu  sync.Mutex
	all []time.Duration
}

// add takes what one goroutine measured.
func (s *samples) add(d ...time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, d...)
}

// Len is how many there are.
func (s *samples) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.all)
}

// ms is a percentile in milliseconds; NaN of nothing.
func (s *samples) ms(percent float64) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.Sort(s.all)
	return Percentile(s.all, percent).Seconds() * 1000
}

// Percentile is the least of the sorted durations that is not below percent of them (nearest rank, so that it is
// always one that was measured); 0 of none.
func Percentile(sorted []time.Duration, percent float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(math.Ceil(percent / 100 * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}
