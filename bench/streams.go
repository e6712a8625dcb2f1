package bench

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"officermobile/clock"
)

// fanOuts are the changes that are sent to all streams, one after another.
const fanOuts = 5

// openStreams is what an idle stream costs the server, and how long a change takes that concerns everybody: the name
// of a zone, which is in everybody's directory.
func (w *world) openStreams(ctx context.Context) error {
	if err := w.needFleet(ctx); err != nil {
		return err
	}
	phones := w.fleet.all()
	if err := w.syncAll(ctx, phones, silent{}); err != nil {
		return err
	}
	var ours, echo [][]byte
	for _, p := range phones {
		ours = append(ours, p.liveRequest())
		echo = append(echo, request(nil, http.MethodGet, w.base.Address(), "/stream?c=all", nil))
	}
	base, err := w.crowd(ctx, "open streams: baseline", w.base, echo, func(ctx context.Context) error {
		_, _, err := ask(ctx, w.base.Address(), request(nil, http.MethodPost, w.base.Address(), "/echo?c=all", w.clock.mark(nil)))
		return err
	})
	if err != nil {
		return err
	}
	own, err := w.crowd(ctx, OpenStreams, w.server, ours, func(ctx context.Context) error {
		desk := w.desk()
		defer w.giveBack(desk)
		return desk.call(ctx, http.MethodPost, "/v1/zones", map[string]string{"name": "Zone " + string(w.clock.mark(nil))}, nil)
	})
	if err != nil {
		return err
	}
	w.report.add(OpenStreams, "streams", float64(len(phones)), none())
	w.report.add(OpenStreams, streamKiB, own.each, base.each)
	w.report.add(OpenStreams, p50, own.heard.ms(50), base.heard.ms(50))
	w.report.add(OpenStreams, p99, own.heard.ms(99), base.heard.ms(99))
	return nil
}

// crowded is what many streams cost, and what they heard.
type crowded struct {
	each  float64 // KiB
	heard *samples
}

func (w *world) crowd(ctx context.Context, label string, s Server, requests [][]byte, tell func(context.Context) error) (crowded, error) {
	if err := w.settle(ctx); err != nil {
		return crowded{}, err
	}
	bar := w.bar(label, fanOuts)
	defer bar.Finish()
	before, beforeErr := memoryOf(s.PID())
	a, err := w.listen(ctx, s.Address(), requests)
	if err != nil {
		return crowded{}, err
	}
	defer a.close()
	if err := w.settle(ctx); err != nil {
		return crowded{}, err
	}
	c := crowded{each: none()}
	if after, err := memoryOf(s.PID()); err == nil && beforeErr == nil {
		c.each = float64(after.Resident-before.Resident) / 1024 / float64(len(requests))
	}
	for range fanOuts {
		if err := tell(ctx); err != nil {
			return c, err
		}
		if err := (clock.Clock{}).Sleep(ctx, 2*time.Second); err != nil {
			return c, err
		}
		bar.Add(1)
	}
	if err := a.wait(ctx); err != nil {
		return c, err
	}
	if err := a.check(); err != nil {
		return c, err
	}
	a.close()
	c.heard = a.heard()
	if want := fanOuts * len(requests); c.heard.Len() != want {
		return c, fmt.Errorf("of %d changes to %d streams %d arrived", fanOuts, len(requests), c.heard.Len())
	}
	return c, nil
}
