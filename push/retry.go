package push

import (
	"sync"
	"time"
)

// Delays before the next attempt, by how many were made; the last repeats until the ring expires. Emergencies come
// soonest. They are drawn with full jitter, so that an outage's backlog does not come back as one wave.
var (
	urgentDelays  = [...]time.Duration{1 * time.Second, 3 * time.Second, 8 * time.Second}
	routineDelays = [...]time.Duration{2 * time.Second, 8 * time.Second, 30 * time.Second}
)

// Floors and ceilings of the wait after "too fast", doubled by each.
const (
	urgentLimit, urgentLimitMax   = 30 * time.Second, 10 * time.Minute
	routineLimit, routineLimitMax = time.Minute, 30 * time.Minute
)

// retryDelay is the wait after a transient failure of the given attempt, from 1. jitter is in [0, 1).
func retryDelay(c Class, attempt int, jitter float64) time.Duration {
	delays := routineDelays
	if c == Emergency {
		delays = urgentDelays
	}
	return time.Duration(jitter * float64(delays[min(attempt, len(delays))-1]))
}

// limitDelay is the wait after the provider said "too fast"; asked is what it asked for, 0 for nothing.
func limitDelay(c Class, attempt int, asked time.Duration) time.Duration {
	floor, ceiling := routineLimit, routineLimitMax
	if c == Emergency {
		floor, ceiling = urgentLimit, urgentLimitMax
	}
	return max(asked, min(floor<<min(attempt-1, 10), ceiling))
}

// Holds: after a refused credential or configuration nothing more is sent to a provider, so as not to be shut out,
// until somebody had the time to mend it. The first refusal may be a token that had just expired, and an emergency is
// still tried now and then.
const (
	firstHold  = time.Second
	troubleFor = 15 * time.Minute
	probeEvery = 30 * time.Second
)

// holds are the providers that nothing is sent to for the moment.
type holds struct {
	mu sync.Mutex
	of map[string]hold
}

type hold struct {
	until   time.Time
	probe   time.Time // when an emergency may try
	strikes int
}

// providerOf is what a hold is on: one credential.
func providerOf(a Address) string { return string(a.Kind) + "/" + string(a.Environment) }

// until is when something of a class may be sent; not after now means at once.
func (h *holds) until(provider string, c Class, now time.Time) time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	held, ok := h.of[provider]
	if !ok || !held.until.After(now) {
		return now
	}
	if c < Emergency {
		return held.until
	}
	if held.probe.After(now) {
		return held.probe
	}
	held.probe = now.Add(probeEvery)
	h.of[provider] = held
	return now
}

// trouble notes a refused credential or configuration.
func (h *holds) trouble(provider string, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	held := h.of[provider]
	held.strikes++
	held.until, held.probe = now.Add(firstHold), now.Add(firstHold)
	if held.strikes > 1 {
		held.until, held.probe = now.Add(troubleFor), maxTime(held.probe, now.Add(probeEvery))
	}
	h.set(provider, held)
}

// pause notes that a provider is too busy for everybody.
func (h *holds) pause(provider string, until time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	held := h.of[provider]
	held.until, held.probe = maxTime(held.until, until), maxTime(held.probe, until)
	h.set(provider, held)
}

func (h *holds) set(provider string, held hold) {
	if h.of == nil {
		h.of = map[string]hold{}
	}
	h.of[provider] = held
}

// fine notes an answer that shows the credential to be good, and reports whether that is news.
func (h *holds) fine(provider string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, held := h.of[provider]
	delete(h.of, provider)
	return held
}
