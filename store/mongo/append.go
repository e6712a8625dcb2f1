package mongo

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"officermobile/models/record"
	"officermobile/store"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// end is a batch that is durable, as a majority read or an acknowledged write has shown.
type end struct {
	seq  record.Seq
	hash record.Hash
}

// Append implements store.Log.
func (s *Store) Append(ctx context.Context, log store.Name, after record.Seq, b record.Batch) (store.Outcome, error) {
	h, err := store.CheckAppend(log, after, b)
	if err != nil {
		return store.Refused, err
	}
	d, err := rowOf(log, h, b)
	if err != nil {
		return store.Refused, err
	}
	if err := ctx.Err(); err != nil {
		return store.Refused, fmt.Errorf("append at %d: %w", h.First, err)
	}
	outcome, err := s.append(ctx, log, h, d)
	if err != nil {
		err = fmt.Errorf("append at %d: %w", h.First, err)
	}
	return outcome, err
}

func (s *Store) append(ctx context.Context, log store.Name, h record.Header, d row) (store.Outcome, error) {
	known, err := s.endOf(ctx, log, h.First-1)
	if err != nil {
		// Nothing was sent now, but an earlier try of this batch may still come to be.
		return store.Unknown, plain(ctx, err)
	}
	if known.seq > h.First-1 {
		return s.resolve(ctx, log, h, d)
	}
	if known.seq < h.First-1 || known.hash != h.Prev {
		return store.Conflict, nil
	}
	_, err = s.log.InsertOne(ctx, d)
	if err == nil {
		s.ends.Store(log, end{seq: h.Last(), hash: record.Sum(d.Header)})
		return store.Committed, nil
	}
	if mongo.IsDuplicateKeyError(err) {
		return s.resolve(ctx, log, h, d)
	}
	if reason := refusal(err); reason != nil {
		return store.Refused, reason
	}
	return store.Unknown, plain(ctx, err)
}

// endOf answers a durable end of a log. The one remembered serves if it is where the caller wants to append: should
// the log have gone on, the slot is taken. It also keeps a retry from being judged by a new primary whose majority
// reads lag behind what was acknowledged: at a remembered end a batch is only ever tried again, never given up.
func (s *Store) endOf(ctx context.Context, log store.Name, after record.Seq) (end, error) {
	var remembered end
	if known, ok := s.ends.Load(log); ok {
		remembered = known.(end)
	}
	if remembered.seq == after && after > 0 {
		return remembered, nil
	}
	raw, err := s.lastHeader(ctx, idRange(log))
	if errors.Is(err, mongo.ErrNoDocuments) && remembered.seq == 0 {
		return end{}, nil
	}
	if err != nil {
		return end{}, err
	}
	h, err := record.Decode(raw)
	if err != nil {
		return end{}, fmt.Errorf("%w: tip: %w", store.ErrDamaged, err)
	}
	if h.Last() < remembered.seq {
		return end{}, errLags
	}
	known := end{seq: h.Last(), hash: record.Sum(raw)}
	s.ends.Store(log, known)
	return known, nil
}

var errLags = errors.New("the primary does not show yet what was already durable")

// resolve says whose batch a taken slot holds. One that is not visible to a majority read may still roll back.
func (s *Store) resolve(ctx context.Context, log store.Name, h record.Header, d row) (store.Outcome, error) {
	var there row
	err := s.log.FindOne(ctx, bson.D{{Key: "_id", Value: d.ID}}).Decode(&there)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return s.absent(ctx, log, h)
	}
	if err != nil {
		return store.Unknown, plain(ctx, err)
	}
	if bytes.Equal(there.Header, d.Header) {
		return store.Committed, nil
	}
	return store.Conflict, nil
}

var errNotVisible = errors.New("the slot is taken by a batch that is not durable yet")

// absent tells a slot that is not durable yet from a position that is no slot, being inside a batch.
func (s *Store) absent(ctx context.Context, log store.Name, h record.Header) (store.Outcome, error) {
	raw, err := s.lastHeader(ctx, bson.D{{Key: "$gte", Value: slotID(log, 0)}, {Key: "$lt", Value: slotID(log, h.First)}})
	if errors.Is(err, mongo.ErrNoDocuments) {
		return store.Unknown, errNotVisible
	}
	if err != nil {
		return store.Unknown, plain(ctx, err)
	}
	before, err := record.Decode(raw)
	if err != nil {
		return store.Unknown, fmt.Errorf("%w: %w", store.ErrDamaged, err)
	}
	if before.Last() >= h.First {
		return store.Conflict, nil
	}
	return store.Unknown, errNotVisible
}
