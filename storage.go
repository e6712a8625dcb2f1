package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"officermobile/config"
	"officermobile/store"
	"officermobile/store/mongo"
	"officermobile/store/sqlite"
)

// storage is an opened store, and how it says that it can't go on.
type storage struct {
	store.Store
	fatal  <-chan error // nil where the store has no such thing
	health func(context.Context) error
}

// openStorage opens the folder or the server that the configuration names.
func openStorage(ctx context.Context, cfg config.Store, logger *slog.Logger) (*storage, error) {
	if cfg.IsMongo() {
		st, err := mongo.Open(ctx, cfg.Address.Reveal(), mongo.Options{AllowStandalone: cfg.MongoAllowStandalone, Logger: logger})
		if err != nil {
			return nil, err
		}
		return &storage{Store: st, health: st.CheckHealth}, nil
	}
	folder := cfg.Address.Reveal()
	st, err := sqlite.Open(ctx, folder)
	if errors.Is(err, store.ErrInUse) {
		return nil, fmt.Errorf("%s is in use by another process; stop it first, or ask it through its API", folder)
	}
	if err != nil {
		return nil, err
	}
	return &storage{Store: st, fatal: st.Fatal(), health: st.CheckHealth}, nil
}
