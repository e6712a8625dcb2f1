package faultnet

import (
	"math/rand/v2"
	"time"
)

// Pick draws the trace of device number n and where in it to begin. Traces go round, so that each is used, in an
// order and from an offset that the seed decides.
func Pick(traces []Trace, seed uint64, n int) (Trace, time.Duration) {
	order := rand.New(rand.NewPCG(seed, 0)).Perm(len(traces))
	t := traces[order[n%len(traces)]]
	offset := rand.New(rand.NewPCG(seed, uint64(n)+1)).IntN(len(t.Samples))
	return t, time.Duration(offset) * time.Second
}
