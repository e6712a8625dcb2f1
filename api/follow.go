package api

import (
	"context"
	"errors"
	"slices"
	"time"

	"officermobile/auth"
	"officermobile/models"
)

// Revoker ends sessions.
type Revoker interface {
	// End ends the sessions that began until End.Until. An error is a reason to call it again.
	End(ctx context.Context, e auth.End) error
}

// Unbinder silences devices.
type Unbinder interface {
	// Unbind forgets a device's address, if it was given until then (the zero time: whenever it was), and what is owed to
	// it; when it has returned no push leaves for the device.
	Unbind(ctx context.Context, agency models.AgencyID, device models.DeviceID, until time.Time) error
}

// Follow ends what events put an end to: the sessions of a user who was deactivated, and sessions and push address on a
// device that was revoked, released or handed over. The api calls it before it answers a write; whoever wires the system
// calls it for all that an agency's log says, so that neither another way in nor a crash leaves anything. Twice, and late,
// is as once: nobody's later session or address is touched.
func Follow(ctx context.Context, sessions Revoker, phones Unbinder, agency models.AgencyID, events []models.Event) error {
	var errs []error
	for _, e := range events {
		over, ends := endOf(e)
		if !ends {
			continue
		}
		over.Agency, over.Until = agency, time.UnixMicro(int64(e.At))
		errs = append(errs, sessions.End(ctx, over))
		if !over.Device.IsZero() {
			errs = append(errs, phones.Unbind(ctx, agency, over.Device, over.Until))
		}
	}
	return errors.Join(errs...)
}

// Ends reports whether events put an end to anything that Follow is for.
func Ends(events []models.Event) bool {
	return slices.ContainsFunc(events, func(e models.Event) bool { _, ends := endOf(e); return ends })
}

// endOf is what an event puts an end to.
func endOf(e models.Event) (over auth.End, ends bool) {
	switch b := e.Body.(type) {
	case *models.UserChanged:
		return auth.End{User: b.ID, Why: "deactivated"}, !b.Active
	case *models.DeviceRevoked:
		return auth.End{Device: b.ID, Why: "device_revoked"}, true
	case *models.DeviceReleased: // by an older version without a name
		return auth.End{User: b.Former, Device: b.ID, Why: "released"}, true
	case *models.DeviceRegistered:
		return auth.End{User: b.Former, Device: b.ID, Why: "handed_over"}, !b.Former.IsZero()
	}
	return over, false
}
