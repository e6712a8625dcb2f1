package api_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"officermobile/api"
	"officermobile/models/wire"
)

// serve runs the API's own server on the loopback, with short times where a test waits for them to pass.
func (w *world) serve(t *testing.T, times api.Times) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	s := w.api.Server(api.Config{Times: times, Logger: w.logger()})
	done := make(chan error)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		s.Close()
		<-done
	})
	return l.Addr().String()
}

func dial(t *testing.T, address string) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	check(t, err)
	t.Cleanup(func() { c.Close() })
	return c.(*net.TCPConn)
}

// said is all that the server says on a connection until it closes it.
func said(t *testing.T, c net.Conn) string {
	t.Helper()
	all, err := io.ReadAll(c)
	if err != nil && !strings.Contains(err.Error(), "reset") {
		t.Fatal(err)
	}
	return string(all)
}

// alive asks another connection whether the server still serves. The server's short times are the probe's too: on a busy
// machine it may be cut off itself, and then asks again.
func alive(t *testing.T, address string) {
	t.Helper()
	probe := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := probe.Get("http://" + address + "/livez")
	for range 100 {
		if err == nil {
			break
		}
		res, err = probe.Get("http://" + address + "/livez")
	}
	check(t, err)
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("the probe got %d", res.StatusCode)
	}
}

// TestT24_SlowClientsAreCutOff: who sends headers or a body by drops is closed, by the server, and nobody else notices
// (B1 10).
func TestT24_SlowClientsAreCutOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	address := w.serve(t, api.Times{Header: 300 * time.Millisecond, Request: 500 * time.Millisecond, Idle: 300 * time.Millisecond})
	bearer := "Authorization: Bearer " + w.tokens[0]["officer"].Access + "\r\n"
	for name, begun := range map[string]string{
		"nothing":      "",
		"half a line":  "GET /livez HT",
		"half headers": "GET /livez HTTP/1.1\r\nHost: x\r\nX-A: ",
		"half a body":  "POST /v1/sync HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + bearer + "Content-Length: 100\r\n\r\n{\"schema\":1",
		"half a chunk": "POST /v1/sync HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + bearer + "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"sc",
		"idle":         "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		var slow []*net.TCPConn
		for range 20 {
			c := dial(t, address)
			_, err := io.WriteString(c, begun)
			check(t, err)
			slow = append(slow, c)
		}
		alive(t, address)
		for _, c := range slow {
			if got := said(t, c); strings.HasPrefix(got, "HTTP/1.1 200") != (name == "idle") {
				t.Errorf("%s: got %q", name, got)
			}
		}
	}
}

// TestT24_SlowReadersAreCutOff: an answer that nobody fetches ends, unsent.
func TestT24_SlowReadersAreCutOff(t *testing.T) {
	t.Parallel()
	ended := make(chan api.Answered, 10)
	w := newWorld(t, func(o *api.Options) {
		o.Observe = func(_ context.Context, a api.Answered) {
			if a.Route == "sync" {
				ended <- a
			}
		}
	})
	const large = 64 << 20 // more than any socket's buffers take
	w.service.page = &wire.Page[any]{T: strings.Repeat("x", large)}
	address := w.serve(t, api.Times{Answer: 200 * time.Millisecond})
	c := dial(t, address)
	check(t, c.SetReadBuffer(4096))
	_, err := fmt.Fprintf(c, "POST /v1/sync HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer %s\r\nContent-Length: 12\r\n\r\n{\"schema\":1}", w.tokens[0]["officer"].Access)
	check(t, err)
	<-ended
	alive(t, address)
	if got := said(t, c); len(got) >= large {
		t.Errorf("received %d bytes, want the answer broken off", len(got))
	}
}

// TestT22_HeadersAreBounded: 16 KiB of headers are taken, much more are not.
func TestT22_HeadersAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	address := w.serve(t, api.Times{})
	for size, want := range map[int]string{15 << 10: "HTTP/1.1 200 ", 24 << 10: "HTTP/1.1 431 ", 1 << 20: "HTTP/1.1 431 "} {
		c := dial(t, address)
		_, err := io.WriteString(c, "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Large: "+strings.Repeat("a", size)+"\r\n\r\n")
		if err != nil && size < 1<<20 { // the server may hang up before the end
			t.Fatal(err)
		}
		if got := said(t, c); !strings.HasPrefix(got, want) && got != "" {
			t.Errorf("%d bytes of headers: got %.60q, want %q", size, got, want)
		}
	}
}

