package push

import (
	"net/url"
	"slices"
	"time"
)

// circuitKey is what fails together: a provider, under one credential, for one app. Of FCM that is the project; of
// browsers, the service that their endpoints are at.
type circuitKey struct {
	provider string
	app      string
}

func circuitOf(a Address) circuitKey {
	switch a.Kind {
	case APNs:
		return circuitKey{string(APNs) + "/" + string(a.Environment), a.App}
	case WebPush:
		u, err := url.Parse(a.Token)
		if err != nil {
			return circuitKey{provider: string(WebPush)}
		}
		return circuitKey{string(WebPush), u.Host}
	}
	return circuitKey{provider: "fcm"}
}

// circuit is a provider with its breaker and the slots that wait for it, which hold no lease and spend no attempt. Those
// whose address it called dead wait apart: behind the others of their class, and while it does so of too many behind all
// others, since a device that is well proves it right and a dead one proves nothing.
type circuit struct {
	breaker breaker
	waiting [Emergency + 1]dueHeap
	doubted [Emergency + 1]dueHeap
}

// maxCircuits bounds them: the app in an address is the client's word. What comes above shares one for each provider.
const maxCircuits = 64

// circuits are those of an outbox, in the order of their making. The outbox's mutex guards them.
type circuits struct {
	places int
	of     map[circuitKey]*circuit
	keys   []circuitKey
}

func (c *circuits) get(k circuitKey, now time.Time) *circuit {
	if found := c.of[k]; found != nil {
		return found
	}
	if len(c.keys) >= maxCircuits {
		c.prune(now)
	}
	if len(c.keys) >= maxCircuits && k.app != "*" {
		return c.get(circuitKey{k.provider, "*"}, now)
	}
	if c.of == nil {
		c.of = map[circuitKey]*circuit{}
	}
	made := &circuit{breaker: breaker{places: c.places}}
	c.of[k], c.keys = made, append(c.keys, k)
	return made
}

// prune forgets those that know nothing and that nobody waits for.
func (c *circuits) prune(now time.Time) {
	kept := c.keys[:0]
	for _, k := range c.keys {
		found := c.of[k]
		if found.breaker.quiet(now) && found.depth() == 0 {
			delete(c.of, k)
			continue
		}
		kept = append(kept, k)
	}
	c.keys = kept
}

func (c *circuit) depth() (n int) {
	for i := range c.waiting {
		n += len(c.waiting[i]) + len(c.doubted[i])
	}
	return n
}

// queued reports somebody of a class, or a more urgent one, who is due and was there before. Who is not doubted goes past
// those who are.
func (c *circuit) queued(class Class, doubted bool, now time.Time) bool {
	for k := class; k <= Emergency; k++ {
		if c.waiting[k].anyDue(now) || doubted && c.doubted[k].anyDue(now) {
			return true
		}
	}
	return doubted && c.wellFirst(now)
}

// wellFirst reports that the provider calls too many addresses dead, and that a ring to one is due that it never said so of.
func (c *circuit) wellFirst(now time.Time) bool {
	return c.breaker.doubts && slices.ContainsFunc(c.waiting[:], func(h dueHeap) bool { return h.anyDue(now) })
}

// admit gives a slot leave to be sent to a provider, or makes it wait there. The caller has the slot, and looked at its
// address just now, and whether that is doubted.
func (b *outbox) admit(s *slot, k circuitKey, doubted bool, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.circuits.get(k, now)
	if s.circuit == c && s.ticket.live {
		return true
	}
	b.waive(s, now)
	s.circuit, s.doubted = c, doubted
	class := s.key.thing.class()
	if ok, _ := c.breaker.can(now, class); !ok || c.queued(class, doubted, now) {
		s.held = true
		return false
	}
	s.ticket = c.breaker.leave(now, class)
	return true
}

// waive returns a slot's ticket unused. The caller holds the mutex.
func (b *outbox) waive(s *slot, now time.Time) {
	if s.ticket.live {
		s.circuit.breaker.note(now, s.ticket, sNothing, 0)
	}
	s.ticket = ticket{}
}

// heard returns a slot's ticket with what the answer says of the provider. It reports whether the provider is given up
// for now, and whether that is news.
func (b *outbox) heard(s *slot, now time.Time, sig signal, asked time.Duration) (shut, news bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !s.ticket.live {
		return false, false
	}
	s.doubted = s.doubted || sig == sDoubted
	news = s.circuit.breaker.note(now, s.ticket, sig, asked)
	s.ticket = ticket{}
	ok, _ := s.circuit.breaker.can(now, Emergency)
	return !ok || s.circuit.breaker.cause != notOpen, news
}

// home is the heap that a slot waits in.
func (b *outbox) home(s *slot) *dueHeap {
	class := s.key.thing.class()
	switch {
	case !s.held || s.circuit == nil:
		return &b.heaps[class]
	case s.doubted:
		return &s.circuit.doubted[class]
	}
	return &s.circuit.waiting[class]
}

// queue puts a slot where it waits for its time.
func (b *outbox) queue(s *slot, due time.Time) {
	h := b.home(s)
	if s.heap != h {
		s.heap.remove(s)
		s.heap = h
	}
	s.from = s.now.From
	h.at(s, maxTime(due, s.pause))
}

// overripe takes a slot that waits for its provider out once it has expired, so that somebody is told.
func (b *outbox) overripe(s *slot, now time.Time) {
	if s.held && !s.busy && s.now != nil && !s.now.Expires.IsZero() && !s.now.Expires.After(now) {
		s.held = false
		b.queue(s, now)
		b.stir()
	}
}

// reconsider lets every provider that refused us be tried again at once.
func (b *outbox) reconsider(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, k := range b.circuits.keys {
		b.circuits.of[k].breaker.reconsider(now)
	}
	b.stir()
}

// Reconsider is to be called when credentials or configuration of a provider have changed: what it refused is tried
// again at once, by one request first.
func (p *Service) Reconsider() { p.box.reconsider(p.clock.Now()) }
