package wire

import (
	"context"
	"slices"
	"sync"
)

// maxInFlight requests share a connection: well under the hundred streams that FCM allows and Apple usually allows.
// A client that goes over makes the transport dial more connections, which Apple takes for an attack.
const maxInFlight = 64

// reservedInFlight of them are for urgent requests alone, so that no backlog fills the connection before one.
const reservedInFlight = 16

// gate lets one request through while the newest connection has not answered yet, then maxInFlight. APNs allows one
// stream until it has seen a valid provider token, and refuses or stalls the rest of a cold burst.
type gate struct {
	mu       sync.Mutex
	dials    int // connections so far
	warm     bool
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
	g.warm = false
}

// generation counts connections; a request notes it when it gets its connection.
func (g *gate) generation() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.dials
}

// answered opens the gate if no connection was made since the answered request got its own.
func (g *gate) answered(generation int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if generation != g.dials {
		return
	}
	g.warm = true
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
