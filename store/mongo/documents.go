package mongo

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"officermobile/store"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// document is a store.Document as stored. A kind has no '/', so ids of one never lie among those of another.
type document struct {
	ID      string     `bson:"_id"` // kind/id
	Kind    string     `bson:"kind"`
	Version int64      `bson:"version"`
	Due     *time.Time `bson:"due,omitempty"`
	Body    []byte     `bson:"body"`
}

func documentID(kind store.Kind, id string) string { return string(kind) + "/" + id }

func (d *document) plain() store.Document {
	kind := store.Kind(d.Kind)
	out := store.Document{Kind: kind, ID: d.ID[min(len(d.ID), len(kind)+1):], Version: uint64(d.Version), Body: d.Body}
	if d.Due != nil {
		out.Due = d.Due.UTC()
	}
	return out
}

// Get implements store.Documents.
func (s *Store) Get(ctx context.Context, kind store.Kind, id string) (store.Document, error) {
	if err := errors.Join(kind.Check(), store.CheckID(id)); err != nil {
		return store.Document{}, err
	}
	var d document
	err := s.docs.FindOne(ctx, bson.D{{Key: "_id", Value: documentID(kind, id)}}).Decode(&d)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return store.Document{}, store.ErrNotFound
	}
	if err != nil {
		return store.Document{}, fmt.Errorf("get a document: %w", plain(ctx, err))
	}
	return d.plain(), nil
}

// PutIf implements store.Documents.
func (s *Store) PutIf(ctx context.Context, in store.Document) (uint64, error) {
	if err := in.Check(); err != nil {
		return 0, err
	}
	if in.Version >= math.MaxInt64 {
		return 0, store.ErrVersion
	}
	if err := s.put(ctx, in.Version, stored(in)); err != nil {
		return 0, err
	}
	return in.Version + 1, nil
}

// stored is the form of a document's next version.
func stored(in store.Document) document {
	d := document{ID: documentID(in.Kind, in.ID), Kind: string(in.Kind), Version: int64(in.Version) + 1, Body: in.Body}
	if d.Body == nil {
		d.Body = []byte{}
	}
	if !in.Due.IsZero() {
		due := in.Due.UTC().Truncate(time.Millisecond)
		d.Due = &due
	}
	return d
}

// PutAll implements store.Documents.
func (s *Store) PutAll(ctx context.Context, docs []store.Document) error {
	if err := store.CheckPutAll(docs); err != nil || len(docs) == 0 {
		return err
	}
	writes := make([]mongo.WriteModel, len(docs))
	for i, in := range docs {
		in.Version = 0
		d := stored(in)
		writes[i] = mongo.NewReplaceOneModel().SetFilter(bson.D{{Key: "_id", Value: d.ID}}).SetReplacement(d).SetUpsert(true)
	}
	if _, err := s.docs.BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(false)); err != nil {
		return fmt.Errorf("put documents: %w", plain(ctx, err))
	}
	return nil
}

func (s *Store) put(ctx context.Context, version uint64, d document) error {
	if version == 0 {
		_, err := s.docs.InsertOne(ctx, d)
		if mongo.IsDuplicateKeyError(err) {
			return store.ErrVersion
		}
		if err != nil {
			return fmt.Errorf("put a document: %w", plain(ctx, err))
		}
		return nil
	}
	result, err := s.docs.ReplaceOne(ctx, versioned(d.ID, version), d)
	if err != nil {
		return fmt.Errorf("put a document: %w", plain(ctx, err))
	}
	if result.MatchedCount == 0 {
		return store.ErrVersion
	}
	return nil
}

func versioned(id string, version uint64) bson.D {
	return bson.D{{Key: "_id", Value: id}, {Key: "version", Value: int64(version)}}
}

// Delete implements store.Documents.
func (s *Store) Delete(ctx context.Context, kind store.Kind, id string, version uint64) error {
	if err := errors.Join(kind.Check(), store.CheckID(id)); err != nil {
		return err
	}
	result, err := s.docs.DeleteOne(ctx, versioned(documentID(kind, id), version))
	if err != nil {
		return fmt.Errorf("delete a document: %w", plain(ctx, err))
	}
	if result.DeletedCount > 0 {
		return nil
	}
	if _, err := s.Get(ctx, kind, id); !errors.Is(err, store.ErrNotFound) {
		if err == nil {
			err = store.ErrVersion
		}
		return err
	}
	return nil
}

// List implements store.Documents.
func (s *Store) List(ctx context.Context, kind store.Kind, prefix, after string, limit int) ([]store.Document, error) {
	if err := errors.Join(kind.Check(), store.CheckIDPrefix(prefix), store.CheckIDPrefix(after), store.CheckLimit(limit)); err != nil {
		return nil, err
	}
	from := bson.E{Key: "$gte", Value: documentID(kind, prefix)}
	if after >= prefix {
		from = bson.E{Key: "$gt", Value: documentID(kind, after)}
	}
	ids := bson.D{from, {Key: "$lt", Value: documentID(kind, prefix+pastEnd)}}
	return s.documents(ctx, bson.D{{Key: "_id", Value: ids}}, bson.D{{Key: "_id", Value: 1}}, limit)
}

// Due implements store.Documents.
func (s *Store) Due(ctx context.Context, kind store.Kind, before time.Time, limit int) ([]store.Document, error) {
	if err := errors.Join(kind.Check(), store.CheckLimit(limit)); err != nil {
		return nil, err
	}
	filter := bson.D{{Key: "kind", Value: string(kind)}, {Key: "due", Value: bson.D{{Key: "$lte", Value: bson.NewDateTimeFromTime(before)}}}}
	return s.documents(ctx, filter, bson.D{{Key: "due", Value: 1}, {Key: "_id", Value: 1}}, limit)
}

func (s *Store) documents(ctx context.Context, filter, sort bson.D, limit int) ([]store.Document, error) {
	var found []store.Document
	o := options.Find().SetSort(sort).SetLimit(int64(limit))
	err := s.each(ctx, s.docs, filter, o, func(c *mongo.Cursor) (bool, error) {
		var d document
		if err := c.Decode(&d); err != nil {
			return false, fmt.Errorf("%w: a document cannot be read", store.ErrDamaged)
		}
		found = append(found, d.plain())
		return true, nil
	})
	if err != nil {
		return nil, fmt.Errorf("list documents: %w", err)
	}
	return found, nil
}
