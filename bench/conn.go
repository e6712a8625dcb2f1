package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"strconv"
	"time"

	"github.com/klauspost/compress/gzip"
)

const (
	answerWithin = 2 * time.Minute // far above any aim: what takes longer is an error
	connBuffer   = 4 << 10         // thousands are open at once
	maxBodyBytes = 16 << 20
)

// conn is one keep-alive connection, HTTP/1.1 by hand. It counts what travels, headers included. It is not safe for use
// by several goroutines.
type conn struct {
	net     net.Conn
	r       *bufio.Reader
	in, out int64
	body    []byte
}

// answer is a response. Its body is valid until the connection's next call.
type answer struct {
	status int
	zipped bool
	body   []byte
}

func dial(ctx context.Context, address string) (*conn, error) {
	var d net.Dialer
	n, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	c := &conn{net: n}
	c.r = bufio.NewReaderSize(countingReader{c}, connBuffer)
	return c, nil
}

// countingReader counts a connection's bytes as they arrive.
type countingReader struct{ c *conn }

func (r countingReader) Read(b []byte) (int, error) {
	n, err := r.c.net.Read(b)
	r.c.in += int64(n)
	return n, err
}

func (c *conn) close() { _ = c.net.Close() } // nothing is waited for

// do sends a request and reads its answer.
func (c *conn) do(request []byte) (answer, error) {
	if err := c.send(request); err != nil {
		return answer{}, err
	}
	a, length, err := c.head()
	if err != nil {
		return a, err
	}
	a.body, err = c.readBody(length)
	return a, err
}

func (c *conn) send(request []byte) error {
	if err := c.net.SetDeadline(time.Now().Add(answerWithin)); err != nil {
		return fmt.Errorf("set a deadline: %w", err)
	}
	n, err := c.net.Write(request)
	c.out += int64(n)
	if err != nil {
		return fmt.Errorf("send a request: %w", err)
	}
	return nil
}

// chunked is the length of a body that says where it ends.
const chunked = -1

// head reads the status line and the headers as far as they matter.
func (c *conn) head() (a answer, length int, err error) {
	line, err := c.r.ReadSlice('\n')
	if err != nil {
		return a, 0, fmt.Errorf("read an answer: %w", err)
	}
	if len(line) < 12 {
		return a, 0, errors.New("an answer without a status")
	}
	if a.status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return a, 0, fmt.Errorf("read a status: %w", err)
	}
	for {
		if line, err = c.r.ReadSlice('\n'); err != nil {
			return a, 0, fmt.Errorf("read an answer's headers: %w", err)
		}
		if len(line) <= 2 {
			return a, length, nil
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(value)); err != nil || length < 0 || length > maxBodyBytes {
				return a, 0, errors.New("an answer of no possible length")
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			length = chunked
		case bytes.EqualFold(name, []byte("Content-Encoding")):
			a.zipped = string(value) == "gzip"
		}
	}
}

func (c *conn) readBody(length int) (body []byte, err error) {
	if length == chunked {
		body, err = io.ReadAll(io.LimitReader(httputil.NewChunkedReader(c.r), maxBodyBytes))
		if err == nil {
			_, err = c.r.Discard(len("\r\n")) // after the last chunk; the reader leaves the trailer
		}
	} else {
		if cap(c.body) < length {
			c.body = make([]byte, length)
		}
		body = c.body[:length]
		_, err = io.ReadFull(c.r, body)
	}
	if err != nil {
		return nil, fmt.Errorf("read an answer's body: %w", err)
	}
	return body, nil
}

// plain is the body without its compression.
func (a answer) plain() ([]byte, error) {
	if !a.zipped {
		return a.body, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(a.body))
	if err != nil {
		return nil, fmt.Errorf("unpack an answer: %w", err)
	}
	return io.ReadAll(z)
}

// failure says what the server refused.
func (a answer) failure() error {
	text, err := a.plain()
	if err != nil {
		text = nil
	}
	return fmt.Errorf("the server answered %d: %.200s", a.status, text)
}

// header is one line of a request.
type header struct{ name, value string }

// request appends a request to buf. A nil body is none.
func request(buf []byte, method, host, path string, body []byte, headers ...header) []byte {
	buf = append(buf, method...)
	buf = append(buf, ' ')
	buf = append(buf, path...)
	buf = append(buf, " HTTP/1.1\r\nHost: "...)
	buf = append(buf, host...)
	buf = append(buf, "\r\n"...)
	for _, h := range headers {
		buf = append(buf, h.name...)
		buf = append(buf, ": "...)
		buf = append(buf, h.value...)
		buf = append(buf, "\r\n"...)
	}
	if body == nil {
		return append(buf, "\r\n"...)
	}
	buf = append(buf, "Content-Type: application/json\r\nContent-Length: "...)
	buf = strconv.AppendInt(buf, int64(len(body)), 10)
	buf = append(buf, "\r\n\r\n"...)
	return append(buf, body...)
}
