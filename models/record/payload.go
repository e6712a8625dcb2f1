package record

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// The first bytes of a payload section: "OMP" and the version of the encoding.
const payloadMagic = "OMP\x01"

// What a payload is, as its first byte says.
const (
	payloadRedacted  = 0 // nothing follows
	payloadPlain     = 1 // salt, length, bytes
	payloadEncrypted = 2 // key id, length, bytes; the salt is inside the ciphertext, in front of the plain bytes
)

// EncodePayloads writes a batch's payloads in their one form, or ErrInvalid.
func EncodePayloads(payloads []Payload) ([]byte, error) {
	if err := checkPayloads(payloads); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	size := len(payloadMagic) + 1
	for i := range payloads {
		size += len(payloads[i].Bytes) + 24
	}
	b := append(make([]byte, 0, size), payloadMagic...)
	b = append(b, byte(len(payloads)))
	for i := range payloads {
		b = appendPayload(b, &payloads[i])
	}
	return b, nil
}

func appendPayload(b []byte, p *Payload) []byte {
	switch {
	case p.KeyID != 0:
		b = append(b, payloadEncrypted)
		b = binary.AppendUvarint(b, uint64(p.KeyID))
	case p.Redacted():
		return append(b, payloadRedacted)
	default:
		b = append(b, payloadPlain)
		b = append(b, p.Salt[:]...)
	}
	b = binary.AppendUvarint(b, uint64(len(p.Bytes)))
	return append(b, p.Bytes...)
}

// DecodePayloads reads what EncodePayloads wrote, and refuses every other byte string with ErrInvalid. The payloads
// share the input's memory.
func DecodePayloads(b []byte) ([]Payload, error) {
	r := reader{rest: b}
	r.magic(payloadMagic)
	count := int(r.byte())
	if count > MaxEvents {
		r.fail("%d payloads", count)
	}
	var payloads []Payload
	for range count {
		if r.err != nil {
			break
		}
		payloads = append(payloads, r.payload())
	}
	if r.err == nil && len(r.rest) > 0 {
		r.fail("%d bytes too many", len(r.rest))
	}
	if r.err == nil {
		r.err = checkPayloads(payloads)
	}
	if r.err != nil {
		return nil, fmt.Errorf("%w: payloads: %w", ErrInvalid, r.err)
	}
	return payloads, nil
}

func (r *reader) payload() Payload {
	var p Payload
	switch kind := r.byte(); kind {
	case payloadRedacted:
		return p
	case payloadPlain:
		r.copy(p.Salt[:])
	case payloadEncrypted:
		id := r.uvarint()
		if id == 0 || id > math.MaxUint32 {
			r.fail("key id %d is out of range", id)
		}
		p.KeyID = uint32(id)
	default:
		r.fail("payload of unknown kind %d", kind)
	}
	n := r.uvarint()
	if n > MaxPayloadBytes {
		r.fail("a payload has at most %d bytes, this has %d", MaxPayloadBytes, n)
		return p
	}
	p.Bytes = r.take(int(n))
	return p
}

func checkPayloads(payloads []Payload) error {
	if len(payloads) < 1 || len(payloads) > MaxEvents {
		return fmt.Errorf("a batch has 1 to %d payloads, this has %d", MaxEvents, len(payloads))
	}
	for i := range payloads {
		if err := payloads[i].check(); err != nil {
			return fmt.Errorf("payload %d: %w", i, err)
		}
	}
	return nil
}

func (p *Payload) check() error {
	if len(p.Bytes) > MaxPayloadBytes {
		return fmt.Errorf("it has at most %d bytes, this has %d", MaxPayloadBytes, len(p.Bytes))
	}
	if p.KeyID == 0 {
		if p.Salt.IsZero() && len(p.Bytes) > 0 {
			return errors.New("a plain payload has a salt")
		}
		return nil
	}
	if len(p.Bytes) == 0 {
		return errors.New("an encrypted payload has bytes")
	}
	if !p.Salt.IsZero() {
		return errors.New("an encrypted payload keeps its salt in the ciphertext")
	}
	return nil
}
