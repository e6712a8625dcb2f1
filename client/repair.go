package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"officermobile/models"
	"officermobile/models/wire"
)

const repairPath = "/v1/sync/repair"

// repairDue asks anew for conversations that have had a hole twice in a row. It is not urgent: what fails is tried
// again after the next pass.
func (d *Device) repairDue(ctx context.Context) error {
	d.mu.Lock()
	due := d.due
	d.due = nil
	d.mu.Unlock()
	for _, sc := range due {
		if err := d.repair(ctx, sc); err != nil {
			return fmt.Errorf("repair a conversation: %w", err)
		}
	}
	return nil
}

// repair asks for one scope anew. The answer is used only if the position is still the one that was asked with, and
// doesn't change it: what came meanwhile could be newer.
func (d *Device) repair(ctx context.Context, sc models.Scope) error {
	release, err := d.holdPull(ctx)
	if err != nil {
		return err
	}
	defer release()
	d.mu.Lock()
	req := wire.RepairRequest{Token: d.meta.Token, Schema: wire.Schema, Scope: sc, Window: d.cfg.Window}
	running, header := d.meta.Pass != nil, bearer(d.meta.Session.Access)
	d.mu.Unlock()
	if running {
		return nil
	}
	d.counters.repairs.Add(1)
	asked := req.Token
	var pages []Page
	for len(pages) < maxTrips {
		var p Page
		if err := d.call(ctx, http.MethodPost, repairPath, header, req, &p); err != nil {
			return err
		}
		pages = append(pages, p)
		if !p.More {
			return d.repaired(ctx, sc, asked, pages)
		}
		req.Token = p.T
	}
	return errNoAnswer
}

func (d *Device) repaired(ctx context.Context, sc models.Scope, asked string, pages []Page) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.meta.Token != asked || d.meta.Pass != nil {
		d.counters.discarded.Add(int64(len(pages)))
		return nil
	}
	for _, p := range pages {
		for _, it := range p.Items {
			if p.Full {
				return nil // the token is of no use any more: the next pass brings everything, this scope too
			}
			if it.Scope != sc {
				return errNoAnswer // only what was asked for may be replaced
			}
		}
	}
	c, err := merge(pages, func(k Key) (Row, bool, error) { return d.cfg.Store.Row(ctx, k) })
	if err != nil {
		return err
	}
	meta := d.meta.clone()
	delete(meta.Holes, sc)
	c.Meta = &meta
	if err := d.commit(ctx, c); err != nil {
		return err
	}
	d.changes.raise()
	return nil
}

// History fetches older rows of a conversation: at most limit of those before the oldest held. It answers how many
// came; 0 if there are none, or if the conversation changed its window meanwhile.
func (d *Device) History(ctx context.Context, id models.ConversationID, limit int) (int, error) {
	release, err := d.holdPull(ctx)
	if err != nil {
		return 0, err
	}
	defer release()
	key := conversationKey(models.ConversationScope(id))
	row, ok, err := d.cfg.Store.Row(ctx, key)
	if err != nil || !ok || row.FromN <= 1 {
		return 0, err
	}
	d.mu.Lock()
	header := bearer(d.meta.Session.Access)
	d.mu.Unlock()
	query := url.Values{"before": {strconv.FormatUint(uint64(row.FromN), 10)}, "limit": {strconv.Itoa(limit)}}
	var run wire.Messages
	if err := d.call(ctx, http.MethodGet, "/v1/conversations/"+id.String()+"/messages?"+query.Encode(), header, nil, &run); err != nil {
		return 0, fmt.Errorf("fetch history: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	now, ok, err := d.cfg.Store.Row(ctx, key)
	if err != nil || !ok || now.FromN != row.FromN {
		return 0, err
	}
	now.FromN = 0 // nothing older: all that the user may read is here
	if len(run) > 0 {
		now.FromN = run[0].N
	}
	c := Change{PutRows: []Row{now}, Messages: map[models.Scope][]wire.Message{key.Scope: run}}
	if err := d.commit(ctx, c); err != nil {
		return 0, err
	}
	d.changes.raise()
	return len(run), nil
}
