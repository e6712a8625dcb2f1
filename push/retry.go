package push

import "time"

// Delays before the next attempt, by how many were made. After the last the slot is left to the provider's breaker: it
// goes as the probe, or after probeDelay if the provider is well and only this one fails. They are drawn with full
// jitter, so that an outage's backlog does not come back as one wave.
var (
	urgentCut     = []time.Duration{1 * time.Second, 3 * time.Second, 8 * time.Second} // no answer came
	routineCut    = []time.Duration{2 * time.Second, 8 * time.Second, 30 * time.Second}
	urgentFailing = []time.Duration{2 * time.Second, 10 * time.Second} // a 5xx came
	// of a 5xx the rest wait for the breaker at once
)

const (
	probeDelay   = 30 * time.Second
	quietMayWait = time.Minute // a badge that would be later than that is dropped: the next one is truer
)

// remedy is what becomes of a slot after an answer that settles nothing.
type remedy struct {
	drop  bool
	wait  time.Duration // before it is due again
	probe bool          // it may be its provider's next probe, however long it would wait otherwise
}

// remedyOf is the table of retries. attempt counts from 1, asked is the provider's Retry-After, 0 for none, and jitter
// is in [0, 1). Expiry cuts every wait short.
func remedyOf(c Class, attempt int, res Result, asked time.Duration, jitter float64) remedy {
	sig := signalOf(res)
	if c == Quiet && sig != sExpired {
		return remedy{drop: asked == 0 || asked > quietMayWait, wait: asked}
	}
	if sig != sFailed {
		return remedy{probe: true} // the breaker holds it
	}
	if delay, ok := delayOf(c, attempt, res.Status > 0); ok {
		return remedy{wait: max(asked, jittered(delay, jitter))}
	}
	return remedy{wait: max(asked, jittered(probeDelay, jitter)), probe: asked == 0}
}

// delayOf is the table's delay before the next attempt, false once it is the breaker's.
func delayOf(c Class, attempt int, answered bool) (time.Duration, bool) {
	delays := routineCut
	switch {
	case c == Emergency && answered:
		delays = urgentFailing
	case c == Emergency:
		delays = urgentCut
	case answered:
		delays = nil
	}
	if attempt > len(delays) {
		return 0, false
	}
	return delays[attempt-1], true
}

func jittered(d time.Duration, jitter float64) time.Duration {
	return time.Duration(jitter * float64(d))
}

// Floors and ceilings of the wait after "too fast", doubled by each.
const (
	urgentLimit, urgentLimitMax   = 30 * time.Second, 10 * time.Minute
	routineLimit, routineLimitMax = time.Minute, 30 * time.Minute
)

// limitDelay is the wait after the provider said "too fast"; asked is what it asked for, 0 for nothing.
func limitDelay(c Class, attempt int, asked time.Duration) time.Duration {
	floor, ceiling := routineLimit, routineLimitMax
	if c == Emergency {
		floor, ceiling = urgentLimit, urgentLimitMax
	}
	return max(asked, min(floor<<min(attempt-1, 10), ceiling))
}
