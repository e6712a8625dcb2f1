package pushtest_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"officermobile/push"
	"officermobile/push/pushtest"
)

// Each fault as a client of HTTP/2 meets it.
func TestScriptedFaults(t *testing.T) {
	t.Parallel()
	reset := http2.StreamError{}
	for name, c := range map[string]struct {
		fault     pushtest.Fault
		status    int
		body      string
		err       error // nil for an answer; errAny for any failure
		delivered bool
	}{
		"S8 any reason":                    {pushtest.Fault{Status: 403, Reason: "Forbidden"}, 403, `{"reason":"Forbidden"}`, nil, false},
		"S8 latency":                       {pushtest.Fault{Delay: time.Millisecond}, 200, "", nil, true},
		"S8 a body that is not JSON":       {pushtest.Fault{Status: 502, Body: "<html>"}, 502, "<html>", nil, false},
		"S8 an empty body":                 {pushtest.Fault{Status: 503, Reason: "Shutdown", Empty: true}, 503, "", nil, false},
		"S8 a slow body":                   {pushtest.Fault{Status: 503, Reason: "Shutdown", Slow: time.Millisecond}, 503, `{"reason":"Shutdown"}`, nil, false},
		"S8 accepted and called busy":      {pushtest.Fault{Status: 503, Reason: "Shutdown", Deliver: true}, 503, `{"reason":"Shutdown"}`, nil, true},
		"S8 closed before the body":        {pushtest.Fault{Cut: pushtest.CutHead}, 0, "", errAny, false},
		"S8 closed after the body":         {pushtest.Fault{Cut: pushtest.CutBefore}, 0, "", errAny, false},
		"S8 closed after delivery":         {pushtest.Fault{Cut: pushtest.CutAfter}, 0, "", errAny, true},
		"S8 closed halfway of the answer":  {pushtest.Fault{Cut: pushtest.CutHalfway}, 200, "", errAny, true},
		"S8 reset":                         {pushtest.Fault{Cut: pushtest.Reset, Code: uint32(http2.ErrCodeEnhanceYourCalm)}, 0, "", reset, false},
		"S8 reset after delivery":          {pushtest.Fault{Cut: pushtest.ResetAfter, Code: uint32(http2.ErrCodeInternal)}, 0, "", reset, true},
		"S8 GOAWAY with the answer":        {pushtest.Fault{GoAway: true}, 200, "", nil, true},
		"S8 GOAWAY with a code and answer": {pushtest.Fault{GoAway: true, Code: uint32(http2.ErrCodeEnhanceYourCalm)}, 200, "", nil, true},
		"S8 GOAWAY, not processed":         {pushtest.Fault{Cut: pushtest.GoAwayBefore}, 200, "", nil, true}, // and the client sent it again
		"S8 GOAWAY with a code":            {pushtest.Fault{Cut: pushtest.GoAwayBefore, Code: uint32(http2.ErrCodeInternal), Debug: `{"reason":"Shutdown"}`}, 200, "", nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, pushtest.Options{})
			a := s.NewDevice(push.APNs)
			client := h2(t, s)
			token := bearer(t, s.Config().APNs, unchanged)
			if status, _, err := try(t, client, s, a.Token, token); status != 200 {
				t.Fatalf("before: %d %v", status, err)
			}
			s.Script(c.fault)
			status, body, err := try(t, client, s, a.Token, token)
			if status != c.status || body != c.body || (err == nil) != (c.err == nil) {
				t.Errorf("got %d %q %v, want %d %q", status, body, err, c.status, c.body)
			}
			if got, ok := errors.AsType[http2.StreamError](err); errors.Is(c.err, reset) && (!ok || uint32(got.Code) != c.fault.Code) {
				t.Errorf("got %v, want a reset with %d", err, c.fault.Code)
			}
			in, _ := s.Inbox(a.Token)
			if got := len(in.Shown) == 2; got != c.delivered {
				t.Errorf("delivered %v, want %v", got, c.delivered)
			}
			if status, _, err := try(t, client, s, a.Token, token); status != 200 || err != nil {
				t.Errorf("afterwards: %d %v", status, err)
			}
		})
	}
}

var errAny = errors.New("any failure")

// try is post of what may fail.
func try(t *testing.T, client *http.Client, s *pushtest.Services, device, bearer string) (int, string, error) {
	t.Helper()
	c := s.Config().APNs
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.URL+"/3/device/"+device, strings.NewReader(alert))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = appleHead(t, c, bearer)
	resp, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body), err
}

