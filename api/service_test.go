package api_test

import (
	"context"
	stdsync "sync"
	"testing"

	"officermobile/api"
	"officermobile/models"
	"officermobile/models/wire"
	"officermobile/store"
	"officermobile/sync"
)

// service is the sync service, which can be made to fail or to have much to say.
type service struct {
	*sync.Service
	page *wire.Page[any] // instead of the true one
	err  error

	mu    stdsync.Mutex
	given map[string]string // the type of the command that a route gave last
}

// Do notes which route gives which command.
func (s *service) Do(ctx context.Context, agency models.AgencyID, c models.Command) ([]models.Event, error) {
	s.mu.Lock()
	s.given[api.RouteOf(ctx)] = c.Body.CommandType()
	s.mu.Unlock()
	return s.Service.Do(ctx, agency, c)
}

func newService(t testing.TB, w *world, docs store.Documents) *service {
	t.Helper()
	s, err := sync.NewService(w.agencies, docs, sync.ServiceOptions{})
	check(t, err)
	t.Cleanup(func() { check(t, s.Close(context.Background())) })
	return &service{Service: s, given: map[string]string{}}
}

// Sync is the true one unless something else is wanted.
func (s *service) Sync(ctx context.Context, c wire.Caller, r wire.SyncRequest) (wire.SyncAnswer[any], error) {
	if s.err != nil {
		return wire.SyncAnswer[any]{}, s.err
	}
	if s.page != nil {
		return wire.SyncAnswer[any]{Page: s.page}, nil
	}
	return s.Service.Sync(ctx, c, r)
}
