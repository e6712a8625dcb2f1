package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"officermobile/clock"
	"officermobile/models"
)

// Bar shows how far a step is. It is used from several goroutines.
type Bar interface {
	Add(n int64)
	Finish()
}

// Options say what to measure and on what.
type Options struct {
	// Start runs a server and answers when it takes requests.
	Start func(ctx context.Context, spec ServerSpec) (Server, error)
	// Bootstrap makes an agency with an administrator in the store of a folder, before a server opens it.
	Bootstrap func(ctx context.Context, folder string) (Account, error)

	// Push measures push, beside a loop of the vendors' libraries.
	Push func(ctx context.Context, spec PushSpec) (PushFigures, error)

	Folder    string        // for stores and the baseline's journal; removed by whoever made it
	Scenarios []string      // names; nil: all
	SendFor   time.Duration // default 20 s
	LiveFor   time.Duration // of send live and live; default 10 s
	Phones    int           // of the big storm and the open streams; default 5000, in multiples of 16
	PushFor   time.Duration // of push's load; default a minute, and under that no outage is waited for
	Full      bool          // growth to a million messages, not only to a hundred thousand
	Texts     []string      // what people write in catch-up and storm; nil: sentences made up for it

	Progress func(label string, total int64) Bar // nil: nothing is shown
}

const (
	defaultSendFor = 20 * time.Second
	defaultLiveFor = 10 * time.Second
	defaultPushFor = time.Minute
	defaultPhones  = 5000
)

func (o Options) withDefaults() (Options, error) {
	if o.Start == nil || o.Bootstrap == nil || o.Folder == "" {
		return o, errors.New("a benchmark needs a way to start a server, a way to make an agency, and a folder")
	}
	if o.SendFor <= 0 {
		o.SendFor = defaultSendFor
	}
	if o.LiveFor <= 0 {
		o.LiveFor = defaultLiveFor
	}
	if o.PushFor <= 0 {
		o.PushFor = defaultPushFor
	}
	if o.Phones <= 0 {
		o.Phones = defaultPhones
	}
	if len(o.Scenarios) == 0 {
		o.Scenarios = Scenarios()
	}
	for _, name := range o.Scenarios {
		if !slices.Contains(Scenarios(), name) {
			return o, fmt.Errorf("there is no scenario %q; there are: %s", name, strings.Join(Scenarios(), ", "))
		}
	}
	return o, nil
}

// step is one or several scenarios that are measured together.
type step struct {
	names []string
	run   func(w *world, ctx context.Context) error
}

// steps are in the order in which they are run on one server.
func steps() []step {
	return []step{
		{[]string{Send}, (*world).sendREST},
		{[]string{SendSync}, (*world).sendSync},
		{[]string{SendLive}, (*world).sendLive},
		{[]string{Live}, (*world).live},
		{[]string{CatchUp}, (*world).catchUp},
		{[]string{Nothing, NothingRenew}, (*world).nothing},
		{[]string{Storm, StormRenew}, (*world).storm},
		{[]string{BigStorm, BigStormRenew}, (*world).bigStorm},
		{[]string{OpenStreams}, (*world).openStreams},
	}
}

// Scenarios are the names of all scenarios, in the order in which they are run.
func Scenarios() []string {
	var all []string
	for _, s := range steps() {
		all = append(all, s.names...)
	}
	return append(all, Memory, Growth, Push, PushUrgent, PushOutage)
}

// world is what the scenarios of one server share.
type world struct {
	opts   Options
	clock  stopwatch
	server Server
	base   Server
	agency models.AgencyID
	report *Report

	textsMu sync.Mutex
	texts   *writer

	desks chan *phone // of the administrator, idle
	floor *crew       // 50 people in 50 conversations; nil until needed
	fleet *crew       // the phones of the big storm; nil until needed
}

// Run measures. What was measured before an error is in the report.
func Run(ctx context.Context, opts Options) (*Report, error) {
	report := newReport(clock.Clock{}.Now())
	opts, err := opts.withDefaults()
	if err != nil {
		return report, err
	}
	base, err := opts.Start(ctx, ServerSpec{Baseline: true, Folder: opts.Folder})
	if err != nil {
		return report, fmt.Errorf("start the baseline: %w", err)
	}
	err = errors.Join(runMain(ctx, opts, base, report), runGrowth(ctx, opts, base, report), runPush(ctx, opts, report))
	return report, errors.Join(err, stop(base))
}

