package api

import (
	"context"
	"errors"

	"officermobile/models"
)

// Revoker ends sessions.
type Revoker interface {
	RevokeUser(ctx context.Context, agency models.AgencyID, user models.UserID, keep models.SessionID, why string) error
	RevokeDevice(ctx context.Context, agency models.AgencyID, device models.DeviceID, why string) error
	HandOver(ctx context.Context, agency models.AgencyID, previous models.UserID, device models.DeviceID) error
}

// Follow ends the sessions that events put an end to: those of a user who was deactivated, and on a device that was
// revoked or released. The api calls it before it answers a write; whoever wires the system calls it for what arrives
// by other ways (lanes, other nodes). Twice is as once.
func Follow(ctx context.Context, sessions Revoker, agency models.AgencyID, events []models.Event) error {
	var errs []error
	for _, e := range events {
		switch b := e.Body.(type) {
		case *models.UserChanged:
			if !b.Active {
				errs = append(errs, sessions.RevokeUser(ctx, agency, b.ID, models.SessionID{}, "deactivated"))
			}
		case *models.DeviceRevoked:
			errs = append(errs, sessions.RevokeDevice(ctx, agency, b.ID, "device_revoked"))
		case *models.DeviceReleased:
			errs = append(errs, sessions.RevokeDevice(ctx, agency, b.ID, "released"))
		}
	}
	return errors.Join(errs...)
}
