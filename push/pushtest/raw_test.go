package pushtest_test

import (
	"bytes"
	"crypto/tls"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"officermobile/push/pushtest"
)

// raw is a client that says exactly the frames that a test wants, and sees the server's.
type raw struct {
	*http2.Framer
	t    *testing.T
	conn *tls.Conn
	host string
	next uint32
	got  []http2.Frame // copies of what until has read
}

// patience is for an answer from the same machine.
const patience = 30 * time.Second

func dial(t *testing.T, s *pushtest.Services, address string) *raw {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := tls.Dial("tcp", u.Host, &tls.Config{RootCAs: s.Config().Roots(), NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	r := &raw{Framer: http2.NewFramer(conn, conn), t: t, conn: conn, host: u.Host, next: 1}
	r.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	r.must(io.WriteString(conn, http2.ClientPreface))
	r.check(r.WriteSettings())
	return r
}

func (r *raw) must(_ int, err error) { r.t.Helper(); r.check(err) }

func (r *raw) check(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// head sends a request's head as it stands, and answers its stream; more says that a body follows.
func (r *raw) head(method, path string, h http.Header, more bool) uint32 {
	r.t.Helper()
	var block bytes.Buffer
	e := hpack.NewEncoder(&block)
	field := func(name, value string) { r.check(e.WriteField(hpack.HeaderField{Name: name, Value: value})) }
	field(":method", method)
	field(":scheme", "https")
	field(":authority", r.host)
	field(":path", path)
	for name, values := range h {
		for _, value := range values {
			field(string(bytes.ToLower([]byte(name))), value)
		}
	}
	id := r.next
	r.next += 2
	r.check(r.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: block.Bytes(), EndHeaders: true, EndStream: !more}))
	return id
}

func (r *raw) body(id uint32, text string) {
	r.t.Helper()
	r.check(r.WriteData(id, true, []byte(text)))
}

// until reads frames to the first that suits, and answers it.
func (r *raw) until(suits func(http2.Frame) bool) http2.Frame {
	r.t.Helper()
	for {
		f, err := r.ReadFrame()
		if err != nil {
			r.t.Fatalf("after %d frames: %v", len(r.got), err)
		}
		r.got = append(r.got, f)
		if suits(f) {
			return f
		}
	}
}

// status is what a stream is answered, once the answer is all there; a reset is the name of its code.
func (r *raw) status(id uint32) string {
	r.t.Helper()
	switch f := r.until(func(f http2.Frame) bool {
		kind := f.Header().Type
		return f.Header().StreamID == id && (kind == http2.FrameHeaders || kind == http2.FrameRSTStream)
	}).(type) {
	case *http2.MetaHeadersFrame:
		if !f.StreamEnded() {
			r.until(func(f http2.Frame) bool {
				d, ok := f.(*http2.DataFrame)
				return ok && d.StreamID == id && d.StreamEnded()
			})
		}
		return f.PseudoValue("status")
	case *http2.RSTStreamFrame:
		return f.ErrCode.String()
	}
	return ""
}

// allowed is the number of streams that the server says next.
func (r *raw) allowed() uint32 {
	r.t.Helper()
	var n uint32
	r.until(func(f http2.Frame) bool {
		s, ok := f.(*http2.SettingsFrame)
		if !ok {
			return false
		}
		n, ok = s.Value(http2.SettingMaxConcurrentStreams)
		return ok
	})
	return n
}

// appleHead is the head of a sound notification.
func appleHead(t *testing.T, c pushtest.APNsConfig, token string) http.Header {
	t.Helper()
	return http.Header{
		"Authorization": {token}, "Apns-Topic": {c.Topic}, "Apns-Push-Type": {"alert"}, "Apns-Priority": {"10"}, "Apns-Expiration": {"0"},
	}
}
