package replay

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"sync"
	"time"

	"officermobile/clock"
	"officermobile/replay/judge"
)

// pace is the rehearsal's time: a clock, and how its times lie on the wall.
type pace struct {
	clock.Clock
	origin, anchor time.Time
	speed          float64
}

func newPace(origin time.Time, speed float64) pace {
	return pace{Clock: clock.Scaled(origin, speed), origin: origin, anchor: time.Now(), speed: speed}
}

// wall is when the clock shows t.
func (p pace) wall(t time.Time) time.Time {
	return p.anchor.Add(time.Duration(float64(t.Sub(p.origin)) / p.speed))
}

// shown is what the clock shows at a wall time.
func (p pace) shown(wall time.Time) time.Time {
	return p.origin.Add(time.Duration(float64(wall.Sub(p.anchor)) * p.speed))
}

// Ports are chosen below those from which systems dial (32768 and up on Linux, 49152 elsewhere), or a phone's
// connection could take the server's place while it is down.
const (
	firstPort = 20_000
	lastPort  = 32_000
)

// freeListen finds an address that nobody listens on.
func freeListen(seed uint64) (string, error) {
	const ports = lastPort - firstPort
	for i := range uint64(ports) {
		address := fmt.Sprintf("127.0.0.1:%d", firstPort+(seed+i)%ports)
		l, err := net.Listen("tcp", address)
		if err != nil {
			continue
		}
		return address, l.Close()
	}
	return "", errors.New("no port is free")
}

// host is the server through all its lives.
type host struct {
	options Options
	listen  string
	pace    pace

	mu      sync.Mutex
	server  Server // nil while it is down, and if it isn't ours
	outages []judge.Outage
	skews   []skew
	cpu     time.Duration
	memory  int64
	kills   int
	crashes int
}

// skew is how far the server's clock was ahead of the rehearsal's since a wall time.
type skew struct {
	since time.Time
	ahead time.Duration
}

// start starts the server with a clock in step with the pace.
func (h *host) start(ctx context.Context) error {
	s, err := h.options.Start(ctx, h.spec())
	if err != nil {
		return fmt.Errorf("start the server: %w", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.server = s
	return nil
}

// spec is how to start the server now.
func (h *host) spec() ServerSpec {
	anchor := time.Now()
	return ServerSpec{
		Folder: filepath.Join(h.options.Folder, "server"), Listen: h.listen,
		ClockOrigin: h.pace.shown(anchor), ClockAnchor: anchor, ClockSpeed: h.pace.speed,
	}
}

func (h *host) url() string {
	if h.options.Start == nil {
		return h.options.URL
	}
	return "http://" + h.listen
}

// down takes the server that runs, nil if there is none.
func (h *host) down() Server {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.server
	h.server = nil
	return s
}

func (h *host) spent(s Server) {
	cpu, memory := s.Usage()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cpu, h.memory = h.cpu+cpu, max(h.memory, memory)
}

// stop ends the server in order.
func (h *host) stop(ctx context.Context) error {
	s := h.down()
	if s == nil {
		return nil
	}
	err := s.Stop(ctx)
	h.spent(s)
	return err
}

// kill ends the server by SIGKILL and starts it again at once. If it is not ours it lives on.
func (h *host) kill(ctx context.Context) error {
	s := h.down()
	if s == nil {
		return nil
	}
	h.mu.Lock()
	h.kills++
	h.mu.Unlock()
	return h.again(ctx, s)
}

// again makes sure that the server is gone, starts it, and keeps when it was not there.
func (h *host) again(ctx context.Context, s Server) error {
	down := time.Now()
	if err := s.Kill(); err != nil {
		return fmt.Errorf("kill the server: %w", err)
	}
	h.spent(s)
	if err := h.start(ctx); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.outages = append(h.outages, judge.Outage{Down: down, Up: time.Now()})
	return nil
}

// watch starts the server again when it ends by itself, which counts, until ctx ends.
func (h *host) watch(ctx context.Context) error {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if s := h.fallen(); s != nil {
			if err := h.again(ctx, s); err != nil {
				return err
			}
		}
	}
}

// watchEvery is how soon a server that fell is noticed.
const watchEvery = 100 * time.Millisecond

// fallen takes the server if it has ended by itself.
func (h *host) fallen() Server {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.server == nil {
		return nil
	}
	select {
	case <-h.server.Ended():
		s := h.server
		h.server = nil
		h.crashes++
		return s
	default:
		return nil
	}
}

// measure notes how far the server's clock is from ours.
func (h *host) measure(ctx context.Context, a *admin) error {
	shown, at, err := a.serverTime(ctx)
	if err != nil {
		return fmt.Errorf("ask for the server's time: %w", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	since := time.Time{}
	if n := len(h.outages); n > 0 {
		since = h.outages[n-1].Up
	}
	h.skews = append(h.skews, skew{since: since, ahead: shown.Sub(h.pace.shown(at))})
	return nil
}

// wallOf is the wall time at which the server's clock showed t.
func (h *host) wallOf(t time.Time) time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	wall := h.pace.wall(t)
	for i := len(h.skews) - 1; i >= 0; i-- {
		if exact := h.pace.wall(t.Add(-h.skews[i].ahead)); i == 0 || !exact.Before(h.skews[i].since.Add(-skewSlack)) {
			return exact
		}
	}
	return wall
}

// skewSlack is how much before it took requests a server may have written to the log.
const skewSlack = 100 * time.Millisecond
