package api

import (
	"context"
	"net/http"
	"strings"

	"officermobile/auth"
	"officermobile/models"
	"officermobile/models/doorbell"
	"officermobile/models/record"
	"officermobile/models/wire"

	"github.com/gin-gonic/gin"
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
	FetchToken  string             `json:"fetch_token" doc:"For getting previews, and nothing else, while the app sleeps. Keep it where the notification's own program can read it."`
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

// preview is for the program that a phone starts when it rings, which has a fetch token: an access token lives for ten
// minutes, and renewing it beside the app itself would look like theft. The app may use its access token.
func (a *API) preview(c *gin.Context) {
	p, err := a.fetched(c)
	if err != nil {
		a.fail(c, err)
		return
	}
	a.reply(c, http.StatusOK, p)
}

func (a *API) fetched(c *gin.Context) (doorbell.Preview, error) {
	ctx := c.Request.Context()
	caller, err := a.fetcher(exchangeOf(ctx))
	if err != nil {
		return doorbell.Preview{}, err
	}
	id, err := record.ParseUUID(c.Param("nid"))
	if err != nil || caller.Device.IsZero() {
		return doorbell.Preview{}, models.ErrNotFound
	}
	return a.deps.Push.Preview(ctx, caller, id)
}

// fetcher says whose device asks, and counts the request as any other of that device's.
func (a *API) fetcher(ex *exchange) (wire.Caller, error) {
	token, isBearer := strings.CutPrefix(ex.request.Header.Get("Authorization"), "Bearer ")
	if !isBearer || strings.Contains(token, ".") { // an access token has dots, a fetch token none
		return a.fetchesAsApp(ex)
	}
	caller, err := a.deps.Push.Fetcher(ex.request.Context(), token)
	if e := models.AsError(err); e != nil && e.Kind == models.KindUnauthenticated {
		if limited := a.limits.stranger(ex.remote, a.opts.Clock.Now()); limited != nil {
			return caller, limited
		}
	}
	if err != nil {
		return caller, err
	}
	ex.caller = auth.Caller{Agency: caller.Agency, User: caller.User, Device: caller.Device}
	return caller, a.count(ex, false)
}

func (a *API) fetchesAsApp(ex *exchange) (wire.Caller, error) {
	caller, err := a.identify(ex)
	if err == nil {
		err = a.admit(ex, ex.row, caller)
	}
	if err == nil {
		err = a.count(ex, false)
	}
	if err != nil {
		return wire.Caller{}, err
	}
	of := ex.wireCaller()
	of.Device = ex.device()
	return of, nil
}
