package records

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"officermobile/models/record"
	"officermobile/store"

	"github.com/go-json-experiment/json"
)

// Bounds of one request. They count blocks, not what is in them, so that where a page is cut tells nothing of what the
// asker may not see.
const (
	maxBlocks  = 256             // a million messages
	maxTime    = 2 * time.Second // of the walk; what was found until then is answered
	rowsAtOnce = 16              // of a bucket, a few kilobytes each
)

// walked is how a walk ended: at the end of what was asked for, stopped by its caller, or cut at a position.
type walked struct {
	cut record.Seq // 0: not cut
	err error
}

// walk hands over the entries that answer a query, the newest first, in runs of one block, until each has had enough.
// upto is the newest block, as it was when the asker came.
func (x *index) walk(ctx context.Context, upto *snapshot, q query, each func(run []entry) (goOn bool, err error)) walked {
	began := x.clock.Now()
	goOn, err := each(q.within(x.newest(upto, q.clauses)))
	if err != nil || !goOn {
		return walked{err: err}
	}
	number, found, err := x.seek(ctx, upto.block.number, q)
	if err != nil || !found {
		return walked{err: err}
	}
	c := &columns{docs: x.docs, prefix: x.prefix, runs: map[string]*run{}}
	for n := range uint32(maxBlocks) {
		h, run, err := x.stored(ctx, c, number-n, q)
		if err != nil {
			return walked{err: err}
		}
		if goOn, err := each(run); err != nil || !goOn {
			return walked{err: err}
		}
		switch {
		case number == n, h.At <= q.from:
			return walked{}
		case x.clock.Now().Sub(began) > maxTime:
			return walked{cut: h.After + 1}
		case n == maxBlocks-1:
			return walked{cut: h.After + 1}
		}
	}
	return walked{}
}

// within are the entries that a query's positions and times take in, the newest first.
func (q query) within(entries []entry) []entry {
	entries = slices.DeleteFunc(entries, func(e entry) bool { return e.seq >= q.before || e.at < q.from || e.at >= q.to })
	slices.Reverse(entries)
	return entries
}

// snapshot is the newest block as it was at one moment.
type snapshot struct {
	block   *block
	entries int
}

// now is the newest block as of now; nil if the index has not begun.
func (x *index) now() *snapshot {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.open == nil {
		return nil
	}
	return &snapshot{x.open, len(x.open.entries)}
}

// newest are the entries of the newest block that answer every clause, without those that have come since.
func (x *index) newest(upto *snapshot, clauses []clause) []entry {
	x.mu.RLock()
	defer x.mu.RUnlock()
	var run []entry
	for _, i := range upto.block.all(clauses) {
		if int(i) < upto.entries {
			run = append(run, upto.block.entries[i])
		}
	}
	return run
}

// seek finds the newest of n stored blocks that has anything before a query's position and time.
func (x *index) seek(ctx context.Context, n uint32, q query) (uint32, bool, error) {
	low, high := uint32(0), n // blocks below low begin early enough, from high on too late
	for low < high {
		middle := low + (high-low)/2
		h, err := x.head(ctx, middle)
		if err != nil {
			return 0, false, err
		}
		if h.After+1 < q.before && h.At < q.to {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low - 1, low > 0, nil
}

func (x *index) head(ctx context.Context, number uint32) (h head, err error) {
	d, err := x.docs.Get(ctx, kindIndex, x.prefix+headRows+"/"+descending(number))
	if err != nil {
		return h, missing(err)
	}
	if json.Unmarshal(d.Body, &h) != nil {
		return h, errDamaged
	}
	return h, nil
}

// missing: a row that the position promises.
func missing(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return errDamaged
	}
	return fmt.Errorf("read the index: %w", err)
}

// stored are the entries of a stored block that answer a query, and where the block is.
func (x *index) stored(ctx context.Context, c *columns, number uint32, q query) (head, []entry, error) {
	h, err := x.head(ctx, number)
	if err != nil {
		return h, nil, err
	}
	var hits []uint16
	if len(q.clauses) > 0 {
		var failed error
		hits = intersect(0, q.clauses, func(one clause) []uint16 {
			list, err := c.postings(ctx, one, number)
			failed = errors.Join(failed, err)
			return list
		})
		if failed != nil || len(hits) == 0 {
			return h, nil, failed
		}
	}
	d, err := x.docs.Get(ctx, kindIndex, x.prefix+tableRows+"/"+descending(number))
	if err != nil {
		return h, nil, missing(err)
	}
	entries, err := decodeTable(h.After, d.Body)
	if err != nil || len(q.clauses) == 0 {
		return h, q.within(entries), err
	}
	found := make([]entry, len(hits))
	for i, at := range hits {
		if int(at) >= len(entries) {
			return h, nil, errDamaged
		}
		found[i] = entries[at]
	}
	return h, q.within(found), nil
}

// columns reads the rows of buckets side by side, from block to block downwards.
type columns struct {
	docs   store.Documents
	prefix string
	runs   map[string]*run // by bucket
}

// postings are the entries of a block that answer a clause.
func (c *columns) postings(ctx context.Context, one clause, number uint32) ([]uint16, error) {
	var lists [][]uint16
	var seen []string
	for _, t := range one.terms {
		bucket := t.bucket()
		if slices.Contains(seen, bucket) {
			continue
		}
		seen = append(seen, bucket)
		row, err := c.run(bucket).at(ctx, number)
		if err != nil {
			return nil, err
		}
		list, err := postings(row, one)
		if err != nil {
			return nil, err
		}
		lists = append(lists, list)
	}
	return union(lists), nil
}

func (c *columns) run(bucket string) *run {
	if c.runs[bucket] == nil {
		c.runs[bucket] = &run{docs: c.docs, prefix: c.prefix + bucket + "/"}
	}
	return c.runs[bucket]
}

// run is the rows of one bucket, the newest first.
type run struct {
	docs   store.Documents
	prefix string
	page   []store.Document
	ended  bool
}

// at is the row of a block, none if the bucket is empty there. Blocks are asked for downwards.
func (r *run) at(ctx context.Context, number uint32) ([]byte, error) {
	for {
		for len(r.page) > 0 {
			n, ok := ascending(r.page[0].ID)
			switch {
			case !ok:
				return nil, errDamaged
			case n == number:
				return r.page[0].Body, nil
			case n < number:
				return nil, nil
			}
			r.page = r.page[1:]
		}
		if r.ended {
			return nil, nil
		}
		page, err := r.docs.List(ctx, kindIndex, r.prefix, r.prefix+descending(number+1), rowsAtOnce)
		if err != nil {
			return nil, fmt.Errorf("read the index: %w", err)
		}
		r.page, r.ended = page, len(page) < rowsAtOnce
	}
}
