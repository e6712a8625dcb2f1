package client

import (
	"context"
	"slices"

	"officermobile/models"
	"officermobile/models/wire"
)

// lookForHoles notes conversations in which the row before a new one is missing. One whose hole was there after the
// pass before, too, is due for repair. mu is held.
func (d *Device) lookForHoles(ctx context.Context, c Change, meta *Meta) error {
	holes := map[models.Scope]uint32{}
	d.due = d.due[:0]
	for sc, n := range meta.Holes {
		open := !c.EraseRows && !slices.Contains(c.EraseScope, sc) && !contains(c.Messages[sc], n-1)
		if open {
			held, err := d.cfg.Store.Messages(ctx, sc, n-1, n+1, 2)
			if err != nil {
				return err
			}
			open = !contains(held, n-1) && contains(held, n)
		}
		if open {
			holes[sc] = n
			d.due = append(d.due, sc)
		}
	}
	for sc, run := range c.Messages {
		n, err := d.holeIn(ctx, c, sc, run)
		if err != nil {
			return err
		}
		if n > 0 && holes[sc] == 0 {
			holes[sc] = n
		}
	}
	meta.Holes = nil
	if len(holes) > 0 {
		meta.Holes = holes
	}
	return nil
}

// holeIn is the first number of a run whose predecessor is neither in the run nor held, 0 if there is none. The oldest
// row of a timeline has no predecessor: history may begin where the user joined.
func (d *Device) holeIn(ctx context.Context, c Change, sc models.Scope, run []wire.Message) (uint32, error) {
	anew := c.EraseRows || slices.Contains(c.EraseScope, sc)
	for i, m := range run {
		if i > 0 && run[i-1].N == m.N-1 {
			continue
		}
		if anew {
			if i > 0 {
				return m.N, nil
			}
			continue
		}
		before, err := d.cfg.Store.Messages(ctx, sc, 0, m.N, 1)
		if err != nil {
			return 0, err
		}
		if i > 0 || len(before) > 0 {
			if len(before) == 0 || before[0].N != m.N-1 {
				return m.N, nil
			}
		}
	}
	return 0, nil
}

func contains(run []wire.Message, n uint32) bool {
	return slices.ContainsFunc(run, func(m wire.Message) bool { return m.N == n })
}
