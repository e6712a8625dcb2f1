package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http/httputil"
	"strconv"
	"sync/atomic"
	"time"
)

// A text that is to be timed carries the moment of its posting, so that whoever receives it needs no table: a hash
// sign and 16 hexadecimal digits of nanoseconds since the run began.
const (
	markSign   = '#'
	markDigits = 16
	markLen    = 1 + markDigits
)

// stopwatch gives marks and reads them.
type stopwatch struct{ began time.Time }

func (w stopwatch) elapsed() time.Duration { return time.Since(w.began) }

// mark appends the mark of this moment.
func (w stopwatch) mark(b []byte) []byte {
	const digits = "0123456789abcdef"
	b = append(b, markSign)
	ns := uint64(w.elapsed())
	for shift := 60; shift >= 0; shift -= 4 {
		b = append(b, digits[ns>>shift&15])
	}
	return b
}

// marks calls fn with the moment of each mark in data.
func marks(data []byte, fn func(posted time.Duration)) {
	for {
		i := bytes.IndexByte(data, markSign)
		if i < 0 || len(data) < i+markLen {
			return
		}
		ns, err := strconv.ParseUint(string(data[i+1:i+markLen]), 16, 63)
		data = data[i+1:]
		if err != nil {
			continue
		}
		data = data[markDigits:]
		fn(time.Duration(ns))
	}
}

// stream is an open stream of server-sent events, read by a goroutine of its own until it is closed.
type stream struct {
	conn   *conn
	clock  stopwatch
	heard  atomic.Int64 // lines of data
	done   chan struct{}
	err    error // why it ended; after done
	onMark func(delay time.Duration)
}

// openStream asks for a stream and answers when the server has begun it. onMark is called by the reading goroutine.
func openStream(ctx context.Context, address string, request []byte, clock stopwatch, onMark func(time.Duration)) (*stream, error) {
	c, err := dial(ctx, address)
	if err != nil {
		return nil, err
	}
	s := &stream{conn: c, clock: clock, done: make(chan struct{}), onMark: onMark}
	if err := s.begin(request); err != nil {
		c.close()
		return nil, err
	}
	go s.read()
	return s, nil
}

func (s *stream) begin(request []byte) error {
	if err := s.conn.send(request); err != nil {
		return err
	}
	a, length, err := s.conn.head()
	if err != nil {
		return err
	}
	if a.status != 200 || length != chunked {
		a.body, _ = s.conn.readBody(max(length, 0)) // only to say more
		return fmt.Errorf("open a stream: %w", a.failure())
	}
	return s.conn.net.SetDeadline(time.Time{})
}

// close ends the stream and waits for its reader.
func (s *stream) close() {
	s.conn.close()
	<-s.done
}

// ended reports a stream that ended by itself.
func (s *stream) ended() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

func (s *stream) read() {
	defer close(s.done)
	s.err = eachLine(httputil.NewChunkedReader(s.conn.r), func(line []byte) {
		if !bytes.HasPrefix(line, []byte("data:")) {
			return
		}
		s.heard.Add(1)
		now := s.clock.elapsed()
		marks(line, func(posted time.Duration) { s.onMark(now - posted) })
	})
}

// eachLine calls fn with each line until the reader ends, whose error it answers.
func eachLine(r io.Reader, fn func([]byte)) error {
	b := bufio.NewReaderSize(r, connBuffer)
	var long []byte
	for {
		part, err := b.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			long = append(long, part...)
			continue
		}
		if err != nil {
			return err
		}
		if len(long) == 0 {
			fn(part)
			continue
		}
		long = append(long, part...)
		fn(long)
		long = long[:0]
	}
}
