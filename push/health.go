package push

import (
	"context"
	"time"

	"officermobile/models"
)

// Permission is whether the phone lets the app show notifications, as the app says when it registers its address.
type Permission string

// The permissions. An app that does not say leaves it unknown.
const (
	PermissionUnknown Permission = ""
	PermissionGranted Permission = "granted"
	PermissionDenied  Permission = "denied" // its provider still takes rings, and the phone drops them without a word
)

func (p Permission) check() error {
	switch p {
	case PermissionUnknown, PermissionGranted, PermissionDenied:
		return nil
	}
	return models.Invalid("permission", "is granted or denied")
}

// HealthState is how well a device can be rung, in one word.
type HealthState string

// The states of an address, which never change their meaning.
const (
	HealthNone       HealthState = "none"       // the app has registered none, or has signed out
	HealthGood       HealthState = "good"       // nothing is known against it
	HealthDoubted    HealthState = "doubted"    // its provider calls it dead and is not believed yet: it is still rung
	HealthDead       HealthState = "dead"       // its provider called it dead; it is forgotten
	HealthAged       HealthState = "aged"       // the device was not heard for so long that messages don't ring there
	HealthUnreadable HealthState = "unreadable" // sealed under a key that this server does not have
)

// Health is what is known of where a device is reached. There is no address in it.
type Health struct {
	State        HealthState
	Kind         AddressKind // "" without an address, as all that follows is zero then
	Environment  Environment
	App          string
	Permission   Permission
	RegisteredAt time.Time
	SeenAt       time.Time // the device was heard, by a registration or otherwise
	TookAt       time.Time // its provider last took a ring, to the hour; zero for never
	Reason       string    // of doubted and dead: its provider's word
	Since        time.Time // of doubted and dead
}

// Health says how well a device can be rung. It reads the store once.
func (p *Service) Health(ctx context.Context, agency models.AgencyID, device models.DeviceID) (Health, error) {
	a, err := p.addresses.get(ctx, deviceKey{agency, device})
	if err != nil {
		return Health{State: HealthNone}, err
	}
	return p.healthOf(deviceKey{agency, device}, a), nil
}

func (p *Service) healthOf(k deviceKey, a addressBody) Health {
	if a.version == 0 {
		return Health{State: HealthNone}
	}
	h := Health{
		State: HealthGood, Kind: a.Kind, Environment: a.Environment, App: a.App, Permission: a.Permission, RegisteredAt: a.RegisteredAt,
		SeenAt: maxTime(a.SeenAt, p.sight.Presence(k.agency, k.device).Heard), TookAt: a.TookAt, Reason: a.Doubt.Reason, Since: a.Doubt.At,
	}
	switch {
	case a.unreadable:
		h.State = HealthUnreadable
	case !a.DiedAt.IsZero():
		h.State = HealthDead
	case tooOld(Message, h.SeenAt, p.clock.Now()):
		h.State = HealthAged
	case a.Doubt != (Doubt{}):
		h.State = HealthDoubted
	}
	return h
}

// tookEvery is how exact TookAt is: a write an hour for a device that is rung.
const tookEvery = time.Hour

// took notes that a provider took a ring for an address: whatever it said against it before is void.
func (p *Service) took(ctx context.Context, k deviceKey, a addressBody) {
	now := p.clock.Now()
	if now.Sub(a.TookAt) < tookEvery && a.Doubt == (Doubt{}) {
		return
	}
	_, err := p.addresses.change(ctx, k, a, func(b *addressBody) { b.TookAt, b.Doubt = now, Doubt{} })
	if err != nil {
		p.logger.Warn("push: note that an address works", "err", err)
	}
}
