package node

import (
	"context"
	"errors"
	"time"

	"officermobile/api"
	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
	"officermobile/office"
	"officermobile/store"
	"officermobile/sync"
)

// The parts know each other only by small interfaces; this file fits them together.

// deps is what the api needs.
func (n *Node) deps() api.Deps {
	return api.Deps{
		Auth: n.Auth, Reader: n.sync, Writer: n.sync, Sync: n.sync, Log: logReader{n}, Push: pushDesk{n}, Audit: n.Audit, Records: n.records, Health: health{n},
	}
}

// logReader pages an agency's log.
type logReader struct{ *Node }

// Batches returns what follows a position.
func (l logReader) Batches(ctx context.Context, agency models.AgencyID, after record.Seq, limit int) ([]record.Batch, error) {
	g, err := l.Agencies.Agency(ctx, agency)
	if err != nil {
		return nil, err
	}
	return g.Batches(ctx, after, limit)
}

// health says how the node is.
type health struct{ *Node }

// Started says that the node has loaded what it needs.
func (h health) Started() error {
	if !h.started.Load() {
		return errStarting
	}
	return nil
}

var errStarting = models.Refuse(models.KindUnavailable, "starting", "The server is starting.")

// Ready says whether the node may be sent requests.
func (h health) Ready(ctx context.Context) error {
	if err := h.Started(); err != nil {
		return err
	}
	return errors.Join(h.Storage.Health(ctx), h.Audit.Health())
}

// feed is the log as push reads it.
type feed struct{ *Node }

// Agencies lists the agencies of this node.
func (f feed) Agencies(ctx context.Context) ([]models.AgencyID, error) {
	return f.Office.Agencies.List(ctx)
}

// Events returns what an agency has applied behind a position, also one within a batch: push's position is that of the
// oldest event it owes something for. It reads whole batches, so it may answer a few more events than asked for.
func (f feed) Events(ctx context.Context, agency models.AgencyID, after record.Seq, limit int) ([]models.Event, record.Seq, error) {
	g, err := f.Office.Agencies.Agency(ctx, agency)
	if err != nil {
		return nil, after, err
	}
	applied := g.Tip().Seq
	if applied <= after {
		return nil, after, nil
	}
	if events, ok := g.Latest(after, limit); ok && len(events) > 0 {
		return events, events[len(events)-1].Seq, nil
	}
	batches, err := batchesAround(ctx, g, after, max(1, limit/eventsOfBatch))
	if err != nil {
		return nil, after, err
	}
	var events []models.Event
	upto := after
	for _, b := range batches {
		h, decoded, err := models.DecodeBatch(b)
		if err != nil {
			return nil, after, err
		}
		if h.Last() > applied {
			break
		}
		events, upto = append(events, decoded...), max(upto, h.Last())
	}
	for len(events) > 0 && events[0].Seq <= after {
		events = events[1:]
	}
	return events, upto, nil
}

// batchesAround reads from the batch that after lies in. Batches are found by where they begin, so a position within one
// is looked for backwards; that happens once, at a start.
func batchesAround(ctx context.Context, g *sync.Agency, after record.Seq, limit int) ([]record.Batch, error) {
	for back := record.Seq(0); back < min(after, record.MaxEvents); back++ {
		batches, err := g.Batches(ctx, after-back, limit)
		if !errors.Is(err, models.ErrNotFound) && !errors.Is(err, store.ErrNotFound) {
			return batches, err
		}
	}
	return g.Batches(ctx, 0, limit)
}

// eventsOfBatch is how many events a batch of a busy log holds, about.
const eventsOfBatch = 8

// Changed is closed when something is applied after this call; of an agency that can't be asked now, soon: it may come
// back without a change.
func (f feed) Changed(agency models.AgencyID) <-chan struct{} {
	g, err := f.Office.Agencies.Agency(context.Background(), agency)
	if err != nil {
		soon := make(chan struct{})
		time.AfterFunc(askAgain, func() { close(soon) })
		return soon
	}
	return g.Changed()
}

// askAgain is after how long an agency that could not be asked is asked again.
const askAgain = time.Second

// sight is what push sees of the present.
type sight struct{ *Node }

// View shows an agency's state.
func (s sight) View(ctx context.Context, agency models.AgencyID, fn func(*models.State)) error {
	return office.People{Agencies: s.Agencies}.View(ctx, agency, fn)
}

// Presence is what a device is doing.
func (s sight) Presence(agency models.AgencyID, device models.DeviceID) wire.DevicePresence {
	return s.sync.Presence(agency, device)
}
