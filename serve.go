package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"officermobile/config"
	"officermobile/node"
	"officermobile/rehearsal"
)

// serveCmd runs the server until it is told to stop.
type serveCmd struct {
	config.Flags
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
	logger := cfg.Log.Logger(os.Stderr)
	again := c.again
	var simulated *rehearsal.Simulated
	if c.Demo { // which makes its own settings
		if simulated, err = rehearsal.Simulate(&cfg); err != nil {
			return err
		}
		defer simulated.Close()
		again = nil
	}
	listener, err := node.Listen(cfg.Server.Listen)
	if err != nil {
		return err
	}
	n, err := node.Open(ctx, cfg, again, logger)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	if c.Demo {
		if err := simulated.Demonstrate(ctx, n.Office, n.Push(), out); err != nil {
			return errors.Join(err, listener.Close(), n.Close(ctx))
		}
	}
	fmt.Fprintf(out, "Listening on %s\n", listener.Addr())
	return n.Serve(ctx, listener)
}

func (c *serveCmd) configuration() (config.Config, error) {
	cfg, err := c.Load(os.Stderr)
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
func (c *serveCmd) again() (config.Config, error) { return c.Load(io.Discard) }
