package replay

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"officermobile/models"
	"officermobile/replay/faultnet"
	"officermobile/replay/shift"
	"officermobile/replay/tap"

	"golang.org/x/sync/errgroup"
)

// rehearsal is one run.
type rehearsal struct {
	options   Options
	plan      shift.Shift
	moved     time.Duration // from the plan's time to the clock's
	host      *host
	account   Account
	admin     *admin
	ids       *ids
	tag       string
	passwords []string
	devices   []*device
	tally     tally

	mu         sync.Mutex
	complaints []string // of what should not happen and is no check's
	pushes     []Push   // the journal so far
}

// What follows the plan, in its time, and at least of wall time: pushes that are due go out before anything lets the
// devices fetch, and again after that.
const (
	settle      = 75 * time.Second
	wallSettle  = 3 * time.Second
	drainWithin = 3 * time.Minute // of wall time, to let everything through over a good network
	setUpBefore = time.Hour       // of the plan's beginning the server's clock starts, to set up at its own pace
)

// Run rehearses. The error says why that was not possible; whether the server did well is the report's to say.
func Run(ctx context.Context, o Options) (Report, error) {
	if err := o.check(); err != nil {
		return Report{}, err
	}
	r := &rehearsal{
		options: o, plan: o.Plan, tag: rand.Text()[:6], passwords: make([]string, len(o.Plan.People)),
		tally: tally{missed: map[string]int{}}, host: &host{options: o},
	}
	began := time.Now()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	err := r.run(ctx)
	defer r.close()
	if err != nil {
		return Report{}, err
	}
	report, err := r.check(ctx)
	report.WallS = time.Since(began).Seconds()
	return report, err
}

// close ends what still runs.
func (r *rehearsal) close() {
	for _, d := range r.devices {
		d.kill()
		if d.link != nil {
			d.link.Close()
		}
		if d.store != nil {
			_ = d.store.Close() // the rehearsal is over
		}
	}
	if s := r.host.down(); s != nil {
		_ = s.Kill() // what it says is of no use any more
	}
}

func (r *rehearsal) run(ctx context.Context) error {
	for _, folder := range []string{"server", "devices"} {
		if err := os.MkdirAll(filepath.Join(r.options.Folder, folder), 0o700); err != nil {
			return err
		}
	}
	var err error
	if r.host.listen, err = freeListen(r.plan.Seed + uint64(os.Getpid())); err != nil {
		return err
	}
	if err := r.begin(ctx); err != nil {
		return err
	}
	if err := r.play(ctx); err != nil {
		return err
	}
	return r.letThrough(ctx)
}

// begin sets up, and starts the clock of the plan.
func (r *rehearsal) begin(ctx context.Context) error {
	if r.options.Start == nil {
		return r.beginElsewhere(ctx)
	}
	r.host.pace = newPace(r.plan.From.Add(-setUpBefore), 1)
	if err := r.bootstrap(ctx); err != nil {
		return err
	}
	if err := r.host.start(ctx); err != nil {
		return err
	}
	if err := r.prepare(ctx); err != nil {
		return err
	}
	if err := r.host.stop(ctx); err != nil {
		return fmt.Errorf("stop the server after it was set up: %w", err)
	}
	if r.host.pace.Now().After(r.plan.From) {
		return errors.New("setting up took over an hour")
	}
	r.host.pace = newPace(r.plan.From, r.options.Speed)
	if err := r.host.start(ctx); err != nil {
		return err
	}
	var err error
	if r.admin, err = signInAdmin(ctx, r.host.url(), r.account, r.host.pace.Clock); err != nil {
		return err
	}
	return r.host.measure(ctx, r.admin)
}

// beginElsewhere is begin on a server that runs already: the plan is moved to its time.
func (r *rehearsal) beginElsewhere(ctx context.Context) error {
	r.host.pace = newPace(time.Now(), r.options.Speed)
	if err := r.bootstrap(ctx); err != nil {
		return err
	}
	if err := r.prepare(ctx); err != nil {
		return err
	}
	shown, at, err := r.admin.serverTime(ctx)
	if err != nil {
		return err
	}
	now := shown.Add(time.Duration(float64(time.Since(at)) * r.options.Speed))
	r.host.pace = newPace(now, r.options.Speed)
	r.moved = now.Sub(r.plan.From)
	r.ids.remint(r.plan, r.moved)
	if r.admin, err = signInAdmin(ctx, r.host.url(), r.account, r.host.pace.Clock); err != nil {
		return err
	}
	return r.host.measure(ctx, r.admin)
}

