package api

import (
	"log/slog"

	"officermobile/clock"
	"officermobile/models/record"

	"github.com/google/uuid"
)

// Options are the settings of an API. Zero fields take the defaults named here.
type Options struct {
	Clock  clock.Clock
	Logger *slog.Logger // default none
	NewID  func() record.UUID

	// TrustedProxies are the networks whose X-Forwarded-For is believed; default none.
	TrustedProxies []string

	// Rates per second; the burst is four seconds' worth. Negative: no limit.
	DevicePerSecond  int // of one user on one device; default 20, a phone that catches up after a night needs under 5
	UserPerSecond    int // of one user, on all devices; default 50
	UrgentPerSecond  int // on top, and only for what is urgent; default 5
	AddressPerSecond int // of one address, for what nobody is signed in for; default 50: a station shares one

	// Streams are open at a time, default 20000: at 40 KB each, under a gigabyte.
	Streams int
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.NewID == nil {
		o.NewID = func() record.UUID { return record.UUID(uuid.Must(uuid.NewV7())) }
	}
	setDefault(&o.DevicePerSecond, 20)
	setDefault(&o.UserPerSecond, 50)
	setDefault(&o.UrgentPerSecond, 5)
	setDefault(&o.AddressPerSecond, 50)
	setDefault(&o.Streams, 20_000)
	return o
}

func setDefault(field *int, value int) {
	if *field == 0 {
		*field = value
	}
}