// TestT40_RequestsCantBeSmuggled: whatever a front end and this server might read differently, the bytes behind it are
// never taken for a second request.
func TestT40_RequestsCantBeSmuggled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	address := w.serve(t, api.Times{})
	const second = "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
	const post = "POST /v1/renew HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
	for name, raw := range map[string]string{
		"length and chunks":          post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + second,
		"chunks and length":          post + "Transfer-Encoding: chunked\r\nContent-Length: 40\r\n\r\n2\r\n{}\r\n0\r\n\r\n" + second,
		"two lengths":                post + "Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}" + second,
		"a list of lengths":          post + "Content-Length: 2, 40\r\n\r\n{}" + second,
		"length with a sign":         post + "Content-Length: +2\r\n\r\n{}" + second,
		"length in hex":              post + "Content-Length: 0x2\r\n\r\n{}" + second,
		"negative length":            post + "Content-Length: -2\r\n\r\n{}" + second,
		"blank before the colon":     post + "Transfer-Encoding : chunked\r\nContent-Length: 2\r\n\r\n{}" + second,
		"another coding":             post + "Transfer-Encoding: xchunked\r\n\r\n{}" + second,
		"two codings":                post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + second,
		"codings in a list":          post + "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n" + second,
		"vertical tab":               post + "Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n" + second,
		"folded header":              post + "X-A: b\r\n Content-Length: 2\r\n\r\n{}" + second,
		"NUL in a header":            post + "X-A: b\x00c\r\nContent-Length: 2\r\n\r\n{}" + second,
		"return in a header":         post + "X-A: b\rTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}" + second,
		"header without a colon":     post + "X-A\r\nContent-Length: 2\r\n\r\n{}" + second,
		"chunk of a wrong size":      post + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}\r\n0\r\n\r\n" + second,
		"chunk that ends in a line":  post + "Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n" + second,
		"chunk extension":            post + "Transfer-Encoding: chunked\r\n\r\n2;a=\"\n\"\r\n{}\r\n0\r\n\r\n" + second,
		"two hosts":                  "POST /v1/renew HTTP/1.1\r\nHost: x\r\nHost: y\r\nContent-Length: 0\r\n\r\n" + second,
		"no host":                    "POST /v1/renew HTTP/1.1\r\nContent-Length: 0\r\n\r\n" + second,
		"old protocol with chunks":   "POST /v1/renew HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + second,
		"oldest protocol":            "GET /livez\r\n" + second,
		"another protocol":           "GET /livez HTTP/3.7\r\nHost: x\r\n\r\n" + second,
		"tunnel":                     "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\nConnection: close\r\n\r\n",
		"preface of another version": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + second,
	} {
		c := dial(t, address)
		_, err := io.WriteString(c, raw)
		check(t, err)
		check(t, c.CloseWrite())
		got := said(t, c)
		if n := strings.Count(got, "HTTP/1."); n > 1 || strings.HasPrefix(got, "HTTP/1.1 2") {
			t.Errorf("%s: got %d answers: %q", name, n, got)
		}
	}
	alive(t, address)
}

// TestT40_MethodsThatNobodyNeeds are refused everywhere, and say nothing.
func TestT40_MethodsThatNobodyNeeds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, name := range routesOf(w) {
		_, path, _ := strings.Cut(name, " ")
		for _, method := range []string{"OPTIONS", "TRACE", "CONNECT", "HEAD", "PROPFIND", "get"} {
			rec := w.call(0, "admin", method, filled(path, absent), "", header("X-Secret", canary))
			if rec.Code != http.StatusMethodNotAllowed || strings.Contains(dump(rec), canary) {
				t.Errorf("%s %s: got %s", method, path, dump(rec))
			}
		}
		for _, override := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method"} { // T10
			method, _, _ := strings.Cut(name, " ")
			if method != "GET" || path == "/v1/live" {
				continue
			}
			plain := w.call(0, "admin", method, filled(path, absent), "")
			if rec := w.call(0, "admin", method, filled(path, absent), "", header(override, "DELETE")); rec.Code != plain.Code {
				t.Errorf("%s %s with %s: got %d, want %d as without", method, path, override, rec.Code, plain.Code)
			}
		}
	}
}
