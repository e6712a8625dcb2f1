package sync

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/store"
)

// deliveredKind is the kind of documents that keep when devices confirmed what, over restarts. A node spreads its devices
// over shelves and writes one shelf a second, that which has waited longest: 5,000 devices in constant use are one write
// of some 100 KiB a second, and a crash makes a minute of confirmations as coarse as the presence document tells them.
const deliveredKind store.Kind = "delivered"

// shelves is how many: more would be coarser after a crash, fewer would be larger writes.
const shelves = 64

// stepsFormat is the first byte of a shelf's body.
const stepsFormat = 1

var errSteps = errors.New("confirmations can't be read")

// stepsDisk is what is to be written of the confirmations.
type stepsDisk struct {
	dirty [shelves]bool // under the lock of presence
	next  int           // of the goroutine that writes
}

func shelfOf(id models.DeviceID) int { return int(id[len(id)-1]) % shelves }

func (p *presence) shelfID(n int) string { return fmt.Sprintf("%s/%02d", p.node, n) }

// writeSteps writes at most n shelves that have news, in turn.
func (p *presence) writeSteps(ctx context.Context, n int) error {
	for range shelves {
		shelf := p.steps.next
		p.steps.next = (shelf + 1) % shelves
		body := p.shelf(shelf)
		if body == nil {
			continue
		}
		if err := p.put(ctx, deliveredKind, p.shelfID(shelf), body); err != nil {
			p.mu.Lock()
			p.steps.dirty[shelf] = true
			p.mu.Unlock()
			return err
		}
		if n--; n == 0 {
			return nil
		}
	}
	return nil
}

// shelf is the body of a shelf that has news, else nil. Steps are cut rather than a document's limit passed.
func (p *presence) shelf(n int) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.steps.dirty[n] {
		return nil
	}
	p.steps.dirty[n] = false
	for kept := stepsKept; ; kept /= 2 {
		if body := p.encodeShelf(n, kept); len(body) <= store.MaxDocument || kept == 0 {
			return body
		}
	}
}

// encodeShelf writes each device with its newest steps, as differences.
func (p *presence) encodeShelf(n, kept int) []byte {
	b := []byte{stepsFormat}
	for a, r := range p.rosters {
		for id, d := range r.devices {
			if !d.own || len(d.steps) == 0 || shelfOf(id) != n {
				continue
			}
			steps := d.steps[max(0, len(d.steps)-kept):]
			b = append(append(b, a[:]...), id[:]...)
			b = binary.AppendUvarint(b, uint64(len(steps)))
			last := confirmation{}
			for _, s := range steps {
				b = binary.AppendUvarint(b, uint64(s.seq-last.seq))
				b = binary.AppendUvarint(b, uint64(s.at-last.at))
				last = s
			}
		}
	}
	return b
}

// readSteps takes in the shelves of one node, or of all where prefix is empty. With adopt this node has them from now on.
func (p *presence) readSteps(ctx context.Context, prefix string, adopt bool) error {
	after := ""
	for {
		docs, err := p.docs.List(ctx, deliveredKind, prefix, after, shelves)
		if err != nil {
			return fmt.Errorf("read confirmations: %w", err)
		}
		for _, d := range docs {
			after = d.ID
			if strings.HasPrefix(d.ID, p.node+"/") {
				p.disk.written[string(deliveredKind)+d.ID] = d.Version
			}
			if err := p.takeShelf(d.Body, adopt); err != nil {
				p.logger.Warn("confirmations passed over", "document", d.ID, "error", err)
			}
			if !adopt {
				continue
			}
			if err := p.docs.Delete(ctx, deliveredKind, d.ID, d.Version); err != nil {
				return err
			}
		}
		if len(docs) < shelves {
			return nil
		}
	}
}

// takeShelf adds what a shelf says of devices that are known.
func (p *presence) takeShelf(body []byte, adopt bool) error {
	if len(body) == 0 || body[0] != stepsFormat {
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
		steps := r.steps()
		if r.bad {
			return errSteps
		}
		if d := p.roster(a).devices[id]; d != nil {
			d.steps = joinSteps(d.steps, steps)
			p.steps.dirty[shelfOf(id)] = p.steps.dirty[shelfOf(id)] || adopt
		}
	}
	return nil
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

// step notes that a device had everything up to seq at a time; false if that is no news.
func (d *deviceState) step(seq record.Seq, at int64) bool {
	if seq <= d.confirmed {
		return false
	}
	d.confirmed = seq
	if n := len(d.steps); n > 0 && at < d.steps[n-1].at {
		at = d.steps[n-1].at // clocks of two nodes
	}
	d.steps = trimSteps(append(d.steps, confirmation{seq, at}))
	return true
}
