package push

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
)

// shift is how long a device that is carried on duty is heard within: it syncs when it is rung or looked at.
const shift = 12 * time.Hour

// testAnswered is how long a device has to tell of a test push.
const testAnswered = testLife

// Carried is a device that somebody carries, with its latest test; no seq for none.
type Carried struct {
	User     models.UserID
	Device   models.DeviceID
	TestedAt time.Time
	Tested   record.Seq
}

// Readiness says of devices how well they can be rung, in their order. It reads the store once or twice for each.
func (p *Service) Readiness(ctx context.Context, agency models.AgencyID, devices []Carried) ([]wire.DeviceReadiness, error) {
	all := make([]wire.DeviceReadiness, len(devices))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(flushers)
	for i, d := range devices {
		g.Go(func() (err error) {
			all[i], err = p.readiness(gctx, agency, d)
			return err
		})
	}
	return all, g.Wait()
}

func (p *Service) readiness(ctx context.Context, agency models.AgencyID, d Carried) (wire.DeviceReadiness, error) {
	k, now := deviceKey{agency, d.Device}, p.clock.Now()
	a, err := p.addresses.get(ctx, k)
	if err != nil {
		return wire.DeviceReadiness{}, err
	}
	h := p.healthOf(k, a)
	seen := p.sight.Presence(agency, d.Device)
	heard := maxTime(h.SeenAt, seen.Heard)
	r := wire.DeviceReadiness{
		User: d.User, Device: d.Device, State: seen.State, Heard: milliOf(heard), Kind: string(h.Kind), Address: string(h.State),
		Permission: string(h.Permission), Accepted: milliOf(h.TookAt), Tested: milliOf(d.TestedAt),
	}
	if h.State == HealthNone {
		r.Address = ""
	} else {
		r.Provider = p.box.stateOf(circuitOf(a.address()), now)
	}
	if d.Tested > 0 {
		told, _, err := p.receipt(ctx, k, notificationID(slotKey{k, testOf(d.Device)}, d.Tested))
		if err != nil {
			return r, err
		}
		r.Confirmed = milliOf(told.first())
	}
	r.Ready = readyWord(h, r, now)
	return r, nil
}

// readyWord is the worst that is known, in the order of wire.AllReadiness.
func readyWord(h Health, r wire.DeviceReadiness, now time.Time) wire.Readiness {
	switch {
	case h.State == HealthNone:
		return wire.NoAddress
	case h.State == HealthDead || h.State == HealthUnreadable:
		return wire.AddressDead
	case h.Permission == PermissionDenied:
		return wire.PermissionDenied
	case r.Provider == "open" || r.Provider == "refused":
		return wire.ProviderDown
	case h.State == HealthDoubted:
		return wire.AddressDoubted
	case h.State == HealthAged || now.Sub(time.UnixMilli(r.Heard)) > shift:
		return wire.NotHeard
	case r.Confirmed > 0:
		return wire.Ready
	case r.Tested > 0 && now.Sub(time.UnixMilli(r.Tested)) > testAnswered:
		return wire.TestUnanswered
	}
	return wire.NeverTested
}

// first is when a device first told of a notification; zero for never.
func (r Reached) first() time.Time {
	for _, s := range wire.PushStages() {
		if at := *r.at(s); !at.IsZero() {
			return at
		}
	}
	return time.Time{}
}

// stateOf is what a provider's breaker does. One that nobody has asked yet is closed.
func (b *outbox) stateOf(k circuitKey, now time.Time) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c := b.circuits.of[k]; c != nil {
		return c.breaker.state(now)
	}
	return (&breaker{places: b.circuits.places}).state(now)
}

// milliOf is a time in milliseconds, 0 for none.
func milliOf(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMilli()
}
