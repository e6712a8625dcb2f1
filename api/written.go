package api

import (
	"context"

	"officermobile/models"
)

// Written is the answer to a write. What doesn't apply is absent.
type Written struct {
	Changed      bool                  `json:"changed" doc:"False: all was so already."`
	ID           string                `json:"id,omitzero" doc:"Of what was made."`
	N            uint32                `json:"n,omitzero" doc:"Of a message: its number in the conversation."`
	Number       uint32                `json:"number,omitzero" doc:"Of a dispatch; shown with operational zone and date."`
	Date         string                `json:"date,omitzero" doc:"Business date of a dispatch."`
	Conversation models.ConversationID `json:"conversation_id,omitzero"` // of a message or dispatch: where it is
	Invitations  []models.InvitationID `json:"invitations,omitzero"`     // those that were sent
	Seq          uint64                `json:"seq,omitzero" doc:"Position in the log: a sync that reaches it includes this."`
	At           int64                 `json:"at,omitzero" doc:"Server time, milliseconds since 1970."`
}

// writtenOf is what a client needs to know of the events of its command.
func writtenOf(events []models.Event) Written {
	w := Written{Changed: true}
	for _, e := range events {
		w.Seq, w.At = uint64(e.Seq), e.At.Millis()
		w.note(e.Body)
	}
	return w
}

func (w *Written) note(body models.EventBody) {
	switch b := body.(type) {
	case *models.MessagePosted:
		w.N, w.Conversation = b.N, b.Conversation
		if w.ID == "" { // else it is the first message of what was made
			w.ID = b.ID.String()
		}
	case *models.BroadcastCreated:
		w.ID = b.ID.String()
	case *models.Joined:
		w.Conversation = b.Conversation
	case *models.ConversationCreated:
		w.ID = b.ID.String()
	case *models.InvitationSent:
		w.Invitations = append(w.Invitations, b.ID)
	case *models.DispatchCreated:
		w.ID, w.Number, w.Date, w.Conversation = b.ID.String(), b.Number, b.BusinessDate, b.Conversation
	case *models.DispatchLogged:
		w.ID = b.ID.String()
	case *models.TaskCreated:
		w.ID = b.ID.String()
	case *models.UserCreated:
		w.ID = b.ID.String()
	case *models.ZonePut:
		w.ID = b.ID.String()
	case *models.WorkZonePut:
		w.ID = b.ID.String()
	case *models.TeamPut:
		w.ID = b.ID.String()
	case *models.RTAPut:
		w.ID = b.ID.String()
	case *models.ChoicePut:
		w.ID = b.ID.String()
	case *models.Deleted:
		w.ID = b.ID.String()
	}
}

// unchanged answers a write after which all was as before, such as the second sending of a message.
func (a *API) unchanged(ctx context.Context, body models.CommandBody) (Written, error) {
	switch b := body.(type) {
	case *models.MessagePost:
		return a.postedBefore(ctx, b)
	case *models.DuressRaise:
		return a.raisedBefore(ctx, false)
	case *models.BroadcastCreate:
		return Written{ID: b.ID.String(), Conversation: b.ID}, nil
	case *models.DispatchCreate:
		return a.createdBefore(ctx, b)
	}
	if id := idFor(body); id != nil {
		return Written{ID: id.String()}, nil
	}
	return Written{}, nil
}

func (a *API) postedBefore(ctx context.Context, b *models.MessagePost) (Written, error) {
	w := Written{ID: b.ID.String(), Conversation: b.ConversationID}
	err := a.view(ctx, func(s *models.State) error {
		if m := s.Message(b.ID); m != nil {
			w.N, w.Seq, w.At = m.N, uint64(m.Seq), m.At.Millis()
		}
		return nil
	})
	return w, err
}

func (a *API) createdBefore(ctx context.Context, b *models.DispatchCreate) (Written, error) {
	w := Written{ID: b.ID.String()}
	err := a.view(ctx, func(s *models.State) error {
		if d := s.Dispatch(b.ID); d != nil {
			w.Number, w.Date, w.Conversation = d.Number, d.BusinessDate, d.Conversation
		}
		return nil
	})
	return w, err
}

// view shows the state of the caller's agency, and of no other.
func (a *API) view(ctx context.Context, fn func(*models.State) error) error {
	return a.deps.Reader.View(ctx, exchangeOf(ctx).caller.Agency, fn)
}
