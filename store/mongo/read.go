package mongo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"officermobile/models/record"
	"officermobile/store"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// lastHeader reads the header of the last batch whose _id is in a range.
func (s *Store) lastHeader(ctx context.Context, ids bson.D) ([]byte, error) {
	return s.header(ctx, ids, -1)
}

func (s *Store) header(ctx context.Context, ids bson.D, order int) ([]byte, error) {
	var d row
	o := options.FindOne().SetSort(bson.D{{Key: "_id", Value: order}}).SetProjection(bson.D{{Key: "header", Value: 1}})
	err := s.log.FindOne(ctx, bson.D{{Key: "_id", Value: ids}}, o).Decode(&d)
	return d.Header, err
}

// Tip implements store.Log.
func (s *Store) Tip(ctx context.Context, log store.Name) (store.Tip, error) {
	if err := log.Check(); err != nil {
		return store.Tip{}, err
	}
	raw, err := s.lastHeader(ctx, idRange(log))
	if errors.Is(err, mongo.ErrNoDocuments) {
		return store.Tip{}, nil
	}
	if err != nil {
		return store.Tip{}, fmt.Errorf("read the tip: %w", plain(ctx, err))
	}
	h, err := record.Decode(raw)
	if err != nil {
		return store.Tip{}, fmt.Errorf("%w: tip: %w", store.ErrDamaged, err)
	}
	return store.Tip{Epoch: h.Epoch, Seq: h.Last(), Hash: record.Sum(raw)}, nil
}

// Base implements store.Log.
func (s *Store) Base(ctx context.Context, log store.Name) (record.Seq, error) {
	if err := log.Check(); err != nil {
		return 0, err
	}
	raw, err := s.header(ctx, idRange(log), 1)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the base: %w", plain(ctx, err))
	}
	h, err := record.Decode(raw)
	if err != nil {
		return 0, fmt.Errorf("%w: base: %w", store.ErrDamaged, err)
	}
	return h.First - 1, nil
}

// Read implements store.Log.
func (s *Store) Read(ctx context.Context, log store.Name, after record.Seq, limit int) ([]record.Batch, error) {
	if err := errors.Join(log.Check(), store.CheckLimit(limit)); err != nil {
		return nil, err
	}
	if after > record.MaxSeq {
		return nil, store.ErrNotFound
	}
	batches, at, err := s.follow(ctx, log, after, limit)
	if err != nil {
		return nil, fmt.Errorf("read behind %d: %w", after, err)
	}
	if at == slotID(log, after+1) {
		return batches, nil
	}
	if err := s.checkEnd(ctx, log, after); err != nil {
		return nil, fmt.Errorf("read behind %d: %w", after, err)
	}
	return batches, nil
}

// follow reads the batches behind a position and answers the _id of the first.
func (s *Store) follow(ctx context.Context, log store.Name, after record.Seq, limit int) (batches []record.Batch, first string, err error) {
	ids := bson.D{{Key: "$gte", Value: slotID(log, after+1)}, {Key: "$lt", Value: string(log) + ";"}}
	o := options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(limit))
	size := 0
	err = s.each(ctx, s.log, bson.D{{Key: "_id", Value: ids}}, o, func(c *mongo.Cursor) (more bool, err error) {
		var d row
		if err := c.Decode(&d); err != nil {
			return false, fmt.Errorf("%w: a batch cannot be read", store.ErrDamaged)
		}
		b, err := d.batch()
		if err != nil {
			return false, err
		}
		if first == "" {
			first = d.ID
		}
		batches = append(batches, b)
		size += b.Size()
		return size < store.MaxReadBytes, nil
	})
	return batches, first, err
}

// each calls do for every document that a query finds, until it wants no more.
func (s *Store) each(ctx context.Context, c *mongo.Collection, filter bson.D, o *options.FindOptionsBuilder, do func(*mongo.Cursor) (bool, error)) error {
	cursor, err := c.Find(ctx, filter, o)
	if err != nil {
		return plain(ctx, err)
	}
	defer cursor.Close(context.WithoutCancel(ctx))
	for cursor.Next(ctx) {
		more, err := do(cursor)
		if err != nil || !more {
			return err
		}
	}
	if err := cursor.Err(); err != nil {
		return plain(ctx, err)
	}
	return nil
}

// checkEnd says whether a position is the end of a batch, or of the empty log.
func (s *Store) checkEnd(ctx context.Context, log store.Name, after record.Seq) error {
	raw, err := s.lastHeader(ctx, bson.D{{Key: "$gte", Value: slotID(log, 0)}, {Key: "$lte", Value: slotID(log, after)}})
	var last record.Seq
	switch {
	case errors.Is(err, mongo.ErrNoDocuments):
		if last, err = s.Base(ctx, log); err != nil {
			return err
		}
	case err != nil:
		return plain(ctx, err)
	default:
		h, err := record.Decode(raw)
		if err != nil {
			return fmt.Errorf("%w: %w", store.ErrDamaged, err)
		}
		last = h.Last()
	}
	if last != after {
		return store.ErrNotFound
	}
	return nil
}

// Logs implements store.Log: it leaps from log to log, one point read each.
func (s *Store) Logs(ctx context.Context, prefix string) ([]store.Name, error) {
	if err := store.CheckPrefix(prefix); err != nil {
		return nil, err
	}
	var names []store.Name
	o := options.FindOne().SetSort(bson.D{{Key: "_id", Value: 1}}).SetProjection(bson.D{{Key: "_id", Value: 1}})
	for from := prefix; ; {
		var d row
		ids := bson.D{{Key: "$gte", Value: from}, {Key: "$lt", Value: prefix + pastEnd}}
		err := s.log.FindOne(ctx, bson.D{{Key: "_id", Value: ids}}, o).Decode(&d)
		if errors.Is(err, mongo.ErrNoDocuments) {
			slices.Sort(names) // '/' and digits sort before the ':' that ends a name in _id
			return names, nil
		}
		if err != nil {
			return nil, fmt.Errorf("list the logs: %w", plain(ctx, err))
		}
		name, _, _ := strings.Cut(d.ID, ":")
		names = append(names, store.Name(name))
		from = name + ";"
	}
}

// pastEnd sorts behind whatever may follow a prefix: names and ids are printable ASCII.
const pastEnd = "\x7f"
