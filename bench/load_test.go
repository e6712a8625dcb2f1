package bench_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"officermobile/bench"
)

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

func TestConnReadsAnswers(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("0123456789", 10_000)
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/length":
			w.Header().Set("Content-Length", "2")
			io.WriteString(w, "ok")
		case "/chunked":
			w.WriteHeader(http.StatusAccepted)
			for part := range strings.SplitSeq(long, "5") {
				io.WriteString(w, part)
				w.(http.Flusher).Flush()
			}
		case "/zipped":
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			io.WriteString(z, long)
			z.Close()
		case "/echo":
			io.Copy(w, r.Body)
		default:
			w.WriteHeader(http.StatusNoContent)
		}
	})
	for name, tt := range map[string]struct {
		path   string
		body   []byte
		status int
		want   string
	}{
		"a length":   {"/length", nil, 200, "ok"},
		"chunks":     {"/chunked", nil, 202, strings.ReplaceAll(long, "5", "")},
		"compressed": {"/zipped", nil, 200, long},
		"echo":       {"/echo", []byte(`{"a":1}`), 200, `{"a":1}`},
		"no body":    {"/none", nil, 204, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw := bench.Request(nil, "POST", address, tt.path, tt.body)
			status, body, in, err := bench.Ask(t.Context(), address, raw)
			if err != nil || status != tt.status || body != tt.want {
				t.Errorf("got %d %.40q %v, want %d %.40q", status, body, err, tt.status, tt.want)
			}
			if in <= 0 {
				t.Errorf("counted %d bytes", in)
			}
		})
	}
}

func TestConnRefusesNonsense(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"nothing":          "",
		"no status":        "hello\r\n\r\n",
		"a word as status": "HTTP/1.1 two hundred\r\n\r\n",
		"negative length":  "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
		"cut short":        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			go func() {
				c, err := l.Accept()
				if err == nil {
					_, _ = c.Read(make([]byte, 1024))
					_, _ = io.WriteString(c, text)
					_ = c.Close()
				}
			}()
			raw := bench.Request(nil, "GET", "x", "/", nil)
			if status, body, _, err := bench.Ask(t.Context(), l.Addr().String(), raw); err == nil {
				t.Errorf("got %d %q and no error", status, body)
			}
		})
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	var served atomic.Int64
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		served.Add(1)
		_, _ = io.Copy(w, r.Body)
	})
	count, err := bench.Echo(t.Context(), address, 4, 50*time.Millisecond, func(status int, body string) error {
		if status != 200 || body != `{"a":1}` {
			return fmt.Errorf("%d %q", status, body)
		}
		return nil
	})
	if err != nil || count < 4 || int64(count) != served.Load() {
		t.Errorf("counted %d of %d, %v", count, served.Load(), err)
	}
}

func TestLoadEndsAtTheFirstFailure(t *testing.T) {
	t.Parallel()
	address := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	want := errors.New("refused")
	count, err := bench.Echo(t.Context(), address, 2, time.Hour, func(int, string) error { return want })
	if !errors.Is(err, want) || count != 0 {
		t.Errorf("got %d, %v, want 0, %v", count, err, want)
	}
}

func TestMarks(t *testing.T) {
	t.Parallel()
	began := time.Now().Add(-time.Second)
	first, second := bench.Mark(began), bench.Mark(began)
	for name, tt := range map[string]struct {
		data string
		want int
	}{
		"none":         {"nothing here", 0},
		"two":          {"x" + string(first) + "y" + string(second), 2},
		"another sign": {"#no mark " + string(first), 1},
		"cut":          {string(first[:10]), 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []time.Duration
			bench.Marks([]byte(tt.data), func(at time.Duration) { got = append(got, at) })
			if len(got) != tt.want {
				t.Fatalf("got %v, want %d", got, tt.want)
			}
			if slices.ContainsFunc(got, func(at time.Duration) bool { return at < time.Second }) {
				t.Errorf("got %v, want moments after the first second", got)
			}
		})
	}
}

func TestTexts(t *testing.T) {
	t.Parallel()
	texts, exact := bench.Texts(1, 1000, 103)
	if len(exact) != 103 {
		t.Errorf("an exact text has %d bytes, want 103", len(exact))
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	characters, size := 0, 0
	for _, text := range texts {
		characters, size = characters+utf8.RuneCountInString(text), size+len(text)
		io.WriteString(z, text)
		if strings.ContainsRune(text, '#') {
			t.Errorf("%q could be taken for a mark", text)
		}
	}
	z.Close()
	if mean := characters / len(texts); mean < 68 || mean > 80 {
		t.Errorf("a mean of %d characters, want about 72", mean)
	}
	if share := 100 * packed.Len() / size; share < 48 || share > 58 {
		t.Errorf("packed to %d%%, want about 52 as real messages", share)
	}
	again, _ := bench.Texts(1, 1000, 1)
	if !slices.Equal(texts, again) {
		t.Error("one seed made two bodies of texts")
	}
}

func TestNewID(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 1000 {
		id := bench.NewMessageID()
		if id[6]>>4 != 7 || id[8]>>6 != 2 {
			t.Fatalf("%x is no UUID of version 7", id)
		}
		seen[id.String()] = true
	}
	if len(seen) != 1000 {
		t.Errorf("got %d different ids of 1000", len(seen))
	}
}
