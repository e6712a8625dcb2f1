package record

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrInvalid is what every refusal of this package wraps: the bytes or values are not those of a batch.
var ErrInvalid = errors.New("invalid batch")

// Limits of a header's fields.
const (
	MaxLogName = 80        // bytes of a log's name; a MongoDB _id and a file name both have ample room for it
	MaxType    = 63        // bytes of an event's type; fits a byte with room for a flag
	MaxSeq     = 1<<53 - 1 // the last position; exact as a JSON number, and a thousand events a second for 285,000 years
)

// The first bytes of a header: "OML" and the version of the encoding.
const headerMagic = "OML\x01"

// The flags of an event. The three upper bits are unused and must be zero.
const (
	flagCritical = 1 << iota
	flagActor
	flagDevice
	flagCommand // lane, num and command id follow
	flagRequest
	flagsUnused = 0xff << iota & 0xff
)

// Encode writes a header in its one form. A header that breaks a rule of docs/FORMAT.md is ErrInvalid.
func Encode(h Header) ([]byte, error) {
	if err := h.check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	b := make([]byte, 0, 128+96*len(h.Events))
	b = append(b, headerMagic...)
	b = append(b, byte(len(h.Log)))
	b = append(b, h.Log...)
	b = binary.BigEndian.AppendUint64(b, h.Epoch)
	b = binary.BigEndian.AppendUint64(b, uint64(h.First))
	b = append(b, byte(len(h.Events)))
	b = append(b, h.Prev[:]...)
	b = append(b, h.ID[:]...)
	at := int64(0)
	for i := range h.Events {
		b = appendEvent(b, &h.Events[i], at)
		at = h.Events[i].At
	}
	return b, nil
}

// appendEvent writes an event whose predecessor in the batch happened at the given time.
func appendEvent(b []byte, e *Event, previous int64) []byte {
	flags := e.flags()
	b = append(b, byte(len(e.Type)))
	b = append(b, e.Type...)
	b = append(b, e.Version, flags)
	b = binary.AppendUvarint(b, uint64(e.At-previous))
	if flags&flagActor != 0 {
		b = append(b, e.Actor[:]...)
	}
	if flags&flagDevice != 0 {
		b = append(b, e.Device[:]...)
	}
	if flags&flagCommand != 0 {
		b = append(b, e.Lane)
		b = binary.AppendUvarint(b, e.Num)
		b = append(b, e.Command[:]...)
	}
	if flags&flagRequest != 0 {
		b = append(b, e.Request.Key[:]...)
		b = append(b, e.Request.Body[:]...)
	}
	return append(b, e.Digest[:]...)
}

// flags says which optional fields an event has.
func (e *Event) flags() byte {
	var f byte
	if e.Critical {
		f |= flagCritical
	}
	if !e.Actor.IsZero() {
		f |= flagActor
	}
	if !e.Device.IsZero() {
		f |= flagDevice
	}
	if e.Num != 0 {
		f |= flagCommand
	}
	if e.Request != (Request{}) {
		f |= flagRequest
	}
	return f
}