// stopWithin bounds how long a server may take to end.
const stopWithin = 30 * time.Second

// stop ends a server also when the run was cancelled.
func stop(s Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	return s.Stop(ctx)
}

// runMain runs all but growth on one server.
func runMain(ctx context.Context, opts Options, base Server, report *Report) (err error) {
	if !slices.ContainsFunc(opts.Scenarios, onMain) {
		return nil
	}
	w, err := open(ctx, opts, "main", base, report)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := w.idleMemory(ctx); err != nil {
		return err
	}
	var failed []error
	for _, s := range steps() {
		if ctx.Err() != nil || !slices.ContainsFunc(s.names, w.wants) {
			continue
		}
		if err := s.run(w, ctx); err != nil { // the others are worth measuring all the same
			failed = append(failed, fmt.Errorf("%s: %w", s.names[0], err))
		}
	}
	return errors.Join(append(failed, w.memoryAfter(ctx))...)
}

// onMain reports a scenario of the one server.
func onMain(name string) bool { return name != Growth && !slices.Contains(pushScenarios(), name) }

func (w *world) wants(name string) bool { return slices.Contains(w.opts.Scenarios, name) }

// open starts a server on a fresh store.
func open(ctx context.Context, opts Options, name string, base Server, report *Report) (*world, error) {
	folder := filepath.Join(opts.Folder, name)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make a store: %w", err)
	}
	account, err := opts.Bootstrap(ctx, folder)
	if err != nil {
		return nil, fmt.Errorf("make an agency: %w", err)
	}
	agency, err := models.ParseID[struct{}](account.Agency)
	if err != nil {
		return nil, fmt.Errorf("make an agency: %w", err)
	}
	server, err := opts.Start(ctx, ServerSpec{Folder: folder, Env: limitsOff()})
	if err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	w := &world{
		opts: opts, clock: stopwatch{time.Now()}, server: server, base: base, agency: models.AgencyID(agency), report: report,
		texts: newWriter(1), desks: make(chan *phone, seeders),
	}
	if err := w.openDesks(ctx, account); err != nil {
		return nil, errors.Join(err, stop(server))
	}
	return w, nil
}

// openDesks signs the administrator in, once, and gives their session as many connections as are used at a time.
func (w *world) openDesks(ctx context.Context, account Account) error {
	admin, err := signIn(ctx, w.server.Address(), w.agency, &person{username: account.Username, password: account.Password})
	if err != nil {
		return err
	}
	for range cap(w.desks) {
		desk := *admin
		desk.conn = nil
		w.desks <- &desk
	}
	admin.hangUp()
	return nil
}

func (w *world) desk() *phone      { return <-w.desks }
func (w *world) giveBack(p *phone) { w.desks <- p }

// close ends the server and all connections to it.
func (w *world) close() error {
	w.hangUp()
	return stop(w.server)
}

func (w *world) hangUp() {
	for range cap(w.desks) {
		p := <-w.desks
		p.hangUp()
		w.desks <- p
	}
	for _, c := range []*crew{w.floor, w.fleet} {
		if c != nil {
			c.hangUp()
		}
	}
}

// some are n texts.
func (w *world) some(n int) []string {
	w.textsMu.Lock()
	defer w.textsMu.Unlock()
	all := make([]string, n)
	for i := range all {
		if len(w.opts.Texts) > 0 {
			all[i] = w.opts.Texts[w.texts.rand.IntN(len(w.opts.Texts))]
			continue
		}
		all[i] = w.texts.text()
	}
	return all
}

// silent is a bar that shows nothing.
type silent struct{}

func (silent) Add(int64) {}
func (silent) Finish()   {}

func (w *world) bar(label string, total int64) Bar {
	if w.opts.Progress == nil {
		return silent{}
	}
	return w.opts.Progress(label, total)
}

// settle waits until the server has nothing more to do: pushes, snapshots and notes lag behind what was answered.
func (w *world) settle(ctx context.Context) error {
	const quiet, atMost = 500 * time.Millisecond, 120
	before, err := cpuOf(w.server.PID())
	for range atMost {
		if sleepErr := (clock.Clock{}).Sleep(ctx, quiet); sleepErr != nil || err != nil {
			return sleepErr // where processor time can't be read, half a second has to do
		}
		var now time.Duration
		if now, err = cpuOf(w.server.PID()); now-before <= 2*clockTick {
			return nil
		}
		before = now
	}
	return nil
}
