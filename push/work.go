package push

import (
	"context"
	"crypto/ed25519"
	"errors"
	"time"

	"officermobile/models"
	"officermobile/models/record"
)

// Limits of a job, in real time.
const (
	sendTimeout = 10 * time.Second // what a provider has to answer in
	leaseFor    = 30 * time.Second // of this clock: a send, the writes around it, and as much again
	storePause  = time.Second      // before what the store refused is tried again
)

// outlook is what a decision and a notification need, as of now.
type outlook struct {
	facts   Facts
	thread  record.UUID
	badge   int
	address addressBody
	content content
	signer  ed25519.PrivateKey
	passive bool // as decided
	first   bool // nothing has rung about this urgent message on this device
}

// work decides about a slot whose time has come, late: whatever was read, answered, revoked or confirmed meanwhile counts.
func (p *Service) work(ctx context.Context, s *slot) {
	defer func() { p.box.land(s, p.clock.Now()) }()
	p.box.mu.Lock()
	r := *s.now // only this worker changes it now
	p.box.mu.Unlock()
	look, err := p.look(ctx, s.key, r)
	if err != nil {
		p.logger.Warn("push: look at a slot", "err", err)
		p.box.again(s, p.clock.Now().Add(storePause))
		return
	}
	v := Decide(look.facts)
	switch v.Decision {
	case Suppress:
		p.suppress(ctx, s, r, v)
	case Wait:
		p.box.again(s, v.At)
	default:
		look.passive = v.Passive
		p.ring(ctx, s, look, v)
	}
}

func (p *Service) look(ctx context.Context, k slotKey, r ring) (outlook, error) {
	var l outlook
	address, err := p.addresses.find(ctx, k.deviceKey)
	if err != nil {
		return l, err
	}
	now := p.clock.Now()
	var others otherDevices
	err = p.sight.View(ctx, k.agency, func(s *models.State) {
		l.facts, others = factsNow(s, k, r.User, r.N, now), othersOf(s, k, r.User)
		l.first = firstOf(s, k.thing, r)
		if address.Token != "" { // else there is nothing to fill in: counting what is unread is most of the work
			l.thread, l.badge = threadOf(s, k.thing), badgeOf(s, r.User, now)
			l.content = contentOf(s, k, r.User)
		}
	})
	if err != nil {
		return l, err
	}
	if address.Token != "" {
		if l.signer, err = p.signer.key(ctx); err != nil {
			return l, err
		}
	}
	if l.content.sealed {
		if l.content.key, err = p.keyOf(ctx, k.deviceKey, r.User); err != nil {
			return l, err
		}
	}
	l.address = address
	p.complete(&l.facts, k, r, address, others)
	return l, nil
}

// complete adds to the facts of the state those of the device and its address.
func (p *Service) complete(f *Facts, k slotKey, r ring, address addressBody, others otherDevices) {
	f.Denied = address.Permission == PermissionDenied
	f.HasAddress = address.Token != "" && (f.Class > Quiet || address.Kind == APNs)
	f.Seq, f.Expires = r.Last, r.Expires
	f.Presence, f.Patience = p.sight.Presence(k.agency, k.device), p.patience.of(f.Class)
	f.Seen = maxTime(address.SeenAt, f.Presence.Heard)
	f.Noticed = maxTime(r.Noticed, f.Presence.Since) // who has just taken the phone out gets the time to be shown it
	f.Elsewhere = elsewhere(p.presences(k.agency, others.devices), *f, r.Owed, others.wait)
}

// suppress ends a ring that is not due any more.
func (p *Service) suppress(ctx context.Context, s *slot, r ring, v Verdict) {
	p.note(s.key, r.verdict(s.key, v, Result{}, p.clock.Now()))
	p.box.end(s, time.Time{}, v.Reason)
	p.store(ctx, s)
}

