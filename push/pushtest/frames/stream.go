package frames

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// stream is one request and the writer of its answer.
type stream struct {
	id      uint32
	conn    *Conn
	request *http.Request
	end     context.CancelFunc
	body    bytes.Buffer
	ready   bool // all of the request is there

	header http.Header
	status int
	headed bool // the answer's head is out
	ended  bool // and all of it
}

// maxBody of a request is kept; the rest is read and dropped. It is far over what any provider takes.
const maxBody = 128 << 10

// piece is the most that one DATA frame carries: what every client takes.
const piece = 16 << 10

// owedMost of a connection's window of 65,535 bytes is given back at once, so that not every notification costs a frame.
const owedMost = 32 << 10

type noteKey struct{}

// NoteOf is what Arrived said of a request.
func NoteOf(ctx context.Context) any { return ctx.Value(noteKey{}) }

type streamKey struct{}

// head opens a stream, or refuses it.
func (c *Conn) head(f *http2.MetaHeadersFrame) {
	if st := c.find(f.StreamID); st != nil { // trailers: they end a body
		c.dispatch(st)
		return
	}
	if !c.admit(f.StreamID) {
		return
	}
	r, err := request(c.ctx, f)
	if err != nil {
		c.drop(f.StreamID)
		c.reset(f.StreamID, http2.ErrCodeProtocol)
		return
	}
	r, ok := c.arrived(r)
	if !ok {
		c.drop(f.StreamID)
		return
	}
	st := &stream{id: f.StreamID, conn: c, header: http.Header{}}
	ctx, end := context.WithCancel(context.WithValue(r.Context(), streamKey{}, st))
	st.request, st.end = r.WithContext(ctx), end
	c.mu.Lock()
	c.streams[st.id] = st
	c.mu.Unlock()
	if f.StreamEnded() {
		c.dispatch(st)
	}
}

// admit takes a stream if the client may open one more.
func (c *Conn) admit(id uint32) bool {
	c.mu.Lock()
	if c.leaving || id <= c.last {
		c.mu.Unlock()
		return false // GOAWAY has told the client already
	}
	if len(c.open) >= int(c.limit) {
		c.stats.Refused++
		c.mu.Unlock()
		c.refuse(id)
		return false
	}
	defer c.mu.Unlock()
	c.last, c.streams[id], c.open[id] = id, nil, true
	c.stats.Requests++
	c.stats.Peak = max(c.stats.Peak, len(c.open))
	if !c.answered {
		c.stats.Early = max(c.stats.Early, len(c.open))
	}
	return true
}

func (c *Conn) refuse(id uint32) {
	if c.server.Over != nil {
		c.server.Over(c)
		return
	}
	c.write(func(f *http2.Framer) error { return f.WriteRSTStream(id, http2.ErrCodeRefusedStream) })
}

func (c *Conn) arrived(r *http.Request) (*http.Request, bool) {
	if c.server.Arrived == nil {
		return r, true
	}
	note, ok := c.server.Arrived(r)
	return r.WithContext(context.WithValue(r.Context(), noteKey{}, note)), ok
}

// request is the head of one; a field that comes twice is there twice.
func request(ctx context.Context, f *http2.MetaHeadersFrame) (*http.Request, error) {
	u, err := url.ParseRequestURI(f.PseudoValue("path"))
	if err != nil {
		return nil, err
	}
	r := &http.Request{
		Method: f.PseudoValue("method"), URL: u, RequestURI: f.PseudoValue("path"), Host: f.PseudoValue("authority"),
		Proto: "HTTP/2.0", ProtoMajor: 2, Header: http.Header{}, Body: http.NoBody,
	}
	for _, field := range f.RegularFields() {
		r.Header.Add(field.Name, field.Value)
	}
	return r.WithContext(ctx), nil
}

