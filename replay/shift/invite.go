package shift

import (
	"slices"
	"time"
)

// What becomes of an invitation, in percent; the rest stays unanswered, half of it until it is cancelled.
const (
	accepts = 75
	rejects = 15
)

// preferDead is how often an invitation rather goes to somebody who is out of coverage at that time, in percent.
const preferDead = 50

// invite brings somebody new into the room, if there is anybody.
func (r *room) invite(at time.Time) {
	p := r.planner
	there := r.present(at)
	if len(there) == 0 {
		return
	}
	inviter := r.author(there)
	invitee := r.candidate(at)
	if invitee == None {
		return
	}
	no := p.invitation(r.no, inviter, invitee)
	if p.step(at, p.main(inviter), Invite{Invitation: no}) {
		r.answer(no, at)
	}
}

func (p *planner) invitation(c ConversationNo, inviter, invitee PersonNo) InvitationNo {
	p.shift.Invitations = append(p.shift.Invitations, Invitation{Conversation: c, Inviter: inviter, Invitee: invitee})
	return InvitationNo(len(p.shift.Invitations) - 1)
}

// candidate is an officer on duty who has nothing to do with the room.
func (r *room) candidate(at time.Time) PersonNo {
	var any, dead []PersonNo
	for _, who := range r.planner.onDuty(at) {
		if r.knows(who) {
			continue
		}
		any = append(any, who)
		if r.planner.dead(r.planner.main(who), at) {
			dead = append(dead, who)
		}
	}
	if len(dead) > 0 && chance(r.rng, preferDead) {
		any = dead
	}
	if len(any) == 0 {
		return None
	}
	return any[r.rng.IntN(len(any))]
}

// answer plans the invitee's answer to an invitation made at a time: not before their phone can have it.
func (r *room) answer(no InvitationNo, at time.Time) {
	p := r.planner
	invitation := p.shift.Invitations[no]
	on := p.main(invitation.Invitee)
	when := p.heard(on, at).Add(between(r.rng, 5*time.Second, 4*time.Minute))
	if !when.Before(r.closed) {
		r.sit(invitation.Invitee, p.forever(), p.forever()) // known, never in
		return
	}
	draw := r.rng.IntN(100)
	switch {
	case draw < accepts:
		p.step(when, on, Accept{Invitation: no})
		r.sit(invitation.Invitee, when, r.closed)
	case draw < accepts+rejects:
		p.step(when, on, Reject{Invitation: no})
		r.sit(invitation.Invitee, p.forever(), p.forever())
	default:
		r.sit(invitation.Invitee, p.forever(), p.forever())
		r.cancel(no, when)
	}
}

// cancel takes every second unanswered invitation back, while the inviter is still in.
func (r *room) cancel(no InvitationNo, after time.Time) {
	inviter := r.planner.shift.Invitations[no].Inviter
	at := after.Add(between(r.rng, time.Minute, 10*time.Minute))
	in := slices.ContainsFunc(r.seats, func(s seat) bool { return s.who == inviter && s.taken(at) })
	if chance(r.rng, 50) && in {
		r.planner.step(at, r.planner.main(inviter), Cancel{Invitation: no})
	}
}
