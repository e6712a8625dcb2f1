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

// line is a connection to Apple by which one device is rung.
type line struct {
	*raw
	services *pushtest.Services
	config   pushtest.APNsConfig
	path     string // of the device
}

func newLine(t *testing.T, o pushtest.Options) *line {
	t.Helper()
	s := start(t, o)
	c := s.Config().APNs
	return &line{raw: dial(t, s, c.URL), services: s, config: c, path: "/3/device/" + s.NewDevice(push.APNs).Token}
}

// begin opens a stream whose body is to follow.
func (l *line) begin(token string) uint32 {
	l.t.Helper()
	return l.head("POST", l.path, appleHead(l.t, l.config, token), true)
}

// end sends a stream's body, and wants an answer.
func (l *line) end(id uint32, want string) {
	l.t.Helper()
	l.body(id, alert)
	l.answers(id, want)
}

func (l *line) answers(id uint32, want string) {
	l.t.Helper()
	if got := l.status(id); got != want {
		l.t.Errorf("got %s, want %s", got, want)
	}
}

// refused is how a stream ends that was one too many.
var refused = http2.ErrCodeRefusedStream.String()

func tokenFloor(t *testing.T) {
	l := newLine(t, pushtest.Options{})
	first := bearer(t, l.config, claim("iat", time.Now().Add(-time.Minute).Unix()))
	second := bearer(t, l.config, unchanged)
	l.end(l.begin(first), "200")
	l.services.Advance(19 * time.Minute)
	l.end(l.begin(first), "200")
	l.end(l.begin(second), "429")
	l.end(l.begin(first), "429") // the old one does not help
	other := *l
	other.raw = dial(t, l.services, l.config.URL)
	other.end(other.begin(second), "200")
	l.services.Advance(19 * time.Minute)
	l.end(l.begin(second), "429")
	l.services.Advance(time.Minute)
	l.end(l.begin(second), "200") // enough time has passed
	l.services.Advance(15 * time.Minute)
	l.end(l.begin(bearer(t, l.config, claim("iat", time.Now().Add(50*time.Minute).Unix()))), "429")
}

// The first request's body comes last, and its token is the connection's all the same.
func tokenArrival(t *testing.T) {
	l := newLine(t, pushtest.Options{})
	first, second := bearer(t, l.config, unchanged), bearer(t, l.config, claim("iat", time.Now().Add(-time.Minute).Unix()))
	l.end(l.begin(first), "200") // which warms the connection
	l.services.Advance(21 * time.Minute)
	old := l.begin(second)
	late := l.begin(first)
	l.end(late, "429") // the token that arrived second
	l.end(old, "200")
}

func oneStream(t *testing.T) {
	l := newLine(t, pushtest.Options{Streams: 40})
	token := bearer(t, l.config, unchanged)
	if got := l.allowed(); got != 1 {
		t.Fatalf("a cold connection allows %d streams, want 1", got)
	}
	first := l.begin(token)
	l.answers(l.begin(token), refused)
	l.body(first, alert)
	if got := l.allowed(); got != 40 {
		t.Errorf("%d streams after a valid token, want 40", got)
	}
	l.answers(first, "200")
	third := l.begin(token)
	fourth := l.begin(token)
	l.body(fourth, alert)
	l.body(third, alert)
	l.answers(fourth, "200") // beside another
	all := l.services.Connections(pushtest.Apple)
	if len(all) != 1 || all[0].Requests != 3 || all[0].Refused != 1 || all[0].Early != 1 || all[0].Peak < 1 {
		t.Errorf("connections: %+v", all)
	}
}

func wrongTokenOpensNothing(t *testing.T) {
	l := newLine(t, pushtest.Options{})
	for _, token := range []string{"bearer x.y.z", bearer(t, l.config, claim("iss", "OTHER"))} {
		l.end(l.begin(token), "403")
	}
	l.begin("bearer x.y.z")
	l.answers(l.begin("bearer x.y.z"), refused)
}

func refusedStream(t *testing.T) {
	l := newLine(t, pushtest.Options{Streams: 3})
	token := bearer(t, l.config, unchanged)
	l.end(l.begin(token), "200") // which warms the connection
	var open []uint32
	for range 3 {
		open = append(open, l.begin(token))
	}
	l.answers(l.begin(token), refused)
	for _, id := range open {
		l.end(id, "200")
	}
	if got := l.services.Connections(pushtest.Apple)[0]; got.Peak != 3 || got.Refused != 1 {
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
