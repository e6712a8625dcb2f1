package push

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"golang.org/x/sync/errgroup"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
	"officermobile/store"
)

const kindPosition store.Kind = "push_position"

// Paces of a reader. A lag is nobody else's: the log is applied whether or not it is read here.
const (
	readLimit    = 64                     // events looked up under one read lock of the state
	maxUndecided = 1 << 19                // beyond it the reader waits: about 100 MB
	pollEvery    = 200 * time.Millisecond // looks at who is waited for
	saveEvery    = time.Second            // flushes of slots, verdicts and position
	readerLease  = 15 * time.Second       // of an agency, renewed by a third; another node takes over after it
	restAfter    = time.Second            // between a failed session and the next
)

// reader follows one agency's log and decides about every event. One node at a time reads an agency, by a lease in the
// position's document.
type reader struct {
	p       *Service
	agency  models.AgencyID
	started time.Time
	front   *frontier
	waits   waits
	due     []owed     // rings, until the page or look is through
	doubted []owed     // the same for devices that seem to have no address
	after   record.Seq // read up to
	looked  time.Time  // at those who are waited for

	body    positionBody // as stored
	version uint64
}

// follow reads an agency until ctx ends, through whatever goes wrong.
func (p *Service) follow(ctx context.Context, agency models.AgencyID) {
	for ctx.Err() == nil {
		r := &reader{p: p, agency: agency, front: &frontier{}}
		if err := r.session(ctx); err != nil && ctx.Err() == nil {
			p.logger.Warn("push: read the log", "agency", agency.Hex(), "err", err)
			_ = p.clock.Sleep(ctx, restAfter)
		}
	}
}

// session is from taking the lease to giving it back.
func (r *reader) session(ctx context.Context) error {
	if err := r.acquire(ctx); err != nil {
		return err
	}
	defer r.p.box.forget(r.agency)
	if err := r.load(ctx); err != nil {
		return err
	}
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return r.read(gctx) })
	g.Go(func() error { return r.keep(gctx) })
	err := g.Wait()
	if errors.Is(err, store.ErrVersion) {
		return errors.New("another node reads this agency")
	}
	return errors.Join(ignore(err, context.Canceled), r.leave(ctx))
}

// acquire takes the agency's lease, once nobody else has it. A lease of this node's name is from before a restart.
func (r *reader) acquire(ctx context.Context) error {
	for {
		d, err := r.p.docs.Get(ctx, kindPosition, r.agency.Hex())
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("read push position: %w", err)
		}
		r.body, r.version = positionBody{}, d.Version
		if err == nil {
			if err := json.Unmarshal(d.Body, &r.body); err != nil { // it must not silence an agency: what has rung has its id
				r.p.logger.Error("push: the position is damaged; the log is read from its beginning", "agency", r.agency.Hex(), "err", err)
				r.body = positionBody{}
			}
		}
		r.started = r.p.clock.Now()
		if r.body.Owner == "" || r.body.Owner == r.p.node || !r.body.Until.After(r.started) {
			break
		}
		if err := r.p.clock.Sleep(ctx, min(r.body.Until.Sub(r.started), readerLease/3)); err != nil {
			return err
		}
	}
	r.after = r.body.Seq
	r.front.note(r.after)
	return r.put(ctx, r.after, r.p.node)
}

// put writes position and lease.
func (r *reader) put(ctx context.Context, seq record.Seq, owner string) error {
	next := positionBody{Seq: seq, Owner: owner}
	if owner != "" {
		next.Until = r.p.clock.Now().Add(readerLease)
	}
	body, err := json.Marshal(next)
	if err != nil {
		return err
	}
	version, err := r.p.docs.PutIf(ctx, store.Document{Kind: kindPosition, ID: r.agency.Hex(), Version: r.version, Body: body})
	if err != nil {
		return fmt.Errorf("save push position: %w", err)
	}
	r.body, r.version = next, version
	return nil
}

// load brings the agency's slots back.
func (r *reader) load(ctx context.Context) error {
	var slots []*slot
	for _, kind := range []store.Kind{kindEmergency, kindInvite, kindMessage} {
		after := ""
		for {
			docs, err := r.p.docs.List(ctx, kind, r.agency.Hex()+"/", after, loadPage)
			if err != nil {
				return fmt.Errorf("list push slots: %w", err)
			}
			for _, d := range docs {
				after = d.ID
				s, err := readSlot(r.agency, d)
				if err != nil { // one that cannot be read must not silence an agency
					r.p.logger.Error("push: a slot is damaged", "agency", r.agency.Hex(), "err", err)
					continue
				}
				slots = append(slots, s)
			}
			if len(docs) < loadPage {
				break
			}
		}
	}
	r.p.box.adopt(slots, r.front, r.p.node, r.p.clock.Now())
	return nil
}

const loadPage = 500

