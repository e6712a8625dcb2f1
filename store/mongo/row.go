package mongo

import (
	"fmt"
	"strings"

	"officermobile/models/record"
	"officermobile/store"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// row is a batch as stored. The index entries carry the log's name, so that one index serves all logs.
type row struct {
	ID       string   `bson:"_id"`
	Header   []byte   `bson:"header"`
	Payloads []byte   `bson:"payloads"`
	Keys     []string `bson:"keys"`
	Events   []int32  `bson:"events"` // where each key leads
}

// slotID names the slot at a position: fixed width, so that slots sort by position.
func slotID(log store.Name, first record.Seq) string {
	return fmt.Sprintf("%s:%016x", log, uint64(first))
}

// idRange is a condition on _id that holds for the batches of one log: ';' follows ':'.
func idRange(log store.Name) bson.D {
	return bson.D{{Key: "$gte", Value: slotID(log, 0)}, {Key: "$lt", Value: string(log) + ";"}}
}

// indexEntry is a key as the index has it.
func indexEntry(log store.Name, key string) string { return string(log) + ":" + key }

func rowOf(log store.Name, h record.Header, b record.Batch) (row, error) {
	payloads, err := record.EncodePayloads(b.Payloads)
	if err != nil {
		return row{}, fmt.Errorf("%w: %w", store.ErrInvalid, err)
	}
	d := row{ID: slotID(log, h.First), Header: b.Header, Payloads: payloads, Keys: []string{}, Events: []int32{}}
	for _, k := range b.Keys {
		d.Keys = append(d.Keys, indexEntry(log, k.Value))
		d.Events = append(d.Events, int32(k.Event))
	}
	return d, nil
}

// batch puts a stored row together.
func (d *row) batch() (record.Batch, error) {
	payloads, err := record.DecodePayloads(d.Payloads)
	if err != nil {
		return record.Batch{}, fmt.Errorf("%w: %w", store.ErrDamaged, err)
	}
	if len(d.Keys) != len(d.Events) {
		return record.Batch{}, fmt.Errorf("%w: keys of a batch", store.ErrDamaged)
	}
	b := record.Batch{Header: d.Header, Payloads: payloads}
	for i, entry := range d.Keys {
		_, value, _ := strings.Cut(entry, ":")
		b.Keys = append(b.Keys, record.Key{Event: int(d.Events[i]), Value: value})
	}
	return b, nil
}
