package auth

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"officermobile/models/record"

	"github.com/google/uuid"
)

// Options are the settings of a Service. Zero fields take the defaults named here.
type Options struct {
	Issuer   string // iss of access tokens; default "officermobile"
	Audience string // aud of access tokens; default "officermobile-api"

	AccessTTL time.Duration // default and at most 10 min: how long a stolen access token is of use
	Absolute  time.Duration // default 12 h: a password is needed again (CJIS IA-11)
	Idle      time.Duration // 0: none. Else at least twice AccessTTL, as phones show life by renewing

	Cost         Cost // of password hashes
	Hashes       int  // at a time; default the number of processors, as hashing is all computation
	Waiting      int  // for a hash; default 32, about a second's worth
	SessionsEach int  // live sessions of one user; default 16, the oldest ends

	LockAfter      int           // failures within LockWindow; default 5 (CJIS AC-7)
	LockWindow     time.Duration // default 15 min
	RemoteFailures int           // of one address within LockWindow, all accounts; default 60: a station shares one

	Cached     int           // verified tokens kept; default 65536, about 16 MiB
	PollEvery  time.Duration // for revocations by other nodes; default 1 s, so that streams close within 2 s
	StaleAfter time.Duration // default 10 s without a poll: nobody is let in. Negative: never

	RotateEvery time.Duration // signing keys; default 60 d
	// Audit is called synchronously with the context of the call, and must not block; default none.
	Audit func(context.Context, Event)
	Log   *slog.Logger // default none
	NewID func() record.UUID
}

const maxAccessTTL = 10 * time.Minute

func (o Options) withDefaults() (Options, error) {
	setDefault(&o.Issuer, "officermobile")
	setDefault(&o.Audience, "officermobile-api")
	setDefault(&o.AccessTTL, maxAccessTTL)
	setDefault(&o.Absolute, 12*time.Hour)
	setDefault(&o.Cost, Cost{Passes: 2, MemoryKiB: 19 << 10})
	setDefault(&o.Hashes, runtime.GOMAXPROCS(0))
	setDefault(&o.Waiting, 32)
	setDefault(&o.SessionsEach, 16)
	setDefault(&o.LockAfter, 5)
	setDefault(&o.LockWindow, 15*time.Minute)
	setDefault(&o.RemoteFailures, 60)
	setDefault(&o.Cached, 1<<16)
	setDefault(&o.PollEvery, time.Second)
	setDefault(&o.StaleAfter, 10*time.Second)
	setDefault(&o.RotateEvery, 60*24*time.Hour)
	setDefault(&o.Log, slog.New(slog.DiscardHandler))
	if o.Audit == nil {
		o.Audit = func(context.Context, Event) {}
	}
	if o.NewID == nil {
		o.NewID = func() record.UUID { return record.UUID(uuid.Must(uuid.NewV7())) }
	}
	return o, o.check()
}

func (o Options) check() error {
	switch {
	case o.AccessTTL < 0 || o.AccessTTL > maxAccessTTL:
		return fmt.Errorf("access tokens live at most %v, not %v", maxAccessTTL, o.AccessTTL)
	case o.Absolute < o.AccessTTL:
		return fmt.Errorf("the absolute life %v is below that of an access token", o.Absolute)
	case o.Idle != 0 && o.Idle < 2*o.AccessTTL:
		return fmt.Errorf("an idle limit is at least twice the life of an access token (%v)", 2*o.AccessTTL)
	case o.RotateEvery < 4*publishAhead:
		return fmt.Errorf("signing keys rotate every %v at the most often", 4*publishAhead)
	case o.Hashes < 0 || o.Waiting < 0 || o.SessionsEach < 0 || o.LockAfter < 0 || o.RemoteFailures < 0 ||
		o.Cached < 0 || o.PollEvery < 0 || o.LockWindow < 0:
		return fmt.Errorf("a limit is negative")
	}
	return o.Cost.check()
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
