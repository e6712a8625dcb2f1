package shift

import (
	"math"
	"math/rand/v2"
	"time"
)

// Dead zones: how long, and how far apart at least and at most. Half of them are under eight minutes.
const (
	shortestDead = time.Minute
	longestDead  = time.Hour
	shortestGap  = 4 * time.Minute
	longestGap   = 160 * time.Minute
)

// cover draws the dead zones of every phone and tablet.
func (p *planner) cover() {
	rng := p.rng("dead zones")
	for i := range p.shift.Devices {
		if p.shift.Devices[i].Kind != Console {
			p.shift.Devices[i].DeadZones = deadZones(rng, p.shift.From, p.shift.To)
		}
	}
}

func deadZones(rng *rand.Rand, from, to time.Time) []Span {
	longest := min(longestDead, max(shortestDead, to.Sub(from)/2))
	var zones []Span
	at := from.Add(between(rng, shortestGap, longestGap))
	for {
		end := at.Add(deadFor(rng, longest))
		if end.After(to) {
			return zones
		}
		zones = append(zones, Span{From: at, To: end})
		at = end.Add(between(rng, shortestGap, longestGap))
	}
}

// deadFor draws the length of a dead zone: short ones are common and long ones happen, each doubling as likely as the next.
func deadFor(rng *rand.Rand, longest time.Duration) time.Duration {
	doublings := math.Log2(longest.Minutes() / shortestDead.Minutes())
	minutes := shortestDead.Minutes() * math.Exp2(rng.Float64()*doublings)
	return min(longest, time.Duration(minutes*60)*time.Second)
}

// notice is how long after coverage is back a device has surely caught up.
const notice = 20 * time.Second

// heard is when a device has what happened at a time: soon, or once it has coverage again.
func (p *planner) heard(on DeviceNo, at time.Time) time.Time {
	for _, dead := range p.shift.Devices[on].DeadZones {
		if at.Add(time.Second).Before(dead.From) {
			break
		}
		if at.Before(dead.To) {
			return dead.To.Add(notice)
		}
	}
	return at.Add(time.Second)
}

// dead reports whether a device is out of coverage.
func (p *planner) dead(on DeviceNo, at time.Time) bool {
	for _, zone := range p.shift.Devices[on].DeadZones {
		if !at.Before(zone.From) && at.Before(zone.To) {
			return true
		}
	}
	return false
}

// main is the device on which a person writes and reads: the console or the phone.
func (p *planner) main(who PersonNo) DeviceNo { return p.shift.People[who].Devices[0] }
