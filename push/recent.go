package push

import (
	"math"
	"time"
)

// recent is what a provider answered in the last half minute, by the second.
type recent struct {
	seconds [int(failuresWithin / time.Second)]tally
	row     [failuresInRow]time.Time // of the last failures in a row
	inRow   int
}

type tally struct {
	at           int64 // second since 1970
	tries, fails int
}

func (r *recent) add(now time.Time, failed bool) {
	s := &r.seconds[int(uint64(now.Unix())%uint64(len(r.seconds)))]
	if s.at != now.Unix() {
		*s = tally{at: now.Unix()}
	}
	s.tries++
	if !failed {
		r.inRow = 0
		return
	}
	s.fails++
	r.row[r.inRow%failuresInRow] = now
	r.inRow++
}

// down reports that the provider is: the last answers all failed, or half of enough.
func (r *recent) down(now time.Time) bool {
	if r.inRow >= failuresInRow && now.Sub(r.row[r.inRow%failuresInRow]) <= failuresWithin {
		return true
	}
	tries, fails := r.sum(now)
	return tries >= failuresOf && 2*fails >= tries
}

// sum counts the half minute.
func (r *recent) sum(now time.Time) (tries, fails int) {
	for _, s := range r.seconds {
		if r.counts(s, now) {
			tries, fails = tries+s.tries, fails+s.fails
		}
	}
	return tries, fails
}

func (r *recent) counts(s tally, now time.Time) bool {
	age := now.Unix() - s.at
	return s.tries > 0 && age >= 0 && age < int64(len(r.seconds))
}

func (r *recent) empty(now time.Time) bool {
	tries, _ := r.sum(now)
	return tries == 0
}

// rate is how many requests a second were answered, over the seconds that are full, or of this one if there is no other.
func (r *recent) rate(now time.Time) float64 {
	tries, since := 0, int64(0)
	for _, s := range r.seconds {
		if age := now.Unix() - s.at; age > 0 && r.counts(s, now) {
			tries, since = tries+s.tries, max(since, age)
		}
	}
	if since == 0 {
		tries, _ = r.sum(now)
		return float64(tries)
	}
	return float64(tries) / float64(since)
}

// throttle is the pace that a provider has asked for: a pause, then half the rate of before, and a tenth more each
// minute until it is as it was. FCM: "429: wait at least 60 seconds".
type throttle struct {
	until  time.Time // nothing before it
	full   float64   // requests a second that were too many
	rate   float64   // that are allowed from until on; 0 for any
	tokens float64   // at filled; at most a second's worth
	filled time.Time
}

const (
	limitedFor  = time.Minute // at least
	slowestRate = 1.0         // a second: even so a watch's invitations get through
	regrowth    = 1.1         // a minute
)

// halve begins a pause, or begins it anew.
func (t *throttle) halve(now time.Time, asked time.Duration, measured float64) {
	if now.Before(t.until) {
		t.pause(now, asked) // others under way at the same time: the rate is halved once
		return
	}
	was := t.current(now)
	if was == 0 {
		t.full = max(measured, 2*slowestRate)
		was = t.full
	}
	t.rate, t.tokens = max(was/2, slowestRate), 1
	t.pause(now, asked)
}

func (t *throttle) pause(now time.Time, asked time.Duration) {
	t.until = maxTime(t.until, now.Add(max(asked, limitedFor)))
	t.filled = t.until
}

// current is the rate as of now, 0 for any.
func (t *throttle) current(now time.Time) float64 {
	if t.rate == 0 || now.Before(t.until) {
		return t.rate
	}
	rate := t.rate * math.Pow(regrowth, float64(now.Sub(t.until)/time.Minute))
	if rate >= t.full {
		return 0
	}
	return rate
}

func (t *throttle) active(now time.Time) bool { return t.until.After(now) || t.current(now) > 0 }

// next is when a request may leave; not after now means at once.
func (t *throttle) next(now time.Time) time.Time {
	rate := t.current(now)
	if rate == 0 {
		t.rate = 0
		return now
	}
	t.fill(now, rate)
	if t.tokens >= 1 {
		return now
	}
	return now.Add(time.Duration((1-t.tokens)/rate*float64(time.Second)) + time.Microsecond)
}

func (t *throttle) fill(now time.Time, rate float64) {
	if d := now.Sub(t.filled); d > 0 {
		t.tokens = min(t.tokens+d.Seconds()*rate, max(rate, 1))
		t.filled = now
	}
}

func (t *throttle) take(now time.Time) {
	if rate := t.current(now); rate > 0 {
		t.fill(now, rate)
		t.tokens--
	}
}
