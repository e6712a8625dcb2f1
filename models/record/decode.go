package record

import (
	"fmt"
	"math"
)

// Decode reads a header that Encode wrote, and refuses every other byte string with ErrInvalid: what it accepts
// encodes to the same bytes again.
func Decode(b []byte) (Header, error) {
	r := reader{rest: b}
	h := r.header()
	if r.err == nil && len(r.rest) > 0 {
		r.fail("%d bytes too many", len(r.rest))
	}
	if r.err == nil {
		r.err = h.check()
	}
	if r.err != nil {
		return Header{}, fmt.Errorf("%w: header: %w", ErrInvalid, r.err)
	}
	return h, nil
}

func (r *reader) header() Header {
	r.magic(headerMagic)
	h := Header{
		Log:   string(r.take(int(r.byte()))),
		Epoch: r.uint64(),
		First: Seq(r.uint64()),
	}
	count := int(r.byte())
	r.copy(h.Prev[:])
	r.copy(h.ID[:])
	if r.err != nil || count > MaxEvents {
		r.fail("%d events", count)
		return h
	}
	h.Events = make([]Event, count)
	at := int64(0)
	for i := range h.Events {
		if r.err != nil {
			return h
		}
		h.Events[i] = r.event(at)
		at = h.Events[i].At
	}
	return h
}

// event reads one event; its fields' rules are left to Header.check, what only the bytes show is checked here.
func (r *reader) event(previous int64) Event {
	e := Event{Type: string(r.take(int(r.byte()))), Version: r.byte()}
	flags := r.byte()
	if flags&flagsUnused != 0 {
		r.fail("unused flag bits are set")
	}
	passed := r.uvarint()
	if passed > uint64(math.MaxInt64-previous) {
		r.fail("time is out of range")
		return e
	}
	e.At = previous + int64(passed)
	e.Critical = flags&flagCritical != 0
	if flags&flagActor != 0 {
		r.copy(e.Actor[:])
	}
	if flags&flagDevice != 0 {
		r.copy(e.Device[:])
	}
	if flags&flagCommand != 0 {
		e.Lane, e.Num = r.byte(), r.uvarint()
		r.copy(e.Command[:])
	}
	if flags&flagRequest != 0 {
		r.copy(e.Request.Key[:])
		r.copy(e.Request.Body[:])
	}
	r.copy(e.Digest[:])
	if e.flags() != flags {
		r.fail("a flag promises a field that is zero")
	}
	return e
}
