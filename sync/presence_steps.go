package sync

import (
	"context"
	"fmt"
	"strings"

	"officermobile/models"
	"officermobile/store"
)

// deliveredKind is the kind of documents that keep when devices confirmed what, over restarts. A node spreads its devices
// over shelves and writes one shelf a second, that which has waited longest: 5,000 devices in constant use are one write
// of some 100 KiB a second, and a crash makes a minute of confirmations as coarse as the presence document tells them.
const deliveredKind store.Kind = "delivered"

// shelves is how many: more would be coarser after a crash, fewer would be larger writes.
const shelves = 64

// stepsDisk is what is to be written of the confirmations, and read of those of other nodes.
type stepsDisk struct {
	dirty   [shelves]bool              // under the lock of presence
	skipped [shelves]bool              // under the lock of presence: written before any confirmation behind it
	fetch   map[models.DeviceID]string // under the lock of presence: devices of which that node knows more
	next    int                        // of the goroutine that writes
}

func shelfOf(id models.DeviceID) int { return int(id[len(id)-1]) % shelves }

func (p *presence) shelfID(n int) string { return fmt.Sprintf("%s/%02d", p.node, n) }

// writeSteps writes at most n shelves that have news, in turn.
func (p *presence) writeSteps(ctx context.Context, n int) error {
	for range shelves {
		shelf := p.steps.next
		p.steps.next = (shelf + 1) % shelves
		wrote, err := p.writeShelf(ctx, shelf)
		if err != nil {
			return err
		}
		if !wrote {
			continue
		}
		if n--; n == 0 {
			return nil
		}
	}
	return nil
}

// writeShelf writes one if it has news.
func (p *presence) writeShelf(ctx context.Context, shelf int) (wrote bool, err error) {
	body := p.shelf(shelf)
	if body == nil {
		return false, nil
	}
	if err := p.put(ctx, deliveredKind, p.shelfID(shelf), body); err != nil {
		p.mu.Lock()
		p.steps.dirty[shelf], p.steps.skipped[shelf] = true, true
		p.mu.Unlock()
		return false, err
	}
	return true, nil
}

// shelf is the body of a shelf that has news, else nil. Steps are cut rather than a document's limit passed.
func (p *presence) shelf(n int) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.steps.dirty[n] {
		return nil
	}
	p.steps.dirty[n], p.steps.skipped[n] = false, false
	for kept := stepsKept; ; kept /= 2 {
		if body := p.encodeShelf(n, kept); len(body) <= store.MaxDocument || kept == 0 {
			return body
		}
	}
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
