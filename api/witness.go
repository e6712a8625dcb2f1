package api

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/trail"

	"github.com/gin-gonic/gin"
)

// Audit is the log of who administered what.
type Audit interface {
	// Ready is KindUnavailable while the agency's audit log can't be written.
	Ready(agency models.AgencyID) error
	// Record writes a line and answers nil when it is durable, else KindUnavailable.
	Record(ctx context.Context, agency models.AgencyID, e trail.Entry) error
	// Note writes a line that nobody waits for.
	Note(agency models.AgencyID, e trail.Entry)
	// Search answers lines, the newest first; a page may be short and yet have a Next.
	Search(ctx context.Context, agency models.AgencyID, q trail.Query) (trail.Page, error)
}

// witness holds the answer of an audited route back until its line in the audit log is durable, so that whoever has an
// answer knows that it is on record. Of other routes what was denied is noted, and searches. Who could not be identified leaves
// no line: it would be for anybody to fill the log.
func (a *API) witness(c *gin.Context) {
	ex := exchangeOf(c.Request.Context())
	if ex.row == nil || !ex.row.is(audited) {
		began := a.opts.Clock.Now()
		c.Next()
		if ex.noted() {
			a.deps.Audit.Note(ex.caller.Agency, ex.entry(c, a.opts.Clock.Now().Sub(began)))
		}
		return
	}
	body := &counted{ReadCloser: c.Request.Body}
	c.Request.Body = body
	held := &heldAnswer{ResponseWriter: c.Writer, header: c.Writer.Header().Clone(), status: http.StatusOK}
	c.Writer = held
	began := a.opts.Clock.Now()
	c.Next()
	c.Writer = held.ResponseWriter
	if ex.caller.User.IsZero() || ex.refused == errLimited.Code {
		held.release()
		return
	}
	e := ex.entry(c, a.opts.Clock.Now().Sub(began))
	e.Status, e.BytesIn, e.BytesOut = held.status, body.n, int64(held.body.Len())
	if err := a.deps.Audit.Record(context.WithoutCancel(c.Request.Context()), ex.caller.Agency, e); err != nil {
		a.fail(c, err)
		return
	}
	held.release()
}

// noted reports a request that leaves a line which nobody waits for.
func (ex *exchange) noted() bool {
	if ex.row == nil || ex.caller.User.IsZero() || ex.refused == errLimited.Code {
		return false
	}
	return ex.row.is(noted) || ex.refused == models.ErrForbidden.Code
}

// entry is what the audit log says of a request.
func (ex *exchange) entry(c *gin.Context, took time.Duration) trail.Entry {
	e := ex.origin()
	e.What, e.Outcome = ex.route, trail.OK
	if ex.refused != "" {
		e.Outcome = string(ex.refused)
	}
	e.Status, e.Seq, e.Micros = c.Writer.Status(), ex.seq, took.Microseconds()
	e.Filters, e.Hits = ex.filters, ex.hits
	e.Objects = objectsOf(ex.row.path, c.Params)
	if ex.made != "" {
		e.Objects = append(e.Objects, trail.Object{Kind: kindOf(ex.row.path[strings.LastIndexByte(ex.row.path, '/')+1:]), ID: ex.made})
	}
	return e
}

// origin is the part of a line that says who asks, and from where.
func (ex *exchange) origin() trail.Entry {
	e := trail.Entry{User: ex.caller.User, Device: ex.caller.Device, Session: ex.caller.Session, Remote: ex.remote, Request: ex.id}
	if ex.caller.Key {
		e.Session, e.Key = models.SessionID{}, ex.caller.Session.String()
	}
	if ex.request != nil {
		e.Agent = ex.request.UserAgent()
	}
	return e
}

// OriginOf is the part of an audit line that says who asks and from where, for what is recorded beside the request, such
// as a sign-in. Without a request it is empty.
func OriginOf(ctx context.Context) trail.Entry { return exchangeOf(ctx).origin() }

// objectsOf are the ids in a path. What isn't one was chosen freely, and is left out.
func objectsOf(path string, params gin.Params) []trail.Object {
	var all []trail.Object
	for _, p := range params {
		if _, err := record.ParseUUID(p.Value); err != nil {
			continue
		}
		kind := p.Key
		if kind == "id" {
			before, _, _ := strings.Cut(path, "/{id}")
			kind = kindOf(before[strings.LastIndexByte(before, '/')+1:])
		}
		all = append(all, trail.Object{Kind: kind, ID: p.Value})
	}
	return all
}

// kindOf is the singular of a part of a path.
func kindOf(part string) string { return strings.TrimSuffix(part, "s") }

// counted is a body that counts what was read of it.
type counted struct {
	io.ReadCloser
	n int64
}

func (b *counted) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.n += int64(n)
	return n, err
}

// heldAnswer keeps an answer until it is released; one that is not leaves nothing behind.
type heldAnswer struct {
	gin.ResponseWriter
	header  http.Header
	status  int
	written bool
	body    bytes.Buffer
}

func (h *heldAnswer) Header() http.Header { return h.header }
func (h *heldAnswer) Status() int         { return h.status }
func (h *heldAnswer) Size() int           { return h.body.Len() }
func (h *heldAnswer) Written() bool       { return h.written }
func (h *heldAnswer) WriteHeaderNow()     { h.written = true }
func (h *heldAnswer) Flush()              {}

func (h *heldAnswer) WriteHeader(status int) {
	if status > 0 && !h.written {
		h.status = status
	}
}

func (h *heldAnswer) Write(p []byte) (int, error) {
	h.written = true
	return h.body.Write(p)
}

func (h *heldAnswer) WriteString(s string) (int, error) {
	h.written = true
	return h.body.WriteString(s)
}

func (h *heldAnswer) release() {
	to := h.ResponseWriter.Header()
	clear(to)
	for name, values := range h.header {
		to[name] = values
	}
	h.ResponseWriter.WriteHeader(h.status)
	h.ResponseWriter.WriteHeaderNow()
	_, _ = h.ResponseWriter.Write(h.body.Bytes()) // a client that went away needs no answer
}
