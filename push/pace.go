package push

import "time"

// pace is how fast one device may be rung. It is pure, and the outbox's mutex guards it.
type pace struct {
	routine rungAt
	urgent  rungAt

	limited time.Time     // when its provider last said that this device is rung too fast
	asked   time.Duration // what it asked for then
	strikes int           // times in a row
}

// rungAt are the rings of the last hour, oldest first.
type rungAt []time.Time

// Caps of a device. FCM's own are 240 a minute and 5,000 an hour, after which a phone goes without anything: a person
// needs far fewer, and emergencies have a bucket that no chat can empty.
const (
	perMinute, perHour             = 30, 300
	urgentPerMinute, urgentPerHour = 10, 60
)

// next is when the device may be rung; not after now means at once.
func (p *pace) next(now time.Time, c Class) time.Time {
	held := now
	if p.strikes > 0 {
		held = p.limited.Add(limitDelay(c, p.strikes, p.asked))
	}
	if c == Emergency {
		return maxTime(held, p.urgent.free(now, urgentPerMinute, urgentPerHour))
	}
	return maxTime(held, p.routine.free(now, perMinute, perHour))
}

// rang notes a ring.
func (p *pace) rang(now time.Time, c Class) {
	if c == Emergency {
		p.urgent = p.urgent.add(now)
		return
	}
	p.routine = p.routine.add(now)
}

// tooFast notes that the device's limit is reached, and taken that it is not.
func (p *pace) tooFast(now time.Time, asked time.Duration) {
	p.limited, p.asked = now, asked
	p.strikes++
}

func (p *pace) taken() { p.strikes, p.asked = 0, 0 }

// quiet reports that there is nothing left to remember.
func (p *pace) quiet(now time.Time) bool {
	hour := now.Add(-time.Hour)
	return p.routine.last().Before(hour) && p.urgent.last().Before(hour) && p.limited.Before(hour)
}

// add puts a ring in and drops what is older than an hour, and what a clock that was set back left ahead.
func (r rungAt) add(now time.Time) rungAt {
	kept := r[:0]
	for _, at := range r {
		if now.Sub(at) < time.Hour && !at.After(now) {
			kept = append(kept, at)
		}
	}
	return append(kept, now)
}

// free is when fewer than so many were within a minute and an hour.
func (r rungAt) free(now time.Time, minute, hour int) time.Time {
	return maxTime(r.freeWithin(now, minute, time.Minute), r.freeWithin(now, hour, time.Hour))
}

func (r rungAt) freeWithin(now time.Time, n int, window time.Duration) time.Time {
	if len(r) < n {
		return now
	}
	at := r[len(r)-n]
	if at.After(now) { // the clock was set back
		return now
	}
	return maxTime(now, at.Add(window))
}

func (r rungAt) last() time.Time {
	if len(r) == 0 {
		return time.Time{}
	}
	return r[len(r)-1]
}

// paces are those of devices that rang within the hour.
type paces map[deviceKey]*pace

func (p paces) next(k deviceKey, now time.Time, c Class) time.Time {
	if one := p[k]; one != nil {
		return one.next(now, c)
	}
	return now
}

func (p paces) of(k deviceKey) *pace {
	if p[k] == nil {
		p[k] = &pace{}
	}
	return p[k]
}

// sweep forgets devices that did not ring for an hour.
func (b *outbox) sweep(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for k, one := range b.paces {
		if one.quiet(now) {
			delete(b.paces, k)
		}
	}
}

// windows says how far apart the rings of one thing on one device are.
type windows struct{ first time.Duration }

// Rings of a run, from which on they are rarer, and the factors by which.
const (
	busyFrom, busyTimes   = 5, 5             // of 3 s: 15 s
	floodFrom, floodTimes = 20, 20           // of 3 s: 60 s
	runEnds               = 12 * time.Second // past the window: five in a run are then within a minute
	badgeWindow           = 30 * time.Second
	firstWindow           = 3 * time.Second
)

// after is the least time from the last ring of a run of so many to the next.
func (w windows) after(t thing, run int) time.Duration {
	switch {
	case t.class() == Quiet:
		return badgeWindow
	case run >= floodFrom:
		return w.first * floodTimes
	case run >= busyFrom:
		return w.first * busyTimes
	}
	return w.first
}

// run is how many rings are in a row with one more at now. A while without any after the last one's window ends it.
func (w windows) run(t thing, run int, last, now time.Time) int {
	if quiet := now.Sub(last); quiet < 0 || quiet > w.after(t, run)+runEnds {
		return 1
	}
	return run + 1
}
