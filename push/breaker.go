package push

import "time"

// A breaker stands before one provider under one credential and app. While the provider is down it lets a single probe
// through now and then and keeps all else back, so that an outage costs requests by the minute and not by the slot.
// It is pure: its owner passes the time in and guards it.
//
//	closed ──5 in a row, or half of 20──▶ open ──after 5, 10, 20, 30 s──▶ one probe ──good──▶ ramp ──60 s──▶ closed
//	       ──credential or configuration refused──▶ open, a probe every 15 min
type breaker struct {
	places int // ordinary requests at once when nothing is wrong

	cause    cause         // why it is open; notOpen for closed
	interval time.Duration // from a failed probe to the next
	probeAt  time.Time     // of the next probe
	probed   time.Time     // when the last one left, or it opened
	probing  bool          // one is under way
	doubts   bool          // it is open because too many addresses are called dead
	strikes  int           // of TooManyProviderTokenUpdates, until something is accepted

	reopened time.Time // it closed then; the ramp counts from it. Zero: no ramp
	era      int       // counts changes of state: an answer to what left in another era says nothing of this one
	flying   int       // ordinary requests under way

	recent   recent
	throttle throttle
}

// cause is why a breaker is open.
type cause uint8

const (
	notOpen  cause = iota
	isDown         // transient failures
	refusing       // credential or configuration
)

// Figures of the breaker. PUSH: "5 consecutive or 50 % of >= 20 transient failures in 30 s".
const (
	failuresInRow  = 5
	failuresOf     = 20
	failuresWithin = 30 * time.Second

	firstOpen     = 5 * time.Second  // Apple advises 15 minutes for a backlog; one probe is no backlog
	longestOpen   = 30 * time.Second // emergencies are worth a request each half minute
	refusedFor    = 15 * time.Minute // a refused credential mends itself rarely, and insisting may shut us out
	urgentRefused = 30 * time.Second // an emergency that waits may ask sooner: its life is 10 minutes

	mintHold, mintHoldMost = time.Minute, 20 * time.Minute // after TooManyProviderTokenUpdates, doubled
)

// rampSteps are the shares of places after an outage, each for a third of rampFor; then all of them.
var rampSteps = [...]float64{.1, .2, .5}

const rampFor = 60 * time.Second

// ticket is the leave to make one request. Its holder returns it with an answer, or waives it.
type ticket struct {
	live, probe, ordinary bool
	era                   int
}

// signal is what an answer says of the provider.
type signal uint8

const (
	sNothing       signal = iota // no request left, or it was cut off by us
	sGood                        // the provider works and takes us for who we are
	sFailed                      // transient
	sLimited                     // too fast, for everybody
	sRefused                     // credential or configuration
	sExpired                     // a token that is renewed at once
	sTooManyTokens               // too many provider tokens: no more minting
	sDoubted                     // it calls too many addresses dead: a wrong topic or project of ours
)

// signalOf reads an answer.
func signalOf(res Result) signal {
	switch res.Outcome {
	case TryAgain:
		if res.Reason == ReasonCancelled {
			return sNothing
		}
		return sFailed
	case Limited:
		if res.ForDevice {
			return sGood
		}
		return sLimited
	case AuthTrouble:
		switch {
		case res.Reason == "TooManyProviderTokenUpdates":
			return sTooManyTokens
		case res.Reason == "ExpiredProviderToken" || res.Status == 401:
			return sExpired
		}
		return sRefused
	case ConfigTrouble:
		return sRefused
	case OurBug:
		if res.Status == 0 {
			return sNothing // it never left
		}
	}
	return sGood
}

// can says whether a request of a class may leave now, and if not when to ask again; zero for when one has landed.
func (b *breaker) can(now time.Time, c Class) (bool, time.Time) {
	if until := b.throttle.until; until.After(now) {
		return false, until
	}
	if b.cause != notOpen {
		at := b.nextProbe(c)
		switch {
		case b.probing:
			return false, time.Time{}
		case at.After(now):
			return false, at
		}
		return true, time.Time{}
	}
	if c == Emergency {
		return true, time.Time{} // emergencies are few, and held back by their own places alone
	}
	if at := b.throttle.next(now); at.After(now) {
		return false, at
	}
	share, until := b.share(now)
	if b.flying >= share {
		return false, until
	}
	return true, time.Time{}
}

// nextProbe is when a class may probe.
func (b *breaker) nextProbe(c Class) time.Time {
	if urgent := b.probed.Add(urgentRefused); c == Emergency && b.cause == refusing && b.strikes == 0 && urgent.Before(b.probeAt) {
		return urgent
	}
	return b.probeAt
}

