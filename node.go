package main

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"os"
	stdsync "sync"
	"sync/atomic"

	"officermobile/api"
	"officermobile/audit"
	"officermobile/auth"
	"officermobile/clock"
	"officermobile/config"
	"officermobile/push"
	"officermobile/records"
	"officermobile/sync"
)

// node is a running server's parts, wired together.
type node struct {
	cfg      config.Config
	logger   *slog.Logger
	clock    clock.Clock
	storage  *storage
	agencies *sync.Agencies
	sync     *sync.Service
	auth     *auth.Service
	audit    *audit.Recorder
	push     *push.Service
	records  *records.Service
	api      *api.API
	metrics  *metrics
	senders  *senders
	again    func() (config.Config, error) // reads the settings as they are now; nil where they stay
	started  atomic.Bool

	followed  stdsync.Map // models.AgencyID -> struct{}: agencies whose events reach auth and push
	followers stdsync.WaitGroup
	closers   []func(context.Context) error
}

// openNode opens the store and builds everything on it. On an error nothing stays open.
func openNode(ctx context.Context, cfg config.Config, logger *slog.Logger) (*node, error) {
	n := &node{cfg: cfg, logger: logger, clock: clockOf(cfg.Clock), metrics: newMetrics()}
	if err := n.open(ctx); err != nil {
		return nil, errors.Join(err, n.close(ctx))
	}
	return n, nil
}

func clockOf(c config.Clock) clock.Clock {
	if !c.Rehearsal() {
		return clock.Clock{}
	}
	origin := c.Origin
	if origin.IsZero() {
		origin = clock.Clock{}.Now()
	}
	if !c.Anchor.IsZero() {
		return clock.Anchored(origin, c.Anchor, c.Speed)
	}
	return clock.Scaled(origin, c.Speed)
}

func (n *node) open(ctx context.Context) (err error) {
	if n.storage, err = openStorage(ctx, n.cfg.Store, n.logger); err != nil {
		return err
	}
	n.storage.Store = &measured{Store: n.storage.Store, metrics: n.metrics.store}
	n.onClose(func(context.Context) error { return n.storage.Close() })
	if n.agencies, err = sync.Open(ctx, n.storage, sync.Options{Clock: n.clock, Logger: n.logger}); err != nil {
		return err
	}
	n.onClose(n.agencies.Close)
	if n.sync, err = sync.NewService(n.agencies, n.storage, sync.ServiceOptions{
		Clock: n.clock, Logger: n.logger, Node: nodeName(n.cfg), Heartbeat: n.cfg.Server.Heartbeat, Spread: n.cfg.Server.DrainSpread,
	}); err != nil {
		return err
	}
	n.onClose(n.sync.Close)
	n.audit = openAudit(n.storage, n.agencies, n.clock, n.logger)
	n.onClose(n.audit.Close)
	s := n.cfg.Session
	n.auth, err = auth.New(ctx, n.storage, people{n.agencies}, n.clock, auth.Options{
		AccessTTL: s.Access, Absolute: s.Absolute, Idle: s.Idle, Log: n.logger, Audit: n.sessionEvent,
	})
	if err != nil {
		return err
	}
	if err := n.openPush(); err != nil {
		return err
	}
	n.openRecords()
	observe, err := n.observer(ctx)
	if err != nil {
		return err
	}
	l := n.cfg.Limits
	n.api, err = api.New(n.deps(), api.Options{
		Clock: n.clock, Logger: n.logger, TrustedProxies: prefixes(n.cfg.Server),
		DevicePerSecond: l.DevicePerSecond, UserPerSecond: l.UserPerSecond, AddressPerSecond: l.AddressPerSecond,
		Observe: observe, MinimumClients: minimumClients(n.cfg.Client),
	})
	if err != nil {
		return err
	}
	return n.metrics.registry.Register(nodeMetrics{n})
}

// nodeName tells nodes on one store apart, and stays the same over restarts. The embedded store has one node.
func nodeName(cfg config.Config) string {
	if !cfg.Store.IsMongo() {
		return "main"
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return host + "-" + cfg.Server.Listen
}

func prefixes(s config.Server) []string {
	var all []string
	for _, p := range s.TrustedProxies {
		all = append(all, p.String())
	}
	return all
}

func (n *node) onClose(fn func(context.Context) error) { n.closers = append(n.closers, fn) }

// close releases everything, the last opened first.
func (n *node) close(ctx context.Context) error {
	var errs []error
	for i := len(n.closers) - 1; i >= 0; i-- {
		errs = append(errs, n.closers[i](ctx))
	}
	return errors.Join(errs...)
}

// sessionEvent records what an auditor wants of sessions, and logs it, without a name or a secret.
func (n *node) sessionEvent(ctx context.Context, e auth.Event) {
	sessionsTo(n.audit, n.agencies)(ctx, e)
	n.metrics.audited(e)
	n.forgetKeys(ctx, e)
	n.logger.Info("session", "what", string(e.What), "why", e.Why, "agency", e.Agency.String(), "user", e.User.String(),
		"device", e.Device.String(), "remote", e.Remote)
}

// openPush makes the senders that are configured and the service that uses them.
func (n *node) openPush() error {
	p := n.cfg.Push
	n.senders = &senders{clock: n.clock, logger: n.logger, metrics: n.metrics}
	n.onClose(n.senders.close)
	if _, err := n.senders.use(p); err != nil {
		return err
	}
	keys, err := pushKeys(n.cfg)
	if err != nil {
		return err
	}
	n.push = push.New(push.Deps{
		Documents: n.storage, Feed: feed{n}, Sight: sight{n}, Senders: n.senders.of, Overridden: overridesTo(n.audit),
	}, push.Options{
		Clock: n.clock, Logger: n.logger, Node: nodeName(n.cfg), Keys: keys,
		Patience: push.Patience{Message: p.WaitMessage, Invite: p.WaitInvitation, Emergency: p.WaitUrgent},
	})
	return nil
}

// tlsOf loads the server's certificate; nil where a proxy in front ends TLS.
func tlsOf(s config.Server) (*tls.Config, error) {
	if !s.TLS() {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(s.TLSCertFile, s.TLSKeyFile)
	if err != nil {
		return nil, errors.New("server.tls_cert_file and server.tls_key_file are no pair that can be used")
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}
