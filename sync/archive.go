package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
	"officermobile/store"
)

// What has left memory is answered from the log: one look at its index, one batch.

// Sealed returns what a dispatch was when it last left memory, by its id or that of its conversation; ErrNotFound if it
// never did. Whether it has come back since, and who may see it, is the caller's to know.
func (g *Agency) Sealed(ctx context.Context, id record.UUID) (*models.Sealed, error) {
	found, err := g.store.Find(ctx, g.log, record.MintedKey(id))
	if errors.Is(err, store.ErrNotFound) {
		return nil, models.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("find what was sealed: %w", err)
	}
	_, events, err := models.DecodeBatch(found.Batch)
	if err != nil {
		return nil, fmt.Errorf("find what was sealed: %w", err)
	}
	if x := models.SealedIn(events, found.Event); x != nil {
		return x, nil
	}
	return nil, models.ErrNotFound
}

// Sealed returns a dispatch that has left memory, for who may see it; for all others ErrNotFound.
func (s *Service) Sealed(ctx context.Context, who wire.Caller, id models.DispatchID) (*models.Sealed, error) {
	g, err := s.agencies.Agency(ctx, who.Agency)
	if err != nil {
		return nil, err
	}
	if err := s.admit(g, who); err != nil {
		return nil, err
	}
	x, err := g.Sealed(ctx, id.UUID())
	if err != nil {
		return nil, err
	}
	g.View(func(st *models.State) {
		if x.Dispatch.ID != id || st.Dispatch(id) != nil || !st.SeesSealed(who.User, x) {
			err = models.ErrNotFound
		}
	})
	return x, err
}

// archived is History of a conversation that has left memory.
func (s *Service) archived(ctx context.Context, g *Agency, who wire.Caller, id models.ConversationID, before uint32, limit int) (wire.Messages, error) {
	x, err := g.Sealed(ctx, id.UUID())
	if err != nil {
		return nil, err
	}
	rows, err := older(ctx, g, id, 1, before, limit)
	if err != nil {
		return nil, err
	}
	g.View(func(st *models.State) {
		if x.Conversation.ID != id || st.Conversation(id) != nil || !st.ReadsSealed(who.User, x) {
			rows, err = nil, models.ErrNotFound
		}
	})
	return rows, err
}

// older reads rows of a conversation from the log, in order.
func older(ctx context.Context, g *Agency, id models.ConversationID, from, before uint32, limit int) (wire.Messages, error) {
	found, err := g.Timeline(ctx, id, from, before, limit)
	if err != nil {
		return nil, err
	}
	rows := make(wire.Messages, 0, len(found))
	for _, e := range slices.Backward(found) {
		rows = append(rows, wire.MessageOf(&e))
	}
	return rows, nil
}
