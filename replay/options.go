package replay

import (
	"context"
	"errors"
	"io"
	"time"

	"officermobile/models"
	"officermobile/replay/faultnet"
	"officermobile/replay/shift"
)

// Options are a rehearsal's.
type Options struct {
	Plan   shift.Shift
	Traces []faultnet.Trace
	Speed  float64 // how many times faster than recorded
	Folder string  // to work in: the server's data in "server", devices' in "devices"; it must be empty

	// Start starts the server. If it is nil, URL is one that runs already, with the same speed, and isn't killed.
	Start func(ctx context.Context, s ServerSpec) (Server, error)
	URL   string
	// Bootstrap makes an agency before the server is first started, by the clock that the server will have, or answers
	// the account to use on a server that runs already.
	Bootstrap func(ctx context.Context, s ServerSpec) (Account, error)
	Providers Providers // of pushes; nil: pushes are not judged

	Progress io.Writer // a line every few seconds; nil: none
}

// ServerSpec is how the server is to be started. Its clock shows ClockOrigin at the wall time ClockAnchor, which is a
// little before it can start, and runs ClockSpeed times as fast.
type ServerSpec struct {
	Folder      string
	Listen      string // host:port
	ClockOrigin time.Time
	ClockAnchor time.Time
	ClockSpeed  float64
}

// Server is a server that takes requests.
type Server interface {
	URL() string
	Kill() error                              // by SIGKILL; it returns once the server is gone
	Stop(ctx context.Context) error           // in order
	Ended() <-chan struct{}                   // closed when it has ended, for whatever reason
	Usage() (cpu time.Duration, memory int64) // after its end: processor time, and the most memory in bytes
}

// Account is an administrator's of the agency to use.
type Account struct {
	Agency             models.AgencyID
	Username, Password string
}

// Address is a device's push address, as a platform would give it.
type Address struct {
	Kind        string `json:"kind"` // apns or fcm
	Token       string `json:"token"`
	Environment string `json:"environment,omitzero"`
	App         string `json:"app"`
}

// Push is a notification that reached a provider.
type Push struct {
	N            int // rises
	At           time.Time
	Token        string
	Notification string // the id that the device knows it by: 22 characters of base64url
	Accepted     bool   // the device got it, whatever the server was told
}

// Providers are the simulated push providers.
type Providers interface {
	// NewAddress is of a new device that takes notifications; kind is "apns" or "fcm".
	NewAddress(kind string) Address
	// Journal is what came behind a number, in order.
	Journal(after int) []Push
}

func (o Options) check() error {
	switch {
	case o.Speed < 1 || o.Speed > maxSpeed:
		return errors.New("a rehearsal runs 1 to 240 times as fast as recorded")
	case len(o.Plan.Steps) == 0:
		return errors.New("a rehearsal needs a plan")
	case len(o.Traces) == 0:
		return errors.New("a rehearsal needs the trace of a network")
	case o.Bootstrap == nil:
		return errors.New("a rehearsal needs an administrator")
	case o.Start == nil && o.URL == "":
		return errors.New("a rehearsal needs a server")
	}
	return nil
}

// maxSpeed is where leases of seconds become shorter than what a machine takes to answer.
const maxSpeed = 240
