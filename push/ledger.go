package push

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"golang.org/x/sync/errgroup"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/store"
)

// kindLedger documents tell whom messages were for, and for whom nothing rang. An agency's reader writes one a second
// at most, with all that was decided in it; so what is seen in time costs no write of its own.
const kindLedger store.Kind = "push_ledger"

// Bounds of one document: it is found by its highest position, so it must not reach far; and a store takes 4 MiB.
const (
	ledgerSpan    = 512  // positions
	ledgerEntries = 4000 // verdicts and audiences, at most 700 bytes each but for a large audience
)

// Audience is whom a message was for: who was in the conversation, the author apart.
type Audience struct {
	Seq    record.Seq      `json:"s"`
	AsOf   record.Seq      `json:"o"` // of the state that was looked at; above Seq if the reader lagged
	At     time.Time       `json:"t"`
	ByName []models.UserID `json:"n,omitzero"`
	ByRole []models.UserID `json:"r,omitzero"`
}

type ledgerBody struct {
	Audiences []Audience      `json:"a,omitzero"`
	Verdicts  []VerdictRecord `json:"v,omitzero"`
}

// appendAudience adds the audience of an event, if it is a message.
func appendAudience(all []Audience, s *models.State, e models.Event) []Audience {
	b, ok := e.Body.(*models.MessagePosted)
	if !ok {
		return all
	}
	a := Audience{Seq: e.Seq, AsOf: s.Seq, At: timeOf(s.At)}
	for _, r := range s.Recipients(b.Conversation) {
		switch {
		case r.User == e.Actor || s.FromN(r.User, b.Conversation) > b.N:
		case r.ByRole:
			a.ByRole = append(a.ByRole, r.User)
		default:
			a.ByName = append(a.ByName, r.User)
		}
	}
	return append(all, a)
}

// saveVerdicts makes durable what was decided in an agency.
func (p *Service) saveVerdicts(ctx context.Context, agency models.AgencyID) error {
	book := p.book(agency)
	all, audiences := book.take()
	rings := slices.DeleteFunc(slices.Clone(all), func(v VerdictRecord) bool { return v.Decision != Push })
	silent := slices.DeleteFunc(all, func(v VerdictRecord) bool { return v.Decision == Push })
	var g errgroup.Group
	g.SetLimit(flushers)
	for _, v := range rings {
		g.Go(func() error {
			if err := p.saveRing(ctx, agency, v); err != nil {
				book.giveBack([]VerdictRecord{v}, nil)
				return fmt.Errorf("save verdict: %w", err)
			}
			return nil
		})
	}
	for _, page := range pagesOf(silent, audiences) {
		g.Go(func() error {
			if err := p.saveLedger(ctx, agency, page); err != nil {
				book.giveBack(page.Verdicts, page.Audiences)
				return fmt.Errorf("save ledger: %w", err)
			}
			return nil
		})
	}
	return g.Wait()
}

// pagesOf cuts what was decided into documents.
func pagesOf(silent []VerdictRecord, audiences []Audience) []ledgerBody {
	slices.SortStableFunc(silent, func(a, b VerdictRecord) int { return cmp.Compare(a.Seq, b.Seq) })
	slices.SortStableFunc(audiences, func(a, b Audience) int { return cmp.Compare(a.Seq, b.Seq) })
	var pages []ledgerBody
	for len(silent)+len(audiences) > 0 {
		first := record.Seq(1<<64 - 1)
		if len(silent) > 0 {
			first = silent[0].Seq
		}
		if len(audiences) > 0 {
			first = min(first, audiences[0].Seq)
		}
		i, k := 0, 0
		for i < len(silent) && i < ledgerEntries && silent[i].Seq < first+ledgerSpan {
			i++
		}
		for k < len(audiences) && k < ledgerSpan && audiences[k].Seq < first+ledgerSpan {
			k++
		}
		pages = append(pages, ledgerBody{Audiences: audiences[:k:k], Verdicts: silent[:i:i]})
		silent, audiences = silent[i:], audiences[k:]
	}
	return pages
}

// bounds are the lowest and highest positions of a page.
func (l ledgerBody) bounds() (low, high record.Seq) {
	low = 1<<64 - 1
	for _, v := range l.Verdicts {
		low, high = min(low, v.Seq), max(high, v.Seq)
	}
	for _, a := range l.Audiences {
		low, high = min(low, a.Seq), max(high, a.Seq)
	}
	return low, high
}

