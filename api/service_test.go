package api_test

import (
	"context"
	"testing"

	"officermobile/models"
	"officermobile/models/wire"
	"officermobile/store"
)

// service stands in for the sync service.
type service struct {
	w      *world
	report wire.Presence
	page   *wire.Page[any] // instead of an empty one
	err    error
}

func newService(_ testing.TB, w *world, _ store.Documents) *service { return &service{w: w} }

func (s *service) Sync(context.Context, wire.Caller, wire.SyncRequest) (wire.SyncAnswer[any], error) {
	if s.err != nil {
		return wire.SyncAnswer[any]{}, s.err
	}
	if s.page != nil {
		return wire.SyncAnswer[any]{Page: s.page}, nil
	}
	return wire.SyncAnswer[any]{Page: &wire.Page[any]{Items: []wire.Item[any]{}, T: "token"}}, nil
}

func (s *service) Live(ctx context.Context, _ wire.Caller, _ wire.LiveRequest, write func(wire.Frame) error) error {
	if err := write(wire.Frame{Event: "page", ID: "token", Data: wire.Page[any]{T: "token"}}); err != nil {
		return err
	}
	<-ctx.Done()
	return ctx.Err()
}

func (s *service) History(ctx context.Context, c wire.Caller, id models.ConversationID, _ uint32, _ int) (ms wire.Messages, err error) {
	err = s.w.View(ctx, c.Agency, func(st *models.State) error {
		if in, _ := st.IsIn(c.User, id); !in {
			return models.ErrNotFound
		}
		ms = wire.MessagesOf(st.Timeline(id))
		return nil
	})
	return ms, err
}

func (s *service) Repair(context.Context, wire.Caller, wire.RepairRequest) (wire.Page[any], error) {
	return wire.Page[any]{T: "token"}, nil
}

func (s *service) Report(_ context.Context, _ wire.Caller, p wire.Presence) error {
	s.report = p
	return nil
}
