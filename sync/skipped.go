package sync

import (
	"context"
	"errors"
	"fmt"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
	"officermobile/store"
)

// A reset brings the newest window of a conversation; rows before it are in the history. A device that then presents its
// position has everything up to it but those: a receipt calls them "not sent, on request". They are noted when the page
// is made, for until its token comes back nothing behind the old position counts as delivered anyway.

// reset is a conversation that a page brings from a row on.
type reset struct {
	conversation models.ConversationID
	below        uint32
	since, until record.Seq // of the user's access
}

// resetsOf are the conversations that a page resets with something left out, and the position its pass leads to. They
// stand in the page's items: an op, or with a full pass the conversation's row.
func resetsOf(s *models.State, who wire.Caller, items []wire.Item[any]) []reset {
	var all []reset
	for _, it := range items {
		if it.FromN == 0 || it.Scope.Rank != models.RankConversation {
			continue
		}
		g, _ := s.GrantOf(who.User, it.Scope)
		all = append(all, reset{models.ConversationID(it.Scope.ID), it.FromN, g.Since, g.Until})
	}
	return all
}

// skipped notes what a page left out. Most pages leave nothing out, and cost nothing here.
func (s *Service) skipped(g *Agency, who wire.Caller, page *wire.Page[any], upto record.Seq) {
	if who.Device.IsZero() {
		return
	}
	has := false
	for i := range page.Items {
		has = has || page.Items[i].FromN > 0
	}
	if !has {
		return
	}
	var all []reset
	g.View(func(st *models.State) { all = resetsOf(st, who, page.Items) })
	s.presence.skip(who, all, upto)
}

// skip notes resets of a device, as of what it has confirmed. Of a conversation that its user was out of meanwhile, it
// has only what came before.
func (p *presence) skip(who wire.Caller, resets []reset, upto record.Seq) {
	at := p.clock.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.roster(who.Agency)
	d := r.device(who.Device)
	r.belong(d, who.User)
	for _, c := range resets {
		after := d.confirmed
		if c.since > after {
			after = min(after, c.until)
		}
		if d.skip(skip{c.conversation, after, c.below}, upto) {
			d.heard, d.own, p.dirty = at, true, true
			p.steps.dirty[shelfOf(who.Device)], p.steps.skipped[shelfOf(who.Device)] = true, true
		}
	}
}

// writeSkips writes the shelves that have new skips.
func (p *presence) writeSkips(ctx context.Context) error {
	for shelf := range shelves {
		p.mu.Lock()
		due := p.steps.skipped[shelf]
		p.mu.Unlock()
		if !due {
			continue
		}
		if _, err := p.writeShelf(ctx, shelf); err != nil {
			return err
		}
	}
	return nil
}

// fetchSkips reads the shelves of other nodes on which there is more than is known here.
func (p *presence) fetchSkips(ctx context.Context) {
	p.mu.Lock()
	shelvesOf := map[string]bool{}
	for id, node := range p.steps.fetch {
		shelvesOf[fmt.Sprintf("%s/%02d", node, shelfOf(id))] = true
	}
	clear(p.steps.fetch)
	p.mu.Unlock()
	for id := range shelvesOf {
		doc, err := p.docs.Get(ctx, deliveredKind, id)
		if err == nil {
			err = p.takeShelf(doc.Body, false)
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			p.logger.Warn("another node's confirmations can't be read", "document", id, "error", err)
		}
	}
}
