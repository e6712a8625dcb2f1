package models

import (
	"errors"
	"fmt"

	"officermobile/models/record"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

var (
	errOutOfOrder      = errors.New("event out of order")
	errUnknownCritical = errors.New("critical event of a type that this version doesn't know")
)

// payloadVersion is of every payload's shape; a changed shape gets a new number and an upcast in DecodeEvent.
const payloadVersion = 1

// EncodeEvent makes the log's form of e: what the header proves, the payload, and the index keys, whose Event field
// the caller sets. salt must be fresh and random.
func EncodeEvent(e Event, salt record.UUID) (record.Event, record.Payload, []string, error) {
	plain, err := json.Marshal(e.Body, json.Deterministic(true))
	if err != nil {
		return record.Event{}, record.Payload{}, nil, fmt.Errorf("encode %s: %w", e.Body.EventType(), err)
	}
	head := record.Event{
		Type: e.Body.EventType(), Version: payloadVersion, Critical: true,
		At: int64(e.At), Actor: e.Actor.UUID(), Device: e.Device.UUID(),
		Lane: uint8(e.Lane), Num: e.Num, Command: e.Command.UUID(), Request: e.Request,
		Digest: record.DigestOf(salt, plain),
	}
	return head, record.Payload{Salt: salt, Bytes: plain}, keysOf(e), nil
}

// keysOf are the index keys that lead to e; they can be rebuilt from the log.
func keysOf(e Event) []string {
	var keys []string
	if b, ok := e.Body.(rowMaker); ok {
		if c, n := b.row(); n > 0 {
			keys = append(keys, record.TimelineKey(c.UUID(), n))
		}
	}
	if b, ok := e.Body.(minter); ok {
		for _, id := range b.minted() {
			if !id.IsZero() {
				keys = append(keys, record.MintedKey(id))
			}
		}
	}
	if b, ok := e.Body.(*MessageAcknowledged); ok && !b.Message.IsZero() && !b.User.IsZero() {
		keys = append(keys, record.AckKey(b.Message.UUID(), b.User.UUID()))
	}
	if b, ok := e.Body.(*UrgentEscalated); ok && !b.Message.IsZero() {
		keys = append(keys, record.StepKey(b.Message.UUID(), uint8(b.Step)))
	}
	if e.Request != (record.Request{}) {
		keys = append(keys, record.RequestKey(e.Request.Key))
	}
	return keys
}

// DecodeEvent reads the event at place i of a batch with header h. A redacted or unknown one has an Unknown body.
func DecodeEvent(h record.Header, p record.Payload, i int) (Event, error) {
	head := h.Events[i]
	e := Event{
		Seq: h.First + record.Seq(i), At: Micros(head.At), Actor: UserID(head.Actor), Device: DeviceID(head.Device),
		Lane: Lane(head.Lane), Num: head.Num, Command: CommandID(head.Command), Request: head.Request,
	}
	body, known := newEvent(head.Type)
	if !known || head.Version > payloadVersion {
		e.Body = Unknown{Type: head.Type, Critical: head.Critical}
		return e, nil
	}
	if p.Redacted() {
		e.Body = Unknown{Type: head.Type}
		return e, nil
	}
	if p.KeyID != 0 {
		return e, fmt.Errorf("event %d: payload is encrypted under key %d, which is not here", e.Seq, p.KeyID)
	}
	if err := json.Unmarshal(p.Bytes, body); err != nil {
		return e, fmt.Errorf("event %d: decode %s: %w", e.Seq, head.Type, err)
	}
	e.Body = body
	return e, nil
}

// DecodeBatch reads all events of a batch.
func DecodeBatch(b record.Batch) (record.Header, []Event, error) {
	h, err := record.Decode(b.Header)
	if err != nil {
		return h, nil, err
	}
	if len(b.Payloads) != len(h.Events) {
		return h, nil, errors.New("batch has another number of payloads than events")
	}
	events := make([]Event, len(h.Events))
	for i := range h.Events {
		if events[i], err = DecodeEvent(h, b.Payloads[i], i); err != nil {
			return h, nil, err
		}
	}
	return h, events, nil
}

// jsonPlace names where in the JSON an error arose, as dotted names, without any value.
func jsonPlace(err error) string {
	var sem *json.SemanticError
	if errors.As(err, &sem) && sem.JSONPointer != "" {
		return dotted(sem.JSONPointer)
	}
	var syn *jsontext.SyntacticError
	if errors.As(err, &syn) && syn.JSONPointer != "" {
		return dotted(syn.JSONPointer)
	}
	return "body"
}

func dotted(p jsontext.Pointer) string {
	name := ""
	for token := range p.Tokens() {
		if len(name)+len(token) > 80 { // a name that a client chose: keep it short
			return name + "..."
		}
		if name != "" {
			name += "."
		}
		name += token
	}
	return name
}
