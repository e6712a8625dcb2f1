package client

import (
	"context"
	"slices"
	"strconv"

	"officermobile/models"
	"officermobile/models/wire"
)

// taken is what the use of a page came to.
type taken struct {
	changed bool // rows came
	more    bool // the pass goes on
	urgent  bool // something came that somebody has to acknowledge
}

// take uses a page that starts where the device is. The pages of a pass are kept aside with the token of the next; the
// last one applies them all and moves the position, in one commit. mu is held.
func (d *Device) take(ctx context.Context, p Page) (taken, error) {
	t := taken{changed: len(p.Items) > 0 || p.Full, more: p.More, urgent: isUrgent(p)}
	meta, c := d.meta.clone(), Change{}
	pages, err := d.runningPass(ctx, p)
	if err != nil {
		return t, err
	}
	c.DropPages = meta.Pass != nil && (len(pages) == 0 || !p.More)
	meta.At = p.At
	pages = append(pages, p)
	if p.More {
		meta.Pass = &Pass{Token: p.T, Full: pages[0].Full, Pages: len(pages)}
		c.AddPage, c.Meta = &p, &meta
		d.counters.pages.Add(1)
		return t, d.commit(ctx, c)
	}
	if c, err = d.finish(ctx, pages, &meta, c); err != nil {
		return t, err
	}
	if err := d.commit(ctx, c); err != nil {
		return t, err
	}
	d.counters.pages.Add(1)
	d.counters.passes.Add(1)
	if c.EraseRows {
		d.counters.full.Add(1)
	}
	if t.changed {
		d.changes.raise()
	}
	return t, nil
}

// runningPass are the pages that p follows on: none if it begins a pass. If the pages kept aside are lost, what is left
// is to go on from the last completed pass.
func (d *Device) runningPass(ctx context.Context, p Page) ([]Page, error) {
	if d.meta.Pass == nil || p.Begin || p.Full && !d.meta.Pass.Full {
		return nil, nil
	}
	pages, err := d.cfg.Store.Pages(ctx)
	if err != nil {
		d.broken = true
		return nil, err
	}
	return pages, nil
}

// finish completes the change that ends a pass. mu is held.
func (d *Device) finish(ctx context.Context, pages []Page, meta *Meta, c Change) (Change, error) {
	last := pages[len(pages)-1]
	merged, err := merge(pages, func(k Key) (Row, bool, error) { return d.cfg.Store.Row(ctx, k) })
	if err != nil {
		return c, err
	}
	merged.DropPages = c.DropPages
	if err := d.lookForHoles(ctx, merged, meta); err != nil {
		return c, err
	}
	meta.Token, meta.Pass = last.T, nil
	merged.DeleteEntries = d.covered(meta, last.Done)
	merged.Meta = meta
	return merged, nil
}

// covered notes up to which commands the rows now go, and answers the entries that they make needless. mu is
// held.
func (d *Device) covered(meta *Meta, done map[string]uint64) []EntryKey {
	for lane := range meta.Lanes {
		if num, ok := done[strconv.Itoa(lane)]; ok {
			meta.Lanes[lane].Done = num
		}
	}
	var gone []EntryKey
	for _, e := range d.outbox {
		if e.Outcome != "" && e.Num <= meta.Lanes[e.Lane].Done {
			gone = append(gone, e.EntryKey)
		}
	}
	return gone
}

// onlyDone uses the little that a page without items says, where a stream owns the position: nothing has changed since
// the token that was asked with, so what is shown includes all that the page does. mu is held.
func (d *Device) onlyDone(ctx context.Context, p Page) error {
	if len(p.Items) > 0 || p.Full || p.More {
		return nil
	}
	meta := d.meta.clone()
	gone := d.covered(&meta, p.Done)
	if meta.Lanes == d.meta.Lanes && len(gone) == 0 {
		return nil
	}
	if err := d.commit(ctx, Change{Meta: &meta, DeleteEntries: gone}); err != nil {
		return err
	}
	d.changes.raise()
	return nil
}

// isUrgent reports rows that somebody has to acknowledge: the server must hear at once that they are here.
func isUrgent(p Page) bool {
	if p.Full {
		return false // no news
	}
	return slices.ContainsFunc(p.Items, func(it Item) bool {
		if it.Kind == models.RowUrgent { // in a conversation it is only how others stand
			return !it.Gone && it.Scope.Rank == models.RankSelf
		}
		var run wire.Messages
		if it.Kind != models.RowMessages || run.UnmarshalJSON(it.Data) != nil {
			return false
		}
		return slices.ContainsFunc(run, func(m wire.Message) bool { return m.Extra.Urgent })
	})
}
