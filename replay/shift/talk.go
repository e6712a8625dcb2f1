package shift

import (
	"slices"
	"time"
)

// How much is said about a dispatch, and how often more happens, in percent.
const (
	baseMessages    = 3
	messagesPerTask = 3
	mostMessages    = 40 // of one dispatch: a large fire has twenty units
	commentShare    = 17
	emptyComments   = 20 // of those, joins without a word
	inviteShare     = 20
	leaveShare      = 15 // of officers whose tasks there are cleared
)

// talkOfDispatches plans the conversation of every dispatch.
func (p *planner) talkOfDispatches() {
	rng := p.rng("talk")
	tasks := make([][]job, len(p.ends))
	for _, j := range p.jobs {
		d := p.shift.Tasks[j.task].Dispatch
		tasks[d] = append(tasks[d], j)
	}
	for i, e := range p.ends {
		r := room{planner: p, rng: rng, no: p.shift.Dispatches[i].Conversation, opened: e.created, closed: e.closed}
		if r.closed.IsZero() {
			r.closed = p.forever()
		}
		for d := range p.options.Dispatchers {
			r.sit(PersonNo(d), r.opened, r.closed)
		}
		p.seatOfficers(&r, tasks[i])
		if chance(rng, commentShare) {
			r.comment(DispatchNo(i))
		}
		if chance(rng, inviteShare) && r.closed.Sub(r.opened) > time.Minute {
			r.invite(r.at())
		}
		r.talk(min(mostMessages, baseMessages+messagesPerTask*len(tasks[i])))
	}
}

// seatOfficers seats those who are assigned, from when their phone tells them; some leave once they are done there.
func (p *planner) seatOfficers(r *room, jobs []job) {
	for _, j := range jobs {
		who := p.shift.Tasks[j.task].Officer
		if r.knows(who) || !j.assign.Before(p.shift.To) {
			continue
		}
		r.sit(who, p.heard(p.main(who), j.assign), r.closed)
		done, ok := doneWith(p, who, jobs)
		if ok && chance(r.rng, leaveShare) {
			r.leave(len(r.seats)-1, done.Add(between(r.rng, 20*time.Second, 4*time.Minute)))
		}
	}
}

// doneWith is when the last of an officer's tasks among some is cleared.
func doneWith(p *planner, who PersonNo, jobs []job) (last time.Time, ok bool) {
	mine := slices.DeleteFunc(slices.Clone(jobs), func(j job) bool { return p.shift.Tasks[j.task].Officer != who })
	for _, j := range mine {
		if j.clear.IsZero() {
			return last, false
		}
		last = later(last, j.clear)
	}
	return last, true
}

// comment lets an officer who has nothing to do with the dispatch join its conversation.
func (r *room) comment(d DispatchNo) {
	if r.closed.Sub(r.opened) < time.Minute {
		return
	}
	at := r.at()
	who := r.candidate(at)
	if who == None {
		return
	}
	p := r.planner
	if p.heard(p.main(who), r.opened).After(at) || p.dead(p.main(who), at) {
		return // does not have the dispatch to select it, or not the conversation to show
	}
	no := MessageNo(None)
	if !chance(r.rng, emptyComments) {
		no = r.write(who, false)
	}
	p.step(at, p.main(who), Comment{Dispatch: d, Message: no})
	r.sit(who, at, r.closed)
}
