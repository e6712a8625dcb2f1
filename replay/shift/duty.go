package shift

import (
	"math/rand/v2"
	"slices"
	"time"
)

const (
	dutySpread   = 15 * time.Minute // over which a shift comes on duty, those with a call first
	readyBefore  = 10 * time.Second // before their first call
	broughtOn    = 10               // percent whom a dispatcher brings on duty
	offAfter     = 20 * time.Minute // idle at the end of the shift: may go off duty
	offInPercent = 30
)

// reportForDuty brings every officer on duty, before their first call.
func (p *planner) reportForDuty() {
	rng := p.rng("duty")
	first := map[PersonNo]time.Time{}
	for _, j := range p.jobs {
		officer := p.shift.Tasks[j.task].Officer
		if at, ok := first[officer]; !ok || j.assign.Before(at) {
			first[officer] = j.assign
		}
	}
	p.duty = make([]time.Time, len(p.shift.People))
	spread := min(dutySpread, p.shift.To.Sub(p.shift.From)/4)
	for i := range p.shift.People {
		who := PersonNo(i)
		p.duty[who] = p.shift.From
		if p.shift.People[i].Type != Officer {
			continue
		}
		at := p.shift.From.Add(between(rng, 0, spread))
		if need := first[who].Add(-readyBefore); need.Before(at) {
			at = later(p.shift.From, need)
		}
		p.duty[who] = at
		p.step(at, p.dutyDevice(rng, who, at), OnDuty{Officer: who})
	}
}

// dutyDevice is on what an officer's duty is begun or ended: the phone, or a dispatcher's console.
func (p *planner) dutyDevice(rng *rand.Rand, who PersonNo, at time.Time) DeviceNo {
	if chance(rng, broughtOn) || p.dead(p.main(who), at) {
		return p.main(PersonNo(rng.IntN(p.options.Dispatchers)))
	}
	return p.main(who)
}

// onDuty is the officers on duty for a while at a time, in the order of their numbers.
func (p *planner) onDuty(at time.Time) []PersonNo {
	var on []PersonNo
	for i, since := range p.duty {
		if p.shift.People[i].Type == Officer && since.Add(readyBefore).Before(at) {
			on = append(on, PersonNo(i))
		}
	}
	return on
}

// goOffDuty ends the duty of some who have nothing more to do.
func (p *planner) goOffDuty() {
	rng := p.rng("off duty")
	last := make([]time.Time, len(p.shift.People))
	for _, s := range p.shift.Steps {
		for _, who := range p.concerned(s) {
			last[who] = later(last[who], s.At)
		}
	}
	open := p.openTasks()
	for i, who := range p.shift.People {
		idle := p.shift.To.Sub(last[i])
		if who.Type != Officer || slices.Contains(open, PersonNo(i)) || idle < offAfter || !chance(rng, offInPercent) {
			continue
		}
		at := last[i].Add(between(rng, time.Minute, idle-time.Minute))
		p.step(at, p.dutyDevice(rng, PersonNo(i), at), OffDuty{Officer: PersonNo(i)})
	}
}

// concerned is the people who must be on duty when a step happens.
func (p *planner) concerned(s Step) []PersonNo {
	if s.By == None {
		return nil
	}
	who := []PersonNo{s.By}
	switch do := s.Do.(type) {
	case OnDuty:
		who = append(who, do.Officer)
	case Assign:
		who = append(who, p.shift.Tasks[do.Task].Officer)
	case Start:
		who = append(who, p.shift.Tasks[do.Task].Officer)
	case Arrive:
		who = append(who, p.shift.Tasks[do.Task].Officer)
	case Clear:
		who = append(who, p.shift.Tasks[do.Task].Officer)
	case CreateConversation:
		for _, no := range p.shift.Conversations[do.Conversation].Invitations {
			who = append(who, p.shift.Invitations[no].Invitee)
		}
	case Invite:
		who = append(who, p.shift.Invitations[do.Invitation].Invitee)
	}
	return who
}

// openTasks is the officers with a task that stays open, in no order and some twice.
func (p *planner) openTasks() []PersonNo {
	var open []PersonNo
	for _, j := range p.jobs {
		if j.clear.IsZero() || !j.clear.Before(p.shift.To) {
			open = append(open, p.shift.Tasks[j.task].Officer)
		}
	}
	return open
}
