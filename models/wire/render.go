package wire

import (
	"slices"

	"officermobile/models"
)

// RowData renders the data of a row as it is now, for whoever may hold the scope that it lies in; nil if there is no
// such row. Messages are rendered by MessagesOf.
func RowData(s *models.State, sc models.Scope, r models.Row) any {
	switch r.Kind {
	case models.RowMe:
		return orNil(s.User(models.UserID(r.ID)), me)
	case models.RowUser:
		return orNil(s.User(models.UserID(r.ID)), user)
	case models.RowDevice:
		return orNil(s.Device(models.DeviceID(r.ID)), device)
	case models.RowMark:
		return orNil(s.Mark(models.ConversationID(r.ID), models.UserID(sc.ID)), func(m *models.Mark) any { return Mark{N: m.N} })
	case models.RowMute:
		return orNil(s.MuteOf(models.UserID(sc.ID), models.ConversationID(r.ID)), func(m *models.Mute) any { return Mute{Until: m.Until.Millis()} })
	case models.RowAgency:
		return Agency{Name: s.Agency.Name, TimeZone: s.Agency.TimeZone, Settings: s.Agency.Settings.Effective()}
	case models.RowDuty:
		return orNil(s.Duty(models.UserID(r.ID)), func(d *models.Duty) any { return duty(s, d) })
	case models.RowZone:
		return orNil(s.Zone(models.ZoneID(r.ID)), zone)
	case models.RowWorkZone:
		return orNil(s.WorkZone(models.WorkZoneID(r.ID)), func(w *models.WorkZone) any { return WorkZone{Zone: w.Zone, Name: w.Name} })
	case models.RowTeam:
		return orNil(s.Team(models.TeamID(r.ID)), func(t *models.Team) any { return Team{Zone: t.Zone, Name: t.Name, WorkZones: t.WorkZones} })
	case models.RowRTA:
		return orNil(s.RTA(models.RTAID(r.ID)), rta)
	case models.RowChoice:
		return orNil(s.Choice(models.ChoiceID(r.ID)), choice)
	case models.RowMember:
		return Member{}
	}
	return recordData(s, sc, r)
}

// recordData renders the rows of dispatches and conversations.
func recordData(s *models.State, sc models.Scope, r models.Row) any {
	switch r.Kind {
	case models.RowDispatch:
		return orNil(s.Dispatch(models.DispatchID(r.ID)), func(d *models.Dispatch) any { return DispatchOf(s, d) })
	case models.RowTask:
		return orNil(s.Task(models.TaskID(r.ID)), func(t *models.Task) any { return TaskOf(t) })
	case models.RowLog:
		return orNil(s.LogNote(models.LogID(r.ID)), func(n *models.LogNote) any { return LogOf(n) })
	case models.RowConversation:
		return orNil(s.Conversation(models.ConversationID(r.ID)), func(c *models.Conversation) any { return ConversationOf(s, c) })
	case models.RowInvitation:
		return orNil(s.Invitation(models.InvitationID(r.ID)), func(i *models.Invitation) any { return InvitationOf(s, i) })
	case models.RowUrgent:
		return orNil(s.Urgent(models.MessageID(r.ID)), func(u *models.Urgent) any { return UrgentOf(sc, u) })
	}
	return nil
}

func orNil[T any](v *T, render func(*T) any) any {
	if v == nil {
		return nil
	}
	return render(v)
}

func me(u *models.User) any {
	return Me{Username: u.Username, Name: u.Name, Types: u.Types, Zones: u.Zones}
}

func user(u *models.User) any { return User{Name: u.Name, Types: u.Types, Active: u.Active} }

func zone(z *models.Zone) any {
	return Zone{Name: z.Name, TimeZone: z.TimeZone, NumberReset: z.NumberReset}
}

func rta(r *models.RTA) any {
	return RTA{Name: r.Name, From: r.From, To: r.To, Seconds: r.Seconds, Match: r.Match}
}

func choice(c *models.Choice) any {
	return Choice{Kind: c.Kind, Parent: c.Parent, Name: c.Name, Order: c.Order}
}

func device(d *models.Device) any {
	return Device{Name: d.Name, Class: d.Class, Platform: d.Platform, Revoked: d.Revoked}
}

func duty(s *models.State, d *models.Duty) any {
	w := Duty{Zone: d.Zone, Team: d.Team, CallSign: d.CallSign, Status: s.StatusOf(d.User), Since: d.Since.Millis()}
	if w.Status == models.StatusBusy { // else a task goes before what was chosen
		w.State = d.State
	}
	return w
}

