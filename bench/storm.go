package bench

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// A storm: after an outage everybody comes back at once, each with 50 missed messages in 5 conversations.
const (
	stormPeople   = 200
	stormSpread   = 2 // of ten members each, so that everybody is in five
	stormEach     = 10
	stormMessages = stormEach * membersEach / stormSpread
	phonesEach    = 16 // of a person in the big storm: as many sessions as one may have
)

func (w *world) storm(ctx context.Context) error {
	c, err := w.hire(ctx, "storm", stormPeople, 1, stormPeople/stormSpread, stormSpread)
	if err != nil {
		return err
	}
	defer c.hangUp()
	return w.storms(ctx, c, Storm, StormRenew)
}

// needFleet signs in the phones of the big storm. They are sixteen each of some hundreds of people: a password costs
// the server 40 ms of computing by design, and what a phone gets depends on its position, not on whose it is.
func (w *world) needFleet(ctx context.Context) error {
	if w.fleet != nil {
		return nil
	}
	people := max((w.opts.Phones+phonesEach-1)/phonesEach, membersEach)
	people += people % stormSpread
	c, err := w.hire(ctx, "fleet", people, phonesEach, people/stormSpread, stormSpread)
	w.fleet = c
	return err
}

func (w *world) bigStorm(ctx context.Context) error {
	if err := w.needFleet(ctx); err != nil {
		return err
	}
	return w.storms(ctx, w.fleet, BigStorm, BigStormRenew)
}

func (w *world) storms(ctx context.Context, c *crew, fresh, renew string) error {
	for _, name := range []string{fresh, renew} {
		if !w.wants(name) {
			continue
		}
		if err := w.syncAll(ctx, c.all(), silent{}); err != nil {
			return err
		}
		if err := w.fill(ctx, name+": messages", c, stormEach); err != nil {
			return err
		}
		c.hangUp()
		if err := w.breakOut(ctx, name, c, name == renew); err != nil {
			return err
		}
	}
	return nil
}

// breakOut lets all phones loose. The clock stops when the last has its answer; what is in it is looked at afterwards,
// since a phone has a processor of its own for that.
func (w *world) breakOut(ctx context.Context, name string, c *crew, renew bool) error {
	phones := stragglers(c)
	requests := make([][]byte, len(phones))
	for i, p := range phones {
		requests[i] = p.syncRequest(renew)
	}
	if err := w.settle(ctx); err != nil {
		return err
	}
	ours := w.rush(ctx, name, w.server.Address(), requests)
	failed, held := ours.failed, 0
	for i, p := range phones {
		if ours.answers[i].status == 0 {
			continue
		}
		took, err := p.take(ours.answers[i])
		if err != nil {
			failed++
			continue
		}
		held += took.messages
	}
	if failed == 0 && held != stormMessages*len(phones) {
		return fmt.Errorf("of %d missed messages %d came", stormMessages*len(phones), held)
	}
	size := int(ours.in) / len(phones)
	for i := range requests {
		requests[i] = request(nil, http.MethodPost, w.base.Address(), "/answer?bytes="+strconv.Itoa(size), []byte("{}"))
	}
	base := w.rush(ctx, name+": baseline", w.base.Address(), requests)
	w.report.add(name, lastTime, ours.took.Seconds(), base.took.Seconds())
	w.report.add(name, megabytes, float64(ours.in)/1e6, none())
	w.report.add(name, errorsOf, float64(failed), none())
	if failed > 0 {
		return fmt.Errorf("%d of %d phones got no page: %w", failed, len(phones), ours.err)
	}
	return nil
}

// stragglers are the phones that have not written: who wrote has seen what they wrote.
func stragglers(c *crew) []*phone {
	wrote := make(map[*phone]bool)
	for _, r := range c.rooms {
		wrote[c.phones[r.members[0]][0]] = true
	}
	var all []*phone
	for _, p := range c.all() {
		if !wrote[p] {
			all = append(all, p)
		}
	}
	return all
}

// rushed is what became of requests that were all sent at once.
type rushed struct {
	took    time.Duration
	in      int64
	failed  int
	err     error // of one that failed
	answers []answer
}

// rush connects and sends all at once.
func (w *world) rush(ctx context.Context, label, address string, requests [][]byte) rushed {
	bar := w.bar(label, int64(len(requests)))
	defer bar.Finish()
	r := rushed{answers: make([]answer, len(requests))}
	var in, failed atomic.Int64
	var once sync.Once
	var all sync.WaitGroup
	gun := make(chan struct{})
	for i := range requests {
		all.Go(func() {
			<-gun
			a, n, err := ask(ctx, address, requests[i])
			if err != nil {
				failed.Add(1)
				once.Do(func() { r.err = err })
			}
			r.answers[i] = a
			in.Add(n)
			bar.Add(1)
		})
	}
	began := time.Now()
	close(gun)
	all.Wait()
	r.took, r.in, r.failed = time.Since(began), in.Load(), int(failed.Load())
	return r
}

// ask is one request on a connection of its own.
func ask(ctx context.Context, address string, raw []byte) (answer, int64, error) {
	c, err := dial(ctx, address)
	if err != nil {
		return answer{}, 0, err
	}
	defer c.close()
	a, err := c.do(raw)
	if err != nil {
		return answer{}, c.in, err
	}
	return a, c.in, nil
}
