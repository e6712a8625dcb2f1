package api

import (
	"context"
	"net/http"

	"officermobile/models"
	"officermobile/models/wire"

	"github.com/gin-gonic/gin"
)

type messagesInput struct {
	ID     models.ConversationID `path:"id"`
	Before uint32                `query:"before" doc:"Rows with a smaller number; absent: the newest."`
	Limit  int                   `query:"limit" minimum:"1" maximum:"200" doc:"At most 200; 50 if absent."`
}

// defaultMessages is a page of history: as many as a reset brings.
const defaultMessages = wire.DefaultWindow

// messages is the history, in order of number.
func (a *API) messages(ctx context.Context, in *messagesInput) (*answer[wire.Messages], error) {
	if in.Limit == 0 {
		in.Limit = defaultMessages
	}
	ex := exchangeOf(ctx)
	caller := ex.wireCaller()
	caller.Device = ex.device() // a console that registered none may read too
	rows, err := a.deps.Sync.History(ctx, caller, in.ID, in.Before, in.Limit)
	if err != nil {
		return nil, err
	}
	return answered(rows), nil
}

// NewMessage is a message to post.
type NewMessage struct {
	ID     models.MessageID `json:"id,omitzero" doc:"Minted by the client, so that a repetition is known as one; else by the server."`
	Text   string           `json:"text" minLength:"1" maxLength:"4000"`
	Urgent bool             `json:"urgent,omitzero" doc:"Each recipient has to acknowledge it."`
}

type postInput struct {
	Keyed
	ID models.ConversationID `path:"id"`
}

// post is raw because it is, after sync, what is called most: it decodes once, where Huma decodes twice and validates
// in between what package models validates anyway.
func (a *API) post(c *gin.Context) {
	ctx := c.Request.Context()
	ex := exchangeOf(ctx)
	w, err := a.posted(ctx, ex, c)
	if err != nil {
		a.fail(c, err)
		return
	}
	a.reply(c, http.StatusCreated, w)
}

func (a *API) posted(ctx context.Context, ex *exchange, c *gin.Context) (Written, error) {
	var body NewMessage
	if err := a.decode(c, maxBody, &body); err != nil {
		return Written{}, err
	}
	if err := a.count(ex, body.Urgent); err != nil {
		return Written{}, err
	}
	var id models.ConversationID
	if err := id.UnmarshalText([]byte(c.Param("id"))); err != nil {
		return Written{}, models.ErrNotFound
	}
	key := c.GetHeader("Idempotency-Key")
	if err := checkKey(key); err != nil {
		return Written{}, err
	}
	return a.write(ctx, key, basis{}, &models.MessagePost{ConversationID: id, ID: body.ID, Text: body.Text, Urgent: body.Urgent})
}

type messageVerb struct {
	Keyed
	ID models.MessageID `path:"id"`
}

func (a *API) acknowledge(ctx context.Context, in *messageVerb) (*answer[Written], error) {
	return a.written(ctx, in.Key, &models.Acknowledge{MessageID: in.ID})
}

// Verdict is what was decided about waking one device for a message, and why.
type Verdict struct {
	User    models.UserID   `json:"user_id"`
	Device  models.DeviceID `json:"device_id,omitzero"` // absent: they have none
	Verdict string          `json:"verdict" doc:"suppressed, push, wait, muted, off_duty, no_token ..."`
	Reason  string          `json:"reason,omitzero"` // a stable code
	State   string          `json:"state,omitzero" doc:"How far a push has come."`
	At      int64           `json:"at" doc:"Milliseconds since 1970."`
}

// Verdicts are those of one message.
type Verdicts struct {
	Verdicts []Verdict `json:"verdicts"` // by recipient and device
}

type verdictsInput struct {
	ID models.MessageID `path:"id"`
}

// verdicts are shown to the author and to who runs things; to others there is no such message.
func (a *API) verdicts(ctx context.Context, in *verdictsInput) (*answer[Verdicts], error) {
	ex := exchangeOf(ctx)
	var message *models.Entry
	err := a.view(ctx, func(s *models.State) error {
		m := s.Message(in.ID)
		if m == nil {
			return models.ErrNotFound
		}
		is, _ := s.IsIn(ex.caller.User, m.Conversation)
		if !is || m.N < s.FromN(ex.caller.User, m.Conversation) || m.Author != ex.caller.User && !ex.types.Any(runners) {
			return models.ErrNotFound
		}
		message = m
		return nil
	})
	if err != nil {
		return nil, err
	}
	found, err := a.deps.Push.Verdicts(ctx, ex.caller.Agency, message)
	if err != nil {
		return nil, err
	}
	if found == nil {
		found = []Verdict{}
	}
	return answered(Verdicts{found}), nil
}
