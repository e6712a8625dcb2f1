package api

import (
	"context"
	"crypto/sha256"
	"time"

	"officermobile/auth"
	"officermobile/models"
)

// IntegrationKeys are what service accounts prove themselves by.
type IntegrationKeys interface {
	CreateKey(ctx context.Context, agency models.AgencyID, user models.UserID, id models.SessionID, expires time.Time) (string, auth.KeyInfo, error)
	Keys(ctx context.Context, agency models.AgencyID, user models.UserID) ([]auth.KeyInfo, error)
	RevokeKey(ctx context.Context, agency models.AgencyID, user models.UserID, id models.SessionID) error
}

// IntegrationKey is a key of a service account. Times are milliseconds since 1970.
type IntegrationKey struct {
	ID      models.SessionID `json:"id"`
	Key     string           `json:"key,omitzero" doc:"The key itself, in the answer that made it and never again. Send it as Authorization: Bearer."`
	Created int64            `json:"created"` // milliseconds since 1970
	Used    int64            `json:"last_used_day,omitzero" doc:"The day of its latest use, UTC; absent: never."`
	Expires int64            `json:"expires_at,omitzero"` // milliseconds since 1970; absent: never
}

func keyOf(k auth.KeyInfo) IntegrationKey {
	shown := IntegrationKey{ID: k.ID, Created: k.Created.UnixMilli()}
	if !k.Used.IsZero() {
		shown.Used = k.Used.UnixMilli()
	}
	if !k.Expires.IsZero() {
		shown.Expires = k.Expires.UnixMilli()
	}
	return shown
}

type newKeyInput struct {
	Keyed
	User models.UserID `path:"user"`
	Body struct {
		Expires int64 `json:"expires_at,omitzero" minimum:"1" doc:"Milliseconds since 1970; absent: never."`
	} `nameHint:"NewIntegrationKey"`
}

// newKey makes a key whose id follows from the idempotency key, so that a repetition makes no second one; but it can't
// show it again.
func (a *API) newKey(ctx context.Context, in *newKeyInput) (*answer[IntegrationKey], error) {
	ex := exchangeOf(ctx)
	id := models.SessionID(a.opts.NewID())
	if in.Key != "" {
		sum := sha256.Sum256([]byte(ex.caller.User.Hex() + in.User.Hex() + "|" + in.Key))
		id = models.SessionID(sum[:16])
		id[6], id[8] = id[6]&0x0f|0x70, id[8]&0x3f|0x80 // as all ids
	}
	var expires time.Time
	if in.Body.Expires > 0 {
		expires = time.UnixMilli(in.Body.Expires)
	}
	text, info, err := a.deps.Auth.CreateKey(ctx, ex.caller.Agency, in.User, id, expires)
	if err != nil {
		return nil, err
	}
	ex.made = info.ID.String()
	made := keyOf(info)
	made.Key = text
	return answered(made), nil
}

// IntegrationKeyList is the keys of a service account: two at the most.
type IntegrationKeyList struct {
	Items []IntegrationKey `json:"items"` // at most two
}

type keysInput struct {
	User models.UserID `path:"user"`
}

func (a *API) keys(ctx context.Context, in *keysInput) (*answer[IntegrationKeyList], error) {
	if err := a.mustKnow(ctx, in.User); err != nil {
		return nil, err
	}
	all, err := a.deps.Auth.Keys(ctx, exchangeOf(ctx).caller.Agency, in.User)
	if err != nil {
		return nil, err
	}
	list := IntegrationKeyList{Items: []IntegrationKey{}}
	for _, k := range all {
		list.Items = append(list.Items, keyOf(k))
	}
	return answered(list), nil
}

type keyInput struct {
	User models.UserID    `path:"user"`
	ID   models.SessionID `path:"key"`
}

func (a *API) revokeKey(ctx context.Context, in *keyInput) (*empty, error) {
	return &empty{}, a.deps.Auth.RevokeKey(ctx, exchangeOf(ctx).caller.Agency, in.User, in.ID)
}
