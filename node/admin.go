package node

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/http/pprof"
	"time"

	"officermobile/config"
)

// adminServer serves metrics, health and profiles on a listener of its own, which is not for the public network. With a token it wants that
// as a bearer; without one the configuration has made sure that it listens on the loopback.
func adminServer(cfg config.Server, metrics, health http.Handler) *http.Server {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics)
	mux.Handle("GET /health", health)
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return &http.Server{
		Addr: cfg.AdminListen, Handler: bearer(cfg.AdminToken.Reveal(), mux), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute,
	}
}

func bearer(token string, next http.Handler) http.Handler {
	if token == "" {
		return next
	}
	want := sha256.Sum256([]byte("Bearer " + token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := sha256.Sum256([]byte(r.Header.Get("Authorization")))
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
			http.Error(w, "unauthorized", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// administer runs the admin listener until ctx ends, if the settings have one.
func (n *Node) administer(ctx context.Context) error {
	if n.cfg.Server.AdminListen == "" {
		return nil
	}
	listener, err := Listen(n.cfg.Server.AdminListen)
	if err != nil {
		return err
	}
	server := adminServer(n.cfg.Server, n.metrics.handler(), http.HandlerFunc(n.healthPage))
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
