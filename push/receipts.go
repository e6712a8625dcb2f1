package push

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"golang.org/x/sync/errgroup"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
	"officermobile/store"
)

// kindReceipt documents are what a device told of one notification of its own. One small write for each
// notification that is told of, in a request that comes anyway; they live as long as the verdict that they belong to.
const kindReceipt store.Kind = "push_receipt"

// Reached is how far a notification has come on its device, by the device's word; the zero time for what it did not
// tell.
type Reached struct {
	Received  time.Time `json:"r,omitzero"`
	Displayed time.Time `json:"d,omitzero"`
	Opened    time.Time `json:"o,omitzero"`
}

// at is where a stage's time stands.
func (r *Reached) at(s wire.PushStage) *time.Time {
	switch s {
	case wire.PushReceived:
		return &r.Received
	case wire.PushDisplayed:
		return &r.Displayed
	}
	return &r.Opened
}

// with is r and what it lacks of more, and which stages those are: what was told first stands.
func (r Reached) with(more Reached) (all Reached, news []wire.PushStage) {
	for _, s := range wire.PushStages() {
		if told := *more.at(s); !told.IsZero() && r.at(s).IsZero() {
			*r.at(s) = told
			news = append(news, s)
		}
	}
	return r, news
}

// told is everything that a request says of one notification.
type told struct {
	id record.UUID
	Reached
	stages int // said, repetitions included
}

// gather puts together what is told of each notification, so that each is written once. A time that lies ahead is now:
// phones' clocks are set by people.
func gather(all []wire.PushReceipt, now time.Time) []told {
	var by []told
	index := map[models.NotificationID]int{}
	for _, r := range all {
		i, known := index[r.ID]
		if !known {
			i = len(by)
			index[r.ID], by = i, append(by, told{id: r.ID.UUID()})
		}
		at := time.UnixMilli(r.At).UTC()
		if at.After(now) {
			at = now
		}
		by[i].stages++
		if slot := by[i].at(r.Stage); slot.IsZero() || at.Before(*slot) {
			*slot = at
		}
	}
	return by
}

// Receive keeps what a device tells of its notifications, durably when it returns. The same may be told any number of
// times. What wire.CheckPushes refuses is refused with a *models.Error.
func (p *Service) Receive(ctx context.Context, agency models.AgencyID, device models.DeviceID, receipts []wire.PushReceipt) error {
	if err := wire.CheckPushes(receipts); err != nil {
		return err
	}
	k, now := deviceKey{agency, device}, p.clock.Now()
	for _, t := range gather(receipts, now) {
		at, foreign := p.rung.at(t.id, k)
		if !foreign && at.IsZero() {
			var err error
			if foreign, err = p.foreign(ctx, k, t.id); err != nil {
				return err
			}
		}
		if foreign {
			p.counts.receipts(func(c *receiptCounts) { c.ignored += uint64(t.stages) })
			continue
		}
		news, err := p.reach(ctx, k, t)
		if err != nil {
			return err
		}
		p.counts.receipts(func(c *receiptCounts) {
			c.repeated += uint64(t.stages - len(news))
			for _, s := range news {
				c.add(s, *t.at(s), at)
			}
		})
	}
	return nil
}

// foreign reports a notification that was never this device's: by its id, since a ring's can be read back.
func (p *Service) foreign(ctx context.Context, k deviceKey, id record.UUID) (bool, error) {
	_, err := p.rungBy(ctx, k, id)
	return errors.Is(err, models.ErrNotFound), ignore(err, models.ErrNotFound)
}

// reach writes what is told of one notification and answers what of it is news.
func (p *Service) reach(ctx context.Context, k deviceKey, t told) ([]wire.PushStage, error) {
	d := store.Document{Kind: kindReceipt, ID: receiptID(k, t.id), Due: p.clock.Now().Add(verdictLife)}
	var old Reached
	for range contested {
		next, news := old.with(t.Reached)
		if len(news) == 0 {
			return nil, nil
		}
		var err error
		if d.Body, err = json.Marshal(next); err != nil {
			return nil, err
		}
		if _, err = p.docs.PutIf(ctx, d); err == nil {
			return news, nil
		}
		if !errors.Is(err, store.ErrVersion) {
			return nil, fmt.Errorf("keep a push receipt: %w", err)
		}
		if old, d.Version, err = p.receipt(ctx, k, t.id); err != nil {
			return nil, err
		}
	}
	return nil, errors.New("keep a push receipt: too much contention")
}

func receiptID(k deviceKey, id record.UUID) string { return k.String() + "/" + id.Hex() }

// receipt is what is known of a notification on a device; the zero one for nothing.
func (p *Service) receipt(ctx context.Context, k deviceKey, id record.UUID) (Reached, uint64, error) {
	var r Reached
	d, err := p.docs.Get(ctx, kindReceipt, receiptID(k, id))
	if errors.Is(err, store.ErrNotFound) {
		return r, 0, nil
	}
	if err != nil {
		return r, 0, fmt.Errorf("read a push receipt: %w", err)
	}
	if err := json.Unmarshal(d.Body, &r); err != nil {
		return r, 0, fmt.Errorf("decode a push receipt: %w", err)
	}
	return r, d.Version, nil
}

// reachedOf adds to verdicts, where they stand, what the devices told.
func (p *Service) reachedOf(ctx context.Context, agency models.AgencyID, lists ...[]VerdictRecord) error {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(flushers)
	for _, list := range lists {
		for i := range list {
			v := &list[i]
			id, err := record.ParseUUID(v.Notification)
			if err != nil {
				continue // it did not ring
			}
			g.Go(func() (err error) {
				v.Reached, _, err = p.receipt(gctx, deviceKey{agency, v.Device}, id)
				return err
			})
		}
	}
	return g.Wait()
}
