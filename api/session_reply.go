package api

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"

	"officermobile/models/wire"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
	"github.com/klauspost/compress/flate"
)

// An answer to a sync can carry tokens beside texts that others chose. Compressed together, its length would tell who
// watches the network how much a text resembles a token (BREACH), and a renewal whose answer is lost repeats the very
// same token. So the session goes first and stored, as deflate allows (RFC 1951, 3.2.4), and the compressor of the
// rest never sees it. It costs what tokens compress to anyway: a quarter of a kilobyte, once in ten minutes.

// replySession writes a sync's answer, the session apart.
func (a *API) replySession(c *gin.Context, session *wire.Session, answer wire.SyncAnswer[any]) {
	if session == nil {
		a.reply(c, http.StatusOK, answer)
		return
	}
	secret, rest := a.buffer(), a.buffer()
	defer a.giveBack(secret)
	defer a.giveBack(rest)
	if err := splitSession(secret, rest, session, answer); err != nil {
		a.fail(c, fmt.Errorf("encode an answer: %w", err))
		return
	}
	if !takesGzip(c.Request) || rest.Len() <= zipAbove {
		secret.Write(rest.Bytes())
		a.send(c, http.StatusOK, secret.Bytes())
		return
	}
	out := a.buffer()
	defer a.giveBack(out)
	f := a.flates.Get().(*flate.Writer)
	defer a.flates.Put(f)
	zipBehind(out, f, secret.Bytes(), rest.Bytes())
	h := c.Writer.Header()
	h["Vary"] = []string{"Accept-Encoding"}
	h["Content-Encoding"] = []string{"gzip"}
	a.send(c, http.StatusOK, out.Bytes())
}

// splitSession writes one JSON object in two parts, of which the first has the session and nothing else.
func splitSession(secret, rest *bytes.Buffer, session *wire.Session, answer wire.SyncAnswer[any]) error {
	answer.Session = nil
	secret.WriteString(`{"session":`)
	if err := json.MarshalWrite(secret, session); err != nil {
		return err
	}
	if err := json.MarshalWrite(rest, answer, json.Deterministic(true)); err != nil {
		return err
	}
	if rest.Len() > len("{}") {
		rest.Bytes()[0] = ','
		return nil
	}
	rest.Reset()
	return rest.WriteByte('}')
}

// maxStored is how much a stored block of deflate holds.
const maxStored = 1<<16 - 1

// zipBehind writes one gzip member (RFC 1952): the secret in stored blocks, the rest compressed on its own.
func zipBehind(out *bytes.Buffer, f *flate.Writer, secret, rest []byte) {
	const deflate, unknown = 8, 255
	sum := crc32.Update(crc32.ChecksumIEEE(secret), crc32.IEEETable, rest)
	size := uint32(len(secret) + len(rest))
	out.Write([]byte{0x1f, 0x8b, deflate, 0, 0, 0, 0, 0, 0, unknown})
	for len(secret) > 0 {
		n := min(len(secret), maxStored)
		head := binary.LittleEndian.AppendUint16([]byte{0}, uint16(n)) // not the last block, stored
		out.Write(binary.LittleEndian.AppendUint16(head, ^uint16(n)))
		out.Write(secret[:n])
		secret = secret[n:]
	}
	f.Reset(out)
	f.Write(rest) // neither fails into a buffer
	f.Close()
	out.Write(binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, sum), size))
}

func newFlate() any {
	f, err := flate.NewWriter(io.Discard, zipLevel)
	if err != nil { // only for a level that does not exist
		panic(err)
	}
	return f
}
