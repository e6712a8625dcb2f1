package pushtest

import (
	"math/rand/v2"
	"net/http"
	"path"
	"time"
)

// Cut says how a request ends without the answer that it deserves.
type Cut string

// The cuts. Before and after: the device has not got the notification, or has, and that is what makes duplicates.
const (
	CutNever   Cut = ""
	CutHead    Cut = "head"    // the connection is cut before the body is read
	CutBefore  Cut = "before"  // the connection is cut
	CutAfter   Cut = "after"   // the same, after delivery
	CutHalfway Cut = "halfway" // the same, after the head and half of the body of the answer

	Hole      Cut = "hole"       // the connection stays open and falls silent for good: no answers, no pings
	HoleAfter Cut = "hole_after" // the same, after delivery

	Reset      Cut = "reset"       // the stream is reset with Code; other streams go on
	ResetAfter Cut = "reset_after" // the same, after delivery

	GoAwayBefore Cut = "go_away" // GOAWAY says that this request and later ones were not processed: send them again
)

// delivered reports a cut that comes after delivery.
func (c Cut) delivered() bool {
	return c == CutAfter || c == CutHalfway || c == HoleAfter || c == ResetAfter
}

// Fault is something that goes wrong with requests. What is zero stays right.
type Fault struct {
	Provider   Provider // "" for any but the token service
	Token      string   // "" for any device
	Times      int      // how many requests it hits: 0 for one, -1 for all until ClearFaults
	Chance     float64  // hits a request with this probability; 0 for always. Options.Seed repeats it
	Delay      time.Duration
	Cut        Cut
	Status     int    // answered in place of the true answer
	Reason     string // Apple's reason, or a name of FCMErrors
	Body       string // raw, in place of Reason's
	Empty      bool   // no body at all
	Slow       time.Duration
	RetryAfter string
	Deliver    bool   // the device gets it all the same: accepted, but the answer says otherwise
	GoAway     bool   // with the answer; the connection is closed in good order, at once if there is a Code
	Code       uint32 // of a reset or a GOAWAY, as HTTP/2 numbers them
	Debug      string // data of a GOAWAY; Apple may put a reason there as in a body
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
	from, until time.Time
	fault       Fault
}

// Outage makes a provider fail for a while by the services' clock, or all with "": f says how, a 503 if it says
// nothing. A d of zero ends an outage.
func (s *Services) Outage(p Provider, d time.Duration, f Fault) { s.OutageIn(p, 0, d, f) }

// OutageIn is an Outage that begins later. A provider has one at a time, the last that was asked for.
func (s *Services) OutageIn(p Provider, in, d time.Duration, f Fault) {
	if p == "" {
		for _, p := range []Provider{Apple, Google, Browsers} {
			s.OutageIn(p, in, d, f)
		}
		return
	}
	if f.Status == 0 && f.Cut == CutNever {
		f.Status = http.StatusServiceUnavailable
	}
	if f.Status == http.StatusServiceUnavailable && f.Reason == "" {
		f.Reason = map[Provider]string{Apple: "ServiceUnavailable", Google: "UNAVAILABLE", Browsers: "ServiceUnavailable"}[p]
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	from := s.clock().Add(in)
	s.outages[p] = outage{from: from, until: from.Add(d), fault: f}
}

// next is the fault for a request, the zero Fault for none.
func (s *Services) next(p Provider, token string) Fault {
	return s.pick(p, func(f Fault) bool { return f.Cut != CutHead && (f.Token == "" || f.Token == token) })
}

// cutAtHead cuts the connection of a request whose body is not there yet, if a fault says so.
func (s *Services) cutAtHead(p Provider, r *http.Request) bool {
	f := s.pick(p, func(f Fault) bool { return f.Cut == CutHead && (f.Token == "" || f.Token == path.Base(r.URL.Path)) })
	if f.Cut != CutHead {
		return false
	}
	c := connectionOf(r)
	s.record(Entry{At: s.now().UTC(), Provider: p, Connection: c.id, Header: headerOf(r.Header)})
	c.frames.Cut()
	return true
}

// pick takes the fault that is next in a provider's turn and suits.
func (s *Services) pick(p Provider, suits func(Fault) bool) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	if o, ok := s.outages[p]; ok && !now.Before(o.from) && now.Before(o.until) && suits(o.fault) {
		return o.fault
	}
	for i, f := range s.faults {
		if f.Provider != p && (f.Provider != "" || p == GoogleTokens) || !suits(*f) {
			continue
		}
		if f.Chance > 0 && rand.New(s.random).Float64() >= f.Chance {
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
