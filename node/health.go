package node

import (
	"cmp"
	"net/http"
	"slices"

	"officermobile/push"

	"github.com/go-json-experiment/json"
)

// nodeHealth is how the node is, for the people who run it. A provider that is down makes it degraded and never unready:
// another node would not reach it either, and messages go out by sync all the same.
type nodeHealth struct {
	Status string     `json:"status"` // ok or degraded
	Why    []string   `json:"why"`    // of degraded, in words of the program
	Push   pushHealth `json:"push"`
}

type pushHealth struct {
	Providers []providerHealth   `json:"providers"` // that are configured or were asked, by name
	OldestDue map[string]float64 `json:"oldest_due_seconds"`
	Owed      []owedHealth       `json:"owed"`
	Letters   map[string]uint64  `json:"dead_letters"` // by reason, since the start
	Unacked   int                `json:"emergency_unacked"`
}

type providerHealth struct {
	Name     string         `json:"name"`
	Breakers map[string]int `json:"breakers"` // how many are in each state
	InFlight int            `json:"in_flight"`
	Dialed   uint64         `json:"connections"`
	Minted   uint64         `json:"tokens_minted"`
	TokenAge float64        `json:"token_age_seconds"` // 0: none in use
}

type owedHealth struct {
	Class string `json:"class"`
	State string `json:"state"`
	Rings int    `json:"rings"`
}

// Bounds over which what waits is told of: an emergency goes before everything, so it never waits while all is well.
const (
	lateEmergency = 5.0 // seconds
	lateOther     = 60.0
)

// health looks at the node.
func (n *Node) health() nodeHealth {
	stats := n.push.Stats()
	h := nodeHealth{Status: "ok", Why: []string{}, Push: pushHealth{
		Providers: n.providers(stats), OldestDue: map[string]float64{}, Letters: stats.DeadLetters, Unacked: n.Agencies.Stats().Unacknowledged,
	}}
	for k, count := range stats.Slots {
		h.Push.Owed = append(h.Push.Owed, owedHealth{k.Class, k.State, count})
	}
	slices.SortFunc(h.Push.Owed, func(a, b owedHealth) int { return cmp.Or(cmp.Compare(a.Class, b.Class), cmp.Compare(a.State, b.State)) })
	for class, age := range stats.Oldest {
		late := max(0, age.Seconds())
		h.Push.OldestDue[class] = late
		if late > lateOther || class == push.Emergency.String() && late > lateEmergency {
			h.Why = append(h.Why, "late: "+class)
		}
	}
	for _, p := range h.Push.Providers {
		for state := range p.Breakers {
			if state == "open" || state == "refused" {
				h.Why = append(h.Why, p.Name+": "+state)
			}
		}
	}
	if len(n.Agencies.Halted()) > 0 {
		h.Why = append(h.Why, "an agency is halted")
	}
	if slices.Sort(h.Why); len(h.Why) > 0 {
		h.Status = "degraded"
	}
	return h
}

// providers are those that are configured and those that a breaker knows; Apple's by environment.
func (n *Node) providers(stats push.Stats) []providerHealth {
	by := map[string]*providerHealth{}
	of := func(name string) *providerHealth {
		if by[name] == nil {
			by[name] = &providerHealth{Name: name, Breakers: map[string]int{}}
		}
		return by[name]
	}
	for name, r := range n.senders.reporters() {
		s, p := r.Stats(), of(name)
		p.InFlight, p.Dialed, p.Minted, p.TokenAge = s.InFlight, s.Connections, s.Minted, s.TokenAge.Seconds()
	}
	for b, count := range stats.Breakers {
		of(b.Provider).Breakers[b.State] += count
	}
	all := make([]providerHealth, 0, len(by))
	for _, p := range by {
		all = append(all, *p)
	}
	slices.SortFunc(all, func(a, b providerHealth) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// healthPage answers 200 also when degraded: it is for people and not for a load balancer, which asks /readyz.
func (n *Node) healthPage(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if err := json.MarshalWrite(w, n.health(), json.Deterministic(true)); err != nil {
		n.logger.Warn("write the health page", "error", err)
	}
}
