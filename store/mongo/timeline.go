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

// Find implements store.Log. Of several events with a key the newest is found.
func (s *Store) Find(ctx context.Context, log store.Name, key string) (store.Found, error) {
	if err := log.Check(); err != nil {
		return store.Found{}, err
	}
	if err := record.CheckKey(key); err != nil {
		return store.Found{}, fmt.Errorf("%w: %w", store.ErrInvalid, err)
	}
	var d row
	entry := indexEntry(log, key)
	newest := options.FindOne().SetSort(bson.D{{Key: "_id", Value: -1}})
	err := s.log.FindOne(ctx, bson.D{{Key: "keys", Value: entry}}, newest).Decode(&d)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return store.Found{}, store.ErrNotFound
	}
	if err != nil {
		return store.Found{}, fmt.Errorf("find a key: %w", plain(ctx, err))
	}
	b, err := d.batch()
	if err != nil {
		return store.Found{}, err
	}
	for _, k := range slices.Backward(b.Keys) {
		if k.Value == key {
			return store.Found{Batch: b, Event: k.Event}, nil
		}
	}
	return store.Found{}, fmt.Errorf("%w: the index leads to a batch without the key", store.ErrDamaged)
}

// timeline is one question for rows of a conversation.
type timeline struct {
	s            *Store
	log          store.Name
	conversation record.UUID
}

// Timeline implements store.Log. A query over an array's index cannot be had in the order of the entries within a
// range, so it asks for windows as wide as the rows still wanted: numbers are dense, so that the first is mostly the
// only one, and an empty one is followed by a search for the newest number below.
func (s *Store) Timeline(ctx context.Context, log store.Name, conversation record.UUID, from, before uint32, limit int) ([]store.Found, error) {
	if err := errors.Join(log.Check(), store.CheckLimit(limit)); err != nil {
		return nil, err
	}
	q := timeline{s: s, log: log, conversation: conversation}
	var found []store.Found
	for before > from && len(found) < limit {
		low := max(from, before-min(before, uint32(limit-len(found))))
		rows, err := q.window(ctx, low, before)
		if err == nil && len(rows) == 0 {
			low, err = q.newest(ctx, from, low)
		}
		if err != nil {
			return nil, fmt.Errorf("read a timeline: %w", err)
		}
		found = append(found, rows...)
		before = low
	}
	return found, nil
}

// holds is a condition for batches with a row of from <= n < before: one of a few anchored prefixes, each of which is
// one interval of the index. ($gte with $lt would be met by two entries of one batch, and $elemMatch over plain
// values is not the same everywhere.)
func (q timeline) holds(from, before uint32) bson.D {
	var any bson.A
	stem := indexEntry(q.log, record.TimelineKey(q.conversation, 0))
	stem = stem[:len(stem)-hexDigits]
	for _, p := range prefixes(uint64(from), uint64(before)) {
		any = append(any, bson.Regex{Pattern: "^" + stem + p})
	}
	return bson.D{{Key: "keys", Value: bson.D{{Key: "$in", Value: any}}}}
}

// hexDigits is how many digits a number has at the end of a TimelineKey.
const hexDigits = 8

// prefixes are the fewest beginnings of 8-digit hexadecimal numbers that together mean from <= n < before.
func prefixes(from, before uint64) []string {
	var out []string
	for from < before {
		digits, size := hexDigits, uint64(1)
		for from%(size*16) == 0 && from+size*16 <= before && digits > 0 {
			size *= 16
			digits--
		}
		out = append(out, fmt.Sprintf("%08x", from)[:digits])
		from += size
	}
	return out
}

// window reads all rows of a narrow range, the newest first. Where a number is there twice the newer batch has it.
func (q timeline) window(ctx context.Context, from, before uint32) ([]store.Found, error) {
	byKey := map[string]store.Found{}
	low, high := record.TimelineKey(q.conversation, from), record.TimelineKey(q.conversation, before)
	oldest := options.Find().SetSort(bson.D{{Key: "_id", Value: 1}})
	err := q.s.each(ctx, q.s.log, q.holds(from, before), oldest, func(c *mongo.Cursor) (bool, error) {
		var d row
		if err := c.Decode(&d); err != nil {
			return false, fmt.Errorf("%w: a batch cannot be read", store.ErrDamaged)
		}
		b, err := d.batch()
		if err != nil {
			return false, err
		}
		for _, k := range b.Keys {
			if k.Value >= low && k.Value < high {
				byKey[k.Value] = store.Found{Batch: b, Event: k.Event}
			}
		}
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	keys := make([]string, 0, len(byKey))
	for key := range byKey {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b string) int { return strings.Compare(b, a) })
	found := make([]store.Found, len(keys))
	for i, key := range keys {
		found[i] = byKey[key]
	}
	return found, nil
}

// newest answers a bound right above the newest number in from <= n < before, or from if there is none. It halves the
// range: 32 point reads at most.
func (q timeline) newest(ctx context.Context, from, before uint32) (uint32, error) {
	there, err := q.any(ctx, from, before)
	if err != nil || !there {
		return from, err
	}
	for before-from > 1 {
		middle := from + (before-from)/2
		above, err := q.any(ctx, middle, before)
		if err != nil {
			return 0, err
		}
		if above {
			from = middle
		} else {
			before = middle
		}
	}
	return before, nil
}

func (q timeline) any(ctx context.Context, from, before uint32) (bool, error) {
	if from >= before {
		return false, nil
	}
	id := options.FindOne().SetProjection(bson.D{{Key: "_id", Value: 1}})
	err := q.s.log.FindOne(ctx, q.holds(from, before), id).Err()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return false, nil
	}
	if err != nil {
		return false, plain(ctx, err)
	}
	return true, nil
}
