package records_test

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"testing"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
	"officermobile/records"
)

// record is somebody's record, whole.
func (w *world) record(s *records.Service, q wire.RecordQuery) (rows []wire.RecordRow, proof wire.RecordProof) {
	w.t.Helper()
	var lines []wire.RecordLine
	w.check(s.Record(w.t.Context(), w.as(w.ada), q, func(l wire.RecordLine) error { lines = append(lines, l); return nil }))
	if len(lines) < 2 || lines[0].Request == nil || lines[0].Request.By != w.ada || lines[0].Request.Reason != q.Reason || lines[len(lines)-1].Proof == nil {
		w.t.Fatalf("got %+v", lines)
	}
	for _, l := range lines[1 : len(lines)-1] {
		rows = append(rows, *l.Row)
	}
	return rows, *lines[len(lines)-1].Proof
}

func said(rows []wire.RecordRow) (all []string) {
	for _, r := range rows {
		text := r.Text + string(r.Notice)
		if r.Redacted {
			text = "redacted"
		}
		all = append(all, r.How+" "+text)
	}
	return all
}

func TestRecordIsWhatWasSentAndReceived(t *testing.T) {
	t.Parallel()
	w, s := rig(t)
	chat := newID[models.ConversationID](w)
	w.must(w.olga, &models.ConversationCreate{ID: chat, Invitees: []models.UserID{w.rita}})
	w.post(w.olga, chat, "before omar")
	from := w.now + 1
	w.must(w.olga, &models.Invite{ConversationID: chat, Invitees: []models.UserID{w.omar}})
	invitation := w.events[len(w.events)-1].Body.(*models.InvitationSent).ID
	w.must(w.omar, &models.Accept{InvitationID: invitation})
	w.post(w.olga, chat, "to omar")
	w.post(w.omar, chat, "by omar")
	hidden := w.post(w.olga, chat, "hidden")
	w.must(w.omar, &models.Leave{ConversationID: chat})
	w.post(w.olga, chat, "after omar")
	d := w.dispatch(0, models.Facts{})
	w.post(w.ada, models.ConversationOf(d), "not his")
	w.must(w.omar, &models.ReportForDuty{Zone: w.zones[0], Team: w.teams[0], CallSign: "B"})
	w.must(w.omar, &models.Comment{DispatchID: d, MessageID: newID[models.MessageID](w), Text: "comment"})
	w.post(w.dan, models.ConversationOf(d), "answer")
	to := w.now + 1
	w.post(w.dan, models.ConversationOf(d), "too late")
	w.retire(d)
	w.redact(hidden)
	q := wire.RecordQuery{User: w.omar, From: from, To: to, Reason: "request 12"}
	rows, proof := w.record(s, q)
	want(t, "record", said(rows), "received to omar", "sent by omar", "received redacted", "sent comment", "received answer")
	if proof.Sent != 2 || proof.Received != 3 || proof.Redacted != 1 || proof.Notices != 0 {
		t.Errorf("proof: got %+v", proof)
	}
	if last := w.batchAt(record.Seq(proof.Seq)); proof.Hash != last || proof.Events != proof.Seq {
		t.Errorf("proof: got hash %s of %d, want %s", proof.Hash, proof.Seq, last)
	}
	if r := rows[4]; r.Label.Kind != models.DispatchKind || r.Label.Number != 1 || r.AuthorName != "dan" || r.At == 0 {
		t.Errorf("row: got %+v", r)
	}
	q.Notices = true
	rows, _ = w.record(s, q)
	if !slices.Contains(said(rows), "received joined") {
		t.Errorf("with notices: got %q", said(rows))
	}
	if err := s.Record(t.Context(), w.as(w.ada), wire.RecordQuery{User: newID[models.UserID](w)}, nil); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("of nobody: got %v", err)
	}
}

// redact takes a message's content out of the log.
func (w *world) redact(id models.MessageID) {
	for _, b := range w.batches {
		for _, k := range b.Keys {
			if k.Value == record.MintedKey(id.UUID()) {
				b.Payloads[k.Event] = record.Payload{}
			}
		}
	}
}

// batchAt is the hash of the batch that ends at a position.
func (w *world) batchAt(seq record.Seq) string {
	for _, b := range w.batches {
		if h, err := record.Decode(b.Header); err == nil && h.Last() == seq {
			hash := record.Sum(b.Header)
			return hex.EncodeToString(hash[:])
		}
	}
	return "none"
}

func TestRecordIsOneAtATimeAndEnds(t *testing.T) {
	t.Parallel()
	w, s := rig(t)
	q := wire.RecordQuery{User: w.olga, To: models.Micros(time.Now().UnixMicro() * 2)}
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Record(ctx, w.as(w.ada), q, func(l wire.RecordLine) error {
		if l.Request == nil {
			t.Errorf("got %+v after the end", l)
		}
		if err := s.Record(t.Context(), w.as(w.ada), q, nil); !errors.Is(err, records.ErrBusy) {
			t.Errorf("a second one: got %v, want busy", err)
		}
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want it ended", err)
	}
	gone := errors.New("the client went away")
	if err := s.Record(t.Context(), w.as(w.ada), q, func(wire.RecordLine) error { return gone }); !errors.Is(err, gone) {
		t.Errorf("got %v, want the client's end", err)
	}
	if _, proof := w.record(s, q); proof.Seq != uint64(w.state.Seq) {
		t.Errorf("the next one: got %+v", proof)
	}
}

// A log that was tampered with is not made a record of.
func TestRecordVerifies(t *testing.T) {
	t.Parallel()
	w, s := rig(t)
	w.batches[3].Payloads[0].Bytes = []byte(`{}`)
	q := wire.RecordQuery{User: w.olga, To: w.now + 1}
	err := s.Record(t.Context(), w.as(w.ada), q, func(l wire.RecordLine) error {
		if l.Proof != nil {
			t.Error("it has a proof")
		}
		return nil
	})
	if !errors.Is(err, record.ErrInvalid) {
		t.Errorf("got %v, want the log refused", err)
	}
}
