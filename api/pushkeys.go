package api

import (
	"context"

	"officermobile/auth"
	"officermobile/models"
	"officermobile/models/doorbell"
	"officermobile/models/record"
	"officermobile/models/wire"
)

// Previews is what the api asks of the notifications about what they may show.
type Previews interface {
	// PutKeys keeps the key that a device's content is sealed to, "" for none. Any *models.Error is for the client.
	PutKeys(ctx context.Context, caller wire.Caller, device models.DeviceID, key string) (PushKeys, error)
	// Fetcher is the device, and its user, that a fetch token is of; auth.ErrToken if it is not good.
	Fetcher(ctx context.Context, token string) (wire.Caller, error)
	// Preview is what a notification to the caller's device was about, as they may see it now; models.ErrNotFound.
	Preview(ctx context.Context, caller wire.Caller, notification record.UUID) (doorbell.Preview, error)
}

// PushKeys is all that a device reads its notifications with.
type PushKeys struct {
	Content     models.PushContent `json:"content,omitzero" enum:"fetch,sealed" doc:"What the agency lets notifications show; absent: generic words."`
	KeyID       string             `json:"key_id,omitzero" doc:"Of the device's key: k of what is sealed to it."`
	FormerID    string             `json:"former_key_id,omitzero" doc:"Of the key before it, to which notifications under way may be sealed."`
	FormerUntil int64              `json:"former_until,omitzero" doc:"When the device may forget that one, milliseconds since 1970."`
	Signers     []SignerKey        `json:"signers" doc:"Whose notifications are this server's. Ignore what none of them signed."`
	FetchToken  string             `json:"fetch_token" doc:"For getting previews and telling receipts, and nothing else, while the app sleeps. Keep it where the notification's own program can read it."`
	FetchUntil  int64              `json:"fetch_until"` // milliseconds since 1970
}

// SignerKey is one of the server's public keys.
type SignerKey struct {
	ID  string `json:"id"`
	Key string `json:"key" doc:"Ed25519, base64url."`
}

// NewPushKeys is what a device registers.
type NewPushKeys struct {
	Key string `json:"key,omitzero" maxLength:"88" pattern:"^[A-Za-z0-9_-]+$" patternDescription:"base64url" doc:"The device's public key, an uncompressed point on P-256, base64url. Absent: nothing is to be sealed to it."`
}

type pushKeysInput struct {
	ID   models.DeviceID `path:"id"`
	Body NewPushKeys
}

// pushKeys are taken only from the device itself.
func (a *API) pushKeys(ctx context.Context, in *pushKeysInput) (*answer[PushKeys], error) {
	ex := exchangeOf(ctx)
	if !ex.bound || in.ID != ex.caller.Device {
		return nil, models.ErrNotFound
	}
	keys, err := a.deps.Push.PutKeys(ctx, ex.wireCaller(), in.ID, in.Body.Key)
	if err != nil {
		return nil, err
	}
	return answered(keys), nil
}

type previewInput struct {
	ID string `path:"nid" doc:"n of the notification."`
}

func (a *API) preview(ctx context.Context, in *previewInput) (*answer[doorbell.Preview], error) {
	ex := exchangeOf(ctx)
	id, err := record.ParseUUID(in.ID)
	if err != nil || !ex.bound {
		return nil, models.ErrNotFound
	}
	p, err := a.deps.Push.Preview(ctx, ex.wireCaller(), id)
	if err != nil {
		return nil, err
	}
	return answered(p), nil
}

// fetcher is whom a fetch token speaks for. It is for the program that a phone starts when it rings: an access token
// lives for ten minutes, and renewing it beside the app itself would look like theft.
func (a *API) fetcher(ctx context.Context, token string) (auth.Caller, error) {
	caller, err := a.deps.Push.Fetcher(ctx, token)
	return auth.Caller{Agency: caller.Agency, User: caller.User, Device: caller.Device}, err
}
