package pushtest

import (
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
)

// pageLimit is the most entries that one GET /journal answers.
const pageLimit = 1000

// Page is the answer of GET /journal.
type Page struct {
	Entries []Entry `json:"entries"`
	Next    int     `json:"next"` // for ?after= of the next one
}

// OutageRequest is the body of POST /outage.
type OutageRequest struct {
	Provider Provider `json:"provider"` // "" for both
	Seconds  float64  `json:"seconds"`  // 0 ends it
	Status   int      `json:"status"`   // 503 if 0
	Cut      bool     `json:"cut"`      // connections are cut instead
}

// control is the plain-HTTP API for another process on the same machine.
func (s *Services) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /journal", s.getJournal)
	mux.HandleFunc("GET /inbox/{token}", s.getInbox)
	mux.HandleFunc("POST /outage", s.postOutage)
	return mux
}

func (s *Services) getJournal(w http.ResponseWriter, r *http.Request) {
	after := 0
	if text := r.URL.Query().Get("after"); text != "" {
		var err error
		if after, err = strconv.Atoi(text); err != nil || after < 0 {
			http.Error(w, "after is a number of an entry", http.StatusBadRequest)
			return
		}
	}
	entries := s.page(after, pageLimit)
	page := Page{Entries: entries, Next: after}
	if len(entries) > 0 {
		page.Next = entries[len(entries)-1].N
	}
	writeJSON(w, page)
}

func (s *Services) getInbox(w http.ResponseWriter, r *http.Request) {
	in, ok := s.Inbox(r.PathValue("token"))
	if !ok {
		http.Error(w, "no such device", http.StatusNotFound)
		return
	}
	writeJSON(w, in)
}

func (s *Services) postOutage(w http.ResponseWriter, r *http.Request) {
	var o OutageRequest
	err := json.UnmarshalRead(http.MaxBytesReader(w, r.Body, maxBody), &o, json.RejectUnknownMembers(true))
	if err != nil || o.Seconds < 0 || o.Provider != "" && o.Provider != Apple && o.Provider != Google {
		http.Error(w, "an outage has a provider, seconds, and a status or cut", http.StatusBadRequest)
		return
	}
	f := Fault{Status: o.Status}
	if o.Cut {
		f.Cut = CutBefore
	}
	s.Outage(o.Provider, time.Duration(o.Seconds*float64(time.Second)), f)
	w.WriteHeader(http.StatusNoContent)
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.MarshalWrite(w, v) // a client that left is its own affair
}
