package pushbench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"officermobile/models"
	"officermobile/push"
	"officermobile/push/apns"
	"officermobile/push/fcm"
	"officermobile/push/pushtest"
	"officermobile/store"
)

// Options say what to measure.
type Options struct {
	Documents store.Documents
	Providers pushtest.Config
	Outage    func(ctx context.Context, seconds float64) error // of all providers; 0 ends it

	PerSecond int           // rings
	For       time.Duration // of the load
	Groups    int           // of fifty devices
	Rest      time.Duration // before the outage: ForgottenIn, for a heap that nothing else changes
	Drain     bool          // measure an outage to its end, which takes two minutes
}

// Figures are what came of it. Times are in milliseconds but where said.
type Figures struct {
	Ours, Bare Load

	UrgentMS  float64 // until the last ring of an urgent message behind Behind others was accepted
	Behind    int
	SlotBytes float64 // of memory, for each ring that waits for its provider
	Waiting   int
	DrainS    float64 // seconds from the first good answer after an outage until nothing waited; 0: not measured
}

// Load is what a steady load came to.
type Load struct {
	Rings, Errors  int
	PerSecond      float64
	P50MS, P99MS   float64
	CPUMicrosecond float64 // of this process, for each ring
	APNs, FCM      Bytes
}

// rig is what the measurements share.
type rig struct {
	opts    Options
	world   *world
	service *push.Service
	watch   *watch
	senders [2]push.Reporter // to Apple and to Google
	address map[models.DeviceID]push.Address
}

// Run measures. The bare loop comes first, on the same providers.
func Run(ctx context.Context, o Options) (Figures, error) {
	r := &rig{opts: o, address: map[models.DeviceID]push.Address{}}
	var err error
	if r.world, err = newWorld(o.Groups); err != nil {
		return Figures{}, err
	}
	for _, g := range r.world.groups {
		for i, d := range g.devices {
			r.address[d] = addressOf(o.Providers, d, i)
		}
	}
	var f Figures
	if f.Bare, err = r.bare(ctx); err != nil {
		return f, err
	}
	ctx, stop := context.WithCancel(ctx)
	g, gctx := errgroup.WithContext(ctx)
	if err := r.start(gctx, g); err != nil {
		stop()
		return f, errors.Join(err, g.Wait())
	}
	err = r.measure(gctx, &f)
	stop()
	return f, errors.Join(err, g.Wait())
}

func (r *rig) measure(ctx context.Context, f *Figures) error {
	var err error
	if f.Ours, err = r.load(ctx); err != nil {
		return err
	}
	if err := r.urgent(ctx, f); err != nil {
		return err
	}
	return r.outage(ctx, f)
}

// addressOf is a device's. Half of them are iPhones.
func addressOf(c pushtest.Config, d models.DeviceID, i int) push.Address {
	if i%2 == 0 {
		return push.Address{Kind: push.APNs, Token: d.Hex() + d.Hex(), App: c.APNs.Topic, Environment: c.APNs.Environment}
	}
	return push.Address{Kind: push.FCMToken, Token: d.Hex() + ":" + strings.Repeat("x", 140)}
}

// registering at once: the store commits together what comes together.
const registering = 64

// start runs the service over the world, with an address for every device.
func (r *rig) start(ctx context.Context, g *errgroup.Group) error {
	c := r.opts.Providers
	apple, err := apns.New(apns.Options{
		Environment: c.APNs.Environment, KeyID: c.APNs.KeyID, TeamID: c.APNs.TeamID, Key: c.APNs.Key, TestURL: c.APNs.URL, TestRoots: c.Roots(),
	})
	if err != nil {
		return err
	}
	android, err := fcm.New(fcm.Options{ServiceAccount: c.FCM.ServiceAccount, TestURL: c.FCM.URL, TestRoots: c.Roots()})
	if err != nil {
		return err
	}
	r.watch, r.senders = newWatch(apple, android), [2]push.Reporter{apple, android}
	r.service = push.New(push.Deps{
		Documents: r.opts.Documents, Feed: r.world, Sight: r.world, Senders: r.watch.sender,
	}, push.Options{Node: "bench"})
	registered, _ := errgroup.WithContext(ctx)
	registered.SetLimit(registering)
	for d, a := range r.address {
		registered.Go(func() error { return r.service.Register(ctx, r.world.agency(), d, a) })
	}
	if err := registered.Wait(); err != nil {
		return fmt.Errorf("register: %w", err)
	}
	g.Go(func() error { return r.service.Run(ctx) })
	return nil
}

