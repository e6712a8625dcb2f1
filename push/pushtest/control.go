package pushtest

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
)

// ControlPort is where a process that people watch has its control API, if nobody else has the port.
const ControlPort = 8089

// Limits of the control API.
const (
	pageLimit = 1000             // entries that one GET /journal answers
	longest   = 30 * time.Second // that GET /watch waits for something to arrive
)

// Page is the answer of GET /journal.
type Page struct {
	Entries []Entry `json:"entries"`
	Next    int     `json:"next"` // for ?after= of the next one
}

// control is the plain-HTTP API for another process on the same machine. A page in somebody's browser is on the same
// machine too, and is kept out.
func (s *Services) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /journal", s.getJournal)
	mux.HandleFunc("GET /connections/{provider}", s.getConnections)
	mux.HandleFunc("GET /inbox/{token}", s.getInbox)
	mux.HandleFunc("GET /watch", s.getWatch)
	mux.HandleFunc("POST /outage", s.postOutage)
	mux.HandleFunc("POST /faults", s.postFault)
	mux.HandleFunc("DELETE /faults", s.deleteFaults)
	mux.HandleFunc("POST /advance", s.postAdvance)
	mux.HandleFunc("POST /device", s.postDevice)
	return onlyHere(http.NewCrossOriginProtection().Handler(mux))
}

// onlyHere refuses names that somebody's DNS may have given to the loopback.
func onlyHere(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "ask 127.0.0.1", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Services) getJournal(w http.ResponseWriter, r *http.Request) {
	after, ok := number(w, r, "after")
	if !ok {
		return
	}
	entries := s.page(after, pageLimit)
	page := Page{Entries: entries, Next: after}
	if len(entries) > 0 {
		page.Next = entries[len(entries)-1].N
	}
	writeJSON(w, page)
}

func (s *Services) getConnections(w http.ResponseWriter, r *http.Request) {
	p := Provider(r.PathValue("provider"))
	if p != Apple && p != Google && p != Browsers {
		http.Error(w, "the providers are apns, fcm and webpush", http.StatusNotFound)
		return
	}
	writeJSON(w, append([]Connection{}, s.Connections(p)...))
}

func (s *Services) getInbox(w http.ResponseWriter, r *http.Request) {
	in, ok := s.Inbox(r.PathValue("token"))
	if !ok {
		http.Error(w, "no such device", http.StatusNotFound)
		return
	}
	writeJSON(w, in)
}

// getWatch answers a View: as things stand, or with after when something has arrived since, or wait seconds are over.
func (s *Services) getWatch(w http.ResponseWriter, r *http.Request) {
	after, ok := number(w, r, "after")
	if !ok {
		return
	}
	wait, ok := number(w, r, "wait")
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), min(time.Duration(wait)*time.Second, longest))
	defer cancel()
	writeJSON(w, s.Watch(ctx, after))
}

// number reads a count from the query, 0 if it is not there.
func number(w http.ResponseWriter, r *http.Request, name string) (n int, ok bool) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return 0, true
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		http.Error(w, name+" is a number from 0", http.StatusBadRequest)
		return 0, false
	}
	return n, true
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.MarshalWrite(w, v) // a client that left is its own affair
}
