package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"

	"officermobile/api"
	"officermobile/config"
	"officermobile/push/pushtest"

	"golang.org/x/sync/errgroup"
)

// serveCmd runs the server until it is told to stop.
type serveCmd struct {
	settings
	Listen      string    `help:"host:port. Overrides server.listen."`
	Demo        bool      `help:"Make a demonstration agency, print how to sign in, and ring simulated phones."`
	ClockSpeed  float64   `help:"For rehearsals: times real time. Overrides clock.speed."`
	ClockOrigin time.Time `help:"For rehearsals: what the clock shows at start (RFC 3339). Overrides clock.origin."`
	ClockAnchor time.Time `help:"For rehearsals: the wall time at which it shows that (RFC 3339). Overrides clock.anchor."`
}

// Run serves. It ends with an error only if the server could not start or had to stop.
func (c *serveCmd) Run(ctx context.Context, out io.Writer) error {
	cfg, err := c.configuration()
	if err != nil {
		return err
	}
	if c.Demo && cfg.Log == config.Defaults().Log {
		cfg.Log = config.Log{Level: "warn", Format: "text"} // so that what is printed once is seen
	}
	logger := newLogger(cfg.Log, os.Stderr)
	var simulated *pushtest.Services
	if c.Demo {
		services, end, err := ringSimulated(&cfg)
		if err != nil {
			return err
		}
		defer end()
		simulated = services
	}
	listener, err := listen(cfg.Server.Listen)
	if err != nil {
		return err
	}
	n, err := openNode(ctx, cfg, logger)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	if c.Demo {
		p := phones{services: simulated, push: n.push}
		if err := seedDemo(ctx, &office{storage: n.storage, agencies: n.agencies, auth: n.auth, audit: n.audit}, p, out); err != nil {
			return errors.Join(err, listener.Close(), n.close(ctx))
		}
		p.tell(out)
	}
	if !c.Demo { // which made its own settings
		n.again = c.again
	}
	fmt.Fprintf(out, "Listening on %s\n", listener.Addr())
	return n.serve(ctx, listener)
}

func (c *serveCmd) configuration() (config.Config, error) {
	cfg, err := c.load(os.Stderr)
	if err != nil {
		return cfg, err
	}
	if c.Listen != "" {
		cfg.Server.Listen = c.Listen
	}
	if c.ClockSpeed != 0 {
		cfg.Clock.Speed = c.ClockSpeed
	}
	if !c.ClockOrigin.IsZero() {
		cfg.Clock.Origin = c.ClockOrigin
	}
	if !c.ClockAnchor.IsZero() {
		cfg.Clock.Anchor = c.ClockAnchor
	}
	if cfg.Clock.Rehearsal() {
		fmt.Fprintln(os.Stderr, "warning: the clock is not the wall's; this is for rehearsals only")
	}
	return cfg, nil
}

// again reads the settings as they are now, without a word.
func (c *serveCmd) again() (config.Config, error) { return c.load(io.Discard) }

// listen takes the port, or says in one sentence why not.
func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is taken by another program; set server.listen or server.admin_listen", address)
	}
	if err != nil {
		return nil, fmt.Errorf("can't listen on %s; set server.listen or server.admin_listen", address)
	}
	return l, nil
}

// Times of a stop: readiness goes first, so that a balancer looks elsewhere; then streams are told where to go; then
// requests under way end.
const (
	drainWithin = 20 * time.Second
	closeWithin = 10 * time.Second
)

// serve runs the node's parts until ctx ends or one of them fails, and stops them in order.
func (n *node) serve(ctx context.Context, listener net.Listener) error {
	certificate, err := tlsOf(n.cfg.Server)
	if err != nil {
		return errors.Join(err, listener.Close(), n.close(ctx))
	}
	server := n.api.Server(api.Config{TLS: certificate, Logger: n.logger})
	group, running := errgroup.WithContext(ctx)
	group.Go(func() error { return quiet(n.auth.Run(running)) })
	group.Go(func() error { return quiet(n.push.Run(running)) })
	group.Go(func() error { return quiet(n.records.Run(running)) })
	group.Go(func() error { return n.watchStorage(running) })
	group.Go(func() error { n.senders.watch(running, n.again, n.push.Reconsider); return nil })
	group.Go(func() error { return n.load(running) })
	group.Go(func() error { return n.administer(running) })
	group.Go(func() error {
		if certificate != nil {
			return server.ServeTLS(listener, "", "")
		}
		return server.Serve(listener)
	})
	group.Go(func() error {
		<-running.Done()
		return n.stop(server)
	})
	err = group.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	closing, cancel := context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	return errors.Join(err, n.close(closing))
}

// quiet turns the end of a context into no error.
func quiet(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// watchStorage stops the node when the store can't be trusted any more: what was acknowledged is on disk, what was not
// is answered by nobody.
func (n *node) watchStorage(ctx context.Context) error {
	select {
	case err := <-n.storage.fatal:
		return fmt.Errorf("the store failed, so the server stops: %w", err)
	case <-ctx.Done():
		return nil
	}
}

// lookForAgencies is how often agencies that came into being elsewhere are taken up.
const lookForAgencies = 5 * time.Second

// load opens all agencies, so that the first request is not the one that waits, and follows those that come later.
func (n *node) load(ctx context.Context) error {
	defer n.followers.Wait()
	for {
		all, err := n.agencies.List(ctx)
		if err == nil {
			for _, id := range all {
				if err := n.follow(ctx, id); err != nil {
					n.logger.Error("agency not loaded", "agency", id.String(), "error", err)
				}
			}
			n.started.Store(true)
		} else if ctx.Err() == nil {
			n.logger.Error("list agencies", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(lookForAgencies):
		}
	}
}

// stop lets go of everybody in order.
func (n *node) stop(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), drainWithin)
	defer cancel()
	n.api.Drain()
	n.sync.Drain(ctx)
	if err := server.Shutdown(ctx); err != nil {
		return errors.Join(err, server.Close())
	}
	return nil
}
