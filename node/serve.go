package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"

	"officermobile/api"

	"golang.org/x/sync/errgroup"
)

// Listen takes the port, or says in one sentence why not.
func Listen(address string) (net.Listener, error) {
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

// Serve runs the node's parts until ctx ends or one of them fails, and stops them in order.
func (n *Node) Serve(ctx context.Context, listener net.Listener) error {
	certificate, err := tlsOf(n.cfg.Server)
	if err != nil {
		return errors.Join(err, listener.Close(), n.Close(ctx))
	}
	server := n.api.Server(api.Config{TLS: certificate, Logger: n.logger})
	group, running := errgroup.WithContext(ctx)
	group.Go(func() error { return quiet(n.Auth.Run(running)) })
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
	return errors.Join(err, n.Close(closing))
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
func (n *Node) watchStorage(ctx context.Context) error {
	select {
	case err := <-n.Storage.Fatal:
		return fmt.Errorf("the store failed, so the server stops: %w", err)
	case <-ctx.Done():
		return nil
	}
}

// lookForAgencies is how often agencies that came into being elsewhere are taken up.
const lookForAgencies = 5 * time.Second

// load opens all agencies, so that the first request is not the one that waits, and follows those that come later.
func (n *Node) load(ctx context.Context) error {
	defer n.followers.Wait()
	for {
		all, err := n.Agencies.List(ctx)
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
func (n *Node) stop(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), drainWithin)
	defer cancel()
	n.api.Drain()
	n.sync.Drain(ctx)
	if err := server.Shutdown(ctx); err != nil {
		return errors.Join(err, server.Close())
	}
	return nil
}
