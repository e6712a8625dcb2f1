package bench

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// What was missed, and how often it is caught up with: each time from the same position, so that each finds the same.
const (
	missedRooms = 20
	missedEach  = 50
	missedAll   = missedRooms * missedEach
	catchUps    = 20
	nothings    = 500
	renewals    = 200
)

// trips are round trips of one kind, each on a connection of its own as of a phone that comes back.
type trips struct {
	samples
	requests int
	in, out  int64 // with headers
	body     int64 // of the answers, as sent
}

// trip connects, sends, reads, and lets take do what the phone does with the answer.
func (t *trips) trip(ctx context.Context, address string, raw []byte, take func(answer) error) error {
	began := time.Now()
	c, err := dial(ctx, address)
	if err != nil {
		return err
	}
	defer c.close()
	a, err := c.do(raw)
	if err != nil {
		return err
	}
	if err := take(a); err != nil {
		return err
	}
	t.add(time.Since(began))
	t.requests++
	t.in, t.out, t.body = t.in+c.in, t.out+c.out, t.body+int64(len(a.body))
	return nil
}

// of is a mean.
func (t *trips) of(sum int64) float64 { return float64(sum) / float64(max(t.requests, 1)) }

// catchUp is one user with 1,000 missed messages in 20 conversations. Holding all includes unpacking and decoding.
func (w *world) catchUp(ctx context.Context) error {
	c, err := w.hire(ctx, "catch-up", membersEach, 2, missedRooms, 1)
	if err != nil {
		return err
	}
	defer c.hangUp()
	away := c.phones[0][1]
	if err := w.fill(ctx, "catch-up: messages", c, missedEach); err != nil {
		return err
	}
	if err := w.settle(ctx); err != nil {
		return err
	}
	from := away.token
	var ours, base trips
	bar := w.bar(CatchUp, catchUps)
	defer bar.Finish()
	for range catchUps {
		away.token = from
		if err := w.catchUpOnce(ctx, away, &ours); err != nil {
			return err
		}
		bar.Add(1)
	}
	blob := request(nil, http.MethodPost, w.base.Address(), "/answer?bytes="+strconv.Itoa(int(ours.of(ours.body))), []byte("{}"))
	for range catchUps {
		if err := base.trip(ctx, w.base.Address(), blob, okay); err != nil {
			return err
		}
	}
	w.report.add(CatchUp, wholeTime, ours.ms(50), base.ms(50))
	w.report.add(CatchUp, requestsOf, float64(ours.requests)/catchUps, none())
	w.report.add(CatchUp, kilobytesIn, float64(ours.in)/catchUps/1000, none())
	return nil
}

func (w *world) catchUpOnce(ctx context.Context, away *phone, t *trips) error {
	held := 0
	for more := true; more; {
		err := t.trip(ctx, w.server.Address(), away.syncRequest(false), func(a answer) error {
			took, err := away.take(a)
			held, more = held+took.messages, took.more
			return err
		})
		if err != nil {
			return err
		}
	}
	if held != missedAll {
		return fmt.Errorf("of %d missed messages %d came", missedAll, held)
	}
	return nil
}

func okay(a answer) error {
	if a.status != http.StatusOK {
		return a.failure()
	}
	return nil
}

// nothing is a phone that comes back to find all as it was, with its access token still good and with it run out.
func (w *world) nothing(ctx context.Context) error {
	c, err := w.hire(ctx, "nothing", membersEach, 1, 1, 1)
	if err != nil {
		return err
	}
	defer c.hangUp()
	p := c.phones[0][0]
	if _, err := p.sync(ctx); err != nil {
		return err
	}
	p.hangUp()
	for _, name := range []string{Nothing, NothingRenew} {
		if !w.wants(name) {
			continue
		}
		if err := w.nothingNew(ctx, name, p); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) nothingNew(ctx context.Context, name string, p *phone) error {
	renew, n := name == NothingRenew, nothings
	path := "/plain"
	if renew {
		n, path = renewals, "/echo"
	}
	if err := w.settle(ctx); err != nil {
		return err
	}
	bar := w.bar(name, int64(n))
	defer bar.Finish()
	var ours, base trips
	for range n {
		raw := p.syncRequest(renew)
		err := ours.trip(ctx, w.server.Address(), raw, func(a answer) error {
			took, err := p.take(a)
			if err == nil && (took.messages > 0 || took.more) {
				err = fmt.Errorf("there was something new")
			}
			return err
		})
		if err != nil {
			return err
		}
		bar.Add(1)
	}
	raw := request(nil, http.MethodPost, w.base.Address(), path, p.syncRequest(renew))
	for range n {
		if err := base.trip(ctx, w.base.Address(), raw, func(answer) error { return nil }); err != nil {
			return err
		}
	}
	w.report.add(name, p50, ours.ms(50), base.ms(50))
	w.report.add(name, p99, ours.ms(99), base.ms(99))
	w.report.add(name, requestsOf, float64(ours.requests)/float64(n), none())
	w.report.add(name, bodyBytes, ours.of(ours.body), none())
	w.report.add(name, bytesIn, ours.of(ours.in), none())
	w.report.add(name, bytesOut, ours.of(ours.out), none())
	return nil
}
