package push

import (
	"context"
	"fmt"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/store"
)

// Bounds of a search for a device's verdicts: documents are by position, so it goes back through the log, in wider and
// wider steps while it finds little.
const (
	searchMost  = 4000 // documents
	searchFirst = 512  // positions in the first step
	searchPage  = 500
)

// search goes back from the log's end.
type search struct {
	p      *Service
	agency models.AgencyID
	device models.DeviceID
	upto   record.Seq // not searched yet: at or below
	width  record.Seq
	read   int
}

// step searches the next stretch.
func (s *search) step(ctx context.Context) (found []VerdictRecord, err error) {
	s.width = max(2*s.width, searchFirst)
	after := s.upto - min(s.upto, s.width)
	err = s.each(ctx, kindVerdict, after, func(d store.Document) error {
		v, err := readRing(d)
		found = s.mine(found, v)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = s.each(ctx, kindLedger, after, func(d store.Document) error {
		page, err := readLedger(d)
		found = s.mine(found, page.Verdicts...)
		return err
	})
	s.upto = after
	return found, err
}

func (s *search) mine(found []VerdictRecord, all ...VerdictRecord) []VerdictRecord {
	for _, v := range all {
		if v.Device == s.device {
			found = append(found, v)
		}
	}
	return found
}

// each visits the documents of positions in (after, s.upto].
func (s *search) each(ctx context.Context, kind store.Kind, after record.Seq, fn func(store.Document) error) error {
	from := fmt.Sprintf("%s/%016x", s.agency.Hex(), uint64(after+1))
	for {
		docs, err := s.p.docs.List(ctx, kind, s.agency.Hex()+"/", from, searchPage)
		if err != nil {
			return fmt.Errorf("search verdicts: %w", err)
		}
		for _, d := range docs {
			if seqOf(d.ID) > s.upto {
				return nil
			}
			s.read++
			if err := fn(d); err != nil {
				return err
			}
			from = d.ID
		}
		if len(docs) < searchPage {
			return nil
		}
	}
}
