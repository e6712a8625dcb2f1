package audit

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"officermobile/models/record"
	"officermobile/models/trail"
	"officermobile/store"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
)

// storeTimeout is for one attempt, in real time: shorter than what an answer waits for its line.
const storeTimeout = 3 * time.Second

// end is where the log ends as far as this node knows, and the batch that is offered there.
type end struct {
	known  bool
	chain  record.Chain
	draft  record.Batch // with a header: a batch whose fate isn't certain yet
	next   record.Chain // the end once the draft is written
	unsure bool         // an earlier offer of the draft may come through yet
}

// drafted is how many lines the draft has.
func (e *end) drafted() int { return len(e.draft.Payloads) }

// drop forgets the draft, and where the log ends.
func (e *end) drop() { *e = end{} }

// attempt offers the lines once and reports whether their fate is certain: written, or, with an error, never to be.
// Else an error says that the store is in trouble; without one another node was first.
func (w *writer) attempt(ctx context.Context, lines []*line) (certain bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	e := &w.end
	if !e.known {
		if err := w.catchUp(ctx); err != nil {
			return false, err
		}
	}
	if e.drafted() == 0 {
		if err := w.seal(lines); err != nil {
			w.opts.Logger.Error("lines of the audit log can't be encoded", "log", string(w.name), "error", err)
			return true, err
		}
	}
	outcome, err := w.log.Append(ctx, w.name, e.chain.Seq, e.draft)
	switch {
	case outcome == store.Committed:
		w.settle()
		return true, nil
	case outcome == store.Refused && !e.unsure:
		e.drop()
		return false, err
	}
	e.unsure = true
	return w.occupant(ctx, err)
}

// occupant reads whose batch stands at the draft's place.
func (w *writer) occupant(ctx context.Context, cause error) (certain bool, err error) {
	e := &w.end
	there, err := w.log.Read(ctx, w.name, e.chain.Seq, 1)
	if err != nil {
		return false, errors.Join(cause, err)
	}
	if len(there) == 0 {
		return false, cause
	}
	if record.Sum(there[0].Header) == record.Sum(e.draft.Header) {
		w.settle()
		return true, nil
	}
	e.drop()
	return false, nil
}

// settle moves the end behind the draft.
func (w *writer) settle() { w.end = end{known: true, chain: w.end.next} }

// catchUp finds the end of the log. The newest line leads to the last batch, which has its time.
func (w *writer) catchUp(ctx context.Context) error {
	tip, err := w.log.Tip(ctx, w.name)
	if err != nil {
		return fmt.Errorf("find the end of an audit log: %w", err)
	}
	if tip.Seq == 0 {
		w.end = end{known: true, chain: record.Chain{Log: string(w.name), Epoch: newEpoch()}}
		return nil
	}
	last, err := w.log.Timeline(ctx, w.name, timeline, 0, math.MaxUint32, 1)
	if err != nil || len(last) == 0 {
		return errors.Join(errors.New("read the last line of an audit log"), err)
	}
	h, err := record.Decode(last[0].Batch.Header)
	if err != nil {
		return err
	}
	w.end = end{known: true, chain: record.Chain{
		Log: h.Log, Epoch: h.Epoch, Seq: h.Last(), Hash: record.Sum(last[0].Batch.Header), At: h.Events[len(h.Events)-1].At,
	}}
	return nil
}

// timeline is the conversation, so to speak, whose rows the lines are: by it the store finds them by number, the newest
// first.
var timeline = record.UUID{'a', 'u', 'd', 'i', 't'}

// seal makes the draft: a batch of lines behind the end.
func (w *writer) seal(lines []*line) error {
	e := &w.end
	h := record.Header{
		Log: string(w.name), Epoch: e.chain.Epoch, First: e.chain.Seq + 1, Prev: e.chain.Hash, ID: record.UUID(uuid.Must(uuid.NewV7())),
	}
	at := max(w.opts.Clock.Now().UnixMicro(), e.chain.At+1)
	var payloads []record.Payload
	var keys []record.Key
	for i, l := range lines {
		entry := l.entry
		entry.At, entry.N = time.UnixMicro(at+int64(i)).UTC(), uint32(e.chain.Seq)+uint32(i)+1 // four billion lines are enough
		bytes, err := json.Marshal(entry, json.Deterministic(true))
		if err != nil {
			return err
		}
		h.Events = append(h.Events, record.Event{
			Type: trail.EventType, Version: 1, At: at + int64(i), Actor: entry.User.UUID(), Device: entry.Device.UUID(),
		})
		payloads = append(payloads, record.Payload{Salt: newSalt(), Bytes: bytes})
		keys = append(keys, record.Key{Event: i, Value: record.TimelineKey(timeline, entry.N)})
	}
	draft, err := record.Seal(h, payloads, keys)
	if err != nil {
		return err
	}
	e.draft = draft
	e.next = record.Chain{Log: h.Log, Epoch: h.Epoch, Seq: h.Last(), Hash: record.Sum(draft.Header), At: at + int64(len(lines)) - 1}
	return nil
}

func newSalt() (salt record.UUID) {
	rand.Read(salt[:]) // never fails
	return salt
}

func newEpoch() uint64 {
	salt := newSalt()
	return binary.BigEndian.Uint64(salt[:]) | 1
}
