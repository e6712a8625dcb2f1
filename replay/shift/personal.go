package shift

import (
	"fmt"
	"time"
)

// Personal conversations: how many, how large, how long; shares in percent.
const (
	callsPerPersonal = 3
	leastPersonal    = 4
	singleShare      = 50
	dispatcherBegins = 30
	largestGroup     = 5 // invited at the beginning
	titleShare       = 50
	laterInvite      = 40
	laterLeave       = 20
	fewestWords      = 4
	mostWords        = 14
	briefest         = 6 * time.Minute
	longestTalk      = 40 * time.Minute
)

// talkAmongThemselves plans the personal conversations.
func (p *planner) talkAmongThemselves() {
	rng := p.rng("personal")
	length := p.shift.To.Sub(p.shift.From)
	for i := range max(leastPersonal, len(p.calls)/callsPerPersonal) {
		at := p.shift.From.Add(between(rng, length/20, length*9/10))
		r := room{planner: p, rng: rng, opened: at, closed: at.Add(between(rng, briefest, longestTalk))}
		if r.closed.After(p.shift.To) {
			r.closed = p.forever()
		}
		r.begin(i)
	}
}

// begin creates a personal conversation, if there is anybody to have it, and lets it take its course.
func (r *room) begin(i int) {
	p := r.planner
	creator := r.candidate(r.opened)
	if creator == None || chance(r.rng, dispatcherBegins) {
		creator = PersonNo(r.rng.IntN(p.options.Dispatchers))
	}
	r.sit(creator, r.opened, r.closed)
	invited := 1
	if !chance(r.rng, singleShare) {
		invited = 2 + r.rng.IntN(largestGroup-1)
	}
	r.no = ConversationNo(len(p.shift.Conversations))
	guests := r.guests(invited)
	if len(guests) == 0 {
		return
	}
	c := Conversation{Kind: Personal, Dispatch: None, Creator: creator}
	if len(guests) > 1 && chance(r.rng, titleShare) {
		c.Title = fmt.Sprintf("Group %d", i+1)
	}
	for _, guest := range guests {
		c.Invitations = append(c.Invitations, p.invitation(r.no, creator, guest))
	}
	p.shift.Conversations = append(p.shift.Conversations, c)
	p.step(r.opened, p.main(creator), CreateConversation{Conversation: r.no})
	r.gather(c)
	r.proceed()
}

// guests draws different people.
func (r *room) guests(n int) []PersonNo {
	known := r.seats
	var guests []PersonNo
	for range n {
		who := r.candidate(r.opened)
		if who == None {
			break
		}
		guests = append(guests, who)
		r.sit(who, r.opened, r.opened) // so that the next draw is of another
	}
	r.seats = known
	return guests
}

// gather seats the guests: of a Single at once, though they may still reject; of a Group once they accept.
func (r *room) gather(c Conversation) {
	p := r.planner
	if !c.Single() {
		for _, no := range c.Invitations {
			r.answer(no, r.opened)
		}
		return
	}
	guest := p.shift.Invitations[c.Invitations[0]].Invitee
	heard := p.heard(p.main(guest), r.opened)
	r.sit(guest, heard, r.closed)
	at := heard.Add(between(r.rng, time.Minute, 5*time.Minute))
	if chance(r.rng, rejects) && at.Before(r.closed) && p.step(at, p.main(guest), Reject{Invitation: c.Invitations[0]}) {
		r.closed = at
		r.seats[len(r.seats)-1].until = at
	}
}

// proceed lets a personal conversation take its course.
func (r *room) proceed() {
	if chance(r.rng, laterLeave) {
		i := 1 + r.rng.IntN(max(1, len(r.seats)-1)) // not the creator
		if i < len(r.seats) {
			r.leave(i, r.opened.Add(r.closed.Sub(r.opened)*3/4))
		}
	}
	if chance(r.rng, laterInvite) && r.closed.Sub(r.opened) > 2*time.Minute {
		r.invite(r.at())
	}
	r.talk(fewestWords + r.rng.IntN(mostWords-fewestWords+1))
}
