package record

import (
	"errors"
	"fmt"
)

// Limits of a batch's index keys.
const (
	MaxKeys     = 1024 // keys of one batch; eight for each event of a full one
	MaxKeyBytes = 80   // bytes of one key; RequestKey, the longest, has 66
)

// Seal makes a batch of a header and its payloads: it fills in the digests of the plain ones, which the header's
// events need not carry yet, and encodes. The digests of encrypted and redacted payloads are the caller's.
func Seal(h Header, payloads []Payload, keys []Key) (Batch, error) {
	if len(payloads) != len(h.Events) {
		return Batch{}, fmt.Errorf("%w: %d payloads for %d events", ErrInvalid, len(payloads), len(h.Events))
	}
	h.Events = append([]Event(nil), h.Events...)
	for i, p := range payloads {
		if p.plain() {
			h.Events[i].Digest = DigestOf(p.Salt, p.Bytes)
		}
	}
	header, err := Encode(h)
	if err != nil {
		return Batch{}, err
	}
	b := Batch{Header: header, Payloads: payloads, Keys: keys}
	if _, err := b.Check(); err != nil {
		return Batch{}, err
	}
	return b, nil
}

// Check decodes a batch and holds its parts together: limits, one payload per event, digests that recompute, keys that
// lead to an event. It knows nothing of the batch's place in a log.
func (b Batch) Check() (Header, error) {
	h, err := Decode(b.Header)
	if err != nil {
		return Header{}, err
	}
	if err := b.check(h); err != nil {
		return Header{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return h, nil
}

func (b Batch) check(h Header) error {
	if len(b.Payloads) != len(h.Events) {
		return fmt.Errorf("%d payloads for %d events", len(b.Payloads), len(h.Events))
	}
	if err := checkPayloads(b.Payloads); err != nil {
		return err
	}
	if n := b.Size(); n > MaxBatchBytes {
		return fmt.Errorf("a batch has at most %d bytes, this has %d", MaxBatchBytes, n)
	}
	for i, p := range b.Payloads {
		if p.plain() && DigestOf(p.Salt, p.Bytes) != h.Events[i].Digest {
			return fmt.Errorf("payload %d does not have the digest that the header gives", i)
		}
	}
	return checkKeys(b.Keys, len(h.Events))
}

// Size is the number of bytes that MaxBatchBytes bounds: the header and the payloads' contents.
func (b Batch) Size() int {
	n := len(b.Header)
	for i := range b.Payloads {
		n += len(b.Payloads[i].Bytes)
	}
	return n
}

// plain reports a payload whose digest can be recomputed.
func (p Payload) plain() bool { return p.KeyID == 0 && !p.Redacted() }

func checkKeys(keys []Key, events int) error {
	if len(keys) > MaxKeys {
		return fmt.Errorf("a batch has at most %d keys, this has %d", MaxKeys, len(keys))
	}
	for _, k := range keys {
		if k.Event < 0 || k.Event >= events {
			return fmt.Errorf("a key leads to event %d of %d", k.Event, events)
		}
		if err := CheckKey(k.Value); err != nil {
			return err
		}
	}
	return nil
}

// CheckKey says whether a text may be a key: 1 to 80 bytes of a-z, 0-9 and '/'.
func CheckKey(value string) error {
	if CheckLog(value) != nil {
		return fmt.Errorf("a key is made of 1 to %d bytes of a-z, 0-9 and '/'", MaxKeyBytes)
	}
	return nil
}

// Verify checks a batch and that it is the one behind position after, whose batch has the hash prev (0 and the zero
// Hash for the first batch). To walk a whole log use a Chain, which also holds times, name and epoch together.
func Verify(prev Hash, after Seq, b Batch) (Header, error) {
	h, err := b.Check()
	if err != nil {
		return Header{}, err
	}
	if h.First != after+1 {
		return Header{}, fmt.Errorf("%w: position %d follows %d", ErrInvalid, h.First, after)
	}
	if h.Prev != prev {
		return Header{}, fmt.Errorf("%w: position %d does not carry its predecessor's hash", ErrInvalid, h.First)
	}
	return h, nil
}

// Chain verifies the batches of one log one after the other. The zero Chain stands before the first batch; one with
// Seq and Hash set stands behind that batch. Name, epoch and time are taken from the first batch where they are zero.
type Chain struct {
	Log   string
	Epoch uint64
	Seq   Seq   // last position verified
	Hash  Hash  // of the batch that ends there
	At    int64 // time of the event there
}

// Next verifies the batch that follows and steps past it; the chain stays where it was on an error. A change of epoch
// is accepted: a restored log goes on under a new one, which Epoch then shows.
func (c *Chain) Next(b Batch) (Header, error) {
	h, err := Verify(c.Hash, c.Seq, b)
	if err != nil {
		return Header{}, err
	}
	if c.Log != "" && h.Log != c.Log {
		return Header{}, fmt.Errorf("%w: a batch of another log stands at position %d", ErrInvalid, h.First)
	}
	if h.Events[0].At <= c.At {
		return Header{}, fmt.Errorf("%w: position %d: %w", ErrInvalid, h.First, errTime)
	}
	*c = Chain{Log: h.Log, Epoch: h.Epoch, Seq: h.Last(), Hash: Sum(b.Header), At: h.Events[len(h.Events)-1].At}
	return h, nil
}

var errTime = errors.New("time does not increase")
