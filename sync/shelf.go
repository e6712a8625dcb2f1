package sync

import (
	"encoding/binary"
	"errors"

	"officermobile/models"
	"officermobile/models/record"
)

// The first byte of a shelf's body. The first format had no users and no skips; it is still read.
const (
	stepsOnly   = 1
	shelfFormat = 2
)

var errSteps = errors.New("confirmations can't be read")

// encodeShelf writes what devices confirmed, for whom they are used now and were before, with their newest steps.
func (p *presence) encodeShelf(n, kept int) []byte {
	b := []byte{shelfFormat}
	for a, r := range p.rosters {
		for id, d := range r.devices {
			if !d.own || shelfOf(id) != n {
				continue
			}
			for _, h := range []*holding{&d.holding, d.former} {
				if h != nil && len(h.steps)+len(h.skips) > 0 {
					b = append(append(b, a[:]...), id[:]...)
					b = h.encode(b, kept)
				}
			}
		}
	}
	return b
}

// encode writes steps as differences, then what was skipped.
func (h *holding) encode(b []byte, kept int) []byte {
	b = append(b, h.user[:]...)
	steps := h.steps[max(0, len(h.steps)-kept):]
	b = binary.AppendUvarint(b, uint64(len(steps)))
	last := confirmation{}
	for _, s := range steps {
		b = binary.AppendUvarint(b, uint64(s.seq-last.seq))
		b = binary.AppendUvarint(b, uint64(s.at-last.at))
		last = s
	}
	b = binary.AppendUvarint(b, uint64(h.noted))
	b = binary.AppendUvarint(b, uint64(h.fog.after))
	b = binary.AppendUvarint(b, uint64(h.fog.upto))
	b = binary.AppendUvarint(b, uint64(len(h.skips)))
	for _, s := range h.skips {
		b = append(b, s.conversation[:]...)
		b = binary.AppendUvarint(b, uint64(s.after))
		b = binary.AppendUvarint(b, uint64(s.below))
	}
	return b
}

// takeShelf adds what a shelf says of devices that are known.
func (p *presence) takeShelf(body []byte, adopt bool) error {
	if len(body) == 0 || body[0] != stepsOnly && body[0] != shelfFormat {
		return errSteps
	}
	r := tokenReader{b: body[1:]}
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(r.b) > 0 {
		var a models.AgencyID
		var id models.DeviceID
		r.bytes(a[:])
		r.bytes(id[:])
		d := p.roster(a).devices[id]
		h := holding{}
		if body[0] == stepsOnly {
			h.steps = r.steps()
			if d != nil {
				h.user = d.user
			}
		} else {
			h = r.holding()
		}
		if r.bad {
			return errSteps
		}
		if d != nil {
			d.take(h)
			p.steps.dirty[shelfOf(id)] = p.steps.dirty[shelfOf(id)] || adopt
		}
	}
	return nil
}

// take adds what is known of a device's user, or of the one before.
func (d *deviceState) take(h holding) {
	switch {
	case h.user == d.user:
		d.join(h)
	case d.former == nil:
		d.former = &h
	case d.former.user == h.user:
		d.former.join(h)
	}
	if f := d.former; f != nil && len(f.steps) > 0 {
		f.confirmed = max(f.confirmed, f.steps[len(f.steps)-1].seq)
	}
}

func (r *tokenReader) holding() holding {
	var h holding
	r.bytes(h.user[:])
	h.steps = r.steps()
	h.noted = uint32(r.uvarint())
	h.fog = span{record.Seq(r.uvarint()), record.Seq(r.uvarint())}
	for n := r.uvarint(); n > 0 && !r.bad; n-- {
		var s skip
		r.bytes(s.conversation[:])
		s.after, s.below = record.Seq(r.uvarint()), uint32(r.uvarint())
		h.skips = append(h.skips, s)
	}
	return h
}

func (r *tokenReader) steps() []confirmation {
	var steps []confirmation
	last := confirmation{}
	for n := r.uvarint(); n > 0 && !r.bad; n-- {
		last.seq += record.Seq(r.uvarint())
		last.at += int64(r.uvarint())
		steps = append(steps, last)
	}
	return steps
}
