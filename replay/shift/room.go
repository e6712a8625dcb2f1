package shift

import (
	"math/rand/v2"
	"slices"
	"time"
)

// forever stands for an end that doesn't come within a shift.
func (p *planner) forever() time.Time { return p.shift.To }

// seat is somebody's time in a conversation: they may write after from and before until.
type seat struct {
	who         PersonNo
	from, until time.Time
}

func (s seat) taken(at time.Time) bool { return s.from.Before(at) && at.Before(s.until) }

// room is a conversation while its talk is planned.
type room struct {
	planner *planner
	rng     *rand.Rand
	no      ConversationNo
	opened  time.Time
	closed  time.Time // nobody writes from here on
	seats   []seat
}

func (r *room) sit(who PersonNo, from, until time.Time) {
	r.seats = append(r.seats, seat{who, from, until})
}

// knows reports whether somebody has or will have a seat, or is in by role.
func (r *room) knows(who PersonNo) bool {
	return slices.ContainsFunc(r.seats, func(s seat) bool { return s.who == who })
}

// present is the seats taken at a time.
func (r *room) present(at time.Time) []seat {
	var there []seat
	for _, s := range r.seats {
		if s.taken(at) {
			there = append(there, s)
		}
	}
	return there
}

// at draws a time while the room is open, apart from both ends.
func (r *room) at() time.Time {
	return r.opened.Add(between(r.rng, 2*time.Second, r.closed.Sub(r.opened)-2*time.Second))
}

// write adds a message by somebody.
func (r *room) write(author PersonNo, urgent bool) MessageNo {
	text := r.planner.picker.Next()
	s := &r.planner.shift
	s.Messages = append(s.Messages, Message{Conversation: r.no, Author: author, Text: text.Text, Lang: text.Lang, Urgent: urgent})
	return MessageNo(len(s.Messages) - 1)
}

// Shares of what happens to messages, in percent.
const (
	urgentShare     = 6
	officerReads    = 50
	dispatcherReads = 15
	dispatcherTalks = 35
)

// talk lets those present write so many messages.
func (r *room) talk(messages int) {
	if r.closed.Sub(r.opened) < 10*time.Second {
		return
	}
	var times []time.Time
	for range messages {
		times = append(times, r.at())
	}
	slices.SortFunc(times, time.Time.Compare)
	for _, at := range times {
		there := r.present(at)
		if len(there) == 0 {
			continue
		}
		author := r.author(there)
		no := r.write(author, chance(r.rng, urgentShare))
		r.planner.step(at, r.planner.main(author), Post{Message: no})
		r.receive(no, at, there)
	}
}

// author is a dispatcher now and then and otherwise any of the others.
func (r *room) author(there []seat) PersonNo {
	people := r.planner.shift.People
	byType := map[UserType][]PersonNo{}
	for _, s := range there {
		byType[people[s.who].Type] = append(byType[people[s.who].Type], s.who)
	}
	from := byType[Officer]
	if len(from) == 0 || len(byType[Dispatcher]) > 0 && chance(r.rng, dispatcherTalks) {
		from = byType[Dispatcher]
	}
	return from[r.rng.IntN(len(from))]
}

// receive lets the others read a message and acknowledge an urgent one. One dispatcher acknowledges for all, and only
// what an officer wrote.
func (r *room) receive(no MessageNo, at time.Time, there []seat) {
	p := r.planner
	message := p.shift.Messages[no]
	served := p.shift.People[message.Author].Type == Dispatcher
	for _, s := range there {
		if s.who == message.Author {
			continue
		}
		dispatcher := p.shift.People[s.who].Type == Dispatcher
		if message.Urgent && !(dispatcher && served) {
			served = served || dispatcher
			r.later(s, at, 5*time.Second, 90*time.Second, Acknowledge{Message: no})
		}
		share := officerReads
		if dispatcher {
			share = dispatcherReads
		}
		if chance(r.rng, share) {
			r.later(s, at, 5*time.Second, 3*time.Minute, Read{Conversation: r.no})
		}
	}
}

// later lets a member do something some time after they heard of what happened at a time, if they are still in.
func (r *room) later(s seat, at time.Time, low, high time.Duration, do Action) {
	on := r.planner.main(s.who)
	when := r.planner.heard(on, at).Add(between(r.rng, low, high))
	if s.taken(when) {
		r.planner.step(when, on, do)
	}
}

// leave ends a seat.
func (r *room) leave(i int, at time.Time) {
	s := &r.seats[i]
	if !s.taken(at) {
		return
	}
	if r.planner.step(at, r.planner.main(s.who), Leave{Conversation: r.no}) {
		s.until = at
	}
}
