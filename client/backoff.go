package client

import (
	"encoding/binary"
	"time"
)

// How long to wait before trying again, by PROTOCOL.md's client rule 7.
const (
	backoffBase   = time.Second
	backoffMost   = 60 * time.Second
	silence       = 70 * time.Second // without frame or heartbeat, whose gap is 30 s at most
	owedPatience  = 10 * time.Second // for the stream to bring what an answer already showed
	shortStream   = 10 * time.Second // a stream that lives no longer did not work
	shortStreams  = 3                // of them in a row, and something on the way doesn't let streams through
	pollInstead   = 10 * time.Minute
	pollWait      = 25 * time.Second
	confirmWithin = 1500 * time.Millisecond // of a frame: two seconds, less a round trip
	presenceEvery = 20 * time.Second        // the server's lease is 45 s: one report may be lost
	laneRetry     = time.Second             // when a lane was not decided and nobody said when to come again
)

// backoff counts failures in a row.
type backoff struct{ failures int }

// next is how long to wait after one more failure: full jitter, the ceiling doubling up to a minute. If the server
// said when to come again, the first wait is a draw from its spread instead.
func (b *backoff) next(draw func(time.Duration) time.Duration, told time.Duration) time.Duration {
	b.failures++
	if b.failures == 1 && told > 0 {
		return draw(told)
	}
	doublings := min(b.failures-1, 6)
	return draw(min(backoffBase<<doublings, backoffMost))
}

func (b *backoff) reset() { b.failures = 0 }

// draw is uniform in [0, most).
func (d *Device) draw(most time.Duration) time.Duration {
	if most <= 0 {
		return 0
	}
	var b [8]byte
	d.random(b[:])
	return time.Duration(binary.BigEndian.Uint64(b[:]) % uint64(most))
}
