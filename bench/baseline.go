package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// maxEchoBytes bounds what the baseline reads.
const maxEchoBytes = 64 << 10

// Baseline serves what a figure is compared with until ctx ends: a plain net/http server.
//
//	POST /echo?c=N        commits the body durably, sends it to the streams of N, answers it
//	POST /plain           answers the body
//	POST /answer?bytes=N  answers N bytes
//	GET  /stream?c=N,M    server-sent events
//	GET  /readyz          200
func Baseline(ctx context.Context, listener net.Listener, folder string) error {
	j, err := openJournal(folder)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	b := &baseline{journal: j, ending: ctx.Done(), streams: map[string]map[*listenerStream]struct{}{}}
	server := &http.Server{Handler: b.routes(), ReadHeaderTimeout: 5 * time.Second}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		stopped <- server.Close()
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return errors.Join(err, j.close())
	}
	return errors.Join(<-stopped, j.close())
}

type baseline struct {
	journal *journal
	ending  <-chan struct{}

	mu      sync.RWMutex
	streams map[string]map[*listenerStream]struct{}
}

// listenerStream is one stream's queue. What does not fit is lost: the baseline has no delivery to be proud of.
type listenerStream struct{ queue chan []byte }

func (b *baseline) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /echo", b.echo)
	mux.HandleFunc("POST /plain", plainEcho)
	mux.HandleFunc("POST /answer", blob)
	mux.HandleFunc("GET /stream", b.stream)
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	return mux
}

func readEcho(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxEchoBytes))
	if err != nil {
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
	}
	return body, err == nil
}

func (b *baseline) echo(w http.ResponseWriter, r *http.Request) {
	body, ok := readEcho(w, r)
	if !ok {
		return
	}
	if err := b.journal.commit(body); err != nil {
		http.Error(w, "not committed", http.StatusInternalServerError)
		return
	}
	b.publish(r.URL.Query().Get("c"), body)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_, _ = w.Write(body) // a client that went away notices
}

func (b *baseline) publish(to string, body []byte) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	for s := range b.streams[to] {
		select {
		case s.queue <- body:
		default:
		}
	}
}

func plainEcho(w http.ResponseWriter, r *http.Request) {
	if body, ok := readEcho(w, r); ok {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	}
}

// blob answers as many bytes as asked for, ready made: what it costs to send an answer of that size.
func blob(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.Atoi(r.URL.Query().Get("bytes"))
	if err != nil || n < 0 || n > maxBodyBytes {
		http.Error(w, "bytes", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(n))
	for n > 0 {
		part := min(n, maxEchoBytes)
		_, _ = w.Write(make([]byte, part))
		n -= part
	}
}

func (b *baseline) stream(w http.ResponseWriter, r *http.Request) {
	s := &listenerStream{queue: make(chan []byte, 256)}
	topics := strings.Split(r.URL.Query().Get("c"), ",")
	b.enter(s, topics)
	defer b.leave(s, topics)
	w.Header().Set("Content-Type", "text/event-stream")
	rc := http.NewResponseController(w)
	if rc.Flush() != nil {
		return
	}
	for {
		select {
		case body := <-s.queue:
			if _, err := fmt.Fprintf(w, "event: page\ndata: %s\n\n", body); err != nil || rc.Flush() != nil {
				return
			}
		case <-r.Context().Done():
			return
		case <-b.ending:
			return
		}
	}
}

func (b *baseline) enter(s *listenerStream, topics []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, t := range topics {
		if b.streams[t] == nil {
			b.streams[t] = map[*listenerStream]struct{}{}
		}
		b.streams[t][s] = struct{}{}
	}
}

func (b *baseline) leave(s *listenerStream, topics []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, t := range topics {
		delete(b.streams[t], s)
	}
}
