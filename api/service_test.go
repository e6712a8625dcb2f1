package api_test

import (
	"context"
	"testing"

	"officermobile/models/wire"
	"officermobile/store"
	"officermobile/sync"
)

// service is the sync service, which can be made to fail or to have much to say.
type service struct {
	*sync.Service
	page *wire.Page[any] // instead of the true one
	err  error
}

func newService(t testing.TB, w *world, docs store.Documents) *service {
	t.Helper()
	s, err := sync.NewService(w.agencies, docs, sync.ServiceOptions{})
	check(t, err)
	t.Cleanup(func() { check(t, s.Close(context.Background())) })
	return &service{Service: s}
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
