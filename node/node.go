// Package node is the serving process: an office that serves, too. It fits the parts together, which know each other only
// by small interfaces: engine, presence, sessions, push with its senders, records, the API, and the admin listener with
// metrics and health.
package node

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"os"
	"strings"
	stdsync "sync"
	"sync/atomic"

	"officermobile/api"
	"officermobile/auth"
	"officermobile/config"
	"officermobile/office"
	"officermobile/push"
	"officermobile/records"
	"officermobile/store"
	"officermobile/sync"
)

// Node is a running server's parts, wired together.
type Node struct {
	*office.Office
	cfg     config.Config
	logger  *slog.Logger
	sync    *sync.Service
	push    *push.Service
	records *records.Service
	api     *api.API
	metrics *metrics
	senders *senders
	again   func() (config.Config, error)
	started atomic.Bool

	followed  stdsync.Map // models.AgencyID -> struct{}: agencies whose events reach auth and push
	followers stdsync.WaitGroup
	closers   []func(context.Context) error
}

// Open opens the store and builds everything on it. again reads the settings as they are now, for what can change while a
// server runs; it is nil where they stay. On an error nothing stays open.
func Open(ctx context.Context, cfg config.Config, again func() (config.Config, error), logger *slog.Logger) (*Node, error) {
	n := &Node{cfg: cfg, logger: logger, again: again, metrics: newMetrics()}
	if err := n.open(ctx); err != nil {
		return nil, errors.Join(err, n.Close(ctx))
	}
	return n, nil
}

// Push is what decides who is rung, and rings.
func (n *Node) Push() *push.Service { return n.push }

func (n *Node) open(ctx context.Context) (err error) {
	s := n.cfg.Session
	n.Office, err = office.Open(ctx, n.cfg, office.Options{
		Logger: n.logger, Around: func(st store.Store) store.Store { return &measured{Store: st, metrics: n.metrics.store} },
		Auth: auth.Options{AccessTTL: s.Access, Absolute: s.Absolute, Idle: s.Idle, Audit: n.sessionEvent},
	})
	if err != nil {
		return err
	}
	n.onClose(n.Office.Close)
	if n.sync, err = sync.NewService(n.Agencies, n.Storage, sync.ServiceOptions{
		Clock: n.Clock, Logger: n.logger, Node: nodeName(n.cfg), Heartbeat: n.cfg.Server.Heartbeat, Spread: n.cfg.Server.DrainSpread,
	}); err != nil {
		return err
	}
	n.onClose(n.sync.Close)
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
		Clock: n.Clock, Logger: n.logger, TrustedProxies: prefixes(n.cfg.Server),
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

// minimumClients are the least versions of apps by their names. What the configuration let through has the form.
func minimumClients(cfg config.Client) map[string]api.Release {
	least := map[string]api.Release{}
	for _, text := range cfg.Minimum {
		app, version, _ := strings.Cut(text, "/")
		if r, ok := api.ParseRelease(version); ok {
			least[app] = r
		}
	}
	return least
}

func (n *Node) onClose(fn func(context.Context) error) { n.closers = append(n.closers, fn) }

// Close releases everything, the last opened first.
func (n *Node) Close(ctx context.Context) error {
	var errs []error
	for i := len(n.closers) - 1; i >= 0; i-- {
		errs = append(errs, n.closers[i](ctx))
	}
	return errors.Join(errs...)
}

// sessionEvent counts and logs what becomes of sessions, without a name or a secret.
func (n *Node) sessionEvent(ctx context.Context, e auth.Event) {
	n.metrics.audited(e)
	n.forgetKeys(ctx, e)
	n.logger.Info("session", "what", string(e.What), "why", e.Why, "agency", e.Agency.String(), "user", e.User.String(),
		"device", e.Device.String(), "remote", e.Remote)
}

// openPush makes the senders that are configured and the service that uses them.
func (n *Node) openPush() error {
	p := n.cfg.Push
	n.senders = &senders{clock: n.Clock, logger: n.logger, metrics: n.metrics}
	n.onClose(n.senders.close)
	if _, err := n.senders.use(p); err != nil {
		return err
	}
	keys, err := pushKeys(n.cfg)
	if err != nil {
		return err
	}
	n.push = push.New(push.Deps{
		Documents: n.Storage, Feed: feed{n}, Sight: sight{n}, Senders: n.senders.of, Overridden: overridesTo(n.Audit),
	}, push.Options{
		Clock: n.Clock, Logger: n.logger, Node: nodeName(n.cfg), Keys: keys,
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
