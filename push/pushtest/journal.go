package pushtest

import (
	"maps"
	"net/http"
	"strings"
	"time"
)

// Entry is one request that reached a provider, whatever became of it.
type Entry struct {
	N            int               `json:"n"` // from 1, in the order in which they were settled
	At           time.Time         `json:"at"`
	Provider     Provider          `json:"provider"`
	Token        string            `json:"token"`
	Notification string            `json:"notification,omitempty"` // the payload's id
	MessageID    string            `json:"message_id,omitempty"`   // the apns-id, or FCM's name of the message
	Status       int               `json:"status"`                 // 0 if the connection was cut instead
	Reason       string            `json:"reason,omitempty"`
	Accepted     bool              `json:"accepted"` // the device got it, even if the answer said otherwise
	Connection   int               `json:"connection"`
	Header       map[string]string `json:"header"` // authorization left out
	Body         string            `json:"body"`
}

// maxJournal entries are kept, some 500 MB at the worst; a rehearsal reads them as it goes.
const maxJournal = 200_000

// Journal is the entries after a number, 0 for all.
func (s *Services) Journal(after int) []Entry { return s.page(after, maxJournal) }

func (s *Services) page(after, limit int) []Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	from := min(max(after-s.trimmed, 0), len(s.journal))
	to := min(from+limit, len(s.journal))
	return append([]Entry{}, s.journal[from:to]...)
}

// Peak is the most notifications that a provider had in hand at once.
func (s *Services) Peak(p Provider) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.peak[p]
}

// Mints is how many access tokens FCM has given out.
func (s *Services) Mints() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mints
}

// record settles an entry.
func (s *Services) record(e Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.journal) == maxJournal {
		half := maxJournal / 2
		s.journal, s.trimmed = append([]Entry{}, s.journal[half:]...), s.trimmed+half
	}
	e.N = s.trimmed + len(s.journal) + 1
	s.journal = append(s.journal, e)
}

// busy counts a request in, and the function that it returns counts it out.
func (s *Services) busy(p Provider) func() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inFlight[p]++
	s.peak[p] = max(s.peak[p], s.inFlight[p])
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.inFlight[p]--
	}
}

func headerOf(h http.Header) map[string]string {
	out := map[string]string{}
	for name, values := range maps.All(h) {
		if name != "Authorization" {
			out[strings.ToLower(name)] = strings.Join(values, ", ")
		}
	}
	return out
}
