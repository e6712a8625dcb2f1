package push

import (
	"context"
	"time"

	"officermobile/models"
)

// UnbindUntil is Unbind for an address that was given until a time: who follows the log late, or twice, does not take from
// a device's next user the address that they gave since. The zero time takes it whenever it was given: two clocks may not
// agree on it.
func (p *Service) UnbindUntil(ctx context.Context, agency models.AgencyID, device models.DeviceID, until time.Time) error {
	if until.IsZero() {
		return p.Unbind(ctx, agency, device)
	}
	a, err := p.addresses.get(ctx, deviceKey{agency, device})
	if err != nil || a.version > 0 && a.RegisteredAt.After(until) {
		return err
	}
	return p.Unbind(ctx, agency, device)
}
