package api_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"officermobile/api"
	"officermobile/auth"
	"officermobile/models/wire"
)

// script is a sync service whose streams write what the test wants.
type script struct {
	*service
	live func(ctx context.Context, write func(wire.Frame) error) error
}

func (s *script) Live(ctx context.Context, _ wire.Caller, _ wire.LiveRequest, write func(wire.Frame) error) error {
	return s.live(ctx, write)
}

// scripted is an API whose streams follow a script.
func (w *world) scripted(t *testing.T, opts api.Options, live func(context.Context, func(wire.Frame) error) error) {
	t.Helper()
	opts.Logger = w.logger()
	a, err := api.New(api.Deps{Auth: w.auth, Reader: w.service, Writer: w.service, Sync: &script{w.service, live}, Push: w.push, Health: w.health}, opts)
	check(t, err)
	w.api = a
}

// TestAStreamOutlivesTheServersWriteTimeout (B1 7): the time for an answer is not a stream's.
func TestAStreamOutlivesTheServersWriteTimeout(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const answer = 100 * time.Millisecond
	w.scripted(t, api.Options{}, func(_ context.Context, write func(wire.Frame) error) error {
		for range 8 {
			<-time.After(answer / 2)
			if err := write(wire.Frame{Event: "mark"}); err != nil {
				return err
			}
		}
		return nil
	})
	res := w.listen(t, w.serve(t, api.Times{Answer: answer, Request: answer}), w.tokens[0]["officer"], "")
	lines, marks := bufio.NewScanner(res.Body), 0
	for lines.Scan() {
		if lines.Text() == "event: mark" {
			marks++
		}
	}
	if marks != 8 || lines.Err() != nil {
		t.Errorf("got %d frames and error %v, want 8", marks, lines.Err())
	}
}

// listen opens a stream of a session.
func (w *world) listen(t *testing.T, address string, s auth.Session, position string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+address+"/v1/live", nil)
	check(t, err)
	r.Header.Set("Authorization", "Bearer "+s.Access)
	r.Header.Set("Accept-Encoding", "gzip")
	if position != "" {
		r.Header.Set("Last-Event-ID", position)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	check(t, err)
	t.Cleanup(func() { res.Body.Close() })
	return res
}

// TestT25_ASlowReaderIsDropped: it loses its stream and holds nobody else up.
func TestT25_ASlowReaderIsDropped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ended := make(chan error, 1)
	large := strings.Repeat("x", 1<<20)
	w.scripted(t, api.Options{WriteWithin: 100 * time.Millisecond}, func(ctx context.Context, write func(wire.Frame) error) error {
		for ctx.Err() == nil {
			if err := write(wire.Frame{Event: "page", Data: large}); err != nil {
				ended <- err
				return err
			}
		}
		return ctx.Err()
	})
	address := w.serve(t, api.Times{})
	c := dial(t, address)
	check(t, c.SetReadBuffer(4096))
	_, err := fmt.Fprintf(c, "GET /v1/live HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", w.tokens[0]["officer"].Access)
	check(t, err)
	quick := w.listen(t, address, w.tokens[0]["reviewer"], "")
	lines := bufio.NewReader(quick.Body)
	for reading := true; reading; {
		select {
		case <-ended:
			reading = false
		default:
			_, err := lines.ReadString('\n')
			check(t, err)
		}
	}
	if _, err := lines.ReadString('\n'); err != nil {
		t.Errorf("the one who reads lost the stream too: %v", err)
	}
	check(t, quick.Body.Close())
	if got := w.api.Stats(); got.StreamsOpened != 2 || got.StreamsDropped < 1 {
		t.Errorf("got %+v, want 2 streams opened and the slow one dropped", got)
	}
}

// TestT25_AStreamResumes by the position of the last frame that was read: what was missed comes, and nothing else.
func TestT25_AStreamResumes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	address := w.serve(t, api.Times{})
	first := w.listen(t, address, w.tokens[0]["officer"], "")
	position := ""
	lines := bufio.NewScanner(first.Body)
	for position == "" && lines.Scan() {
		position, _ = strings.CutPrefix(lines.Text(), "id: ")
	}
	check(t, first.Body.Close())
	wantStatus(t, w.call(0, "dispatcher", "POST", "/v1/conversations/"+conversation.String()+"/messages", `{"text":"missed"}`), http.StatusCreated)
	again := bufio.NewScanner(w.listen(t, address, w.tokens[0]["officer"], position).Body)
	for again.Scan() {
		data, is := strings.CutPrefix(again.Text(), "data: ")
		if !is {
			continue
		}
		if !strings.Contains(data, "missed") || strings.Contains(data, `"full"`) || strings.Contains(data, "hello") {
			t.Errorf("got %s, want what was missed and nothing else", data)
		}
		return
	}
	t.Errorf("the stream ended: %v", again.Err())
}

