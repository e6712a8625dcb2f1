package api

import (
	"context"

	"officermobile/models"
	"officermobile/models/wire"
)

// invitations are the caller's that are pending.
func (a *API) invitations(ctx context.Context, in *Paging) (*answer[List[wire.Invitation]], error) {
	user := exchangeOf(ctx).caller.User
	return listed(a, ctx, *in, func(s *models.State) []*models.Invitation { return pending(s, user) },
		func(s *models.State, i *models.Invitation) Item[wire.Invitation] {
			return Item[wire.Invitation]{ID: i.ID.String(), Rev: i.Rev, Data: wire.InvitationOf(s, i)}
		})
}

func pending(s *models.State, user models.UserID) []*models.Invitation {
	var all []*models.Invitation
	for _, row := range s.Live(models.SelfScope(user)) {
		if i := s.Invitation(models.InvitationID(row.ID)); row.Kind == models.RowInvitation && i != nil {
			all = append(all, i)
		}
	}
	return all
}

type invitationVerb struct {
	Keyed
	ID models.InvitationID `path:"id"`
}

func (a *API) accept(ctx context.Context, in *invitationVerb) (*answer[Written], error) {
	return a.written(ctx, in.Key, &models.Accept{InvitationID: in.ID})
}

func (a *API) reject(ctx context.Context, in *invitationVerb) (*answer[Written], error) {
	return a.written(ctx, in.Key, &models.Reject{InvitationID: in.ID})
}

func (a *API) cancel(ctx context.Context, in *invitationVerb) (*answer[Written], error) {
	return a.written(ctx, in.Key, &models.Cancel{InvitationID: in.ID})
}
