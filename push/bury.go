package push

import (
	"context"
	"time"
)

// weigh asks the guard about an answer that says something of the address itself.
func (p *Service) weigh(k deviceKey, a addressBody, res Result) advice {
	if res.Outcome != Accepted && res.Outcome != TokenDead || p.outlived(a, res) {
		return advice{}
	}
	c := circuitOf(a.address())
	w := p.guard.judge(c, k, a.Doubt, res, p.clock.Now())
	if w.news {
		p.logger.Error("push: many addresses are called dead at once; none is forgotten", "provider", c.provider, "reason", res.Reason, "failed", w.failed, "rung", w.rung)
	}
	return w
}

// outlived reports an address that was registered after its provider had seen it dead: it is alive again.
func (p *Service) outlived(a addressBody, res Result) bool {
	return !res.DeadSince.IsZero() && !p.onThisClock(res.DeadSince).After(a.RegisteredAt)
}

// onThisClock is a provider's time of something that has happened, as this clock showed it.
func (p *Service) onThisClock(real time.Time) time.Time {
	return p.clock.Now().Add(-time.Duration(float64(time.Since(real)) * p.clock.Speed()))
}

// bury forgets an address that its provider calls dead, or doubts it: then it is still rung.
func (p *Service) bury(ctx context.Context, k deviceKey, a addressBody, res Result, w advice) {
	if p.outlived(a, res) {
		return
	}
	var err error
	switch {
	case w.forget:
		var gone bool
		if gone, err = p.addresses.bury(ctx, k, a, res.Reason); gone {
			p.tallies.forgot(RetryTally{circuitOf(a.address()).provider, res.Reason})
		}
	case a.Doubt == (Doubt{}):
		now := p.clock.Now()
		_, err = p.addresses.change(ctx, k, a, func(b *addressBody) { b.Doubt = Doubt{res.Reason, now} })
	}
	if w.spared {
		p.tallies.spared(circuitOf(a.address()).provider)
	}
	if err != nil {
		p.logger.Warn("push: forget or doubt a dead address", "err", err)
	}
}
