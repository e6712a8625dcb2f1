package push

import (
	"context"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"officermobile/models"
	"officermobile/store"
)

// kindDeadLetter documents are requests that can never succeed: our bug, to be mended and not repeated.
const (
	kindDeadLetter store.Kind = "push_dead_letter"
	deadLetterLife            = 30 * 24 * time.Hour
	maxDeadLetters            = 500 // of a page
)

// DeadLetter is a ring that its provider will never take, for whoever mends the program. It holds no address, text or
// payload.
type DeadLetter struct {
	ID      string        `json:"-"` // where the next page begins; rises with time
	Verdict VerdictRecord `json:"verdict"`
	Status  int           `json:"status,omitzero"` // the provider's, 0 if the request never left
}

// deadLetter keeps one. A badge is not worth it.
func (p *Service) deadLetter(ctx context.Context, k slotKey, v VerdictRecord, res Result) {
	if k.thing.class() == Quiet {
		return
	}
	p.tallies.dead(res.Reason)
	p.logger.Error("push: a request that can never succeed", "class", v.Class, "reason", res.Reason, "status", res.Status)
	body, err := json.Marshal(DeadLetter{Verdict: v, Status: res.Status})
	if err == nil {
		_, err = p.docs.PutIf(ctx, store.Document{
			Kind: kindDeadLetter, ID: fmt.Sprintf("%s/%016x/%s", k.agency.Hex(), uint64(v.At.UnixMicro()), v.Notification), Due: v.At.Add(deadLetterLife), Body: body,
		})
	}
	if err != nil {
		p.logger.Warn("push: keep a dead letter", "err", err)
	}
}

// DeadLetters lists an agency's rings that can never succeed, of the last 30 days, oldest first, behind the one with
// the id after ("" for the first), at most 500 and not more than limit.
func (p *Service) DeadLetters(ctx context.Context, agency models.AgencyID, after string, limit int) ([]DeadLetter, error) {
	docs, err := p.docs.List(ctx, kindDeadLetter, agency.Hex()+"/", after, min(max(limit, 1), maxDeadLetters))
	if err != nil {
		return nil, fmt.Errorf("list dead letters: %w", err)
	}
	all := make([]DeadLetter, 0, len(docs))
	for _, d := range docs {
		l := DeadLetter{ID: d.ID}
		if err := json.Unmarshal(d.Body, &l); err != nil {
			return nil, fmt.Errorf("decode a dead letter: %w", err)
		}
		all = append(all, l)
	}
	return all, nil
}