// DispatchOf renders a dispatch.
func DispatchOf(s *models.State, d *models.Dispatch) Dispatch {
	return dispatchOf(d, s.DispatchStatus(d))
}

func dispatchOf(d *models.Dispatch, status models.DispatchStatus) Dispatch {
	return Dispatch{
		Number: d.Number, Date: d.BusinessDate, Zone: d.Zone, WorkZone: d.WorkZone, Conversation: d.Conversation,
		Status: status, Creator: d.Creator, Created: d.Created.Millis(), Duress: d.Duress, Facts: d.Facts,
	}
}

// SealedOf renders a dispatch that has left memory.
func SealedOf(x *models.Sealed) Dispatch {
	return dispatchOf(&x.Dispatch, models.DispatchClosedDone)
}

// TaskOf renders a task.
func TaskOf(t *models.Task) Task {
	return Task{
		Dispatch: t.Dispatch, Assignee: t.Assignee, Status: t.Status, Disposition: t.Disposition, Response: t.Response, Original: t.Original, Moved: t.Moved.Millis(), Clocks: t.Clocks,
	}
}

// LogOf renders a note.
func LogOf(n *models.LogNote) Log {
	l := Log{Dispatch: n.Dispatch, Author: n.Author, At: n.At.Millis(), Text: n.Text}
	l.DeviceAt, l.AgeMS = skewed(n.Claims, l.At)
	return l
}

// LabelOf is what a conversation is called.
func LabelOf(s *models.State, c *models.Conversation) Label { return label(c, s.Dispatch(c.Dispatch)) }

// SealedLabelOf is what a conversation was called that has left memory.
func SealedLabelOf(x *models.Sealed) Label {
	if x.Conversation.Kind == models.DispatchKind {
		return label(&x.Conversation, &x.Dispatch)
	}
	return label(&x.Conversation, nil)
}

func label(c *models.Conversation, d *models.Dispatch) Label {
	l := Label{Kind: c.Kind, Title: c.Title, Group: c.Group, Zone: c.Zone, Team: c.Team}
	if d != nil {
		l.Number, l.Date, l.Zone = d.Number, d.BusinessDate, d.Zone
	}
	return l
}

// ConversationOf renders a conversation.
func ConversationOf(s *models.State, c *models.Conversation) Conversation {
	return Conversation{Label: LabelOf(s, c), Dispatch: c.Dispatch, Creator: c.Creator, Created: c.Created.Millis(), Closed: c.Closed}
}

// InvitationOf renders an invitation.
func InvitationOf(s *models.State, i *models.Invitation) Invitation {
	w := Invitation{Conversation: i.Conversation, Inviter: i.Inviter, Invitee: i.Invitee, At: i.At.Millis(), Expires: i.Expires.Millis()}
	if c := s.Conversation(i.Conversation); c != nil {
		w.Label = LabelOf(s, c)
	}
	return w
}

// UrgentOf renders an urgent message's state: in a user's own scope that they have to acknowledge it, in the conversation
// how it stands. There it is sent again with each acknowledgement, so only few names go along; receipts have them all.
func UrgentOf(sc models.Scope, u *models.Urgent) Urgent {
	w := Urgent{Conversation: u.Conversation, N: u.N, Author: u.Author, At: u.At.Millis(), Step: u.Step, Waiting: []models.UserID{}}
	if sc.Rank == models.RankSelf {
		w.Waiting, w.Again = append(w.Waiting, models.UserID(sc.ID)), u.Again
		return w
	}
	w.Role, w.Left, w.Confirmed, w.GivenUp = u.Role, len(u.Waiting), len(u.Acked), len(u.Unreached)
	if len(u.Waiting)+len(u.Acked)+len(u.Unreached) > maxNamed {
		return w
	}
	w.Waiting, w.Unreached = append(w.Waiting, u.Waiting...), u.Unreached
	for id, at := range u.Acked {
		w.Acked = append(w.Acked, Ack{id, at.Millis()})
	}
	slices.SortFunc(w.Acked, func(a, b Ack) int { return slices.Compare(a.User[:], b.User[:]) })
	return w
}

// maxNamed is up to how many people an urgent message's row names: with more, a broadcast to a hundred would send ten
// thousand names to each of them.
const maxNamed = 20
