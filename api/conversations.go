package api

import (
	"context"

	"officermobile/models"
	"officermobile/models/wire"
)

// NewConversation is a personal one. One invitee and no title make a Single.
type NewConversation struct {
	ID       models.ConversationID `json:"id,omitzero"`             // minted by the client, so that a repetition is harmless; absent: the server mints it
	Title    string                `json:"title,omitzero"`          // absent: untitled
	Invitees []models.UserID       `json:"invitees" maxItems:"100"` // people, each of whom gets an invitation
}

type newConversationInput struct {
	Keyed
	Body NewConversation
}

func (a *API) newConversation(ctx context.Context, in *newConversationInput) (*answer[Written], error) {
	b := models.ConversationCreate(in.Body)
	return a.written(ctx, in.Key, &b)
}

// Conversation is a conversation as its caller has it.
type Conversation struct {
	wire.Conversation
	LastN  uint32     `json:"last_n" doc:"Number of the newest row."`
	Unread uint32     `json:"unread"`         // messages that the caller has not read
	Muted  *wire.Mute `json:"muted,omitzero"` // by the caller; absent: it rings
}

// ConversationView is a conversation with those who are in it.
type ConversationView struct {
	Conversation
	Members []models.UserID `json:"members" doc:"Who is in, by role or by name."`
}

func (a *API) conversations(ctx context.Context, in *Paging) (*answer[List[Conversation]], error) {
	user := exchangeOf(ctx).caller.User
	return listed(a, ctx, *in, func(s *models.State) []*models.Conversation { return granted(s, user) },
		func(s *models.State, c *models.Conversation) Item[Conversation] {
			return Item[Conversation]{ID: c.ID.String(), Rev: c.Rev, Data: conversationOf(s, user, c)}
		})
}

// granted are the conversations that a user is in, by id.
func granted(s *models.State, user models.UserID) []*models.Conversation {
	var all []*models.Conversation
	for _, g := range s.Grants(user) {
		if c := s.Conversation(models.ConversationID(g.Scope.ID)); g.On && g.Scope.Rank == models.RankConversation && c != nil {
			all = append(all, c)
		}
	}
	return all
}

func conversationOf(s *models.State, user models.UserID, c *models.Conversation) Conversation {
	shown := Conversation{Conversation: wire.ConversationOf(s, c), LastN: c.LastN, Unread: s.Unread(c.ID, user)}
	if m := s.MuteOf(user, c.ID); m != nil {
		shown.Muted = &wire.Mute{Until: m.Until.Millis()}
	}
	return shown
}

type conversationInput struct {
	ID models.ConversationID `path:"id"`
}

func (a *API) conversation(ctx context.Context, in *conversationInput) (*answer[Item[ConversationView]], error) {
	user := exchangeOf(ctx).caller.User
	var item Item[ConversationView]
	err := a.view(ctx, func(s *models.State) error {
		if is, _ := s.IsIn(user, in.ID); !is {
			return models.ErrNotFound
		}
		c := s.Conversation(in.ID)
		shown := ConversationView{Conversation: conversationOf(s, user, c), Members: []models.UserID{}}
		for _, r := range s.Recipients(in.ID) {
			shown.Members = append(shown.Members, r.User)
		}
		item = Item[ConversationView]{ID: c.ID.String(), Rev: c.Rev, Data: shown}
		return nil
	})
	return answered(item), err
}

// ConversationVerb is a write about a conversation.
type ConversationVerb struct {
	Keyed
	ID models.ConversationID `path:"id"`
}

type inviteInput struct {
	ConversationVerb
	Body struct {
		Invitees []models.UserID `json:"invitees" maxItems:"100" doc:"People, each of whom gets an invitation."`
	} `nameHint:"Invitees"`
}

func (a *API) invite(ctx context.Context, in *inviteInput) (*answer[Written], error) {
	return a.written(ctx, in.Key, &models.Invite{ConversationID: in.ID, Invitees: in.Body.Invitees})
}

func (a *API) leave(ctx context.Context, in *ConversationVerb) (*answer[Written], error) {
	return a.written(ctx, in.Key, &models.Leave{ConversationID: in.ID})
}

type muteInput struct {
	ConversationVerb
	Body struct {
		Until int64 `json:"until,omitzero" doc:"Milliseconds since 1970, after which it rings again; absent: for good. What is over already unmutes."`
	} `nameHint:"MuteUntil"`
}

func (a *API) mute(ctx context.Context, in *muteInput) (*answer[Written], error) {
	return a.written(ctx, in.Key, &models.MuteConversation{ConversationID: in.ID, Until: in.Body.Until})
}

func (a *API) unmute(ctx context.Context, in *ConversationVerb) (*answer[Written], error) {
	return a.written(ctx, in.Key, &models.UnmuteConversation{ConversationID: in.ID})
}

type removeInput struct {
	ConversationVerb
	User models.UserID `path:"user"`
}

func (a *API) removeMember(ctx context.Context, in *removeInput) (*answer[Written], error) {
	return a.written(ctx, in.Key, &models.Remove{ConversationID: in.ID, UserID: in.User})
}

type markInput struct {
	ConversationVerb
	Body struct {
		N uint32 `json:"n" minimum:"1" doc:"Number of the newest row that was read."`
	} `nameHint:"ReadMark"`
}

func (a *API) mark(ctx context.Context, in *markInput) (*answer[Written], error) {
	return a.written(ctx, in.Key, &models.ReadUpTo{ConversationID: in.ID, N: in.Body.N})
}