// load posts at an even pace, in each group's conversations in turn, and waits until all has rung.
func (r *rig) load(ctx context.Context) (Load, error) {
	every := time.Second * GroupRings / time.Duration(r.opts.PerSecond)
	posts := int(r.opts.For / every)
	order := rand.Perm(len(r.world.groups))
	m, before := begin(), r.sent()
	for i := range posts {
		g := r.world.groups[order[i%len(order)]]
		if err := sleep(ctx, time.Until(m.began.Add(time.Duration(i)*every))); err != nil {
			return Load{}, err
		}
		r.watch.expect(r.addresses(g), time.Now())
		if err := r.world.post(g, i/len(order)%roomsLoad, false); err != nil {
			return Load{}, err
		}
	}
	if err := r.settle(ctx); err != nil {
		return Load{}, err
	}
	load := m.end(r.watch.take())
	load.APNs, load.FCM = r.sent().since(before)
	load.Errors += posts*GroupRings - load.Rings // rings that came too late to be one of their own
	return load, nil
}

func (r *rig) addresses(g group) []string {
	all := make([]string, len(g.devices))
	for i, d := range g.devices {
		all[i] = r.address[d].Token
	}
	return all
}

// settleWithin is how long the last rings may take.
const settleWithin = 3 * time.Minute

// settle waits until nothing is owed any more.
func (r *rig) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	for quiet := 0; quiet < 3; { // what was posted last has yet to be read
		if err := sleep(ctx, lookEvery); err != nil {
			return fmt.Errorf("%d rings wait: %w", r.service.Stats().Waiting, err)
		}
		if quiet++; r.service.Stats().Waiting > 0 {
			quiet = 0
		}
	}
	return nil
}

// lookEvery is between two looks at what is owed, which take the outbox's lock for a while.
const lookEvery = 200 * time.Millisecond

// bare sends as many at the same pace by the vendors' libraries.
func (r *rig) bare(ctx context.Context) (Load, error) {
	b, err := newBare(ctx, r.opts.Providers)
	if err != nil {
		return Load{}, err
	}
	all := make([]push.Address, 0, len(r.address))
	for _, a := range r.address {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b push.Address) int { return strings.Compare(a.Token, b.Token) })
	for _, a := range []push.Address{all[0], all[1]} { // connections and tokens
		if err := b.send(ctx, a, time.Now().Add(time.Hour)); err != nil {
			return Load{}, fmt.Errorf("bare loop: %w", err)
		}
	}
	w, every := newWatch(nil, nil), time.Second/time.Duration(r.opts.PerSecond)
	var g errgroup.Group
	g.SetLimit(bareAtOnce)
	m, before := begin(), b.sent()
	for i := range int(r.opts.For / every) {
		if err := sleep(ctx, time.Until(m.began.Add(time.Duration(i)*every))); err != nil {
			return Load{}, err
		}
		due := time.Now()
		g.Go(func() error {
			err := b.send(ctx, all[i%len(all)], due.Add(time.Hour))
			w.note(time.Since(due), err != nil)
			return nil
		})
	}
	_ = g.Wait() // errors are counted
	load := m.end(w.take())
	load.APNs, load.FCM = b.sent().since(before)
	return load, nil
}

// bareAtOnce is what the service has under way at most.
const bareAtOnce = 160
