package push

import (
	"sync"
	"time"
)

// Whether a provider is believed that calls an address dead. One wrong topic, project or key of ours makes it say so of
// every phone, and what is forgotten then rings nobody until its app has been started again. So:
//
//   - that an app was removed is believed at once if few of those rung lately were, and else, as what might be our
//     mistake, when it is said again five minutes later; either only if the same provider took rings for other devices
//     meanwhile. A server whose rings all fail, however few, forgets nobody;
//   - where many of those rung fail so, nothing is forgotten for five minutes, and then not before a ring is taken; what
//     was said meanwhile has to be said again. Until one is taken the provider is asked by single probes alone.
const (
	guardWindow = 5 * time.Minute
	massLeast   = 20  // fewer are people who got new phones
	massSuspect = .10 // of the addresses rung in the window, by what might be our mistake
	massGone    = .30 // by removed apps: providers clean up in waves
	sureAfter   = 5 * time.Minute
)

// guard is that watch over all providers.
type guard struct {
	mu    sync.Mutex
	wards map[circuitKey]*ward
}

// ward is one provider with what it answered of late: of each device the last answer, in two halves of the window.
type ward struct {
	halves [2]half
	since  time.Time // the first half began
	shut   time.Time // nobody is forgotten since then; zero for not so
	alive  bool      // it took a ring since
	taken  time.Time // it took a ring last
	proven time.Time // it was last shut no more
}

type half struct {
	last  map[deviceKey]said
	count [saidEnd]int
}

// said is what an answer says of an address.
type said uint8

const (
	saidTaken said = iota
	saidGone
	saidSuspect
	saidEnd
)

// maxWatched bounds a half, at some 60 bytes a device; a full one ends early, and the share is of so many.
const maxWatched = 1 << 14

// advice is what to do about an answer.
type advice struct {
	forget bool // the address is dead
	spared bool // nobody is forgotten now
	hold   bool // nor has the provider taken a ring since: it is our mistake, as far as one can see
	news   bool // it has just come to that
	failed int  // of rung
	rung   int
}

// judge takes in an answer, Accepted or TokenDead, about a device's address that may have been doubted before.
func (g *guard) judge(c circuitKey, k deviceKey, before Doubt, res Result, now time.Time) advice {
	g.mu.Lock()
	defer g.mu.Unlock()
	w, what := g.ward(c), saidTaken
	switch {
	case res.Suspect():
		what = saidSuspect
	case res.Outcome == TokenDead:
		what = saidGone
	}
	w.note(k, what, now)
	if what == saidTaken {
		w.prove(now)
		return advice{}
	}
	a := advice{failed: w.all(what), rung: w.rung()}
	if w.shut.IsZero() && w.mass() {
		w.shut, w.alive, a.news = now, false, true
	}
	if !w.shut.IsZero() {
		a.spared, a.hold = true, !w.alive
		return a
	}
	few := what == saidGone && w.all(saidTaken) > 0 && float64(a.failed) <= massGone*float64(a.rung)
	a.forget = few || w.confirms(before, now)
	return a
}

// confirms reports that an address which was doubted is called dead again, by a provider that took others' rings since,
// and not in the same breath.
func (w *ward) confirms(d Doubt, now time.Time) bool {
	return d != (Doubt{}) && w.taken.After(d.At) && (now.Sub(d.At) >= sureAfter || d.At.Before(w.proven))
}

func (g *guard) ward(c circuitKey) *ward {
	if g.wards == nil {
		g.wards = map[circuitKey]*ward{}
	}
	if w := g.wards[c]; w != nil {
		return w
	}
	if len(g.wards) >= maxCircuits && c.app != "*" { // the app in an address is the client's word
		return g.ward(circuitKey{c.provider, "*"})
	}
	w := &ward{}
	g.wards[c] = w
	return w
}

// note keeps the last answer about a device.
func (w *ward) note(k deviceKey, what said, now time.Time) {
	switch passed := now.Sub(w.since); {
	case passed >= guardWindow:
		w.halves, w.since = [2]half{}, now
	case passed >= guardWindow/2, len(w.halves[0].last) >= maxWatched:
		w.halves[1], w.halves[0], w.since = w.halves[0], half{}, now
	}
	w.halves[1].drop(k)
	w.halves[0].drop(k)
	w.halves[0].add(k, what)
}

func (h *half) drop(k deviceKey) {
	if what, ok := h.last[k]; ok {
		h.count[what]--
		delete(h.last, k)
	}
}

func (h *half) add(k deviceKey, what said) {
	if h.last == nil {
		h.last = map[deviceKey]said{}
	}
	h.last[k] = what
	h.count[what]++
}

func (w *ward) all(what said) int { return w.halves[0].count[what] + w.halves[1].count[what] }

func (w *ward) rung() int { return len(w.halves[0].last) + len(w.halves[1].last) }

// mass reports more dead addresses at once than people make.
func (w *ward) mass() bool {
	over := func(what said, share float64) bool {
		n := w.all(what)
		return n >= massLeast && float64(n) > share*float64(w.rung())
	}
	return over(saidSuspect, massSuspect) || over(saidGone, massGone)
}

// prove notes that the provider takes rings, so that what it says against others is theirs; after a while that ends
// the watch. It begins anew with that: by what was said before, the next would shut it again.
func (w *ward) prove(now time.Time) {
	w.alive, w.taken = true, now
	if w.shut.IsZero() || now.Sub(w.shut) < guardWindow {
		return
	}
	*w = ward{since: now, alive: true, taken: now, proven: now}
}
