package push

import "slices"

// Histogram counts values by bounds that are given once. The zero one has no bounds and counts all the same.
type Histogram struct {
	Bounds []float64 // upper, rising
	Counts []uint64  // of values up to each bound and above the one before; those above all are in Count alone
	Count  uint64
	Sum    float64
}

// NewHistogram counts up to each of some bounds, which rise.
func NewHistogram(bounds []float64) *Histogram {
	return &Histogram{Bounds: bounds, Counts: make([]uint64, len(bounds))}
}

// Add counts a value. It is not safe for concurrent use.
func (h *Histogram) Add(v float64) {
	h.Count++
	h.Sum += v
	if i, _ := slices.BinarySearch(h.Bounds, v); i < len(h.Counts) {
		h.Counts[i]++
	}
}

// Cumulative are the counts up to each bound, as Prometheus has them.
func (h Histogram) Cumulative() map[float64]uint64 {
	all, sum := make(map[float64]uint64, len(h.Bounds)), uint64(0)
	for i, b := range h.Bounds {
		sum += h.Counts[i]
		all[b] = sum
	}
	return all
}

// Merge adds the counts of another one of the same bounds.
func (h *Histogram) Merge(other Histogram) {
	h.Count += other.Count
	h.Sum += other.Sum
	for i, n := range other.Counts {
		h.Counts[i] += n
	}
}

// Clone is a copy that counts no further.
func (h *Histogram) Clone() Histogram {
	c := *h
	c.Counts = slices.Clone(h.Counts)
	return c
}

// histograms are some of the same bounds, by a word.
type histograms struct {
	bounds []float64
	by     map[string]*Histogram
}

func (h *histograms) add(word string, v float64) {
	if h.by == nil {
		h.by = map[string]*Histogram{}
	}
	if h.by[word] == nil {
		h.by[word] = NewHistogram(h.bounds)
	}
	h.by[word].Add(v)
}

func (h *histograms) clone() map[string]Histogram {
	all := make(map[string]Histogram, len(h.by))
	for word, one := range h.by {
		all[word] = one.Clone()
	}
	return all
}

// Bounds in seconds: a ring is meant to be accepted within one, an alert waits for three, and an outage takes minutes.
func latencyBounds() []float64 {
	return []float64{.05, .1, .25, .5, 1, 2, 3, 5, 10, 30, 60, 300, 600}
}
