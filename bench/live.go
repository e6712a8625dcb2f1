package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"officermobile/clock"
)

// audience is people who hold a stream, and what they heard.
type audience struct {
	streams []*stream
	delays  [][]time.Duration // by stream; each written by its reader alone
}

// listen opens one stream for each request.
func (w *world) listen(ctx context.Context, address string, requests [][]byte) (*audience, error) {
	a := &audience{streams: make([]*stream, len(requests)), delays: make([][]time.Duration, len(requests))}
	err := parallel(ctx, len(requests), seeders, func(ctx context.Context, i int) error {
		s, err := openStream(ctx, address, requests[i], w.clock, func(d time.Duration) { a.delays[i] = append(a.delays[i], d) })
		a.streams[i] = s
		return err
	})
	if err != nil {
		a.close()
	}
	return a, err
}

// close ends the streams; what was heard can be read from then on.
func (a *audience) close() {
	for _, s := range a.streams {
		if s != nil {
			s.close()
		}
	}
}

// check says that a stream ended by itself.
func (a *audience) check() error {
	for _, s := range a.streams {
		if s.ended() {
			return fmt.Errorf("a stream ended: %w", s.err)
		}
	}
	return nil
}

// heard are all delays; call it after close.
func (a *audience) heard() *samples {
	all := &samples{}
	for _, d := range a.delays {
		all.add(d...)
	}
	return all
}

// wait waits until the streams are quiet, so that nothing that was sent is cut off.
func (a *audience) wait(ctx context.Context) error {
	const quiet, atMost = 250 * time.Millisecond, 40
	before := int64(-1)
	for range atMost {
		now := int64(0)
		for _, s := range a.streams {
			now += s.heard.Load()
		}
		if now == before {
			return nil
		}
		before = now
		if err := (clock.Clock{}).Sleep(ctx, quiet); err != nil {
			return err
		}
	}
	return nil
}

// floorStreams are the requests for the streams of all who are on the floor.
func (w *world) floorStreams(ctx context.Context) ([][]byte, error) {
	if err := w.syncAll(ctx, w.floor.all(), silent{}); err != nil {
		return nil, err
	}
	var requests [][]byte
	for _, p := range w.floor.all() {
		requests = append(requests, p.liveRequest())
	}
	return requests, nil
}

// echoStreams are those of the baseline: as many, of which as many hear each message.
func echoStreams(address string, streams, topics int) [][]byte {
	var requests [][]byte
	for i := range streams {
		var of []string
		for k := range membersEach {
			of = append(of, strconv.Itoa((i+k)%topics))
		}
		requests = append(requests, request(nil, http.MethodGet, address, "/stream?c="+strings.Join(of, ","), nil))
	}
	return requests
}

// overheard is a load with an audience.
type overheard struct {
	measured
	heard *samples
}

func (w *world) sendTo(ctx context.Context, label string, s Server, streams [][]byte, run func(ctx context.Context) (measured, error)) (overheard, error) {
	audience, err := w.listen(ctx, s.Address(), streams)
	if err != nil {
		return overheard{}, err
	}
	m, err := run(ctx)
	if err == nil {
		err = errors.Join(audience.wait(ctx), audience.check())
	}
	audience.close()
	heard := audience.heard()
	if err == nil && heard.Len() < m.count {
		err = fmt.Errorf("%s: of %d messages to %d people each, %d arrived", label, m.count, membersEach, heard.Len())
	}
	return overheard{m, heard}, err
}

// sendLive is send with everybody connected.
func (w *world) sendLive(ctx context.Context) error {
	if err := w.needFloor(ctx); err != nil {
		return err
	}
	p := w.newPoster(w.floor, senders)
	send := func(label string, s Server, next func(int, []byte) []byte, d time.Duration) func(context.Context) (measured, error) {
		return func(ctx context.Context) (measured, error) {
			return w.measure(ctx, label, s, load{senders: senders, last: d, next: next, check: created})
		}
	}
	base := "send live: baseline"
	echo, err := w.sendTo(ctx, base, w.base, echoStreams(w.base.Address(), floorPeople, floorRooms), send(base, w.base, p.echo, baselineFor(w.opts.LiveFor)))
	if err != nil {
		return err
	}
	streams, err := w.floorStreams(ctx)
	if err != nil {
		return err
	}
	ours, err := w.sendTo(ctx, SendLive, w.server, streams, send(SendLive, w.server, p.post, w.opts.LiveFor))
	if err != nil {
		return err
	}
	w.report.add(SendLive, perSecond, ours.perSecond(), echo.perSecond())
	w.reportDelivery(SendLive, ours, echo)
	w.report.add(SendLive, cpuEach, ours.cpu, echo.cpu)
	return nil
}

func (w *world) reportDelivery(name string, ours, base overheard) {
	w.report.add(name, p50, ours.heard.ms(50), base.heard.ms(50))
	w.report.add(name, p99, ours.heard.ms(99), base.heard.ms(99))
}

// livePace is the pause between two messages of live: 50 a second.
const livePace = 20 * time.Millisecond

// live is an even flow of messages to people who look on.
func (w *world) live(ctx context.Context) error {
	if err := w.needFloor(ctx); err != nil {
		return err
	}
	p := w.newPoster(w.floor, senders)
	echo, err := w.sendTo(ctx, Live, w.base, echoStreams(w.base.Address(), floorPeople, floorRooms), w.paced("live: baseline", w.base, p.echo, baselineFor(w.opts.LiveFor)))
	if err != nil {
		return err
	}
	streams, err := w.floorStreams(ctx)
	if err != nil {
		return err
	}
	ours, err := w.sendTo(ctx, Live, w.server, streams, w.paced(Live, w.server, p.post, w.opts.LiveFor))
	if err != nil {
		return err
	}
	w.reportDelivery(Live, ours, echo)
	return nil
}

// paced posts one message after another, by each sender in turn.
func (w *world) paced(label string, s Server, next func(int, []byte) []byte, d time.Duration) func(context.Context) (measured, error) {
	return func(ctx context.Context) (measured, error) {
		if err := w.settle(ctx); err != nil {
			return measured{}, err
		}
		c, err := dial(ctx, s.Address())
		if err != nil {
			return measured{}, err
		}
		defer c.close()
		bar := w.bar(label, int64(d/livePace))
		defer bar.Finish()
		tick := time.NewTicker(livePace)
		defer tick.Stop()
		r := &result{}
		for i := range int(d / livePace) {
			began := time.Now()
			a, err := c.do(next(i%senders, nil))
			if err == nil {
				err = created(i, a)
			}
			if err != nil {
				return measured{}, err
			}
			r.add(time.Since(began))
			r.count++
			bar.Add(1)
			select {
			case <-tick.C:
			case <-ctx.Done():
				return measured{}, ctx.Err()
			}
		}
		return measured{result: r}, nil
	}
}
