package push

import (
	"context"
	"time"
)

// settle does what an answer asks for.
func (p *Service) settle(ctx context.Context, s *slot, r ring, l outlook, v Verdict, res Result) {
	now, asked, sig := p.clock.Now(), p.asked(res), signalOf(res)
	w := p.weigh(s.key.deviceKey, l.address, res)
	if w.hold {
		sig = sDoubted
	}
	shut, news := p.box.heard(s, now, sig, asked)
	if news {
		p.tell(circuitOf(l.address.address()), sig, res)
	}
	if res.Outcome == TokenDead {
		p.bury(ctx, s.key.deviceKey, l.address, res, w)
	}
	switch {
	case w.hold && s.key.thing.class() > Quiet:
		p.box.hold(s, now.Add(secondChance))
	case res.Outcome == Accepted || res.Outcome == TokenDead || res.Outcome == OurBug:
		p.finish(ctx, s, r, l, v, res)
	default:
		p.tallies.retry(circuitOf(l.address.address()).provider, res.Reason)
		p.postpone(s, r, v, res, asked, shut, l.address.Kind)
	}
	p.store(ctx, s)
}

// secondChance is when a ring is tried once more that failed while its provider called many addresses dead and took no
// ring: all others go before it and say whether it was us. Until one is taken no ring is given up.
const secondChance = time.Minute

// tell says once that a provider is given up for now, and once that it is back.
func (p *Service) tell(k circuitKey, sig signal, res Result) {
	switch sig {
	case sGood, sLimited:
		p.logger.Info("push: a provider answers again; what waited for it follows", "provider", k.provider)
	case sFailed:
		p.logger.Error("push: a provider is down; it is asked now and then, and all else waits", "provider", k.provider, "reason", res.Reason)
	default:
		p.logger.Error("push: a provider refuses us; nothing is sent to it for now", "provider", k.provider, "reason", res.Reason)
	}
}

// postpone keeps a ring for later, or drops a badge.
func (p *Service) postpone(s *slot, r ring, v Verdict, res Result, asked time.Duration, shut bool, kind AddressKind) {
	now, class := p.clock.Now(), s.key.thing.class()
	m := remedyOf(class, r.Attempts, res, asked, p.jitter())
	switch {
	case m.drop:
		p.box.end(s, time.Time{}, v.Reason)
	case res.Outcome == Limited && res.ForDevice:
		if kind != APNs {
			asked = max(asked, limitedFor)
		}
		p.box.again(s, p.box.tooFast(s.key.deviceKey, class, now, asked))
	case shut && m.probe:
		p.box.hold(s, now)
	case shut:
		p.box.hold(s, now.Add(m.wait))
	default:
		p.box.again(s, now.Add(m.wait))
	}
}

// tooFast notes that a provider finds a device rung too fast, and answers when it may be rung again.
func (b *outbox) tooFast(k deviceKey, c Class, now time.Time, asked time.Duration) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	one := b.paces.of(k)
	one.tooFast(now, asked)
	return one.next(now, c)
}

// rang notes that a device's provider has taken a ring.
func (b *outbox) rang(k deviceKey, c Class, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	one := b.paces.of(k)
	one.rang(now, c)
	one.taken()
}

// finish ends a ring: taken by the provider, or never to be.
func (p *Service) finish(ctx context.Context, s *slot, r ring, l outlook, v Verdict, res Result) {
	now, class := p.clock.Now(), s.key.thing.class()
	v.Ground.Provider = l.address.address().Kind
	record := r.verdict(s.key, v, res, now)
	switch res.Outcome {
	case Accepted:
		p.box.rang(s.key.deviceKey, class, now)
		p.recordOverride(ctx, s.key, r, l, v)
		p.took(ctx, s.key.deviceKey, l.address)
		p.counts.accept(class, now.Sub(r.first(now)))
		p.rung.note(notificationID(s.key, r.First), s.key.deviceKey, now)
	case OurBug:
		p.deadLetter(ctx, s.key, record, res)
	}
	p.box.end(s, now, v.Reason)
	p.note(s.key, record)
}

// note keeps a verdict, save on badges: nobody asks why one did not change.
func (p *Service) note(k slotKey, v VerdictRecord) {
	if k.thing.class() == Quiet {
		p.tallies.add(v)
		return
	}
	p.book(k.agency).note(v)
}

// asked is the provider's Retry-After, which is in real time, on this clock.
func (p *Service) asked(res Result) time.Duration {
	return time.Duration(float64(res.RetryAfter) * p.clock.Speed())
}
