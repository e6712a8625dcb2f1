package client

import (
	"slices"

	"officermobile/models"
	"officermobile/models/wire"
)

// receiptsKept is of how many messages receipts are kept, the newest. They are volatile: what is older, or of another
// process, is asked for by GET /v1/messages/{id}/receipts.
const receiptsKept = 512

// allReceipts asks for receipts without a mark.
const allReceipts = "all"

// receipts are how far messages have come with whom, as told beside the pages.
type receipts struct {
	mark  string // to ask with
	of    map[models.MessageID]map[models.UserID]wire.Stage
	order []models.MessageID // as first heard of
}

// take keeps the furthest of each person: what is told may come twice, and late.
func (r *receipts) take(now wire.Now) (changed bool) {
	if now.Mark != "" {
		r.mark = now.Mark
	}
	for _, m := range now.Receipts {
		people := r.message(m.Message)
		for _, to := range m.To {
			if to.State.Rank() > people[to.User].State.Rank() {
				people[to.User], changed = to, true
			}
		}
	}
	return changed
}

// message is what is kept of one, made if need be at the cost of the oldest.
func (r *receipts) message(id models.MessageID) map[models.UserID]wire.Stage {
	if r.of == nil {
		r.of = map[models.MessageID]map[models.UserID]wire.Stage{}
	}
	if r.of[id] == nil {
		r.of[id] = map[models.UserID]wire.Stage{}
		r.order = append(r.order, id)
	}
	if len(r.order) > receiptsKept {
		delete(r.of, r.order[0])
		r.order = r.order[1:]
	}
	return r.of[id]
}

// asked is what a request asks for: nothing, unless the device is to have receipts.
func (d *Device) asked() string {
	if !d.cfg.Receipts {
		return ""
	}
	if d.receipts.mark == "" {
		return allReceipts
	}
	return d.receipts.mark
}

// heard takes what came beside a page. mu is held.
func (d *Device) heard(now wire.Now) {
	for _, p := range now.Presence {
		d.now[p.User] = p
	}
	if d.receipts.take(now) || len(now.Presence) > 0 {
		d.changes.raise()
	}
}

// Receipts answers how far a message has come, by user; who is not among them has not got it, as far as is known. It is
// for messages of one's own, and for those who run things.
func (d *Device) Receipts(id models.MessageID) []wire.Stage {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make([]wire.Stage, 0, len(d.receipts.of[id]))
	for _, to := range d.receipts.of[id] {
		all = append(all, to)
	}
	slices.SortFunc(all, func(a, b wire.Stage) int { return slices.Compare(a.User[:], b.User[:]) })
	return all
}