// data keeps a piece of a body, and gives the client back the window that it used.
func (c *Conn) data(f *http2.DataFrame) {
	if c.owed += f.Header().Length; c.owed >= owedMost {
		n := c.owed
		c.owed = 0
		c.write(func(w *http2.Framer) error { return w.WriteWindowUpdate(0, n) })
	}
	st := c.find(f.StreamID)
	if st == nil || st.ready {
		return
	}
	st.body.Write(f.Data()[:min(len(f.Data()), maxBody-st.body.Len())])
	if f.StreamEnded() {
		c.dispatch(st)
		return
	}
	if n := f.Header().Length; n > 0 {
		c.write(func(w *http2.Framer) error { return w.WriteWindowUpdate(st.id, n) })
	}
}

// dispatch handles a request that is all there.
func (c *Conn) dispatch(st *stream) {
	if st.ready {
		return
	}
	st.ready = true
	st.request.Body = io.NopCloser(&st.body)
	c.server.done.Go(st.serve)
}

func (c *Conn) find(id uint32) *stream {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.streams[id]
}

// close stops counting a stream as open. It comes before the frame that ends the stream: whoever reads that frame may
// open another at once.
func (c *Conn) close(id uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, id)
}

// drop forgets a stream, and closes a connection that was only waiting for it.
func (c *Conn) drop(id uint32) {
	c.mu.Lock()
	st := c.streams[id]
	delete(c.streams, id)
	delete(c.open, id)
	over := c.leaving && len(c.streams) == 0
	c.mu.Unlock()
	if st != nil {
		st.end()
	}
	if over {
		_ = c.tls.Close() // in good order
	}
}

// serve runs the handler. One that panics with http.ErrAbortHandler gives no answer.
func (st *stream) serve() {
	defer st.conn.drop(st.id)
	defer func() {
		v := recover()
		if v == nil {
			st.finish()
			return
		}
		if v != http.ErrAbortHandler {
			panic(v)
		}
		if st.request.Context().Err() == nil {
			st.conn.reset(st.id, http2.ErrCodeInternal)
		}
	}()
	st.conn.server.Handler.ServeHTTP(st, st.request)
}

// Header implements http.ResponseWriter.
func (st *stream) Header() http.Header { return st.header }

// WriteHeader implements http.ResponseWriter.
func (st *stream) WriteHeader(status int) {
	if st.status == 0 {
		st.status = status
	}
}

// Write implements http.ResponseWriter. What is written leaves at once.
func (st *stream) Write(p []byte) (int, error) {
	st.WriteHeader(http.StatusOK)
	st.sendHead(false)
	for part := range slices.Chunk(p, piece) {
		st.conn.write(func(f *http2.Framer) error { return f.WriteData(st.id, false, part) })
	}
	return len(p), st.request.Context().Err()
}

// Finish ends an answer before its handler returns, so that something can follow it on the wire.
func Finish(w http.ResponseWriter) {
	if st, ok := w.(*stream); ok {
		st.finish()
	}
}

// finish ends the answer.
func (st *stream) finish() {
	if st.ended || st.request.Context().Err() != nil {
		return // or the client took its request back, or is gone
	}
	st.ended = true
	st.conn.close(st.id)
	st.WriteHeader(http.StatusOK)
	if !st.headed {
		st.sendHead(true)
		return
	}
	st.conn.write(func(f *http2.Framer) error { return f.WriteData(st.id, true, nil) })
}

func (st *stream) sendHead(last bool) {
	if st.headed {
		return
	}
	st.headed = true
	c := st.conn
	c.mu.Lock()
	c.answered = true
	c.mu.Unlock()
	c.write(func(f *http2.Framer) error {
		c.block.Reset()
		_ = c.encoder.WriteField(hpack.HeaderField{Name: ":status", Value: strconv.Itoa(st.status)}) // to memory
		for name, values := range st.header {
			for _, value := range values {
				_ = c.encoder.WriteField(hpack.HeaderField{Name: strings.ToLower(name), Value: value})
			}
		}
		return f.WriteHeaders(http2.HeadersFrameParam{StreamID: st.id, BlockFragment: c.block.Bytes(), EndHeaders: true, EndStream: last})
	})
}
