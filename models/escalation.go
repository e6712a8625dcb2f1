package models

import "time"

// Step is how far an urgent message that somebody has yet to acknowledge has been escalated.
type Step uint8

// The steps of the ladder. It ends with the first moment at which nobody has to acknowledge any more. Before the first
// step devices ring again once, which changes nothing else and is no step.
const (
	StepRung   Step = 1 // their devices rang again
	StepTold   Step = 2 // and those in by role are told, whoever wrote it
	StepGaveUp Step = 3 // they are not reached: use the radio
)

// Defaults of the settings of the ladder, in seconds. A minute is what an officer with both hands full needs; after five
// somebody must be found another way.
const (
	defaultRingS   = 60
	defaultTellS   = 180
	defaultGiveUpS = 300
)

// maxUrgentS bounds each: what may wait an hour is not urgent.
const maxUrgentS = 3600

// ladder is when each step follows, in seconds after the message.
func (t Settings) ladder() [StepGaveUp + 1]int {
	t = t.Effective()
	return [...]int{0, t.UrgentRingS, t.UrgentTellS, t.UrgentGiveUpS}
}

func (t Settings) checkLadder() error {
	times := t.ladder()
	for step, name := range [...]string{StepRung: "ring_s", StepTold: "tell_s", StepGaveUp: "give_up_s"} {
		if step > 0 && (times[step] <= times[step-1] || times[step] > maxUrgentS) {
			return Invalid("settings.urgent_"+name, "is later than the step before it, and at most 3600")
		}
	}
	return nil
}

// stepAfter is how long after a message a step follows.
func (t Settings) stepAfter(step Step) Micros {
	return Micros((time.Duration(t.ladder()[step]) * time.Second).Microseconds())
}

// againAfter is how long after a message devices ring again for the first time: a third of the time to the first step,
// which by default makes rings at 20 s, at 60 s and at 180 s.
func (t Settings) againAfter() Micros { return t.stepAfter(StepRung) / 3 }

// dueUrgent are the steps whose time has come, and when the next will. Its cost is that of the messages under way.
func (s *State) dueUrgent(now Micros) (due []CommandBody, next Micros) {
	for _, id := range sortedKeys(s.climbing) {
		if at := s.urgent[id].Next; at <= now {
			due = append(due, &Escalate{MessageID: id})
		} else {
			next = earliest(next, at)
		}
	}
	return due, next
}

// stopClimbing ends the ladder of a conversation's urgent messages: it is closed.
func (s *State) stopClimbing(id ConversationID) {
	for _, m := range s.urgentIn[id] {
		if u := *s.urgent[m]; u.Next > 0 {
			u.Next = 0
			s.putUrgent(u)
		}
	}
}

// Escalate is the system's command to take the step whose time has come: the furthest, if several have.
type Escalate struct {
	MessageID MessageID `json:"message_id"`
}

// CommandType is the name of the command; no client may send it.
func (*Escalate) CommandType() string { return "urgent.escalate" }

func (b *Escalate) decide(s *State, c Command) ([]EventBody, error) {
	if !c.Actor.IsZero() {
		return nil, ErrForbidden
	}
	u := s.urgent[b.MessageID]
	if u == nil || u.Next == 0 || u.Next > c.At {
		return nil, nil
	}
	if u.Step == 0 && u.At+s.Agency.Settings.stepAfter(StepRung) > c.At {
		return []EventBody{&UrgentEscalated{Message: u.Message, Users: u.Waiting}}, nil
	}
	step := u.Step + 1
	for step < StepGaveUp && u.At+s.Agency.Settings.stepAfter(step+1) <= c.At {
		step++
	}
	events := []EventBody{&UrgentEscalated{Message: u.Message, Step: step, Users: u.Waiting}}
	if step < StepGaveUp {
		return events, nil
	}
	for i, id := range u.Waiting[:min(len(u.Waiting), maxNotReached)] {
		events = append(events, &NotReached{
			Message: u.Message, Conversation: u.Conversation, User: id, N: s.nextN(u.Conversation) + uint32(i),
		})
	}
	return events, nil
}

// maxNotReached is how many people a conversation names one by one as not reached. Of more, as when a whole zone is out of
// coverage, the message's state tells the number.
const maxNotReached = 50

// UrgentEscalated is a step for those who had not acknowledged by then; without a step, their devices ring again.
type UrgentEscalated struct {
	Message MessageID `json:"message"`
	Step    Step      `json:"step"`           // 0: none
	Users   []UserID  `json:"users,omitzero"` // in person; none: the role alone was waited for
}

// EventType is the name in the log.
func (*UrgentEscalated) EventType() string { return "urgent.escalated" }

func (b *UrgentEscalated) apply(s *State, _ Event) {
	old := s.urgent[b.Message]
	if old == nil || !old.open() {
		return
	}
	if b.Step == 0 {
		s.ringAgain(*old)
		return
	}
	if b.Step <= old.Step || b.Step > StepGaveUp {
		return
	}
	u := *old
	u.Step, u.Next = b.Step, 0
	if u.Step < StepGaveUp && old.Next > 0 {
		u.Next = u.At + s.Agency.Settings.stepAfter(u.Step+1)
	}
	if u.Step >= StepTold {
		u.Role = s.hasRole(u.Conversation)
	}
	if u.Step == StepGaveUp {
		for _, id := range u.Waiting {
			u.Unreached = with(u.Unreached, id, true)
		}
	}
	s.putUrgent(u)
	s.touchWaiting(&u)
}

// ringAgain is before the first step. What the conversation shows of the message stays as it is.
func (s *State) ringAgain(u Urgent) {
	if u.Step > 0 || u.Again {
		return
	}
	u.Again = true
	if u.Next > 0 {
		u.Next = u.At + s.Agency.Settings.stepAfter(StepRung)
	}
	s.urgent[u.Message] = &u
	s.touchWaiting(&u)
}

// touchWaiting makes an urgent message news to all who have yet to acknowledge it, also to those who were shown it: it
// rings again.
func (s *State) touchWaiting(u *Urgent) {
	for _, id := range s.WaitedFor(u.Message) {
		s.touchOwn(id, Row{RowUrgent, u.Message.UUID()}, u.Rev)
	}
}

// NotReached is a notice that somebody did not acknowledge an urgent message.
type NotReached struct {
	Message      MessageID      `json:"message"`
	Conversation ConversationID `json:"conversation"`
	User         UserID         `json:"user"`
	N            uint32         `json:"n"`
}

// EventType is the name in the log.
func (*NotReached) EventType() string               { return "urgent.not_reached" }
func (b *NotReached) row() (ConversationID, uint32) { return b.Conversation, b.N }

func (b *NotReached) apply(s *State, e Event) {
	s.notice(e, b.Conversation, b.N, NoticeNotReached, b.User)
}
