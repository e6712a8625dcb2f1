package push

import (
	"slices"
	"time"

	"officermobile/models"
	"officermobile/models/record"
)

// How long a ring is worth sending. An invitation is until it expires.
const (
	messageLife = 24 * time.Hour
	taskLife    = 24 * time.Hour   // as an invitation has by default
	urgentLife  = 10 * time.Minute // later than this a person must be found another way
)

// owed is that a device may have to ring about an event.
type owed struct {
	key     slotKey
	user    models.UserID
	author  models.UserID
	sender  models.DeviceID
	seq     record.Seq
	n       uint32     // of the message's row; 0 for none
	first   record.Seq // the id of its notification follows from it
	rung    int        // of the ladder of an urgent message
	at      time.Time  // of the event
	expires time.Time
	noticed time.Time
	looked  bool
}

// owedBy lists the devices that may have to ring about an event, the author's left out. Who is in is decided as of now.
func owedBy(s *models.State, e models.Event) []owed {
	switch b := e.Body.(type) {
	case *models.MarkRead:
		return badgesOwed(s, e, b.User)
	case *models.ConversationMuted:
		return badgesOwed(s, e, b.User)
	case *models.DeviceTested:
		return testOwed(s, e, b)
	}
	o, users := subject(s, e)
	return o.to(s, slices.DeleteFunc(users, func(u models.UserID) bool { return u == e.Actor }))
}

// concernedBy lists the devices that somebody might ask about: also those of the author, and of people in by role.
func concernedBy(s *models.State, e models.Event) []owed {
	if b, ok := e.Body.(*models.DeviceTested); ok {
		return testOwed(s, e, b)
	}
	o, users := subject(s, e)
	if o.key.thing == (thing{}) {
		return nil
	}
	if b, ok := e.Body.(*models.MessagePosted); ok {
		for _, r := range s.Recipients(b.Conversation) {
			users = append(users, r.User)
		}
	}
	if !e.Actor.IsZero() {
		users = append(users, e.Actor)
	}
	slices.SortFunc(users, compareUsers)
	return o.to(s, slices.Compact(users))
}

// subject is what an event rings about, and whom. One without a thing is about nothing.
func subject(s *models.State, e models.Event) (owed, []models.UserID) {
	o := owed{seq: e.Seq, first: e.Seq, at: timeOf(e.At), author: e.Actor, sender: e.Device}
	switch b := e.Body.(type) {
	case *models.MessagePosted:
		o.n, o.key.thing = b.N, thing{aConversation, b.Conversation.UUID()}
		o.expires = timeOf(e.At).Add(messageLife)
		if b.Urgent {
			o.key.thing, o.expires = thing{anUrgent, b.ID.UUID()}, timeOf(e.At).Add(urgentLife)
			return o, s.WaitedFor(b.ID)
		}
		return o, membersWhoRead(s, b)
	case *models.UrgentEscalated:
		o.rung = 1 + int(b.Step)
		if m := s.Message(b.Message); m != nil {
			o.first = m.Seq // one id over all its ladder; the rung tells them apart
		}
		o.key.thing, o.expires = thing{anUrgent, b.Message.UUID()}, timeOf(e.At).Add(urgentLife)
		return o, s.WaitedFor(b.Message)
	case *models.InvitationSent:
		o.key.thing, o.expires = thing{anInvitation, b.ID.UUID()}, timeOf(b.Expires)
		return o, []models.UserID{b.Invitee}
	case *models.TaskAssigned:
		o.key.thing, o.expires = thing{aTask, b.ID.UUID()}, timeOf(e.At).Add(taskLife)
		return o, []models.UserID{b.User}
	case *models.DeviceTested:
		o.key.thing, o.expires = testOf(b.ID), timeOf(e.At).Add(testLife)
	}
	return o, nil
}

func compareUsers(a, b models.UserID) int { return slices.Compare(a[:], b[:]) }