// share is how many ordinary requests may be under way, and until when that is less than all.
func (b *breaker) share(now time.Time) (int, time.Time) {
	if b.reopened.IsZero() {
		return b.places, time.Time{}
	}
	step := rampFor / time.Duration(len(rampSteps))
	i := int(now.Sub(b.reopened) / step)
	if i < 0 || i >= len(rampSteps) {
		return b.places, time.Time{}
	}
	return max(1, int(rampSteps[i]*float64(b.places))), b.reopened.Add(time.Duration(i+1) * step)
}

// leave takes a ticket; can has just said yes.
func (b *breaker) leave(now time.Time, c Class) ticket {
	t := ticket{live: true, probe: b.cause != notOpen, ordinary: c < Emergency, era: b.era}
	if t.probe {
		b.probing = true
	}
	if t.ordinary {
		b.flying++
		b.throttle.take(now)
	}
	return t
}

// note returns a ticket with what its answer says. asked is the provider's Retry-After. It reports whether the breaker
// has just opened, or closed.
func (b *breaker) note(now time.Time, t ticket, s signal, asked time.Duration) bool {
	if t.ordinary {
		b.flying--
	}
	if t.era != b.era {
		return false // it left before the provider's state was known to be another
	}
	if t.probe {
		b.probing = false
	}
	switch s {
	case sNothing:
		return false // a probe that said nothing may be made at once by another
	case sLimited:
		b.throttle.halve(now, asked, b.recent.rate(now))
		return b.close(now)
	case sRefused, sExpired, sTooManyTokens, sDoubted:
		return b.refuse(now, s)
	case sFailed:
		return b.fail(now, t, asked)
	}
	b.recent.add(now, false)
	b.strikes = 0
	return b.close(now)
}

// close ends what was open, with a ramp unless it was open for a moment only. It reports whether anything was.
func (b *breaker) close(now time.Time) bool {
	if b.cause == notOpen {
		return false
	}
	if b.interval > 0 {
		b.reopened = now
	}
	b.cause, b.recent, b.doubts = notOpen, recent{}, false
	b.era++
	return true
}

func (b *breaker) fail(now time.Time, t ticket, asked time.Duration) bool {
	if !t.probe {
		b.recent.add(now, true)
		if !b.recent.down(now) {
			return false
		}
		if b.reopened.IsZero() || now.Sub(b.reopened) >= rampFor {
			b.interval = 0 // it had recovered
		}
	}
	b.interval = min(max(2*b.interval, firstOpen), longestOpen)
	b.open(now, isDown, max(b.interval, min(asked, refusedFor)))
	return !t.probe
}

func (b *breaker) refuse(now time.Time, s signal) bool {
	news := b.cause != refusing
	switch {
	case s == sTooManyTokens:
		b.strikes++
		b.interval = min(mintHold<<min(b.strikes-1, 10), mintHoldMost)
	case s == sExpired && b.cause == notOpen:
		b.interval = 0 // the next one goes with a fresh token: a probe at once
	case s == sDoubted && b.cause == notOpen:
		b.interval = 0 // another device may prove it wrong: a probe at once
	case s == sDoubted:
		b.interval = firstOpen // the pace stays: behind the dead ones may wait all who are well
	default:
		b.interval = refusedFor
	}
	b.open(now, refusing, b.interval)
	b.doubts = s == sDoubted
	return news
}

func (b *breaker) open(now time.Time, why cause, wait time.Duration) {
	b.cause, b.probed, b.probeAt, b.probing = why, now, now.Add(wait), false
	b.recent, b.doubts = recent{}, false
	b.era++
}

// reconsider lets the next probe go at once: credentials have changed.
func (b *breaker) reconsider(now time.Time) {
	if b.cause == refusing {
		b.probeAt, b.strikes = now, 0
	}
}

// quiet reports a breaker that knows nothing worth keeping.
func (b *breaker) quiet(now time.Time) bool {
	_, ramping := b.share(now)
	return b.cause == notOpen && b.flying == 0 && ramping.IsZero() && !b.throttle.active(now) && b.recent.empty(now)
}

// state is the breaker's in metrics.
func (b *breaker) state(now time.Time) string {
	_, ramping := b.share(now)
	switch {
	case b.cause == refusing:
		return "refused"
	case b.cause == isDown:
		return "open"
	case b.throttle.active(now):
		return "throttled"
	case !ramping.IsZero():
		return "ramping"
	}
	return "closed"
}
