package api

import (
	"context"

	"officermobile/models"
)

// NewBroadcast is what is written to a whole operational zone, or to one of its teams.
type NewBroadcast struct {
	ID        models.ConversationID `json:"id,omitzero"` // of the conversation; minted by the client, so that a repetition is harmless; absent: by the server
	Zone      models.ZoneID         `json:"zone,omitzero" doc:"The operational zone; absent with team."`
	Team      models.TeamID         `json:"team,omitzero" doc:"Only those on duty with this team."`
	Title     string                `json:"title,omitzero" maxLength:"100"` // absent: untitled
	MessageID models.MessageID      `json:"message_id,omitzero"`            // of the first message; minted by the client, absent: by the server
	Text      string                `json:"text" minLength:"1" maxLength:"4000" doc:"The first message."`
	Urgent    bool                  `json:"urgent,omitzero" doc:"Each officer has to acknowledge it."`
}

type newBroadcastInput struct {
	Keyed
	Body NewBroadcast
}

func (a *API) newBroadcast(ctx context.Context, in *newBroadcastInput) (*answer[Written], error) {
	b := models.BroadcastCreate(in.Body)
	return a.written(ctx, in.Key, &b)
}

func (a *API) endBroadcast(ctx context.Context, in *ConversationVerb) (*answer[Written], error) {
	return a.written(ctx, in.Key, &models.BroadcastEnd{ConversationID: in.ID})
}