func (p *Service) saveLedger(ctx context.Context, agency models.AgencyID, page ledgerBody) error {
	body, err := json.Marshal(page)
	if err != nil {
		return err
	}
	low, high := page.bounds()
	now := p.clock.Now()
	id := fmt.Sprintf("%s/%016x/%016x/%x", agency.Hex(), uint64(high), uint64(low), now.UnixNano())
	_, err = p.docs.PutIf(ctx, store.Document{Kind: kindLedger, ID: id, Due: now.Add(verdictLife), Body: body})
	return ignore(err, store.ErrVersion) // written by an attempt whose answer was lost
}

// saveRing writes the verdict of a ring. One repeated after a crash overwrites it.
func (p *Service) saveRing(ctx context.Context, agency models.AgencyID, v VerdictRecord) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	d := store.Document{Kind: kindVerdict, ID: verdictID(agency, v.Seq, v.Device), Due: v.At.Add(verdictLife), Body: body}
	_, err = p.docs.PutIf(ctx, d)
	if !errors.Is(err, store.ErrVersion) {
		return err
	}
	old, err := p.docs.Get(ctx, d.Kind, d.ID)
	if err != nil {
		return ignore(err, store.ErrNotFound)
	}
	d.Version = old.Version
	_, err = p.docs.PutIf(ctx, d)
	return err
}

func ignore(err, known error) error {
	if errors.Is(err, known) {
		return nil
	}
	return err
}

// How far behind an event is looked for what was decided about it: documents of later rings, which may tell of it, and
// of seconds in which it was decided.
const (
	lookAhead  = 1000
	lookLedger = 128
)

// kept is what is known of an event: verdicts that tell of it, rings first, and whom it was for.
func (p *Service) kept(ctx context.Context, agency models.AgencyID, seq record.Seq) ([]VerdictRecord, []Audience, error) {
	all, audiences := p.book(agency).about(seq)
	rings, err := p.docs.List(ctx, kindVerdict, agency.Hex()+"/", verdictID(agency, seq, models.DeviceID{}), lookAhead)
	if err != nil {
		return nil, nil, fmt.Errorf("list verdicts: %w", err)
	}
	for _, d := range rings {
		v, err := readRing(d)
		if err != nil {
			return nil, nil, err
		}
		if v.From <= seq && seq <= v.Seq {
			all = append(all, v)
		}
	}
	pages, err := p.docs.List(ctx, kindLedger, agency.Hex()+"/", fmt.Sprintf("%s/%016x", agency.Hex(), uint64(seq)), lookLedger)
	if err != nil {
		return nil, nil, fmt.Errorf("list the ledger: %w", err)
	}
	for _, d := range pages {
		page, err := readLedger(d)
		if err != nil {
			return nil, nil, err
		}
		for _, v := range page.Verdicts {
			if v.From <= seq && seq <= v.Seq {
				all = append(all, v)
			}
		}
		for _, a := range page.Audiences {
			if a.Seq == seq {
				audiences = append(audiences, a)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b VerdictRecord) int { return rank(a) - rank(b) })
	slices.SortStableFunc(audiences, func(a, b Audience) int { return cmp.Compare(a.AsOf, b.AsOf) })
	return all, audiences, nil
}

// rank puts rings first: a suppression never hides one.
func rank(v VerdictRecord) int {
	if v.Decision == Push {
		return 0
	}
	return 1
}

func readRing(d store.Document) (VerdictRecord, error) {
	var v VerdictRecord
	if err := json.Unmarshal(d.Body, &v); err != nil {
		return v, fmt.Errorf("decode verdict: %w", err)
	}
	return v, nil
}

func readLedger(d store.Document) (ledgerBody, error) {
	var page ledgerBody
	if err := json.Unmarshal(d.Body, &page); err != nil {
		return page, fmt.Errorf("decode a page of the ledger: %w", err)
	}
	return page, nil
}

// seqOf is the position that a document of either kind is found by; 0 for an id of another form.
func seqOf(id string) record.Seq {
	_, rest, _ := strings.Cut(id, "/")
	hex, _, _ := strings.Cut(rest, "/")
	seq, err := strconv.ParseUint(hex, 16, 64)
	if err != nil {
		return 0
	}
	return record.Seq(seq)
}
