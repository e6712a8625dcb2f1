package client

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"officermobile/clock"
	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
)

// Config says what a Device is and what it stands on.
type Config struct {
	BaseURL  string       // such as https://om.example.org, without a path
	HTTP     *http.Client // nil: http.DefaultClient. Its Timeout must be 0, for a stream has no end
	Store    Store
	Clock    clock.Clock
	Rand     io.Reader // of ids, keys and draws; nil: crypto/rand
	Name     string    // of the device, for people
	Class    string    // phone, vehicle or console
	Platform string    // ios, android, web or other
	App      string    // the program and its version, such as officer-go/1.0.0; "" says nothing. The server may ask for a newer one: ErrTooOld
	Window   int       // newest messages wanted of each conversation; 0: the server's choice
	Receipts bool      // ask for receipts with every round trip; a stream brings them unasked
}

// The states in which only a person or another install helps.
var (
	ErrSignedOut = errors.New("sign in first")                               // SignIn mends it; the outbox is kept
	ErrForked    = errors.New("this phone was restored from a backup")       // with ErrSignedOut: it is another device now
	ErrWiped     = errors.New("the agency has taken this device back")       // nothing is kept; a new install begins anew
	ErrUnsent    = errors.New("commands of another user have not been sent") // Discard, or let them sign in and send
	ErrFull      = errors.New("the outbox is full")                          // until the network is back
)

var (
	errStore    = errors.New("the local store has failed; open the device anew")
	errNoAnswer = errors.New("the server's answer is not what was asked for")
)

// Device is a phone, a tablet or a console: one signed-in user at a time, and one owner, Run, or whoever calls SyncOnce.
// Its methods may be called from several goroutines.
type Device struct {
	cfg       Config
	boot      string    // tells this process's monotonic clock from another's
	started   time.Time // of the monotonic clock
	counters  counters
	pull      chan struct{} // holds one token: one pull in flight
	wake      *signal       // the owner has something to send
	interrupt *signal       // the owner must look anew at what it is doing
	pushed    atomic.Bool   // a push came: there is something to fetch
	replaced  atomic.Bool   // another stream of this device took over
	changes   *signal       // what is shown has changed

	randMu sync.Mutex // guards cfg.Rand

	mu       sync.Mutex // guards what follows; the Store is written under it alone
	broken   bool       // a commit failed: only the Store knows the truth
	meta     Meta       // as committed
	outbox   []Entry    // as committed, by lane and number
	outcomes outcomes
	due      []models.Scope // to be repaired
	presence presence
	live     *stream // open, and owner of the position; nil: none
	now      map[models.UserID]wire.UserPresence
	receipts receipts
	pushes   []wire.PushReceipt // to tell the server
}

// New opens a device on its Store: new, or as it was when its process ended.
func New(ctx context.Context, cfg Config) (*Device, error) {
	if cfg.HTTP == nil {
		cfg.HTTP = http.DefaultClient
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	d := &Device{
		cfg: cfg, started: time.Now(), pull: make(chan struct{}, 1), wake: newSignal(), interrupt: newSignal(), changes: newSignal(),
		presence: presence{state: models.Background}, now: map[models.UserID]wire.UserPresence{},
	}
	d.boot = d.secret(8)
	var err error
	if d.meta, err = cfg.Store.Meta(ctx); err != nil {
		return nil, fmt.Errorf("open the device: %w", err)
	}
	if d.outbox, err = cfg.Store.Outbox(ctx); err != nil {
		return nil, fmt.Errorf("open the device: %w", err)
	}
	d.presence.report = d.meta.Reports
	if err := d.prepare(ctx); err != nil {
		return nil, fmt.Errorf("open the device: %w", err)
	}
	return d, nil
}

// prepare gives a new device its identity, and erases rows whose lease has run out while the device was off.
func (d *Device) prepare(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	meta := d.meta.clone()
	if lease := meta.Session.LeaseUntil; !lease.IsZero() && d.cfg.Clock.Now().After(lease) {
		meta.Token, meta.Pass, meta.Holes, meta.Session.LeaseUntil = "", nil, nil, time.Time{}
		return d.commit(ctx, Change{Meta: &meta, EraseRows: true})
	}
	if !meta.Device.IsZero() || meta.Wiped {
		return nil
	}
	meta.Device, meta.DeviceKey = newID[models.DeviceID](d), d.secret(deviceKeyBytes)
	return d.commit(ctx, Change{Meta: &meta})
}

const deviceKeyBytes = 32 // 256 random bits, as package auth wants them

// commit makes a change durable and then true here. mu is held.
func (d *Device) commit(ctx context.Context, c Change) error {
	if d.broken {
		return errStore
	}
	// A commit that has begun is not cut short by whoever waits for it.
	if err := d.cfg.Store.Commit(context.WithoutCancel(ctx), c); err != nil {
		d.broken = true
		return err
	}
	if c.Meta != nil {
		d.meta = *c.Meta
	}
	d.outbox = changeOutbox(d.outbox, c)
	return nil
}

// usable refuses what makes no sense on a broken or wiped device. mu is held.
func (d *Device) usable() error {
	switch {
	case d.broken:
		return errStore
	case d.meta.Wiped:
		return ErrWiped
	}
	return nil
}

// ID is the device's present id: a fork gives it a new one.
func (d *Device) ID() models.DeviceID { return d.Meta().Device }

// User is who is signed in, or was last.
func (d *Device) User() models.UserID { return d.Meta().User }

// Meta is the device's small state, secrets included: for tests and rehearsals.
func (d *Device) Meta() Meta {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.meta.clone()
}

// Changes answers a channel that is closed at the next change of what is shown; then ask again.
func (d *Device) Changes() <-chan struct{} { return d.changes.wait() }

// secret is n random bytes as base64url.
func (d *Device) secret(n int) string {
	b := make([]byte, n)
	d.random(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// random fills b. A source of randomness that fails leaves nothing sensible to do.
func (d *Device) random(b []byte) {
	d.randMu.Lock()
	defer d.randMu.Unlock()
	if _, err := io.ReadFull(d.cfg.Rand, b); err != nil {
		panic(fmt.Sprintf("read randomness: %v", err))
	}
}

// newID mints an id: a UUID of version 7 by the device's clock.
func newID[T ~[16]byte](d *Device) T {
	var u record.UUID
	d.random(u[6:])
	ms := uint64(d.cfg.Clock.Now().UnixMilli())
	for i := range 6 {
		u[i] = byte(ms >> (40 - 8*i))
	}
	u[6] = u[6]&0x0f | 0x70
	u[8] = u[8]&0x3f | 0x80
	return T(u)
}

// Mint makes an id that the device may mint: of a message, a conversation, a dispatch, a task or an invitation.
func Mint[T ~[16]byte](d *Device) T { return newID[T](d) }