// GOAWAY as it stands on the wire.
func TestGoAwayFrames(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault pushtest.Fault
		last  uint32
	}{
		"S8 GOAWAY without debug data":      {pushtest.Fault{GoAway: true}, 1},
		"S8 GOAWAY with debug data":         {pushtest.Fault{GoAway: true, Debug: `{"reason":"Shutdown"}`}, 1},
		"S8 GOAWAY with code and data":      {pushtest.Fault{GoAway: true, Code: 11, Debug: `{"reason":"IdleTimeout"}`}, 1},
		"S8 GOAWAY before it was processed": {pushtest.Fault{Cut: pushtest.GoAwayBefore}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, pushtest.Options{})
			api := s.Config().APNs
			s.Script(c.fault)
			r := dial(t, s, api.URL)
			r.body(r.head("POST", "/3/device/"+s.NewDevice(push.APNs).Token, appleHead(t, api, bearer(t, api, unchanged)), true), alert)
			g, _ := r.until(func(f http2.Frame) bool { return f.Header().Type == http2.FrameGoAway }).(*http2.GoAwayFrame)
			if uint32(g.ErrCode) != c.fault.Code || string(g.DebugData()) != c.fault.Debug || g.LastStreamID != c.last {
				t.Errorf("got %d %q last %d", g.ErrCode, g.DebugData(), g.LastStreamID)
			}
			if _, err := io.Copy(io.Discard, r.conn); err != nil {
				t.Errorf("the connection is not closed in good order: %v", err)
			}
		})
	}
}

// A black hole takes everything and gives nothing, not even to a ping, and other connections live on.
func TestBlackHoles(t *testing.T) {
	t.Parallel()
	for name, delivered := range map[string]bool{"S8 black hole": false, "S8 black hole after delivery": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, pushtest.Options{})
			a, api := s.NewDevice(push.APNs), s.Config().APNs
			s.Script(pushtest.Fault{Cut: map[bool]pushtest.Cut{false: pushtest.Hole, true: pushtest.HoleAfter}[delivered]})
			r := dial(t, s, api.URL)
			r.allowed()
			r.body(r.head("POST", "/3/device/"+a.Token, appleHead(t, api, bearer(t, api, unchanged)), true), alert)
			for len(s.Journal(0)) == 0 {
				<-time.After(time.Millisecond)
			}
			quiet(t, r)
			if in, _ := s.Inbox(a.Token); (len(in.Shown) == 1) != delivered {
				t.Errorf("inbox: %+v", in)
			}
			if status, _, _ := post(t, h2(t, s), s, a.Token, func(*http.Request) {}); status != 200 {
				t.Errorf("on another connection: %d", status)
			}
		})
	}
	t.Run("S8 every open connection", func(t *testing.T) {
		t.Parallel()
		s := start(t, pushtest.Options{})
		r := dial(t, s, s.Config().APNs.URL)
		r.allowed()
		s.Silence(pushtest.Apple)
		quiet(t, r)
	})
}

// quiet checks that a ping gets no answer for a while, though the connection is open.
func quiet(t *testing.T, r *raw) {
	t.Helper()
	// What was written before the silence may still come.
	if err := r.WritePing(false, [8]byte{7}); err != nil {
		t.Fatal(err)
	}
	if err := r.conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	for {
		f, err := r.ReadFrame()
		if err != nil {
			if errors.Is(err, io.EOF) {
				t.Error("the connection was closed")
			}
			return
		}
		if p, ok := f.(*http2.PingFrame); ok || f.Header().Type == http2.FrameHeaders {
			t.Errorf("it said %v %v", f, p)
		}
	}
}

// With a seed, chance strikes the same requests each time.
func TestChance(t *testing.T) {
	t.Parallel()
	strikes := func(seed uint64) string {
		s := start(t, pushtest.Options{Seed: seed})
		s.Script(pushtest.Fault{Status: 503, Reason: "Shutdown", Chance: 0.5, Times: -1})
		client, a, token := h2(t, s), s.NewDevice(push.APNs), bearer(t, s.Config().APNs, unchanged)
		var out bytes.Buffer
		for range 24 {
			status, _, _ := try(t, client, s, a.Token, token)
			out.WriteByte(map[int]byte{200: '.', 503: 'x'}[status])
		}
		return a.Token + out.String()
	}
	first, again, other := strikes(1), strikes(1), strikes(2)
	if first != again || first == other || !strings.Contains(first, ".") || !strings.Contains(first, "x") {
		t.Errorf("%s, %s; with another seed %s", first, again, other)
	}
}

func TestOutageWindow(t *testing.T) {
	t.Parallel()
	s := start(t, pushtest.Options{})
	a, client, token := s.NewDevice(push.APNs), h2(t, s), bearer(t, s.Config().APNs, unchanged)
	s.OutageIn("", 10*time.Minute, 5*time.Minute, pushtest.Fault{Status: 500, Reason: "InternalServerError"})
	for _, c := range []struct {
		pass time.Duration
		want int
	}{{0, 200}, {9 * time.Minute, 200}, {2 * time.Minute, 500}, {3 * time.Minute, 500}, {time.Minute, 200}} {
		s.Advance(c.pass)
		if got, body, _ := try(t, client, s, a.Token, token); got != c.want {
			t.Errorf("after %v more: %d %s, want %d", c.pass, got, body, c.want)
		}
	}
}
