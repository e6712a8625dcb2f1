package api

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"officermobile/models"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/klauspost/compress/gzip"
)

const (
	// zipAbove is the size from which compressing saves a packet: below, headers outweigh the body.
	zipAbove = 400
	// zipLevel of klauspost's gzip: pages shrink to a quarter; 6 would save 6% more for thrice the time.
	zipLevel = 3
	// keptBuffer is the largest buffer that goes back to the pool.
	keptBuffer = 1 << 20
)

func newZip() any {
	z, err := gzip.NewWriterLevel(io.Discard, zipLevel)
	if err != nil { // only for a level that does not exist
		panic(err)
	}
	return z
}

func newBuffer() any { return new(bytes.Buffer) }

func (a *API) buffer() *bytes.Buffer {
	b := a.buffers.Get().(*bytes.Buffer)
	b.Reset()
	return b
}

func (a *API) giveBack(b *bytes.Buffer) {
	if b.Cap() <= keptBuffer {
		a.buffers.Put(b)
	}
}

// decode reads a raw handler's body strictly. What it decodes to keeps no part of the buffer.
func (a *API) decode(c *gin.Context, limit int64, v any) error {
	b := a.buffer()
	defer a.giveBack(b)
	if _, err := b.ReadFrom(http.MaxBytesReader(c.Writer, c.Request.Body, limit)); err != nil {
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			return errTooLarge
		}
		return errMalformed
	}
	if jsontext.Value(b.Bytes()).Kind() == 'n' {
		return errNoObject // null would be read as a body with nothing in it
	}
	err := models.DecodeStrict(b.Bytes(), v)
	if err != nil && !jsontext.Value(b.Bytes()).IsValid() {
		return errMalformed
	}
	return err
}

// reply writes a JSON answer, compressed if the client takes that and it is worth it.
func (a *API) reply(c *gin.Context, status int, v any) {
	b := a.buffer()
	defer a.giveBack(b)
	if err := json.MarshalWrite(b, v, json.Deterministic(true)); err != nil {
		a.fail(c, fmt.Errorf("encode an answer: %w", err))
		return
	}
	if b.Len() > zipAbove {
		c.Writer.Header()["Vary"] = []string{"Accept-Encoding"}
		if takesGzip(c.Request) {
			a.replyZipped(c, status, b.Bytes())
			return
		}
	}
	a.send(c, status, b.Bytes())
}

func (a *API) replyZipped(c *gin.Context, status int, plain []byte) {
	out := a.buffer()
	defer a.giveBack(out)
	z := a.zips.Get().(*gzip.Writer)
	defer a.zips.Put(z)
	z.Reset(out)
	z.Write(plain) // neither fails into a buffer
	z.Close()
	c.Writer.Header()["Content-Encoding"] = []string{"gzip"}
	a.send(c, status, out.Bytes())
}

// send writes a JSON answer as it stands.
func (a *API) send(c *gin.Context, status int, body []byte) {
	h := c.Writer.Header()
	h["Content-Type"] = []string{asJSON}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	c.Writer.WriteHeader(status)
	if _, err := c.Writer.Write(body); err != nil {
		a.opts.Logger.DebugContext(c.Request.Context(), "write an answer", "error", err)
	}
}

// takesGzip reads Accept-Encoding (RFC 9110, 12.5.3): gzip is named, and not with a weight of nothing.
func takesGzip(r *http.Request) bool {
	for _, part := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			w := strings.ReplaceAll(weight, " ", "")
			return w != "q=0" && w != "q=0.0" && w != "q=0.00" && w != "q=0.000"
		}
	}
	return false
}
