package wire

import (
	"context"
	"slices"
	"sync"
)

// maxInFlight requests share a connection: under the hundred streams that FCM allows and Apple usually exceeds. At a round
// trip of 50 ms the routine ones are 1,600 a second.
// A client that goes over makes the transport dial more connections, which Apple takes for an attack.
const maxInFlight = 96

// reservedInFlight of them are for urgent requests alone, so that no backlog fills the connection before one.
const reservedInFlight = 16

// gate lets one request through while the newest connection has not answered yet, then maxInFlight. APNs allows one
// stream until it has seen a valid provider token, and refuses or stalls the rest of a cold burst. Those who were let
// through for a connection that was lost since meet on its successor, and wait there.
type gate struct {
	mu       sync.Mutex
	dials    int                // connections so far
	warm     bool               // the newest has answered
	canary   bool               // it has its first request
	aboard   []chan struct{}    // those who have the connection, and wait for its first reply
	inFlight [2]int             // urgent ones, and the rest
	queue    [2][]chan struct{} // those who wait, first come first
}

// lane of a request.
type lane int

const (
	urgent lane = iota
	routine
)

func laneOf(isUrgent bool) lane {
	if isUrgent {
		return urgent
	}
	return routine
}

// enter waits for a place, or for ctx, whose error it returns. The urgent go before all others.
func (g *gate) enter(ctx context.Context, l lane) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	g.mu.Lock()
	if len(g.queue[l]) == 0 && g.room(l) {
		g.inFlight[l]++
		g.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	g.queue[l] = append(g.queue[l], turn)
	g.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		g.giveUp(turn, l)
		return ctx.Err()
	}
}

// giveUp takes a waiter out of the queue, or passes its place on if it had just been given one.
func (g *gate) giveUp(turn chan struct{}, l lane) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if i := slices.Index(g.queue[l], turn); i >= 0 {
		g.queue[l] = slices.Delete(g.queue[l], i, i+1)
		return
	}
	g.inFlight[l]--
	g.admit()
}

// leave gives the place back.
func (g *gate) leave(l lane) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inFlight[l]--
	g.admit()
}

// dialed says that a new connection stands: the next request is its canary.
func (g *gate) dialed() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.dials++
	g.warm, g.canary = false, false
}

// seat is a request's on a connection.
type seat struct {
	generation int // of the connection
	canary     bool
}

// board lets a request go over the connection that it has just been given: the first one at once, and the others after
// its reply. Once ctx is done it lets go of anybody; the transport then sends nothing.
func (g *gate) board(ctx context.Context, s *seat) {
	for ctx.Err() == nil {
		g.mu.Lock()
		again := s.canary && s.generation == g.dials // the transport repeats what the host has not begun
		*s = seat{generation: g.dials, canary: !g.warm}
		if g.warm || !g.canary || again {
			g.canary = !g.warm
			g.mu.Unlock()
			return
		}
		s.canary = false
		turn := make(chan struct{})
		g.aboard = append(g.aboard, turn)
		g.mu.Unlock()
		select {
		case <-turn:
		case <-ctx.Done():
		}
	}
}

// unboard says that a request has ended. If it was to be the first to be answered, the next is.
func (g *gate) unboard(s seat) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if s.canary && s.generation == g.dials && !g.warm {
		g.canary = false
		g.callAboard()
	}
}

// callAboard lets everybody aboard look again. mu is held.
func (g *gate) callAboard() {
	for _, turn := range g.aboard {
		close(turn)
	}
	g.aboard = nil
}

// answered opens the gate if no connection was made since the answered request got its own.
func (g *gate) answered(generation int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if generation != g.dials {
		return
	}
	g.warm = true
	g.callAboard()
	g.admit()
}

// admit wakes as many waiters as there is room for, the urgent first. mu is held.
func (g *gate) admit() {
	for _, l := range []lane{urgent, routine} {
		for len(g.queue[l]) > 0 && g.room(l) {
			g.inFlight[l]++
			close(g.queue[l][0])
			g.queue[l] = g.queue[l][1:]
		}
	}
}

// room reports a free place. mu is held.
func (g *gate) room(l lane) bool {
	all := g.inFlight[urgent] + g.inFlight[routine]
	switch {
	case !g.warm:
		return all < 1
	case l == routine && g.inFlight[routine] >= maxInFlight-reservedInFlight:
		return false
	}
	return all < maxInFlight
}
