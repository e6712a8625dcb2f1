package pushtest

import (
	"io"
	"net/http"
	"time"

	"golang.org/x/net/http2"

	"officermobile/push/pushtest/frames"
)

// maxBody is read of a request; what is longer is too large for either provider.
const maxBody = 64 << 10

// answer is a provider's reply.
type answer struct {
	status int
	reason string
	body   []byte
	header http.Header
}

// judge is what a provider makes of a request: its reply, and what it understood.
type judge func(r *http.Request, body []byte) (answer, notice)

// handle carries one notification through judgement, faults, delivery and journal. spoil is a fault's reply in the
// provider's own form.
func (s *Services) handle(w http.ResponseWriter, r *http.Request, p Provider, decide judge, spoil func(Fault) answer) {
	defer s.busy(p)()
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	a, n := decide(r, body)
	e := Entry{
		At: s.now().UTC(), Provider: p, Connection: connectionOf(r).id, Header: headerOf(r.Header),
		Body: string(body), Token: n.token, Notification: n.id,
	}
	f := s.next(p, n.token)
	if !s.wait(r, f.Delay) {
		s.record(e)
		panic(http.ErrAbortHandler) // no answer; the connection may live on
	}
	s.deliver(&e, a, n, f)
	if f.Status != 0 {
		a = spoil(f)
	}
	if f.Cut != CutNever {
		s.record(e)
		sever(w, r, f, a)
	}
	e.Status, e.Reason = a.status, a.reason
	s.record(e)
	s.reply(w, r, a, f)
}

// deliver shows a notification that is right, unless the fault stands before.
func (s *Services) deliver(e *Entry, a answer, n notice, f Fault) {
	genuine := a.status/100 == 2
	refused := f.Cut != CutNever && !f.Cut.delivered() || f.Status != 0 && f.Status/100 != 2
	e.Accepted = genuine && (!refused || f.Deliver)
	if e.Accepted {
		s.accept(n)
		e.MessageID = n.messageID
	}
}

// reply answers, with what a fault adds to it.
func (s *Services) reply(w http.ResponseWriter, r *http.Request, a answer, f Fault) {
	if f.GoAway && f.Code == 0 {
		connectionOf(r).frames.GoAway(r, true, 0, f.Debug)
	}
	a.head(w, f)
	if !f.Empty {
		s.body(w, r, a.body, f.Slow)
	}
	if f.GoAway && f.Code != 0 {
		frames.Finish(w)
		connectionOf(r).frames.GoAway(r, true, http2.ErrCode(f.Code), f.Debug)
	}
}

// body writes in two halves, slow apart.
func (s *Services) body(w http.ResponseWriter, r *http.Request, body []byte, slow time.Duration) {
	half := 0
	if slow > 0 {
		half = len(body) / 2
		_, _ = w.Write(body[:half]) // a client that left is its own affair
		s.wait(r, slow)
	}
	if len(body) > half {
		_, _ = w.Write(body[half:])
	}
}

// write answers without faults.
func (a answer) write(w http.ResponseWriter, f Fault) {
	a.head(w, f)
	_, _ = w.Write(a.body) // a client that left is its own affair
}

func (a answer) head(w http.ResponseWriter, f Fault) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	if f.RetryAfter != "" {
		w.Header().Set("Retry-After", f.RetryAfter)
	}
	w.WriteHeader(a.status)
}

// sever ends a request as its fault says; it does not return.
func sever(w http.ResponseWriter, r *http.Request, f Fault, a answer) {
	c := connectionOf(r).frames
	switch f.Cut {
	case Hole, HoleAfter:
		c.Silence()
	case Reset, ResetAfter:
		frames.Reset(r, http2.ErrCode(f.Code))
	case GoAwayBefore:
		c.GoAway(r, false, http2.ErrCode(f.Code), f.Debug)
		frames.Abandon(r)
	case CutHalfway:
		a.head(w, f)
		_, _ = w.Write(a.body[:len(a.body)/2])
		c.Cut()
	default:
		c.Cut()
	}
	panic(http.ErrAbortHandler)
}

// wait holds a request up, and reports false if the client or the services went away meanwhile.
func (s *Services) wait(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
	case <-s.closing:
	}
	return false
}
