// Package ferrettest runs FerretDB, which speaks MongoDB's protocol over SQLite, inside a test, so that store/mongo is
// tried on every machine. It is a module of its own: the server never depends on it. What FerretDB cannot show
// (majority, roll-back, roles, performance of indexes) stays unverified; docs/STORES.md lists it.
package ferrettest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"

	"github.com/FerretDB/FerretDB/ferretdb"
)

// Server is a FerretDB in this process.
type Server struct {
	URI  string // mongodb:// address, on loopback
	end  context.CancelFunc
	done chan error
}

// Start keeps databases in a folder and listens on a free loopback port, or on the given one ("127.0.0.1:27018").
func Start(folder, address string) (*Server, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder: %w", err)
	}
	folder, err := filepath.Abs(folder)
	if err != nil {
		return nil, fmt.Errorf("folder: %w", err)
	}
	if address == "" {
		address = "127.0.0.1:0"
	}
	data := url.URL{Scheme: "file", Opaque: folder + "/"}
	f, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: address},
		Logger:    slog.New(slog.NewTextHandler(io.Discard, nil)),
		Handler:   "sqlite",
		SQLiteURL: data.String(),
	})
	if err != nil {
		return nil, fmt.Errorf("make FerretDB: %w", err)
	}
	ctx, end := context.WithCancel(context.Background())
	s := &Server{URI: f.MongoDBURI(), end: end, done: make(chan error, 1)}
	go func() { s.done <- f.Run(ctx) }()
	return s, nil
}

// Stop ends the server and waits for it.
func (s *Server) Stop() error {
	s.end()
	if err := <-s.done; err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("stop FerretDB: %w", err)
	}
	return nil
}
