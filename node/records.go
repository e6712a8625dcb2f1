package node

import (
	"context"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/records"
)

// openRecords makes the service that answers about the past; it reads nothing before it runs.
func (n *Node) openRecords() {
	n.records = records.New(records.Deps{Documents: n.Storage, Feed: feed{n}, Log: past{n}, Sight: sight{n}},
		records.Options{Clock: n.Clock, Logger: n.logger})
}

// past is the log as records reads it.
type past struct{ *Node }

// Batches returns what follows a position.
func (p past) Batches(ctx context.Context, agency models.AgencyID, after record.Seq, limit int) ([]record.Batch, error) {
	return logReader(p).Batches(ctx, agency, after, limit)
}

// Row returns one row of a conversation.
func (p past) Row(ctx context.Context, agency models.AgencyID, conversation models.ConversationID, n uint32) (models.Entry, bool, error) {
	g, err := p.Agencies.Agency(ctx, agency)
	if err != nil {
		return models.Entry{}, false, err
	}
	rows, err := g.Timeline(ctx, conversation, n, n+1, 1)
	if err != nil || len(rows) == 0 {
		return models.Entry{}, false, err
	}
	return rows[0], true, nil
}

// Sealed returns a dispatch that has left memory.
func (p past) Sealed(ctx context.Context, agency models.AgencyID, id record.UUID) (*models.Sealed, error) {
	g, err := p.Agencies.Agency(ctx, agency)
	if err != nil {
		return nil, err
	}
	return g.Sealed(ctx, id)
}
