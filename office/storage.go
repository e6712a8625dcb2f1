package office

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

// Storage is an opened store, and how it says that it can't go on.
type Storage struct {
	store.Store
	Fatal  <-chan error // nil where the store has no such thing
	Health func(context.Context) error
}

// openStorage opens the folder or the server that the configuration names.
func openStorage(ctx context.Context, cfg config.Store, logger *slog.Logger) (*Storage, error) {
	if cfg.IsMongo() {
		st, err := mongo.Open(ctx, cfg.Address.Reveal(), mongo.Options{AllowStandalone: cfg.MongoAllowStandalone, Logger: logger})
		if err != nil {
			return nil, err
		}
		return &Storage{Store: st, Health: st.CheckHealth}, nil
	}
	folder := cfg.Address.Reveal()
	st, err := sqlite.Open(ctx, folder)
	if errors.Is(err, store.ErrInUse) {
		return nil, fmt.Errorf("%s is in use by another process; stop it first, or ask it through its API", folder)
	}
	if err != nil {
		return nil, err
	}
	return &Storage{Store: st, Fatal: st.Fatal(), Health: st.CheckHealth}, nil
}
