package client_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// line is a network between a phone and a server, or what stands for one.
type line interface {
	http.RoundTripper
	chapter(chapter)
	say(words string) // of the next exchange
	lose()            // the next answer
}

var errCut = errors.New("the connection was cut")

// The headers that are part of the protocol.
var (
	requestHeaders = []string{"Accept", "Authorization", "Client-Version", "Content-Type", "Device-Key", "Last-Event-ID"}
	answerHeaders  = []string{"Content-Type", "Retry-After", "WWW-Authenticate"}
)

func picked(h http.Header, names []string) map[string]string {
	some := map[string]string{}
	for _, name := range names {
		if v := h.Get(name); v != "" {
			some[name] = v
		}
	}
	return some
}

func requested(r *http.Request) sent {
	s := sent{Method: r.Method, Path: r.URL.RequestURI(), Headers: picked(r.Header, requestHeaders)}
	if r.Body != nil {
		if body, _ := io.ReadAll(r.Body); len(body) > 0 {
			s.Body = body
		}
	}
	return s
}

// names gives opaque strings short ones, in the order of their first appearance.
type names map[string]string

// learn finds the opaque strings of an answer.
func (n names) learn(body []byte) {
	var seen struct {
		T, Access, Refresh any
		Session            struct{ Access, Refresh string }
		Page               struct{ T string }
	}
	if json.Unmarshal(body, &seen, json.MatchCaseInsensitiveNames(true)) != nil {
		return
	}
	n.name("TOKEN", seen.T)
	n.name("TOKEN", seen.Page.T)
	n.name("ACCESS", seen.Access)
	n.name("ACCESS", seen.Session.Access)
	n.name("REFRESH", seen.Refresh)
	n.name("REFRESH", seen.Session.Refresh)
}

func (n names) name(kind string, opaque any) {
	s, _ := opaque.(string)
	if s == "" || n[s] != "" {
		return
	}
	count := 1
	for _, given := range n {
		if strings.HasPrefix(given, kind) {
			count++
		}
	}
	n[s] = fmt.Sprintf("%s-%d", kind, count)
}

func (n names) replace(text string) string {
	for _, opaque := range slices.Sorted(maps.Keys(n)) {
		text = strings.ReplaceAll(text, opaque, n[opaque])
	}
	return text
}

// recorder passes requests to a server and writes down what was said.
type recorder struct {
	server http.Handler

	mu       sync.Mutex
	names    names
	chapters []transcript
	next     exchange
}

func (r *recorder) chapter(c chapter) {
	r.chapters = append(r.chapters, transcript{Title: c.title, About: c.about})
}

func (r *recorder) say(words string) { r.next.Say = words }
func (r *recorder) lose()            { r.next.Answer.Lost = true }

// RoundTrip answers one request.
func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	e := r.next
	r.next = exchange{}
	now := &r.chapters[len(r.chapters)-1]
	now.Exchanges = append(now.Exchanges, &e)
	e.Request = requested(req)
	inner := httptest.NewRequestWithContext(req.Context(), req.Method, req.URL.RequestURI(), bytes.NewReader(e.Request.Body))
	inner.Header = req.Header
	r.hide(&e.Request)
	r.mu.Unlock()
	if req.Header.Get("Accept") == "text/event-stream" {
		return r.stream(&e, inner), nil
	}
	w := httptest.NewRecorder()
	r.server.ServeHTTP(w, inner)
	res := w.Result()
	body := unzipped(res, w.Body.Bytes())
	r.mu.Lock()
	defer r.mu.Unlock()
	r.names.learn(body)
	e.Answer.Status, e.Answer.Headers = res.StatusCode, picked(res.Header, answerHeaders)
	if len(body) > 0 {
		e.Answer.Body = withoutRequestID([]byte(r.names.replace(string(body))))
	}
	if e.Answer.Lost {
		return nil, errCut
	}
	return res, nil
}

// withoutRequestID blanks what is another one each time.
func withoutRequestID(body []byte) jsontext.Value {
	before, rest, ok := bytes.Cut(body, []byte(`"request_id":"`))
	if !ok {
		return body
	}
	_, after, _ := bytes.Cut(rest, []byte(`"`))
	return slices.Concat(before, []byte(`"request_id":"REQUEST"`), after)
}

func (r *recorder) hide(s *sent) {
	if len(s.Body) > 0 {
		s.Body = jsontext.Value(r.names.replace(string(s.Body)))
	}
	for name, value := range s.Headers {
		s.Headers[name] = r.names.replace(value)
	}
}

func unzipped(res *http.Response, body []byte) []byte {
	if res.Header.Get("Content-Encoding") != "gzip" {
		return body
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return body
	}
	plain, _ := io.ReadAll(z)
	return plain
}

// stream lets the server write as long as the phone listens.
func (r *recorder) stream(e *exchange, inner *http.Request) *http.Response {
	out, in := io.Pipe()
	w := &streamWriter{header: http.Header{}, began: make(chan struct{}), pipe: in, rec: r, e: e, since: time.Now()}
	stop := context.AfterFunc(inner.Context(), func() { out.CloseWithError(inner.Context().Err()) })
	go func() {
		r.server.ServeHTTP(w, inner)
		w.WriteHeader(http.StatusOK)
		stop()
		in.Close()
	}()
	<-w.began
	r.mu.Lock()
	defer r.mu.Unlock()
	e.Answer.Status, e.Answer.Headers = w.status, picked(w.header, answerHeaders)
	return &http.Response{StatusCode: w.status, Header: w.header, Body: out}
}

