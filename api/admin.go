package api

import (
	"context"

	"officermobile/auth"
	"officermobile/models"
)

// Accounts are passwords and locks.
type Accounts interface {
	SetPassword(ctx context.Context, agency models.AgencyID, user models.UserID, password string, keep models.SessionID) error
	ChangePassword(ctx context.Context, caller auth.Caller, old, password, remote string) error
	Release(ctx context.Context, agency models.AgencyID, user models.UserID) error
}

// NewUser is a user to be made; they stay inactive until activated, unless asked for otherwise.
type NewUser struct {
	ID       models.UserID    `json:"id,omitzero"` // minted by the client, so that a repetition is harmless; absent: the server mints it
	Username string           `json:"username"`
	Name     string           `json:"name"`  // the person's full name
	Types    models.UserTypes `json:"types"` // one or more
	Zones    []models.ZoneID  `json:"zones,omitzero" doc:"Accessible operational zones of dispatchers and reviewers."`
	Active   bool             `json:"active,omitzero"` // may sign in
	Expires  int64            `json:"expires_at,omitzero" doc:"Milliseconds since 1970: a temporary account, which is deactivated then."`
}

type newUserInput struct {
	Keyed
	Body NewUser
}

func (a *API) newUser(ctx context.Context, in *newUserInput) (*answer[Written], error) {
	b := models.UserCreate(in.Body)
	return a.written(ctx, in.Key, &b)
}

// UserUpdate sets what it has.
type UserUpdate struct {
	Name   *string           `json:"name,omitzero"`  // absent: as it is
	Types  *models.UserTypes `json:"types,omitzero"` // all of them; absent: as they are
	Zones  *[]models.ZoneID  `json:"zones,omitzero"` // operational zones of a dispatcher or reviewer, all of them; absent: as they are
	Active *bool             `json:"active,omitzero" doc:"False ends all sessions of the user at once."`

	Expires *int64 `json:"expires_at,omitzero" doc:"Milliseconds since 1970 when the account is deactivated; 0: never."`
}

type userInput struct {
	Matched
	ID   models.UserID `path:"id"`
	Body UserUpdate
}

func (a *API) putUser(ctx context.Context, in *userInput) (*answer[Written], error) {
	b := in.Body
	return a.writtenOn(ctx, in.Key, in.on(), &models.UserChange{UserID: in.ID, Name: b.Name, Types: b.Types, Zones: b.Zones, Active: b.Active, Expires: b.Expires})
}

type passwordInput struct {
	ID   models.UserID `path:"id"`
	Body struct {
		Password string `json:"password" maxLength:"256"`
	} `nameHint:"NewPassword"`
}

// setPassword ends all sessions of the user.
func (a *API) setPassword(ctx context.Context, in *passwordInput) (*empty, error) {
	if err := a.mustKnow(ctx, in.ID); err != nil {
		return nil, err
	}
	return &empty{}, a.deps.Auth.SetPassword(ctx, exchangeOf(ctx).caller.Agency, in.ID, in.Body.Password, models.SessionID{})
}

type unlockInput struct {
	ID models.UserID `path:"id"`
}

func (a *API) unlock(ctx context.Context, in *unlockInput) (*empty, error) {
	if err := a.mustKnow(ctx, in.ID); err != nil {
		return nil, err
	}
	return &empty{}, a.deps.Auth.Release(ctx, exchangeOf(ctx).caller.Agency, in.ID)
}

// mustKnow refuses a user who isn't of the caller's agency.
func (a *API) mustKnow(ctx context.Context, id models.UserID) error {
	return a.view(ctx, func(s *models.State) error {
		if s.User(id) == nil {
			return models.ErrNotFound
		}
		return nil
	})
}

type ownPasswordInput struct {
	Body struct {
		Old      string `json:"old" maxLength:"256" doc:"The password until now."`
		Password string `json:"password" maxLength:"256"`
	} `nameHint:"OwnPassword"`
}

// ownPassword keeps the caller's session and ends their others.
func (a *API) ownPassword(ctx context.Context, in *ownPasswordInput) (*empty, error) {
	ex := exchangeOf(ctx)
	return &empty{}, a.deps.Auth.ChangePassword(ctx, ex.caller, in.Body.Old, in.Body.Password, ex.remote)
}

type agencyInput struct {
	Matched
	Body models.AgencyChange
}

func (a *API) putAgency(ctx context.Context, in *agencyInput) (*answer[Written], error) {
	return a.writtenOn(ctx, in.Key, in.on(), &in.Body)
}