// store writes a slot after it has changed, or deletes it if nothing is left to know. What fails is written by the
// next flush.
func (p *Service) store(ctx context.Context, s *slot) {
	p.box.mu.Lock()
	write, remove := s.now != nil || s.sent > 0, s.version > 0 || s.stale
	if !write && !remove {
		s.saved = s.rev
	}
	p.box.mu.Unlock()
	var err error
	switch {
	case write:
		err = p.save(ctx, s)
	case remove:
		err = p.erase(ctx, s)
	}
	if err != nil && !errors.Is(err, errLost) {
		p.logger.Warn("push: settle a slot", "err", err)
	}
}

// ring sends the notification of a slot under a lease. The lease is durable before the request leaves, so that after a
// crash the same ring goes out under the same id.
func (p *Service) ring(ctx context.Context, s *slot, l outlook, v Verdict) {
	if !p.box.admit(s, circuitOf(l.address.address()), l.address.Doubt != Doubt{}, l.facts.Now) {
		return // it waits for its provider, without a lease
	}
	along, err := p.riders(ctx, s, l)
	if errors.Is(err, errWritten) {
		p.box.pause(s, p.clock.Now().Add(flushPause))
		return
	}
	if err != nil {
		p.logger.Warn("push: look at what rings along", "err", err)
		p.box.again(s, p.clock.Now().Add(storePause))
		return
	}
	defer p.box.waitWith(s, along)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := p.lease(ctx, s, along, cancel); err != nil {
		if !errors.Is(err, errLost) {
			p.logger.Warn("push: lease a slot", "err", err)
		}
		p.box.again(s, p.clock.Now().Add(storePause))
		return
	}
	p.box.mu.Lock()
	r := *s.now
	p.box.mu.Unlock()
	res := p.send(ctx, s.key, r, l, along)
	ctx = context.WithoutCancel(ctx)
	if res.Outcome == Accepted {
		p.settleRiders(ctx, s.key, r, l, along, res)
	}
	p.settle(ctx, s, r, l, v, res)
}

// lease marks an attempt in the slot's document.
func (p *Service) lease(ctx context.Context, s *slot, along []rider, cancel context.CancelFunc) error {
	p.box.mu.Lock()
	if s.gone {
		p.box.mu.Unlock()
		return errLost
	}
	p.box.flights[s.key.deviceKey].cancel = cancel
	s.now.takeAlong(setOf(along))
	s.now.Attempts++
	s.now.Owner, s.now.Until = p.node, p.clock.Now().Add(leaseFor)
	s.rev++
	p.box.mu.Unlock()
	err := p.save(ctx, s)
	if err != nil {
		p.box.mu.Lock()
		s.now.Attempts--
		p.box.mu.Unlock()
	}
	return err
}

// send makes the one request.
func (p *Service) send(ctx context.Context, k slotKey, r ring, l outlook, along []rider) Result {
	sender := p.senders(l.address.address())
	if sender == nil {
		return Result{Outcome: ConfigTrouble, Reason: ReasonNoProvider}
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	n := Notification{
		ID: notificationID(k, r.First), Address: l.address.address(), Attempt: r.Rung, Class: k.thing.class(), Badge: l.badge, Expires: r.Expires, Passive: l.passive,
		ThreadTag: TagOf(l.address.Secret, l.thread), CollapseTag: TagOf(l.address.Secret, k.thing.id),
		Test: k.thing.sort == aTest, Typed: l.content.typed,
	}
	n.summarise(l.address.Secret, r.User, along)
	sealed, err := l.content.seal(k, &n)
	if err != nil {
		p.logger.Warn("push: it goes without its content", "err", err)
	}
	res := sender.Send(ctx, n.sign(k.device, l.signer))
	if sealed && res.Outcome == OurBug { // too large, for us or for the provider: once more with nothing but the ring
		n.Sealed = Sealed{}
		res = sender.Send(ctx, n.sign(k.device, l.signer))
	}
	return res
}

// ReasonNoProvider is of a Result that no Sender made: none is configured for such an address.
const ReasonNoProvider = "no_provider"
