package shift

import (
	"math/rand/v2"
	"time"
)

// What people do with a device between two uses of it.
const (
	putAwayAfter  = 20 * time.Second
	putAwayBy     = time.Minute
	takeOutBefore = 2 * time.Second // of the next use
	shortestPause = 90 * time.Second
	killPause     = 4 * time.Minute // in shorter pauses the system doesn't kill an app
	killShare     = 8               // of longer pauses, in percent
	killAfter     = time.Minute     // in the background
)

// handleDevices adds what happens to every phone and tablet between the steps done on it, which must be in order.
func (p *planner) handleDevices() {
	rng := p.rng("habits")
	used := make([][]time.Time, len(p.shift.Devices))
	for _, s := range p.shift.Steps {
		if s.On != None {
			used[s.On] = append(used[s.On], s.At)
		}
	}
	var idle []Step
	for i, d := range p.shift.Devices {
		if d.Kind == Console {
			continue
		}
		h := habit{planner: p, rng: rng, on: DeviceNo(i)}
		last := p.shift.From
		for _, next := range used[i] {
			h.pause(last, next)
			last = next
		}
		h.putAway(last)
		idle = append(idle, h.steps...)
	}
	// Before the others, so that of one time a device is taken out before it is used.
	p.shift.Steps = append(idle, p.shift.Steps...)
}

type habit struct {
	planner *planner
	rng     *rand.Rand
	on      DeviceNo
	steps   []Step
}

func (h *habit) add(at time.Time, do Action) {
	owner := h.planner.shift.Devices[h.on].Owner
	h.steps = append(h.steps, Step{At: at, By: owner, On: h.on, Do: do})
}

// pause is the time between two uses.
func (h *habit) pause(last, next time.Time) {
	if next.Sub(last) < shortestPause {
		return
	}
	away := last.Add(between(h.rng, putAwayAfter, putAwayBy))
	h.add(away, Background{})
	again := next.Add(-takeOutBefore)
	if next.Sub(last) < killPause || !chance(h.rng, killShare) {
		h.add(again, Foreground{})
		return
	}
	h.add(away.Add(between(h.rng, killAfter, again.Sub(away)-time.Second)), Kill{})
	h.add(again, Restart{})
}

// putAway is after the last use.
func (h *habit) putAway(last time.Time) {
	away := last.Add(between(h.rng, putAwayAfter, putAwayBy))
	if away.Before(h.planner.shift.To) {
		h.add(away, Background{})
	}
}

// killServer spreads the server's deaths over the shift: one in each equal part of it, apart from its ends.
func (p *planner) killServer() {
	rng := p.rng("kills")
	n := p.options.ServerKills
	part := p.shift.To.Sub(p.shift.From) / time.Duration(n)
	for i := range n {
		at := p.shift.From.Add(part * time.Duration(i)).Add(between(rng, part/5, part*4/5))
		p.step(at, None, KillServer{})
	}
}
