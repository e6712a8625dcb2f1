package push

import (
	"officermobile/models"
	"officermobile/models/doorbell"
	"officermobile/models/record"
	"officermobile/models/wire"
)

// previewOf is what a user may be shown of a thing as of now, rendered from the state and by the rules of sight alone;
// false if there is nothing that they may see. What they wrote themselves is no news.
func previewOf(s *models.State, k slotKey, user models.UserID) (doorbell.Preview, bool) {
	if !bound(s, k.device, user) {
		return doorbell.Preview{}, false
	}
	switch k.thing.sort {
	case aConversation:
		id := models.ConversationID(k.thing.id)
		return messagePreview(s, user, newestFor(s, user, id))
	case anUrgent:
		p, ok := messagePreview(s, user, s.Message(models.MessageID(k.thing.id)))
		p.About = aboutOf(anUrgent)
		return p, ok
	case anInvitation:
		return invitationPreview(s, user, s.Invitation(models.InvitationID(k.thing.id)))
	case aTask:
		return taskPreview(s, user, s.Task(models.TaskID(k.thing.id)))
	}
	return doorbell.Preview{}, false
}

// newestFor is the newest message of somebody else's, urgent ones apart: they ring by themselves.
func newestFor(s *models.State, user models.UserID, id models.ConversationID) *models.Entry {
	rows := s.Timeline(id)
	for i := len(rows) - 1; i >= 0; i-- {
		if r := rows[i]; r.Notice == "" && !r.Urgent && r.Author != user {
			return r
		}
	}
	return nil
}

func messagePreview(s *models.State, user models.UserID, m *models.Entry) (doorbell.Preview, bool) {
	if m == nil {
		return doorbell.Preview{}, false
	}
	if in, _ := s.IsIn(user, m.Conversation); !in || m.N < s.FromN(user, m.Conversation) {
		return doorbell.Preview{}, false
	}
	p := labelled(s, s.Conversation(m.Conversation))
	p.About, p.From, p.Text, p.At = aboutOf(aConversation), nameOf(s, m.Author), m.Text, m.At.Millis()
	return p.Short(), true
}

// invitationPreview is for whom an invitation waits, or who is in: what a conversation is called is nobody else's.
func invitationPreview(s *models.State, user models.UserID, i *models.Invitation) (doorbell.Preview, bool) {
	if i == nil || i.Invitee != user {
		return doorbell.Preview{}, false
	}
	if in, _ := s.IsIn(user, i.Conversation); !in && i.State != models.InvitationPending {
		return doorbell.Preview{}, false
	}
	p := labelled(s, s.Conversation(i.Conversation))
	p.About, p.From, p.At = aboutOf(anInvitation), nameOf(s, i.Inviter), i.At.Millis()
	return p, true
}

func taskPreview(s *models.State, user models.UserID, t *models.Task) (doorbell.Preview, bool) {
	if t == nil || t.Assignee != user || !s.SeesDispatch(user, t.Dispatch) {
		return doorbell.Preview{}, false
	}
	d := s.Dispatch(t.Dispatch)
	p := labelled(s, s.Conversation(d.Conversation))
	p.About, p.Text, p.At = aboutOf(aTask), d.Facts.Location, t.Moved.Millis()
	return p.Short(), true
}

// labelled is a preview that says which conversation; c may be nil.
func labelled(s *models.State, c *models.Conversation) doorbell.Preview {
	if c == nil {
		return doorbell.Preview{}
	}
	l := wire.LabelOf(s, c)
	return doorbell.Preview{Conversation: c.ID, Kind: l.Kind, Title: l.Title, Number: l.Number}
}

func nameOf(s *models.State, id models.UserID) string {
	if u := s.User(id); u != nil {
		return u.Name
	}
	return ""
}

func aboutOf(sort thingSort) string {
	what, _ := VerdictRecord{Thing: thing{sort, record.UUID{}}.String()}.About()
	return what
}
