package pushtest_test

import (
	"testing"
	"time"

	"golang.org/x/net/http2"

	"officermobile/push"
	"officermobile/push/pushtest"
)

// Apple's rules of a connection, frame by frame.
func TestAppleConnections(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]func(*testing.T){
		"S3 a token that changes within 20 minutes spoils its connection": tokenFloor,
		"S3 tokens count in the order in which they arrive":               tokenArrival,
		"S4 one stream until the first token":                             oneStream,
		"S4 a wrong token opens nothing":                                  wrongTokenOpensNothing,
		"S4 more streams than allowed are refused":                        refusedStream,
		"F7 more than 100 streams end a connection to Google":             googleStreams,
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); test(t) })
	}
}

func tokenFloor(t *testing.T) {
	s := start(t, pushtest.Options{})
	c := s.Config().APNs
	device := "/3/device/" + s.NewDevice(push.APNs).Token
	first := bearer(t, c, claim("iat", time.Now().Add(-time.Minute).Unix()))
	second := bearer(t, c, unchanged)
	r := dial(t, s, c.URL)
	send := func(r *raw, token, want string) {
		t.Helper()
		id := r.head("POST", device, appleHead(t, c, token), true)
		r.body(id, alert)
		if got := r.status(id); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	send(r, first, "200")
	s.Advance(19 * time.Minute)
	send(r, first, "200")
	send(r, second, "429")
	send(r, first, "429") // the old one does not help
	send(dial(t, s, c.URL), second, "200")
	s.Advance(19 * time.Minute)
	send(r, second, "429")
	s.Advance(time.Minute)
	send(r, second, "200") // enough time has passed
	s.Advance(15 * time.Minute)
	send(r, bearer(t, c, claim("iat", time.Now().Add(50*time.Minute).Unix())), "429")
}

// The first request's body comes last, and its token is the connection's all the same.
func tokenArrival(t *testing.T) {
	s := start(t, pushtest.Options{})
	c := s.Config().APNs
	device := "/3/device/" + s.NewDevice(push.APNs).Token
	first, second := bearer(t, c, unchanged), bearer(t, c, claim("iat", time.Now().Add(-time.Minute).Unix()))
	r := dial(t, s, c.URL)
	id := r.head("POST", device, appleHead(t, c, first), true)
	r.body(id, alert)
	if got := r.status(id); got != "200" {
		t.Fatalf("warming: %s", got)
	}
	s.Advance(21 * time.Minute)
	old := r.head("POST", device, appleHead(t, c, second), true)
	late := r.head("POST", device, appleHead(t, c, first), true)
	r.body(late, alert)
	if got := r.status(late); got != "429" {
		t.Errorf("the token that arrived second: %s, want 429", got)
	}
	r.body(old, alert)
	if got := r.status(old); got != "200" {
		t.Errorf("the token that arrived first: %s, want 200", got)
	}
}

func oneStream(t *testing.T) {
	s := start(t, pushtest.Options{Streams: 40})
	c := s.Config().APNs
	device, token := "/3/device/"+s.NewDevice(push.APNs).Token, bearer(t, c, unchanged)
	r := dial(t, s, c.URL)
	if got := r.allowed(); got != 1 {
		t.Fatalf("a cold connection allows %d streams, want 1", got)
	}
	first := r.head("POST", device, appleHead(t, c, token), true)
	second := r.head("POST", device, appleHead(t, c, token), true)
	if got := r.status(second); got != http2.ErrCodeRefusedStream.String() {
		t.Errorf("a second stream: %s", got)
	}
	r.body(first, alert)
	if got := r.allowed(); got != 40 {
		t.Errorf("%d streams after a valid token, want 40", got)
	}
	if got := r.status(first); got != "200" {
		t.Errorf("the first: %s", got)
	}
	third := r.head("POST", device, appleHead(t, c, token), true)
	fourth := r.head("POST", device, appleHead(t, c, token), true)
	r.body(fourth, alert)
	r.body(third, alert)
	if got := r.status(fourth); got != "200" {
		t.Errorf("beside another: %s", got)
	}
	all := s.Connections(pushtest.Apple)
	if len(all) != 1 || all[0].Requests != 3 || all[0].Refused != 1 || all[0].Early != 1 || all[0].Peak < 1 {
		t.Errorf("connections: %+v", all)
	}
}

func wrongTokenOpensNothing(t *testing.T) {
	s := start(t, pushtest.Options{})
	c := s.Config().APNs
	r := dial(t, s, c.URL)
	device := "/3/device/" + s.NewDevice(push.APNs).Token
	for _, token := range []string{"bearer x.y.z", bearer(t, c, claim("iss", "OTHER"))} {
		id := r.head("POST", device, appleHead(t, c, token), true)
		r.body(id, alert)
		if got := r.status(id); got != "403" {
			t.Errorf("got %s, want 403", got)
		}
	}
	r.head("POST", device, appleHead(t, c, "bearer x.y.z"), true)
	if got := r.status(r.head("POST", device, appleHead(t, c, "bearer x.y.z"), true)); got != http2.ErrCodeRefusedStream.String() {
		t.Errorf("a second stream: %s", got)
	}
}

func refusedStream(t *testing.T) {
	s := start(t, pushtest.Options{Streams: 3})
	c := s.Config().APNs
	device, token := "/3/device/"+s.NewDevice(push.APNs).Token, bearer(t, c, unchanged)
	r := dial(t, s, c.URL)
	warm := r.head("POST", device, appleHead(t, c, token), true)
	r.body(warm, alert)
	r.status(warm)
	var open []uint32
	for range 3 {
		open = append(open, r.head("POST", device, appleHead(t, c, token), true))
	}
	if got := r.status(r.head("POST", device, appleHead(t, c, token), true)); got != http2.ErrCodeRefusedStream.String() {
		t.Errorf("the fourth: %s", got)
	}
	for _, id := range open {
		r.body(id, alert)
		if got := r.status(id); got != "200" {
			t.Errorf("one of three: %s", got)
		}
	}
	if got := s.Connections(pushtest.Apple)[0]; got.Peak != 3 || got.Refused != 1 {
		t.Errorf("%+v", got)
	}
}

func googleStreams(t *testing.T) {
	s := start(t, pushtest.Options{})
	r := dial(t, s, s.Config().FCM.URL)
	if got := r.allowed(); got != 100 {
		t.Errorf("%d streams, want 100", got)
	}
	for range 101 {
		r.head("POST", "/v1/projects/officer-test/messages:send", nil, true)
	}
	g, _ := r.until(func(f http2.Frame) bool { return f.Header().Type == http2.FrameGoAway }).(*http2.GoAwayFrame)
	if g.ErrCode != http2.ErrCodeProtocol || string(g.DebugData()) != "exceeded_max_concurrent_streams" {
		t.Errorf("got %v %q", g.ErrCode, g.DebugData())
	}
}
