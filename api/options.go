package api

import (
	"context"
	"log/slog"
	"time"

	"officermobile/clock"
	"officermobile/models/record"

	"github.com/google/uuid"
)

// Options are the settings of an API. Zero fields take the defaults named here.
type Options struct {
	Clock  clock.Clock
	Logger *slog.Logger // default none
	// Observe is told of each answer, by many goroutines at once, and must be quick; default none. The context is the
	// request's.
	Observe func(context.Context, Answered)
	NewID   func() record.UUID

	// TrustedProxies are the networks whose X-Forwarded-For is believed; default none.
	TrustedProxies []string

	// MinimumClients is the least version of each app that is served, by the app's name in Client-Version.
	MinimumClients map[string]Release

	// Rates per second; the burst is four seconds' worth. Negative: no limit.
	DevicePerSecond  int // of one user on one device; default 20, a phone that catches up after a night needs under 5
	UserPerSecond    int // of one user, on all devices; default 50
	UrgentPerSecond  int // on top, and only for what is urgent; default 5
	AddressPerSecond int // of one address, for what nobody is signed in for; default 50: a station shares one

	// Streams open at a time. Negative: no limit.
	Streams       int // in all; default 20000: at 40 KB each, under a gigabyte
	AgencyStreams int // of one agency; default 15000, so that the others find room
	UserStreams   int // of one user; default 24: one for each of the 16 sessions, and some that are about to end

	// WriteWithin is how long a frame of a stream may take to be handed to the network; default 10 s.
	WriteWithin time.Duration
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
	setDefault(&o.AgencyStreams, 15_000)
	setDefault(&o.UserStreams, 24)
	setDefault(&o.WriteWithin, writeWithin)
	return o
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
