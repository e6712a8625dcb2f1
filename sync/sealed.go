package sync

import (
	"context"
	"errors"
	"fmt"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/store"
)

// Sealed returns a dispatch that has left memory, by its id or that of its conversation; nil if the log knows none. Who
// may see it is the caller's to know.
func (g *Agency) Sealed(ctx context.Context, id record.UUID) (*models.Sealed, error) {
	found, err := g.store.Find(ctx, g.log, record.MintedKey(id))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find what was sealed: %w", err)
	}
	_, events, err := models.DecodeBatch(found.Batch)
	if err != nil {
		return nil, fmt.Errorf("find what was sealed: %w", err)
	}
	return models.SealedIn(events, found.Event), nil
}
