package push

import (
	"context"
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
}

// work decides about a slot whose time has come, late: whatever was read, answered, revoked or confirmed meanwhile counts.
func (p *Service) work(ctx context.Context, s *slot) {
	defer p.box.land(s)
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
		p.ring(ctx, s, look, v)
	}
}

func (p *Service) look(ctx context.Context, k slotKey, r ring) (outlook, error) {
	var l outlook
	address, err := p.addresses.find(ctx, k.deviceKey)
	if err != nil {
		return l, err
	}
	err = p.sight.View(ctx, k.agency, func(s *models.State) {
		l.facts = factsNow(s, k, r.User, r.N)
		if address.Token != "" { // else there is nothing to fill in: counting what is unread is most of the work
			l.thread, l.badge = threadOf(s, k.thing), badgeOf(s, r.User)
		}
	})
	if err != nil {
		return l, err
	}
	l.address = address
	f := &l.facts
	f.HasAddress, f.Seq, f.Now, f.Expires = address.Token != "", r.Last, p.clock.Now(), r.Expires
	f.Presence, f.Patience = p.sight.Presence(k.agency, k.device), p.patience.of(f.Class)
	f.Noticed = maxTime(r.Noticed, f.Presence.Since) // who has just taken the phone out gets the time to be shown it
	return l, nil
}

// suppress ends a ring that is not due any more.
func (p *Service) suppress(ctx context.Context, s *slot, r ring, v Verdict) {
	p.book(s.key.agency).note(r.verdict(s.key, v, Result{}, p.clock.Now()))
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
	provider := providerOf(l.address.address())
	if until := p.holds.until(provider, l.facts.Class, l.facts.Now); until.After(l.facts.Now) {
		p.box.hold(s, until)
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := p.lease(ctx, s, cancel); err != nil {
		if !errors.Is(err, errLost) {
			p.logger.Warn("push: lease a slot", "err", err)
		}
		p.box.again(s, p.clock.Now().Add(storePause))
		return
	}
	p.box.mu.Lock()
	r := *s.now
	p.box.mu.Unlock()
	p.settle(context.WithoutCancel(ctx), s, r, l, v, p.send(ctx, s.key, r, l))
}

// lease marks an attempt in the slot's document.
func (p *Service) lease(ctx context.Context, s *slot, cancel context.CancelFunc) error {
	p.box.mu.Lock()
	if s.gone {
		p.box.mu.Unlock()
		return errLost
	}
	p.box.flights[s.key.deviceKey].cancel = cancel
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
func (p *Service) send(ctx context.Context, k slotKey, r ring, l outlook) Result {
	sender := p.senders(l.address.address())
	if sender == nil {
		return Result{Outcome: ConfigTrouble, Reason: ReasonNoProvider}
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	return sender.Send(ctx, Notification{
		ID: notificationID(k, r.First), Address: l.address.address(), Class: k.thing.class(), Badge: l.badge, Expires: r.Expires,
		ThreadTag: TagOf(l.address.Secret, l.thread), CollapseTag: TagOf(l.address.Secret, k.thing.id),
	})
}

// ReasonNoProvider is of a Result that no Sender made: none is configured for such an address.
const ReasonNoProvider = "no_provider"

// settle does what an answer asks for.
func (p *Service) settle(ctx context.Context, s *slot, r ring, l outlook, v Verdict, res Result) {
	now, class, provider := p.clock.Now(), s.key.thing.class(), providerOf(l.address.address())
	switch res.Outcome {
	case TryAgain:
		p.box.again(s, now.Add(max(retryDelay(class, r.Attempts, p.jitter()), p.asked(res))))
	case Limited:
		until := now.Add(limitDelay(class, r.Attempts, p.asked(res)))
		if !res.ForDevice {
			p.holds.pause(provider, until)
		}
		p.box.again(s, until)
	case AuthTrouble, ConfigTrouble:
		p.logger.Error("push: a provider refuses us; nothing is sent to it for now", "provider", provider, "reason", res.Reason)
		p.holds.trouble(provider, now)
		p.box.hold(s, p.holds.until(provider, class, now))
	default:
		p.finish(ctx, s, r, l, v, res)
	}
	p.store(ctx, s)
}

// finish ends a ring: taken by the provider, or never to be.
func (p *Service) finish(ctx context.Context, s *slot, r ring, l outlook, v Verdict, res Result) {
	now := p.clock.Now()
	switch res.Outcome {
	case Accepted:
		if p.holds.fine(providerOf(l.address.address())) {
			p.box.unhold(now)
		}
	case TokenDead:
		p.bury(ctx, s.key.deviceKey, l.address, res)
	default:
		p.logger.Error("push: a request that can never succeed", "class", s.key.thing.class().String(), "reason", res.Reason, "status", res.Status)
	}
	p.box.end(s, now, v.Reason)
	v.Ground.Provider = l.address.address().Kind
	p.book(s.key.agency).note(r.verdict(s.key, v, res, now))
}

// bury forgets an address that its provider says is dead.
func (p *Service) bury(ctx context.Context, k deviceKey, a addressBody, res Result) {
	if res.Suspect() && !p.suspects.allow(p.clock.Now()) {
		p.logger.Error("push: many addresses are called unknown at once; none is forgotten", "reason", res.Reason)
		return
	}
	if err := p.addresses.clear(ctx, k, a, res.DeadSince); err != nil {
		p.logger.Warn("push: forget a dead address", "err", err)
	}
}

// asked is the provider's Retry-After, which is in real time, on this clock.
func (p *Service) asked(res Result) time.Duration {
	return time.Duration(float64(res.RetryAfter) * p.clock.Speed())
}
