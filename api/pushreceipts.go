package api

import (
	"context"

	"officermobile/models"
	"officermobile/models/wire"
)

type pushReceiptsInput struct {
	Body struct {
		Pushes []wire.PushReceipt `json:"pushes" minItems:"1" maxItems:"64" doc:"The same may be told any number of times; the first counts."`
	} `nameHint:"PushReceipts"`
}

var errNoDevice = models.Refuse(models.KindConflict, "no_device", "Notifications are those of a registered device.")

// pushReceipts is for what runs when the app doesn't: the extension that a notification wakes, which must not sync and
// has a fetch token alone. The app itself sends them along with its next sync, which costs no round trip.
func (a *API) pushReceipts(ctx context.Context, in *pushReceiptsInput) (*empty, error) {
	ex := exchangeOf(ctx)
	if !ex.bound {
		return nil, errNoDevice
	}
	return &empty{}, a.deps.Push.Received(ctx, ex.caller.Agency, ex.caller.Device, in.Body.Pushes)
}

// tellPushes hands on what came with a sync. A sync does not fail with it: that a notification was displayed is worth
// less than the page, and when the store is away the page says so.
func (a *API) tellPushes(ex *exchange, receipts []wire.PushReceipt) {
	if len(receipts) == 0 || !ex.bound {
		return
	}
	if err := a.deps.Push.Received(ex.request.Context(), ex.caller.Agency, ex.caller.Device, receipts); err != nil {
		a.opts.Logger.Warn("keep push receipts", "error", err)
	}
}