// read decides about events as they come, and about those that wait.
func (r *reader) read(ctx context.Context) error {
	for ctx.Err() == nil {
		changed := r.p.feed.Changed(r.agency)
		n, err := r.page(ctx)
		if err != nil {
			return err
		}
		if err := r.look(ctx); err != nil {
			return err
		}
		if n > 0 {
			continue
		}
		if err := r.rest(ctx, changed); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// rest waits for news: of the log, and of the devices that are waited for.
func (r *reader) rest(ctx context.Context, changed <-chan struct{}) error {
	var tick <-chan time.Time
	if len(r.waits.of) > 0 || r.front.undecided() >= maxUndecided {
		t := r.p.clock.NewTimer(pollEvery)
		defer t.Stop()
		tick = t.C
	}
	select {
	case <-changed:
	case <-tick:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// page decides about the next events and answers how many there were.
func (r *reader) page(ctx context.Context) (int, error) {
	if r.front.undecided() >= maxUndecided {
		return 0, nil
	}
	events, through, err := r.p.feed.Events(ctx, r.agency, r.after, readLimit)
	if err != nil {
		return 0, fmt.Errorf("read events behind %d: %w", r.after, err)
	}
	var all []owed
	var audiences []Audience
	err = r.p.sight.View(ctx, r.agency, func(s *models.State) {
		for _, e := range events {
			all = append(all, owedBy(s, e)...)
			audiences = appendAudience(audiences, s, e)
		}
	})
	if err != nil {
		return 0, err
	}
	r.p.book(r.agency).meet(audiences)
	for _, o := range all {
		r.decide(o)
	}
	r.handOver(r.p.clock.Now())
	if err := r.resolveDoubts(ctx); err != nil {
		return 0, err
	}
	moved := through > r.after
	r.after = max(r.after, through)
	r.front.note(r.after)
	if !moved {
		return 0, nil
	}
	return max(1, len(events)), nil
}

// decide about one device and one event, for the first time in this session.
func (r *reader) decide(o owed) {
	now := r.p.clock.Now()
	seen := r.p.sight.Presence(r.agency, o.key.device)
	o.noticed, o.looked = r.waits.begun(o.key.device, now, seen), seen.State == models.Foreground
	r.front.open(o.seq, 1)
	if o.seq <= r.p.box.sentUpTo(o.key) { // read again after a restart
		r.front.close(o.seq)
		return
	}
	switch v := Decide(o.facts(now, seen, r.p.patience)); v.Decision {
	case Wait:
		r.waits.add(o)
	default:
		r.settle(o, v, now)
	}
}

// look at those who are waited for, at its pace however fast the log grows.
func (r *reader) look(ctx context.Context) error {
	now := r.p.clock.Now()
	if now.Sub(r.looked) < pollEvery && !setBack(r.looked, now) {
		return nil
	}
	r.looked = now
	presence := func(d models.DeviceID) wire.DevicePresence { return r.p.sight.Presence(r.agency, d) }
	for _, o := range r.waits.poll(now, presence, r.p.patience) {
		r.settle(o.owed, o.verdict, now)
	}
	r.handOver(now)
	return r.resolveDoubts(ctx)
}

// settle puts a ring down for the outbox, or for a closer look if the device seems to have no address, or notes why there
// is none.
func (r *reader) settle(o owed, v Verdict, now time.Time) {
	if v.Decision == Push {
		if r.doubtful(o) {
			r.doubted = append(r.doubted, o)
			return
		}
		r.due = append(r.due, o)
		return
	}
	if v.Reason != HasExpired || now.Sub(o.expires) < tellExpired {
		r.p.note(o.key, o.verdict(v, now))
	}
	r.front.close(o.seq)
}

// handOver gives the outbox the rings of a page or look.
func (r *reader) handOver(now time.Time) {
	for some := range slices.Chunk(r.due, handAtOnce) {
		r.p.box.owe(some, r.front, now)
	}
	r.due = r.due[:0]
}

// handAtOnce is some milliseconds of the outbox's lock. It is more than a page of talk among sixty: only broadcasts come
// in several.
const handAtOnce = 4096

// tellExpired: a first reading of an old log notes nothing about what was over long ago.
const tellExpired = 24 * time.Hour

// keep makes durable what was decided, and renews the lease.
func (r *reader) keep(ctx context.Context) error {
	for {
		if err := r.p.clock.Sleep(ctx, saveEvery); err != nil {
			return err
		}
		if err := r.save(ctx, r.p.node); err != nil {
			if errors.Is(err, store.ErrVersion) {
				return err
			}
			r.p.logger.Warn("push: save", "agency", r.agency.Hex(), "err", err)
		}
	}
}

// save writes slots and verdicts first and the position last, so that it is never ahead of them.
func (r *reader) save(ctx context.Context, owner string) error {
	flushed := r.p.flush(ctx, r.agency, r.body.Seq)
	position := r.front.position() // before the verdicts are taken: what is decided by now has noted its own
	if err := r.p.saveVerdicts(ctx, r.agency); err != nil {
		return errors.Join(flushed, err)
	}
	renew := r.body.Until.Sub(r.p.clock.Now()) < readerLease*2/3
	if position == r.body.Seq && owner == r.body.Owner && !renew {
		return flushed
	}
	if err := r.put(ctx, position, owner); err != nil {
		return r.resolve(ctx, err)
	}
	return flushed
}

// resolve finds out about a write of the position that failed: another node's, or one whose effect is not known.
func (r *reader) resolve(ctx context.Context, cause error) error {
	d, err := r.p.docs.Get(ctx, kindPosition, r.agency.Hex())
	if err != nil {
		return errors.Join(cause, err)
	}
	var stored positionBody
	if err := json.Unmarshal(d.Body, &stored); err != nil || stored.Owner != r.p.node {
		return errors.Join(store.ErrVersion, err)
	}
	r.body, r.version = stored, d.Version
	return nil
}

// leave saves a last time, after the sends under way, and gives the lease back.
func (r *reader) leave(ctx context.Context) error {
	select {
	case <-r.p.landed:
	default:
		if ctx.Err() != nil {
			<-r.p.landed
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTimeout)
	defer cancel()
	return r.save(ctx, "")
}

// leaveTimeout is real time, for the last writes of a graceful stop.
const leaveTimeout = 5 * time.Second
