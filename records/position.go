package records

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/store"

	"github.com/go-json-experiment/json"
)

const (
	kindIndex    store.Kind = "index"
	kindPosition store.Kind = "index_position"
)

// The rows of a block that are not those of a bucket, whose names begin with other letters.
const (
	headRows   = "h"
	tableRows  = "t"
	originRows = "f" // and the dispatch's id
)

// position is how far an agency's log is in rows: the end of a block, always.
type position struct {
	Seq    record.Seq `json:"seq"`
	Blocks uint32     `json:"blocks"`
	OnDuty []Shift    `json:"on_duty,omitzero"` // there, by beginning
}

// head says where a block is, so that it is found by position and time.
type head struct {
	After record.Seq    `json:"after"`
	At    models.Micros `json:"at"` // of its first event
}

// position reads the agency's. Its document's version is 0 for an agency that has none yet.
func (x *index) position(ctx context.Context) (position, uint64, error) {
	var p position
	d, err := x.docs.Get(ctx, kindPosition, x.positionID())
	if errors.Is(err, store.ErrNotFound) {
		return p, 0, nil
	}
	if err != nil {
		return p, 0, fmt.Errorf("read the index's position: %w", err)
	}
	if err := json.Unmarshal(d.Body, &p); err != nil {
		return p, 0, fmt.Errorf("%w: the index's position: %w", store.ErrDamaged, err)
	}
	return p, d.Version, nil
}

func (x *index) positionID() string { return x.prefix[:len(x.prefix)-1] }

// write makes a full block durable, its position last: what died half-way is done again, row for row the same. If it is
// there already another node has written it.
func (x *index) write(ctx context.Context, b *block) error {
	have, version, err := x.position(ctx)
	if err != nil || have.Blocks > b.number {
		return err
	}
	rows, err := b.rows(x.prefix)
	if err != nil {
		return err
	}
	where, err := json.Marshal(head{After: b.after, At: b.at})
	if err != nil {
		return err
	}
	rows = append(rows, store.Document{Kind: kindIndex, ID: x.prefix + headRows + "/" + descending(b.number), Body: where})
	for part := range slices.Chunk(rows, store.MaxPut) {
		if err := x.docs.PutAll(ctx, part); err != nil {
			return fmt.Errorf("write block %d of the index: %w", b.number, err)
		}
	}
	p := position{Seq: b.seq, Blocks: b.number + 1}
	for _, s := range slices.Collect(maps.Values(b.onDuty)) {
		p.OnDuty = append(p.OnDuty, *s)
	}
	slices.SortFunc(p.OnDuty, laterFirst)
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if _, err := x.docs.PutIf(ctx, store.Document{Kind: kindPosition, ID: x.positionID(), Version: version, Body: body}); err != nil {
		return fmt.Errorf("move the index's position: %w", err)
	}
	return nil
}

// block is the one to go on with behind a position that is in rows.
func (p position) block(end bounds) *block {
	onDuty := map[models.UserID]*Shift{}
	for i := range p.OnDuty {
		onDuty[p.OnDuty[i].User] = &p.OnDuty[i]
	}
	return newBlock(end, p.Blocks, p.Seq, onDuty)
}
