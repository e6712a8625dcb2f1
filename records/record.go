package records

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
)

const (
	// batchesAtOnce are read from the log together; a page is at most about 8 MiB.
	batchesAtOnce = 200
	// busyFor is when somebody whose turn it was not is told to come again.
	busyFor = 30_000
)

// ErrBusy: one record at a time is put together, since it folds the whole log beside what is served.
var ErrBusy = &models.Error{
	Kind: models.KindUnavailable, Code: "busy", Message: "Another record is being put together; this takes a while.", RetryMS: busyFor,
}

// Record hands line after line of what somebody sent and received between two times to out. It folds the log from its
// first event and asks the state at each message itself who was in the conversation, so that it is exact whatever
// happened before and since. It verifies the log on the way; the last line says up to where. It ends with the first error
// of out or when ctx ends. Only one is made at a time on a node: ErrBusy. Who may ask is the caller's to know.
func (s *Service) Record(ctx context.Context, who wire.Caller, q wire.RecordQuery, out func(wire.RecordLine) error) error {
	select {
	case s.one <- struct{}{}:
		defer func() { <-s.one }()
	default:
		return ErrBusy
	}
	known := false
	if err := s.sight.View(ctx, who.Agency, func(st *models.State) { known = st.User(q.User) != nil }); err != nil {
		return err
	}
	if !known {
		return models.ErrNotFound
	}
	err := out(wire.RecordLine{Request: &wire.RecordRequest{
		By: who.User, At: s.clock.Now().UnixMilli(), Reason: q.Reason, User: q.User, From: q.From.Millis(), To: q.To.Millis(),
	}})
	if err != nil {
		return err
	}
	f := &folding{state: models.NewState().Decider(), q: q, out: out}
	for done := false; !done; {
		batches, err := s.log.Batches(ctx, who.Agency, f.chain.Seq, batchesAtOnce)
		if err != nil {
			return fmt.Errorf("read the log behind %d: %w", f.chain.Seq, err)
		}
		done = len(batches) == 0
		for _, b := range batches {
			if err := ctx.Err(); err != nil {
				return err
			}
			if done, err = f.batch(b); err != nil || done {
				break
			}
		}
		if err != nil {
			return err
		}
	}
	f.proof.Seq, f.proof.Hash = uint64(f.chain.Seq), hex.EncodeToString(f.chain.Hash[:])
	return out(wire.RecordLine{Proof: &f.proof})
}

// folding is a log on its way into a state.
type folding struct {
	state *models.State
	chain record.Chain
	q     wire.RecordQuery
	out   func(wire.RecordLine) error
	proof wire.RecordProof
}

// batch folds one and hands on what is asked for; done says that it began after the time span.
func (f *folding) batch(b record.Batch) (done bool, err error) {
	h, err := record.Decode(b.Header)
	if err != nil {
		return false, err
	}
	if models.Micros(h.Events[0].At) >= f.q.To {
		return true, nil
	}
	if _, err := f.chain.Next(b); err != nil {
		return false, err
	}
	_, events, err := models.DecodeBatch(b)
	if err != nil {
		return false, err
	}
	for i, e := range events {
		if err := models.Apply(f.state, e); err != nil {
			return false, fmt.Errorf("event %d: %w", e.Seq, err)
		}
		f.proof.Events++
		if e.At < f.q.From || e.At >= f.q.To {
			continue
		}
		if err := f.event(b, h.Events[i].Type, i, e); err != nil {
			return false, err
		}
	}
	return false, nil
}

// event hands on the row of one event, if it made one and the person sent or could read it.
func (f *folding) event(b record.Batch, kind string, i int, e models.Event) error {
	r, ok := models.RowOf(e)
	redacted := false
	if !ok && b.Payloads[i].Redacted() && kind == (*models.MessagePosted)(nil).EventType() {
		r, ok = redactedRow(b, i, e)
		redacted = ok
	}
	if !ok || r.Notice != "" && !f.q.Notices {
		return nil
	}
	how, ok := f.how(&r)
	if !ok {
		return nil
	}
	f.count(&r, how, redacted)
	return f.out(wire.RecordLine{Row: f.row(&r, how, redacted)})
}

// How somebody has to do with a row.
const (
	sent     = "sent"
	received = "received"
)

func (f *folding) how(r *models.Entry) (string, bool) {
	if r.Author == f.q.User && r.Notice == "" {
		return sent, true
	}
	in, _ := f.state.IsIn(f.q.User, r.Conversation)
	return received, in && r.N >= f.state.FromN(f.q.User, r.Conversation)
}

func (f *folding) count(r *models.Entry, how string, redacted bool) {
	switch {
	case r.Notice != "":
		f.proof.Notices++
	case how == sent:
		f.proof.Sent++
	default:
		f.proof.Received++
	}
	if redacted {
		f.proof.Redacted++
	}
}

func (f *folding) row(r *models.Entry, how string, redacted bool) *wire.RecordRow {
	row := &wire.RecordRow{
		Seq: uint64(r.Seq), At: r.At.Millis(), DeviceAt: r.Claims.DeviceAt, AgeMS: r.Claims.AgeMS, How: how,
		Conversation: r.Conversation, N: r.N, ID: r.ID, Author: r.Author, Text: r.Text, Urgent: r.Urgent,
		Notice: r.Notice, Subject: r.Subject, Redacted: redacted,
	}
	if c := f.state.Conversation(r.Conversation); c != nil {
		row.Label = wire.LabelOf(f.state, c)
	}
	if u := f.state.User(r.Author); u != nil {
		row.AuthorName = u.Name
	}
	return row
}

// redactedRow is what is left of a message whose content was removed: its author, its time, and by its key in the index
// of the log, which is no content, its place.
func redactedRow(b record.Batch, i int, e models.Event) (models.Entry, bool) {
	r := models.Entry{Author: e.Actor, At: e.At, Seq: e.Seq}
	for _, k := range b.Keys {
		if k.Event != i {
			continue
		}
		var err error
		if r.Conversation, r.N, err = placeOf(k.Value); err == nil {
			return r, true
		}
	}
	return r, false
}

var errNoPlace = errors.New("no key of a timeline")

// placeOf reads what record.TimelineKey made.
func placeOf(key string) (id models.ConversationID, n uint32, err error) {
	parts := strings.Split(key, "/")
	if len(parts) != 3 || parts[0] != "n" || hex.DecodedLen(len(parts[1])) != len(id) {
		return id, 0, errNoPlace
	}
	if _, err := hex.Decode(id[:], []byte(parts[1])); err != nil {
		return id, 0, err
	}
	row, err := strconv.ParseUint(parts[2], 16, 32)
	return id, uint32(row), err
}