// streamWriter is the server's side of a stream.
type streamWriter struct {
	header http.Header
	status int
	began  chan struct{}
	pipe   *io.PipeWriter
	rec    *recorder
	e      *exchange
	since  time.Time
}

func (w *streamWriter) Header() http.Header { return w.header }
func (w *streamWriter) Flush()              {}

func (w *streamWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
		close(w.began)
	}
}

// Write takes one event, whole: the server writes so.
func (w *streamWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	ev := sseEvent{AfterMS: time.Since(w.since).Milliseconds()}
	for line := range strings.Lines(string(b)) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case "id":
			ev.ID = value
		case "event":
			ev.Event = value
		case "data":
			ev.Data = jsontext.Value(value)
		}
	}
	if ev.Event != "" {
		w.rec.mu.Lock()
		ev.Behind = len(w.rec.chapters[len(w.rec.chapters)-1].Exchanges)
		w.rec.names.name("LIVE", ev.ID) // a name of its own: an answer may come at the same moment
		ev.ID, ev.Data = w.rec.names.replace(ev.ID), jsontext.Value(w.rec.names.replace(string(ev.Data)))
		w.e.Answer.Events = append(w.e.Answer.Events, ev)
		w.rec.mu.Unlock()
	}
	return w.pipe.Write(b)
}

// player answers as the transcripts say, and complains of requests that don't stand in them.
type player struct {
	t        *testing.T
	chapters []transcript

	mu   sync.Mutex
	at   int // of the present chapter, from 1
	next int // exchange in it
}

func (p *player) chapter(chapter) {
	p.finished()
	p.at, p.next = p.at+1, 0
}

func (*player) say(string) {}
func (*player) lose()      {}

// finished complains of what was not asked.
func (p *player) finished() {
	if p.at == 0 {
		return
	}
	if tr := p.chapters[p.at-1]; p.next < len(tr.Exchanges) {
		p.t.Errorf("%s: the client didn't ask %+v", tr.Title, tr.Exchanges[p.next].Request)
	}
}

// RoundTrip answers one request.
func (p *player) RoundTrip(r *http.Request) (*http.Response, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked, tr := requested(r), p.chapters[p.at-1]
	if p.next >= len(tr.Exchanges) {
		p.t.Errorf("%s: the client asks more: %s %s", tr.Title, asked.Method, asked.Path)
		return nil, errCut
	}
	e := tr.Exchanges[p.next]
	p.next++
	if d := deviation(e.Request, asked); d != "" {
		p.t.Errorf("%s, exchange %d: %s", tr.Title, p.next, d)
	}
	if e.Answer.Lost {
		return nil, errCut
	}
	res := respond(e.Answer.Status, e.Answer.Body)
	for name, value := range e.Answer.Headers {
		res.Header.Set(name, value)
	}
	if e.Answer.Events != nil {
		res.Body = p.play(r.Context(), e.Answer.Events)
	}
	return res, nil
}

// play writes events when their time has come.
func (p *player) play(ctx context.Context, all []sseEvent) io.ReadCloser {
	out, in := io.Pipe()
	began := time.Now()
	context.AfterFunc(ctx, func() { out.CloseWithError(ctx.Err()) })
	go func() {
		for _, ev := range all {
			<-time.After(time.Until(began.Add(time.Duration(ev.AfterMS) * time.Millisecond)))
			for !p.asked(ev.Behind) && ctx.Err() == nil {
				<-time.After(time.Millisecond)
			}
			if ev.ID != "" {
				fmt.Fprintf(in, "id: %s\n", ev.ID)
			}
			data := slices.Clone(ev.Data)
			if data.Compact() != nil {
				return
			}
			if _, err := fmt.Fprintf(in, "event: %s\ndata: %s\n\n", ev.Event, data); err != nil {
				return
			}
		}
	}()
	return out
}

// asked tells whether so many of the chapter's requests have come.
func (p *player) asked(count int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.next >= count
}

// deviation says in what a request differs from what stands written.
func deviation(want, got sent) string {
	if want.Method != got.Method || want.Path != got.Path {
		return fmt.Sprintf("asked %s %s, want %s %s", got.Method, got.Path, want.Method, want.Path)
	}
	if !maps.Equal(want.Headers, got.Headers) {
		return fmt.Sprintf("headers %v, want %v", got.Headers, want.Headers)
	}
	if a, b := canonical(want.Body), canonical(got.Body); a != b {
		return fmt.Sprintf("asked\n%s, want\n%s", b, a)
	}
	return ""
}

// canonical is JSON whose equality is that of what it says.
func canonical(v jsontext.Value) string {
	c := slices.Clone(v)
	if len(c) == 0 {
		return ""
	}
	if err := c.Canonicalize(); err != nil {
		return "not JSON: " + string(v)
	}
	return string(c)
}
