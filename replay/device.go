package replay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"officermobile/client"
	"officermobile/clock"
	"officermobile/models"
	"officermobile/replay/faultnet"
	"officermobile/replay/shift"
	"officermobile/replay/tap"
)

// device is a device of the plan with all its lives: its store outlives them.
type device struct {
	r       *rehearsal
	no      shift.DeviceNo
	plan    shift.Device
	id      models.DeviceID
	address Address // zero: it can't be rung
	tap     *tap.Tap
	link    *faultnet.Link
	store   client.Store // watched
	durable bool         // in a file, and opened anew in each life
	own     map[models.ConversationID]bool
	begun   map[models.TaskID]bool // tasks that a command from here brings forth; both of the goroutine that drives

	mu      sync.Mutex
	life    *life // nil: the app does not run
	past    client.Counters
	history []moment
	expired int // sessions that ended, which none should
	crashes int // lives that ended by an error
}

// life is one run of the app.
type life struct {
	dev    *client.Device
	web    *http.Transport
	cancel context.CancelFunc
	ended  chan struct{}
}

// moment is when a device began to be in a state; "" is killed.
type moment struct {
	at    time.Time
	state models.PresenceState
}

const (
	durableEvery = 4                // one in so many devices keeps its rows in a file
	phoneTimeout = 60 * time.Second // of a request, as phones have it
	window       = 50               // newest messages of a conversation that a device asks for
)

func (d *device) name() string { return fmt.Sprintf("%s %d", d.plan.Kind, d.no) }

// open opens the device's store: a new one in each life if it is durable, as after a crash.
func (d *device) open(ctx context.Context) error {
	if !d.durable && d.store != nil {
		return nil
	}
	var st client.Store = client.NewMemory()
	if d.durable {
		var err error
		if st, err = client.OpenSQLite(ctx, filepath.Join(d.r.options.Folder, "devices", fmt.Sprintf("%d.db", d.no))); err != nil {
			return err
		}
		if d.store != nil {
			_ = d.store.Close() // that of the life before
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.store = d.tap.Store(st)
	return nil
}

func (d *device) config(c clock.Clock, web *http.Client) client.Config {
	return client.Config{
		BaseURL: d.r.host.url(), HTTP: web, Store: d.store, Clock: c, Name: d.name(), Class: d.class(), Platform: d.platform(), Window: window,
	}
}

// start begins a life in the foreground.
func (d *device) start(ctx context.Context) error {
	if err := d.open(ctx); err != nil {
		return err
	}
	web := &http.Transport{DialContext: d.link.Dial, DisableCompression: true, MaxIdleConnsPerHost: 2}
	patient := &impatience{base: d.tap.Transport(web), after: d.r.host.pace.Real(phoneTimeout)}
	dev, err := client.New(ctx, d.config(d.r.host.pace.Clock, &http.Client{Transport: patient}))
	if err != nil {
		return fmt.Errorf("start %s: %w", d.name(), err)
	}
	dev.SetState(models.Foreground)
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // a life outlives the step that began it; kill ends it
	l := &life{dev: dev, web: web, cancel: cancel, ended: make(chan struct{})}
	d.mu.Lock()
	d.life = l
	d.mu.Unlock()
	d.note(models.Foreground)
	go d.run(ctx, l)
	return nil
}

// run runs an app until its life ends. A session that is over is begun anew, and counted.
func (d *device) run(ctx context.Context, l *life) {
	defer close(l.ended)
	for ctx.Err() == nil {
		err := l.dev.Run(ctx)
		if ctx.Err() != nil {
			return
		}
		if !errors.Is(err, client.ErrSignedOut) {
			d.count(&d.crashes)
			d.r.complain("%s: %v", d.name(), err)
			return
		}
		d.count(&d.expired)
		owner := int(d.plan.Owner)
		if err := l.dev.SignIn(ctx, d.r.account.Agency, d.r.username(owner), d.r.passwords[owner]); err != nil {
			_ = d.r.host.pace.Sleep(ctx, phoneTimeout) // then it is tried again
		}
	}
}

func (d *device) count(n *int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	*n++
}

// kill ends the app's life without a word, as a system does that needs its memory.
func (d *device) kill() {
	d.mu.Lock()
	l := d.life
	d.life = nil
	d.mu.Unlock()
	if l == nil {
		return
	}
	d.note("")
	d.link.Drop()
	l.cancel()
	<-l.ended
	l.web.CloseIdleConnections()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.past = sum(d.past, l.dev.Counters())
}

// running is the app, nil if it does not run.
func (d *device) running() *client.Device {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.life == nil {
		return nil
	}
	return d.life.dev
}

// turn puts the app away, or takes it out.
func (d *device) turn(state models.PresenceState) {
	if dev := d.running(); dev != nil {
		d.note(state)
		dev.SetState(state)
	}
}

// ring is a push that came: an app in the background fetches, if it has coverage.
func (d *device) ring() {
	dev := d.running()
	if dev != nil && dev.State() == models.Background && d.link.Reachable(d.r.host.pace.Now()) {
		dev.Push()
	}
}

func (d *device) note(state models.PresenceState) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.history = append(d.history, moment{time.Now(), state})
}

// receiver is what a receiver was like at a wall time, in the words of the report.
func (d *device) receiver(at time.Time) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	state := models.PresenceState("")
	for _, m := range d.history {
		if m.at.After(at) {
			break
		}
		state = m.state
	}
	switch {
	case state == "":
		return receiverKilled
	case !d.link.Reachable(d.r.host.pace.shown(at)):
		return receiverOut
	case state == models.Foreground:
		return receiverForeground
	}
	return receiverBackground
}

// What a receiver may be like.
const (
	receiverForeground = "foreground"
	receiverBackground = "background"
	receiverOut        = "no coverage"
	receiverKilled     = "app killed"
)

func sum(a, b client.Counters) client.Counters {
	a.Requests += b.Requests
	a.Streams += b.Streams
	a.BytesUp += b.BytesUp
	a.BytesDown += b.BytesDown
	a.Pages += b.Pages
	a.Discarded += b.Discarded
	a.Passes += b.Passes
	a.FullPasses += b.FullPasses
	a.Repairs += b.Repairs
	a.Forks += b.Forks
	return a
}

// impatience gives requests up that take too long, as the platforms' HTTP clients do. A stream has no end.
type impatience struct {
	base  http.RoundTripper
	after time.Duration // of wall time
}

// RoundTrip implements http.RoundTripper.
func (i *impatience) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Path == "/v1/live" {
		return i.base.RoundTrip(req)
	}
	ctx, cancel := context.WithTimeout(req.Context(), i.after)
	res, err := i.base.RoundTrip(req.WithContext(ctx))
	if err != nil {
		cancel()
		return nil, err
	}
	res.Body = &untilClosed{res.Body, cancel}
	return res, nil
}

// untilClosed is a body that ends its request's time when it is closed.
type untilClosed struct {
	io.ReadCloser
	cancel context.CancelFunc
}

// Close is the body's.
func (b *untilClosed) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}
