package api

import (
	"context"

	"officermobile/models"
	"officermobile/models/wire"
)

// TestPush is a device's latest test push. The push is an event of the log like any other and takes the way of every ring.
type TestPush struct {
	At        int64            `json:"at"`   // when it was asked for, milliseconds since 1970
	By        models.UserID    `json:"by"`   // who asked
	Push      wire.PushVerdict `json:"push"` // whether it rang, what the provider said, and what the device told
	RoundTrip int64            `json:"round_trip_ms,omitzero" doc:"From when it was asked for to when the device had it, by the device's clock; absent: it has not told."`
}

type testPushInput struct {
	ID models.DeviceID `path:"id"`
}

// testPush refuses at once, in words, what can't ring; else the push is on its way, and what became of it is read with GET.
func (a *API) testPush(ctx context.Context, in *DeviceVerb) (*answer[Written], error) {
	ex := exchangeOf(ctx)
	device, err := a.mayTest(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	ways, err := a.deps.Push.Readiness(ctx, ex.caller.Agency, []Carried{carriedOf(device)})
	if err != nil {
		return nil, err
	}
	for _, w := range ways {
		if err := unreachable(w.Ready); err != nil {
			return nil, err
		}
	}
	return a.written(ctx, in.Key, &models.DeviceTest{DeviceID: in.ID})
}

// unreachable is why a push would reach nobody, or nil.
func unreachable(r wire.Readiness) error {
	switch r {
	case wire.NoAddress:
		return models.Refuse(models.KindConflict, "no_address", "The app on this device has registered no address for notifications.")
	case wire.AddressDead:
		return models.Refuse(models.KindConflict, "address_dead", "The device's push service says that the app is gone.")
	case wire.PermissionDenied:
		return models.Refuse(models.KindConflict, "permission_denied", "The device does not let the app show notifications.")
	case wire.ProviderDown:
		return models.Refuse(models.KindConflict, "provider_down", "The device's push service does not answer or refuses this server.")
	}
	return nil
}

// mayTest is a device that the caller may test.
func (a *API) mayTest(ctx context.Context, id models.DeviceID) (*models.Device, error) {
	ex := exchangeOf(ctx)
	var device *models.Device
	err := a.view(ctx, func(s *models.State) error {
		device = s.Device(id)
		if device == nil || device.Revoked || device.User.IsZero() || !s.MayTest(ex.caller.User, id) {
			return models.ErrNotFound
		}
		return nil
	})
	return device, err
}

// testedPush is not found as long as the device was never tested with who uses it now.
func (a *API) testedPush(ctx context.Context, in *testPushInput) (*answer[TestPush], error) {
	device, err := a.mayTest(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if device.TestedSeq == 0 {
		return nil, models.ErrNotFound
	}
	push, err := a.deps.Push.Tested(ctx, exchangeOf(ctx).caller.Agency, in.ID, device.TestedSeq)
	if err != nil {
		return nil, err
	}
	t := TestPush{At: millis(device.TestedAt), By: device.TestedBy, Push: push}
	if had := max(push.Reached.Received, push.Reached.Displayed); had > 0 {
		t.RoundTrip = max(had-t.At, 1)
	}
	return answered(t), nil
}