// TestT25_StreamsAreCapped for a user, for an agency and in all, and what was refused takes no seat.
func TestT25_StreamsAreCapped(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		opts    api.Options
		refused int // status of the officer's next stream
		free    []string
	}{
		"user":   {api.Options{UserStreams: 1}, http.StatusTooManyRequests, []string{"0 reviewer", "1 officer"}},
		"agency": {api.Options{AgencyStreams: 1}, http.StatusServiceUnavailable, []string{"1 officer"}},
		"all":    {api.Options{Streams: 1}, http.StatusServiceUnavailable, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			opened, end := make(chan struct{}), make(chan struct{})
			w.scripted(t, test.opts, func(ctx context.Context, write func(wire.Frame) error) error {
				opened <- struct{}{}
				<-end
				return nil
			})
			done := make(chan int)
			open := func(i int, name string) { go func() { done <- w.call(i, name, "GET", "/v1/live", "").Code }() }
			open(0, "officer")
			<-opened
			for range 3 {
				rec := w.call(0, "officer", "GET", "/v1/live", "")
				if rec.Code != test.refused || rec.Header().Get("Retry-After") == "" {
					t.Errorf("got %s, want %d and when to come again", dump(rec), test.refused)
				}
			}
			for _, who := range test.free {
				agency, name, _ := strings.Cut(who, " ")
				open(int(agency[0]-'0'), name)
				<-opened
			}
			close(end)
			for range len(test.free) + 1 {
				if code := <-done; code != http.StatusOK {
					t.Errorf("a stream in its seat got %d", code)
				}
			}
			if got := w.api.Stats(); got.Streams != 0 || got.StreamsOpened != uint64(len(test.free)+1) {
				t.Errorf("got %+v after all have left", got)
			}
		})
	}
}

// TestT25_ADeviceHasOneStream: the newer replaces the older.
func TestT25_ADeviceHasOneStream(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	address := w.serve(t, api.Times{})
	first := bufio.NewScanner(w.listen(t, address, w.tokens[0]["officer"], "").Body)
	first.Scan()
	second := bufio.NewScanner(w.listen(t, address, w.tokens[0]["officer"], "").Body)
	second.Scan()
	last := ""
	for first.Scan() {
		if first.Text() != "" {
			last = first.Text()
		}
	}
	if !strings.Contains(last, `"why":"replaced"`) {
		t.Errorf("the older stream ended with %q", last)
	}
}

// TestT17_StreamsEndWithTheSession: whatever ends a session, the stream says goodbye and the next request is refused.
func TestT17_StreamsEndWithTheSession(t *testing.T) {
	t.Parallel()
	officer := userID("officer").String()
	for name, end := range map[string]struct {
		who, method, path, body string
		after                   int
	}{
		"signed out":       {"officer", "POST", "/v1/sign-out", "", 401},
		"disabled":         {"admin", "PUT", "/v1/users/" + officer, `{"active":false}`, 401},
		"role changed":     {"admin", "PUT", "/v1/users/" + officer, `{"types":["integration"]}`, 403},
		"password changed": {"admin", "PUT", "/v1/users/" + officer + "/password", `{"password":"seven loud geese by night"}`, 401},
		"device revoked":   {"admin", "POST", "/v1/devices/" + deviceID("officer").String() + "/revoke", `{}`, 401},
		"device released":  {"admin", "POST", "/v1/devices/" + deviceID("officer").String() + "/release", ``, 401},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			server := httptest.NewServer(w.api)
			t.Cleanup(server.Close)
			_, next := w.open(t, server, "officer", "")
			next()
			wantStatus(t, w.call(0, "officer", "GET", "/v1/duty", ""), http.StatusOK)
			if rec := w.call(0, end.who, end.method, end.path, end.body); rec.Code >= 300 {
				t.Fatalf("got %s", dump(rec))
			}
			wantStatus(t, w.call(0, "officer", "GET", "/v1/duty", ""), end.after)
			if name == "role changed" { // the session goes on; what it may not see any more is taken away
				if got := next(); !strings.Contains(got, `"drop"`) && !strings.Contains(got, `"full"`) {
					t.Errorf("got frame %q, want what is lost to be dropped", got)
				}
				return
			}
			for frame := next(); ; frame = next() {
				if frame == "" {
					t.Fatalf("the stream broke off without a goodbye")
				}
				if strings.HasPrefix(frame, "event: bye\n") {
					if !strings.Contains(frame, `"why":"session"`) {
						t.Errorf("got %q", frame)
					}
					break
				}
			}
			if got := next(); got != "" {
				t.Errorf("got frame %q after the goodbye", got)
			}
		})
	}
}
