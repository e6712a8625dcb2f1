package api

import (
	"context"

	"officermobile/models"
	"officermobile/models/record"
)

// Log is an agency's log as it was written, for those who check it.
type Log interface {
	// Batches returns what follows position after, in order; ErrNotFound for a position that isn't the end of a batch.
	Batches(ctx context.Context, agency models.AgencyID, after record.Seq, limit int) ([]record.Batch, error)
}

// LogPage is a run of the log.
type LogPage struct {
	Batches []LogBatch `json:"batches"` // in the order of the log, without a gap
	Next    uint64     `json:"next,omitzero" doc:"Value of after for the next page; absent at the end."`
}

// LogBatch is a batch, byte for byte: SHA-256 over header is its hash.
type LogBatch struct {
	Header   []byte       `json:"header"`   // base64; its SHA-256 stands in the header of the next
	Payloads []LogPayload `json:"payloads"` // one for each event, in its order
}

// LogPayload is an event's content. Without salt and bytes it was redacted.
type LogPayload struct {
	KeyID uint32 `json:"key_id,omitzero" doc:"0: plain."`
	Salt  []byte `json:"salt,omitzero"`  // base64; goes into the digest with the bytes; absent: redacted
	Bytes []byte `json:"bytes,omitzero"` // base64; absent: redacted
}

type logInput struct {
	After uint64 `query:"after" doc:"Position to go on from; 0: the beginning."`
	Limit int    `query:"limit" minimum:"1" maximum:"200" doc:"Batches; at most 200, 50 if absent."`
}

// defaultBatches of at most a megabyte each, typically a few kilobytes.
const defaultBatches = 50

// log is for verify and replay, which read the log through it.
func (a *API) log(ctx context.Context, in *logInput) (*answer[LogPage], error) {
	if in.Limit == 0 {
		in.Limit = defaultBatches
	}
	batches, err := a.deps.Log.Batches(ctx, exchangeOf(ctx).caller.Agency, record.Seq(in.After), in.Limit)
	if err != nil {
		return nil, err
	}
	page := LogPage{Batches: []LogBatch{}}
	for _, b := range batches {
		h, err := record.Decode(b.Header)
		if err != nil {
			return nil, err
		}
		page.Batches = append(page.Batches, batchOf(b))
		page.Next = uint64(h.Last())
	}
	return answered(page), nil
}

func batchOf(b record.Batch) LogBatch {
	shown := LogBatch{Header: b.Header}
	for _, p := range b.Payloads {
		one := LogPayload{KeyID: p.KeyID, Bytes: p.Bytes}
		if !p.Redacted() {
			one.Salt = p.Salt[:]
		}
		shown.Payloads = append(shown.Payloads, one)
	}
	return shown
}