func (r *rehearsal) bootstrap(ctx context.Context) error {
	var err error
	if r.account, err = r.options.Bootstrap(ctx, r.host.spec()); err != nil {
		return fmt.Errorf("make an agency: %w", err)
	}
	return nil
}

// prepare makes what the plan needs, and the devices without their networks.
func (r *rehearsal) prepare(ctx context.Context) error {
	var err error
	if r.admin, err = signInAdmin(ctx, r.host.url(), r.account, r.host.pace.Clock); err != nil {
		return err
	}
	r.ids = mintIDs(r.plan, r.moved)
	for i, p := range r.plan.Devices {
		r.devices = append(r.devices, &device{
			r: r, no: shift.DeviceNo(i), plan: p, tap: tap.New(), durable: i%durableEvery == 0,
			own: map[models.ConversationID]bool{}, begun: map[models.TaskID]bool{},
		})
	}
	return r.setUp(ctx, r.admin, r.host.pace.Clock)
}

// connect puts every device behind its network.
func (r *rehearsal) connect() error {
	end := r.plan.To.Add(r.moved).Add(r.settling())
	for i, d := range r.devices {
		trace, offset := faultnet.Pick(r.options.Traces, r.plan.Seed, i)
		var dead []faultnet.Span
		for _, s := range d.plan.DeadZones {
			dead = append(dead, faultnet.Span{From: s.From.Add(r.moved), To: s.To.Add(r.moved)})
		}
		from := r.plan.From.Add(r.moved)
		if d.plan.Kind == shift.Console {
			trace, offset, dead = cable(), 0, nil
		}
		schedule, err := faultnet.NewSchedule(trace, offset, from, end, dead)
		if err != nil {
			return err
		}
		d.link = faultnet.NewLinkOver(r.host.pace.Clock, schedule, d.tap.Dialer(new(net.Dialer).DialContext))
	}
	return nil
}

// cable is the network of a console.
func cable() faultnet.Trace {
	return faultnet.Trace{Name: "cable", Samples: []faultnet.Sample{{DownKbps: 100_000, UpKbps: 100_000, RTT: 5 * time.Millisecond}}}
}

// settling is how long pushes get, in the plan's time.
func (r *rehearsal) settling() time.Duration {
	return max(settle, time.Duration(float64(wallSettle)*r.options.Speed))
}

// play plays the plan.
func (r *rehearsal) play(ctx context.Context) error {
	if err := r.connect(); err != nil {
		return err
	}
	for _, d := range r.devices {
		if err := d.start(ctx); err != nil {
			return err
		}
	}
	watching, stop := context.WithCancel(ctx)
	background, watched := errgroup.WithContext(watching)
	playing, giveUp := context.WithCancel(ctx)
	defer giveUp()
	background.Go(func() error {
		err := r.host.watch(watched)
		if err != nil {
			giveUp() // there is nothing to play on
		}
		return err
	})
	background.Go(func() error { r.followPushes(watched); return nil })
	background.Go(func() error { r.progress(watched); return nil })
	err := r.playSteps(playing)
	if err == nil {
		err = r.host.pace.Sleep(playing, r.plan.To.Add(r.moved).Add(r.settling()).Sub(r.host.pace.Now()))
	}
	stop()
	return errors.Join(err, background.Wait())
}

func (r *rehearsal) playSteps(ctx context.Context) error {
	of, server := byDevice(r.plan)
	g, ctx := errgroup.WithContext(ctx)
	for i, steps := range of {
		d := r.devices[i]
		g.Go(func() error { return play(ctx, r.host.pace.Clock, r.moved, steps, d.step) })
	}
	g.Go(func() error {
		return play(ctx, r.host.pace.Clock, r.moved, server, func(ctx context.Context, _ shift.Step) error {
			if r.options.Start == nil {
				return nil // it is not ours to kill
			}
			if err := r.host.kill(ctx); err != nil {
				return err
			}
			return r.host.measure(ctx, r.admin)
		})
	})
	return g.Wait()
}

// complain keeps what should not happen.
func (r *rehearsal) complain(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.complaints = append(r.complaints, fmt.Sprintf(format, args...))
}
