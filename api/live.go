package api

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"officermobile/auth"
	"officermobile/models"
	"officermobile/models/wire"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
)

// Watcher says when a session ends.
type Watcher interface {
	// Life is a context that ends with the caller's session.
	Life(c auth.Caller) context.Context
}

// writeWithin is how long a frame may take to be handed to the network. A client that reads more slowly loses the
// stream and comes back with its position; it never delays another.
const writeWithin = 10 * time.Second

// liveInput is what a stream is asked for with. No secret is taken from the address, which ends up in logs.
type liveInput struct {
	Token  string `header:"Last-Event-ID" doc:"The sync token; it grants nothing by itself."`
	Schema int    `query:"schema" minimum:"0" maximum:"100" doc:"Of the rows that the client reads; absent: the newest."`
	Window int    `query:"window" minimum:"0" maximum:"100" doc:"Newest messages of a conversation wanted when it is sent anew."`
}

var (
	errSessionEnded = errors.New("the session ended")
	errDraining     = errors.New("the server drains")
)

// live streams server-sent events until the session ends, the server drains or the client goes.
func (a *API) live(c *gin.Context) {
	request, err := liveRequest(c.Request)
	ex := exchangeOf(c.Request.Context())
	if err == nil {
		err = a.seats.take(ex.caller)
	}
	if err != nil {
		a.fail(c, err)
		return
	}
	defer a.seats.leave(ex.caller)
	a.counts.opened.Add(1)
	ex.held = true
	ctx, stop := a.watched(c.Request.Context(), ex)
	defer stop()

	a.forgetReadDeadline(c)
	h := c.Writer.Header()
	h["Content-Type"] = []string{asStream}
	h["X-Accel-Buffering"] = []string{"no"} // a proxy that collects would hold frames back
	s := &stream{w: c.Writer, rc: http.NewResponseController(c.Writer), within: a.opts.WriteWithin}
	err = a.deps.Sync.Live(ctx, ex.wireCaller(), request, s.write)
	if err != nil && !s.began && ctx.Err() == nil {
		a.fail(c, err)
		return
	}
	a.partWith(ctx, s, err)
}

// watched is a context that ends with the session and with the server too; stop ends the watching.
func (a *API) watched(parent context.Context, ex *exchange) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	forget := context.AfterFunc(a.deps.Auth.Life(ex.caller), func() { cancel(errSessionEnded) })
	stay := context.AfterFunc(a.serving, func() { cancel(errDraining) })
	return ctx, func() {
		forget()
		stay()
		cancel(context.Canceled)
	}
}

// partWith says goodbye, unless that was said or nobody is there to hear it.
func (a *API) partWith(ctx context.Context, s *stream, err error) {
	bye := wire.Bye{RetryMS: unavailableMS, Why: wire.ByeDrain}
	switch cause := context.Cause(ctx); {
	case s.failed:
		a.counts.dropped.Add(1)
		return
	case s.last == "bye":
		return
	case errors.Is(cause, errSessionEnded):
		bye = wire.Bye{Why: wire.ByeSession}
	case errors.Is(cause, errDraining):
		bye.RetryMS = drainSpreadMS
	case cause != nil:
		return
	case err != nil:
		p := a.problem(ctx, err)
		bye.RetryMS = max(p.retryMS, unavailableMS)
		if p.Status < http.StatusInternalServerError {
			bye = wire.Bye{Why: wire.ByeSession}
		}
	}
	if err := s.write(wire.Frame{Event: "bye", Data: bye}); err != nil {
		a.opts.Logger.DebugContext(ctx, "say goodbye", "error", err)
	}
}

// drainSpreadMS is over how long streams come back elsewhere, where the sync service didn't say it better.
const drainSpreadMS = 10_000

// stream writes frames in the form of server-sent events.
type stream struct {
	w      http.ResponseWriter
	rc     *http.ResponseController
	within time.Duration
	buf    bytes.Buffer
	last   string
	began  bool
	failed bool
}

func (s *stream) write(f wire.Frame) error {
	s.buf.Reset()
	if err := s.render(f); err != nil {
		return err
	}
	s.began, s.last, s.failed = true, f.Event, true
	// Without the deadline the server's own, meant for short answers, would end the stream.
	if err := s.rc.SetWriteDeadline(time.Now().Add(s.within)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := s.w.Write(s.buf.Bytes()); err != nil {
		return err
	}
	if err := s.rc.Flush(); err != nil {
		return err
	}
	s.failed = false
	return nil
}

func (s *stream) render(f wire.Frame) error {
	if f.Event == "" {
		s.buf.WriteString(":\n\n")
		return nil
	}
	if f.ID != "" {
		s.buf.WriteString("id: " + f.ID + "\n")
	}
	s.buf.WriteString("event: " + f.Event + "\ndata: ")
	if err := json.MarshalWrite(&s.buf, f.Data, json.Deterministic(true)); err != nil {
		return err
	}
	s.buf.WriteString("\n\n")
	return nil
}

// liveRequest reads the parameters and refuses others: a token in the address is an error, not a habit.
func liveRequest(r *http.Request) (wire.LiveRequest, error) {
	request := wire.LiveRequest{Token: r.Header.Get("Last-Event-ID"), Schema: wire.Schema, Window: wire.DefaultWindow}
	for name, values := range r.URL.Query() {
		n, err := strconv.Atoi(values[0])
		if err != nil || n < 0 || n > wire.MaxWindow || len(values) > 1 {
			return request, models.Invalid(shorten(name), "is not what is expected here")
		}
		switch name {
		case "schema":
			request.Schema = n
		case "window":
			request.Window = n
		default:
			return request, models.Invalid(shorten(name), "is not a parameter")
		}
	}
	return request, nil
}
