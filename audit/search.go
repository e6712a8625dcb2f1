package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"sort"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/trail"
	"officermobile/store"

	"github.com/go-json-experiment/json"
)

const (
	// MaxPage bounds the lines of a page.
	MaxPage = 1000
	// maxScanned bounds the lines that one search looks at, a tenth of a second's work; the page then ends early, with
	// a Next.
	maxScanned = 5000
	readPage   = 250
)

// Search answers lines of an agency's log, the newest first. A page may be short, or empty, and yet have a Next.
func (r *Recorder) Search(ctx context.Context, agency models.AgencyID, q trail.Query) (trail.Page, error) {
	if q.Limit < 1 || q.Limit > MaxPage {
		return trail.Page{}, models.Invalid("limit", fmt.Sprintf("is 1 to %d", MaxPage))
	}
	s := search{log: r.log, name: LogOf(agency), query: q, before: q.Before}
	if s.before == 0 {
		s.before = math.MaxUint32
	}
	if q.To > 0 {
		if err := s.skip(ctx); err != nil {
			return trail.Page{}, err
		}
	}
	err := s.scan(ctx)
	return s.page, err
}

type search struct {
	log    store.Log
	name   store.Name
	query  trail.Query
	before uint32
	page   trail.Page

	batch  []byte        // header of the batch looked at last, and what it says
	header record.Header // of batch
}

// scan reads on from the newest line below before.
func (s *search) scan(ctx context.Context) error {
	for scanned := 0; scanned < maxScanned; {
		found, err := s.read(ctx, readPage)
		if err != nil {
			return err
		}
		for _, f := range found {
			e, err := s.entry(f)
			if err != nil {
				return err
			}
			if e.At.UnixMicro() < s.query.From {
				return nil
			}
			if len(s.page.Entries) == s.query.Limit {
				s.page.Next = s.before
				return nil
			}
			s.before = e.N
			if s.query.Wants(e) {
				s.page.Entries = append(s.page.Entries, e)
			}
		}
		if len(found) < readPage || s.before <= 1 {
			return nil
		}
		scanned += len(found)
	}
	s.page.Next = s.before
	return nil
}

// skip sets before to the first line that is too late, by halving: times rise with numbers.
func (s *search) skip(ctx context.Context) error {
	newest, err := s.read(ctx, 1)
	if err != nil || len(newest) == 0 {
		return err
	}
	last, err := s.entry(newest[0])
	if err != nil {
		return err
	}
	limit := s.before
	n := sort.Search(int(last.N), func(i int) bool { // is line i+1 too late?
		if err != nil {
			return true
		}
		var at []store.Found
		s.before = uint32(i) + 2
		if at, err = s.read(ctx, 1); err != nil || len(at) == 0 {
			return true
		}
		var e trail.Entry
		e, err = s.entry(at[0])
		return e.At.UnixMicro() >= s.query.To
	})
	s.before = min(limit, uint32(n)+1)
	return err
}

func (s *search) read(ctx context.Context, limit int) ([]store.Found, error) {
	found, err := s.log.Timeline(ctx, s.name, timeline, 0, s.before, limit)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("read an audit log: %w", err)
	}
	return found, nil
}

// entry reads a line. Of a redacted one the header is left.
func (s *search) entry(f store.Found) (trail.Entry, error) {
	if !bytes.Equal(s.batch, f.Batch.Header) {
		h, err := record.Decode(f.Batch.Header)
		if err != nil {
			return trail.Entry{}, err
		}
		s.batch, s.header = f.Batch.Header, h
	}
	var e trail.Entry
	if p := f.Batch.Payloads[f.Event]; p.Redacted() {
		e.What = "redacted"
	} else if err := json.Unmarshal(p.Bytes, &e); err != nil {
		return e, fmt.Errorf("read a line of an audit log: %w", err)
	}
	head := s.header.Events[f.Event]
	e.At, e.N = time.UnixMicro(head.At).UTC(), uint32(s.header.First)+uint32(f.Event)
	e.User, e.Device = models.UserID(head.Actor), models.DeviceID(head.Device)
	return e, nil
}
