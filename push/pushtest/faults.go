package pushtest

import (
	"io"
	"net/http"
	"time"
)

// Cut says when a connection is ended instead of answering.
type Cut uint8

// The cuts.
const (
	CutNever  Cut = iota
	CutBefore     // nothing is delivered
	CutAfter      // the notification is delivered, the answer is not: what makes duplicates
)

// Fault is something that goes wrong with requests. What is zero stays right.
type Fault struct {
	Provider   Provider // "" for Apple and Google
	Token      string   // "" for any device
	Times      int      // how many requests it hits: 0 for one, -1 for all until ClearFaults
	Delay      time.Duration
	Cut        Cut
	Status     int    // answered in place of the true answer
	Reason     string // Apple's reason, or a name of FCMErrors
	Body       string // raw, in place of Reason's
	RetryAfter string
	Deliver    bool // the device gets it all the same: accepted, but the answer says otherwise
	GoAway     bool // the connection is closed in good order after the answer
}

// Script adds a fault. Of several that match, the oldest goes first.
func (s *Services) Script(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Times == 0 {
		f.Times = 1
	}
	s.faults = append(s.faults, &f)
}

// ClearFaults ends every fault and outage.
func (s *Services) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
	clear(s.outages)
}

type outage struct {
	until time.Time
	fault Fault
}

// Outage makes a provider fail for a while of real time, or both with "": f says how, a 503 if it says nothing. A d of
// zero ends an outage.
func (s *Services) Outage(p Provider, d time.Duration, f Fault) {
	if f.Status == 0 && f.Cut == CutNever {
		f.Status, f.Reason = http.StatusServiceUnavailable, map[Provider]string{Apple: "ServiceUnavailable", Google: "UNAVAILABLE"}[p]
	}
	if p == "" {
		s.Outage(Apple, d, withReason(f, "ServiceUnavailable"))
		s.Outage(Google, d, withReason(f, "UNAVAILABLE"))
		s.Outage(Browsers, d, withReason(f, "ServiceUnavailable"))
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outages[p] = outage{until: time.Now().Add(d), fault: f}
}

func withReason(f Fault, reason string) Fault {
	if f.Status == http.StatusServiceUnavailable && f.Reason == "" {
		f.Reason = reason
	}
	return f
}

// next is the fault for a request, the zero Fault for none.
func (s *Services) next(p Provider, token string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o, ok := s.outages[p]; ok && time.Now().Before(o.until) {
		return o.fault
	}
	for i, f := range s.faults {
		if f.Provider != p && (f.Provider != "" || p == GoogleTokens) || f.Token != "" && f.Token != token {
			continue
		}
		if f.Times > 0 {
			f.Times--
		}
		hit := *f
		if f.Times == 0 {
			s.faults = append(s.faults[:i], s.faults[i+1:]...)
		}
		return hit
	}
	return Fault{}
}

// wait holds a request up, and reports false if the client or the services went away meanwhile.
func (s *Services) wait(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
	case <-s.closing:
	}
	return false
}

// maxBody is read of a request; what is longer is too large for either provider.
const maxBody = 64 << 10

// answer is a provider's reply.
type answer struct {
	status int
	reason string
	body   []byte
	header http.Header
}

// judge is what a provider makes of a request: its reply, and what it understood.
type judge func(r *http.Request, body []byte) (answer, notice)

// handle carries one notification through judgement, faults, delivery and journal. spoil is a fault's reply in the
// provider's own form.
func (s *Services) handle(w http.ResponseWriter, r *http.Request, p Provider, decide judge, spoil func(Fault) answer) {
	defer s.busy(p)()
	conn := connectionOf(r.Context())
	e := Entry{At: time.Now().UTC(), Provider: p, Connection: conn.id, Header: headerOf(r.Header)}
	body, readErr := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if readErr != nil {
		s.record(e)
		panic(http.ErrAbortHandler)
	}
	a, n := decide(r, body)
	e.Body, e.Token, e.Notification = string(body), n.token, n.id
	f := s.next(p, n.token)
	if !s.wait(r, f.Delay) {
		s.record(e)
		panic(http.ErrAbortHandler) // no answer; the connection may live on
	}
	if f.Cut == CutBefore {
		s.record(e)
		conn.cut()
		panic(http.ErrAbortHandler)
	}
	genuine := a.status/100 == 2
	e.Accepted = genuine && (f.Status == 0 || f.Status == http.StatusOK || f.Deliver)
	if e.Accepted {
		s.show(n)
		e.MessageID = n.messageID
	}
	if f.Cut == CutAfter {
		s.record(e)
		conn.cut()
		panic(http.ErrAbortHandler)
	}
	if f.Status != 0 {
		a = spoil(f)
	}
	e.Status, e.Reason = a.status, a.reason
	s.record(e)
	a.write(w, f)
}

func (a answer) write(w http.ResponseWriter, f Fault) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	if f.RetryAfter != "" {
		w.Header().Set("Retry-After", f.RetryAfter)
	}
	if f.GoAway {
		w.Header().Set("Connection", "close") // net/http sends GOAWAY over HTTP/2
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a client that left is its own affair
}
