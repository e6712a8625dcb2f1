package sync

import (
	"cmp"
	"slices"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
)

// holding is what a device has confirmed for one user: everything up to a position, but for rows that a reset skipped.
type holding struct {
	user      models.UserID
	confirmed record.Seq
	steps     []confirmation // the newest, by position and time
	skips     []skip         // the latest at the end
	fog       span           // in which a skip was forgotten
	noted     uint32         // skips noted in all
}

// confirmation is a step of a device's confirmed position.
type confirmation struct {
	seq record.Seq
	at  int64 // milliseconds since 1970
}

// skip says that rows of a conversation were not sent by a reset: those below a number and behind a position.
type skip struct {
	conversation models.ConversationID
	after        record.Seq // up to here the device had the conversation
	below        uint32     // from here on it was sent
}

// span is the positions in (after, upto].
type span struct{ after, upto record.Seq }

// skipsKept is of how many conversations a device's skips are remembered: more than a dispatcher has open. What was
// skipped of others is "unknown" rather than delivered.
const skipsKept = 64

// step notes that a device had everything up to seq at a time; false if that is no news.
func (h *holding) step(seq record.Seq, at int64) bool {
	if seq <= h.confirmed {
		return false
	}
	h.confirmed = seq
	if n := len(h.steps); n > 0 && at < h.steps[n-1].at {
		at = h.steps[n-1].at // clocks of two nodes
	}
	h.steps = trimSteps(append(h.steps, confirmation{seq, at}))
	return true
}

// skip notes that a reset brings a conversation from a row on only; upto is the position that the pass leads to. False
// if that is known already.
func (h *holding) skip(s skip, upto record.Seq) bool {
	i := slices.IndexFunc(h.skips, func(old skip) bool { return old.conversation == s.conversation && old.after == s.after })
	if i >= 0 && h.skips[i] == s {
		return false
	}
	h.noted++
	if i >= 0 {
		h.skips = slices.Delete(slices.Clone(h.skips), i, i+1) // the same reset again: what it sends now counts
	}
	h.skips = append(h.skips, s)
	h.forgetSkips(upto)
	return true
}

// forgetSkips lets the oldest go when there are too many; between where it began and upto nothing is certain then.
func (h *holding) forgetSkips(upto record.Seq) {
	for len(h.skips) > skipsKept {
		gone := h.skips[0].after
		if h.fog.upto > 0 {
			gone = min(gone, h.fog.after)
		}
		h.fog = span{gone, max(h.fog.upto, upto)}
		h.skips = slices.Clone(h.skips[1:])
	}
}

// join adds what another account of the same holding says.
func (h *holding) join(o holding) {
	h.steps = joinSteps(h.steps, o.steps)
	for _, s := range o.skips {
		if !slices.Contains(h.skips, s) {
			h.skips = append(h.skips, s)
		}
	}
	if o.fog.upto > 0 && h.fog.upto > 0 {
		h.fog.after = min(h.fog.after, o.fog.after)
	} else if o.fog.upto > 0 {
		h.fog.after = o.fog.after
	}
	h.fog.upto = max(h.fog.upto, o.fog.upto)
	h.noted = max(h.noted, o.noted)
	h.forgetSkips(h.confirmed)
}

// delivery is what is known of a row.
func (h *holding) delivery(row wire.RowRef) wire.Delivery {
	seq := row.Seq
	if h.confirmed < seq || len(h.steps) == 0 {
		return wire.Delivery{State: wire.NotYet}
	}
	if slices.ContainsFunc(h.skips, func(s skip) bool {
		return s.conversation == row.Conversation && s.after < seq && row.N < s.below
	}) {
		return wire.Delivery{State: wire.OnRequest}
	}
	if h.fog.after < seq && seq <= h.fog.upto {
		return wire.Delivery{State: wire.DeliveryUnknown}
	}
	i, _ := slices.BinarySearchFunc(h.steps, seq, func(c confirmation, seq record.Seq) int { return cmp.Compare(c.seq, seq) })
	forgotten := i == 0 && h.steps[0].seq > seq && len(h.steps) >= stepsKept*3/4
	return wire.Delivery{State: wire.Delivered, At: time.UnixMilli(h.steps[i].at).UTC(), Before: forgotten}
}

// delivery is what is known of a row on a device of a user.
func (p *presence) delivery(a models.AgencyID, id models.DeviceID, user models.UserID, row wire.RowRef) wire.Delivery {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.roster(a).devices[id]
	switch {
	case d == nil:
		return wire.Delivery{State: wire.DeliveryUnknown}
	case d.user == user:
		return d.delivery(row)
	case d.former != nil && d.former.user == user:
		if known := d.former.delivery(row); known.State != wire.NotYet {
			return known
		}
	}
	return wire.Delivery{State: wire.DeliveryUnknown}
}

// joinSteps is what two accounts of a device's confirmations say together: each position at the earliest time that
// either knows.
func joinSteps(a, b []confirmation) []confirmation {
	all := slices.Concat(a, b)
	slices.SortFunc(all, func(x, y confirmation) int { return cmp.Or(cmp.Compare(x.seq, y.seq), cmp.Compare(x.at, y.at)) })
	kept := all[:0]
	for _, s := range all {
		for len(kept) > 0 && kept[len(kept)-1].at >= s.at {
			kept = kept[:len(kept)-1] // more was confirmed no later
		}
		if len(kept) == 0 || s.seq > kept[len(kept)-1].seq {
			kept = append(kept, s)
		}
	}
	return trimSteps(kept)
}

// trimSteps forgets the oldest quarter when there are too many.
func trimSteps(steps []confirmation) []confirmation {
	if len(steps) <= stepsKept {
		return steps
	}
	return slices.Clone(steps[len(steps)-stepsKept*3/4:])
}
