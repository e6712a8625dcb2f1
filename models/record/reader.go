package record

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// reader takes fields off the front of untrusted bytes. After the first error it answers zero values.
type reader struct {
	rest []byte
	err  error
}

var errShort = errors.New("it ends too early")

// fail keeps the first error.
func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

// take answers the next n bytes, which belong to the input.
func (r *reader) take(n int) []byte {
	if r.err != nil {
		return nil
	}
	if n > len(r.rest) {
		r.err = errShort
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) copy(to []byte) { copy(to, r.take(len(to))) }

func (r *reader) magic(want string) {
	if got := r.take(len(want)); r.err == nil && string(got) != want {
		r.fail("it starts with % x, not % x", got, want)
	}
}

func (r *reader) byte() byte {
	b := r.take(1)
	if r.err != nil {
		return 0
	}
	return b[0]
}

func (r *reader) uint64() uint64 {
	b := r.take(8)
	if r.err != nil {
		return 0
	}
	return binary.BigEndian.Uint64(b)
}

// uvarint reads an unsigned LEB128 number in its shortest form.
func (r *reader) uvarint() uint64 {
	if r.err != nil {
		return 0
	}
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.fail("a number is cut off or too long")
		return 0
	}
	if n > 1 && r.rest[n-1] == 0 {
		r.fail("a number is not in its shortest form")
		return 0
	}
	r.rest = r.rest[n:]
	return v
}
