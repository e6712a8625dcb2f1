package office

import (
	"context"
	"crypto/rand"
	"errors"

	"officermobile/auth"
	"officermobile/models"
	"officermobile/models/record"
	"officermobile/sync"

	"github.com/google/uuid"
)

// People answers auth's questions from the agencies' states.
type People struct{ Agencies *sync.Agencies }

// View shows an agency's state.
func (p People) View(ctx context.Context, id models.AgencyID, fn func(*models.State)) error {
	agency, err := p.Agencies.Agency(ctx, id)
	if err != nil {
		return err
	}
	agency.View(fn)
	return nil
}

func (p People) find(ctx context.Context, agency models.AgencyID, pick func(*models.State) *models.User) (auth.User, bool, error) {
	var found *models.User
	if err := p.View(ctx, agency, func(s *models.State) { found = pick(s) }); err != nil {
		return auth.User{}, false, absent(err)
	}
	if found == nil {
		return auth.User{}, false, nil
	}
	return auth.User{ID: found.ID, Active: found.Active, Integration: found.Types == models.Integration}, true, nil
}

// absent: in an agency that does not exist there is nobody.
func absent(err error) error {
	if errors.Is(err, models.ErrNotFound) {
		return nil
	}
	return err
}

// ByName finds a user by the name they sign in with.
func (p People) ByName(ctx context.Context, agency models.AgencyID, username string) (auth.User, bool, error) {
	return p.find(ctx, agency, func(s *models.State) *models.User { return s.UserNamed(username) })
}

// ByID finds a user.
func (p People) ByID(ctx context.Context, agency models.AgencyID, user models.UserID) (auth.User, bool, error) {
	return p.find(ctx, agency, func(s *models.State) *models.User { return s.User(user) })
}

// Device finds a registered device.
func (p People) Device(ctx context.Context, agency models.AgencyID, id models.DeviceID) (auth.Device, bool, error) {
	var found *models.Device
	if err := p.View(ctx, agency, func(s *models.State) { found = s.Device(id) }); err != nil {
		return auth.Device{}, false, absent(err)
	}
	if found == nil {
		return auth.Device{}, false, nil
	}
	return auth.Device{User: found.User, Revoked: found.Revoked, Wipe: found.Wipe}, true, nil
}

// NewID mints an id.
func NewID[I ~[16]byte]() I { return I(record.UUID(uuid.Must(uuid.NewV7()))) }

// newPassword is 100 random bits in a form that can be read out over the telephone.
func newPassword() string {
	text := rand.Text() // 26 characters of base32, 130 bits
	return text[:5] + "-" + text[5:10] + "-" + text[10:15] + "-" + text[15:20]
}
