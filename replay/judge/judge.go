// Package judge says which pushes a server owed, from what the devices really did: which requests reached it when, what
// they said of the device, and which position they presented. It never asks the server. All times are of the wall.
//
// A moment can be told from another only if they are a margin apart. Where the rules would say one thing just before a
// moment and another just after, and the device was that close to it, the verdict is Unclear. While a server that was
// killed does not know its devices yet, it is Blind.
package judge

import (
	"time"

	"officermobile/models"
	"officermobile/models/record"
)

// Class is how much an event matters, which decides how long a device that is looked at may take to confirm it.
type Class uint8

// The classes.
const (
	Message Class = iota // of a conversation, routine
	Invite               // an invitation, or a task that is assigned
	Urgent               // an urgent message
	classes
)

// Rules are the promises of docs/PUSH.md in wall time.
type Rules struct {
	Patience [classes]time.Duration // of a device in the foreground, to confirm
	Lease    time.Duration          // of a foreground that is not heard
	Margin   time.Duration          // moments closer than this can't be told apart
	Skew     time.Duration          // of the clocks, by which an answered confirmation must be before its deadline
	Grace    time.Duration          // from when a push is due to when a provider has it
	Flush    time.Duration          // of what it heard, what a killed server may forget
}

// What the rules are made of: of the server's clock first, of the wall then.
const (
	messagePatience = 8 * time.Second
	invitePatience  = 5 * time.Second
	urgentPatience  = 2 * time.Second
	lease           = 45 * time.Second
	coalescing      = 3 * time.Second // between two rings of one conversation
	flushEvery      = time.Second     // of what is heard of devices

	margin   = 250 * time.Millisecond
	skew     = 50 * time.Millisecond // the server's clock is measured to some milliseconds
	delivery = 2 * time.Second       // to send, on a machine that runs all the phones as well
)

// RulesAt are the rules when the server's clock runs at a speed.
func RulesAt(speed float64) Rules {
	wall := func(d time.Duration) time.Duration { return time.Duration(float64(d) / speed) }
	return Rules{
		Patience: [classes]time.Duration{wall(messagePatience), wall(invitePatience), wall(urgentPatience)},
		Lease:    wall(lease), Margin: margin, Skew: skew, Grace: wall(coalescing) + delivery, Flush: wall(flushEvery) + margin,
	}
}

// Call is an event that a device may have to ring about.
type Call struct {
	Seq      record.Seq
	Class    Class
	Posted   time.Time
	Has      int       // the first position of the device that includes it; Never
	Released time.Time // read or answered on another device, left, taken back; zero: not
}

// Never is the position of what a device never had.
const Never = -1

// Exchange is a request of a device.
type Exchange struct {
	Arrived  time.Time // all of it was with the server; zero: never
	Answered time.Time // the first byte of the answer left the server; zero: never
	OK       bool      // with status 200
	Refused  bool      // with another one: the server took nothing of it
	State    models.PresenceState
	Report   uint64 // number of the presence report; 0: none
	Position int    // that it presented, as numbered by the device; Never
}

// sure is when the server had certainly used an exchange; false if it may never have. A request that was answered was
// used soon after it came, however long its answer waited for news.
func (x Exchange) sure(margin time.Duration) (time.Time, bool) {
	if !x.OK || x.Answered.IsZero() {
		return time.Time{}, false
	}
	if soon := x.Arrived.Add(margin); soon.Before(x.Answered) {
		return soon, true
	}
	return x.Answered, true
}

// Outage is when the server was killed and when it took requests again.
type Outage struct{ Down, Up time.Time }

// Device is what one device did, in the order in which its requests arrived, and when the server was not there.
type Device struct {
	Exchanges []Exchange
	Outages   []Outage
	Calls     []Call // of all its slots
}

// mayBe says what the server may have taken the device for at a time: looked at, or not.
func (r Rules) mayBe(d Device, t time.Time) (foreground, away bool) {
	early, late := t.Add(-r.Margin), t.Add(r.Margin)
	var base Exchange // the newest report that was certainly used
	for _, x := range d.Exchanges {
		if at, ok := x.sure(r.Margin); ok && x.Report > base.Report && !at.After(early) {
			base = x
		}
	}
	foreground, away = r.leased(base, early, late)
	for _, x := range d.Exchanges {
		if x.Report <= base.Report || x.Refused || x.Arrived.IsZero() || x.Arrived.After(late) {
			continue
		}
		if x.State == models.Foreground {
			foreground = true
			continue
		}
		away = true
	}
	return foreground, away
}

// leased says what a report that was certainly used stands for between two times.
func (r Rules) leased(x Exchange, early, late time.Time) (foreground, away bool) {
	if x.Report == 0 || x.State != models.Foreground {
		return false, true
	}
	used, _ := x.sure(r.Margin)
	return !used.Add(r.Lease).Before(early), !x.Arrived.Add(r.Lease).After(late)
}

// confirmed is when the device first presented a position: certainly, and perhaps. Zero: it did not.
func (r Rules) confirmed(d Device, position int) (sure, maybe time.Time) {
	if position == Never {
		return sure, maybe
	}
	for _, x := range d.Exchanges {
		if x.Position < position || x.Refused || x.Arrived.IsZero() {
			continue
		}
		maybe = earliest(maybe, x.Arrived)
		if at, ok := x.sure(r.Margin); ok {
			sure = earliest(sure, at)
		}
	}
	return sure, maybe
}

// shown is when the device had certainly presented a position while somebody looked at it; zero: it did not.
func (r Rules) shown(d Device, position int) time.Time {
	var shown time.Time
	for _, x := range d.Exchanges {
		if at, ok := x.sure(r.Margin); ok && position != Never && x.Position >= position && x.State == models.Foreground {
			shown = earliest(shown, at)
		}
	}
	return shown
}

// mayLeave reports whether the server may have heard between two times that nobody looks at the device any more.
func (d Device) mayLeave(from, to time.Time) bool {
	for _, x := range d.Exchanges {
		if x.Report > 0 && x.State != models.Foreground && x.Arrived.After(from) && !x.Arrived.After(to) {
			return true
		}
	}
	return false
}

// blind reports whether the server did not know the device for some of the time between two times, and until when: from
// what it may have forgotten when it was killed to the first that it heard, or until it would have given it up.
func (r Rules) blind(d Device, from, to time.Time) (until time.Time, blind bool) {
	for _, o := range d.Outages {
		end := o.Up.Add(r.Lease + r.Margin)
		for _, x := range d.Exchanges {
			if at, ok := x.sure(r.Margin); ok && x.Report > 0 && x.Arrived.After(o.Down) && at.Before(end) {
				end = at
			}
		}
		if o.Down.Add(-r.Flush).Before(to) && from.Before(end) {
			until, blind = later(until, end), true
		}
	}
	return until, blind
}

func earliest(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