// membersWhoRead are those in in person who may read the row: by role alone nobody gets routine pushes.
func membersWhoRead(s *models.State, b *models.MessagePosted) []models.UserID {
	var users []models.UserID
	for _, r := range s.Recipients(b.Conversation) {
		if !r.ByRole && s.FromN(r.User, b.Conversation) <= b.N {
			users = append(users, r.User)
		}
	}
	return users
}

func (o owed) to(s *models.State, users []models.UserID) []owed {
	var all []owed
	for _, u := range users {
		for _, d := range s.DevicesOf(u) {
			o.user, o.key.agency, o.key.device = u, s.Agency.ID, d.ID
			all = append(all, o)
		}
	}
	return all
}

// factsNow reads from the state whether a ring is still due to somebody's device.
func factsNow(s *models.State, k slotKey, user models.UserID, n uint32, now time.Time) Facts {
	f := Facts{OffDuty: offDutySetting(s, user), Now: now, Class: k.thing.class(), User: user, Device: k.device, Bound: bound(s, k.device, user)}
	switch k.thing.sort {
	case aConversation:
		id := models.ConversationID(k.thing.id)
		f.Member, f.ByRole = s.IsIn(user, id)
		f.Member = f.Member && s.FromN(user, id) <= n
		m := s.Mark(id, user)
		f.Read = m != nil && m.N >= n
		f.Muted = s.Muted(user, id, microsOf(now))
	case aBadge:
		f.Member = true
	case anUrgent:
		if u := s.Urgent(models.MessageID(k.thing.id)); u != nil {
			f.Member, f.ByRole = s.IsIn(user, u.Conversation)
			f.Muted = s.Muted(user, u.Conversation, microsOf(now))
			f.Acknowledged = f.Member && !s.MustAcknowledge(user, u.Message)
		}
	case anInvitation:
		if i := s.Invitation(models.InvitationID(k.thing.id)); i != nil {
			f.Member = i.Invitee == user
			f.Acknowledged = i.State == models.InvitationAccepted || i.State == models.InvitationRejected
			f.Withdrawn = i.State == models.InvitationCancelled
		}
	case aTask:
		if t := s.Task(models.TaskID(k.thing.id)); t != nil {
			f.Withdrawn = t.Assignee != user
			f.Member, f.Acknowledged = !f.Withdrawn, t.Status > models.TaskAssignedStatus
		}
	case aTest:
		f.Test = true
	}
	return f
}

// offDutySetting is how an officer off duty is to ring, and empty for anybody else.
func offDutySetting(s *models.State, user models.UserID) models.OffDutyPush {
	if !s.OffDuty(user) {
		return ""
	}
	return s.Agency.Settings.Effective().OffDutyPush
}

func bound(s *models.State, id models.DeviceID, user models.UserID) bool {
	d, u := s.Device(id), s.User(user)
	return d != nil && u != nil && u.Active && !d.Revoked && d.User == user
}

// threadOf is the conversation that a thing belongs to, for grouping on the screen.
func threadOf(s *models.State, t thing) record.UUID {
	switch t.sort {
	case anUrgent:
		if u := s.Urgent(models.MessageID(t.id)); u != nil {
			return u.Conversation.UUID()
		}
	case anInvitation:
		if i := s.Invitation(models.InvitationID(t.id)); i != nil {
			return i.Conversation.UUID()
		}
	case aTask:
		if task := s.Task(models.TaskID(t.id)); task != nil {
			return models.ConversationOf(task.Dispatch).UUID()
		}
	}
	return t.id
}

// badgeOf is how many messages a user has not read, in conversations that they are in by name and have not muted.
func badgeOf(s *models.State, user models.UserID, now time.Time) int {
	unread := 0
	for _, g := range s.Grants(user) {
		if !g.On || g.Scope.Rank != models.RankConversation {
			continue
		}
		id := models.ConversationID(g.Scope.ID)
		if in, byRole := s.IsIn(user, id); in && !byRole && !s.Muted(user, id, microsOf(now)) {
			unread += int(s.Unread(id, user))
		}
	}
	return unread
}

func microsOf(t time.Time) models.Micros { return models.Micros(t.UnixMicro()) }

func timeOf(at models.Micros) time.Time { return time.UnixMicro(int64(at)).UTC() }
