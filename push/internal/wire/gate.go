package wire

import (
	"context"
	"sync"
)

// maxInFlight requests share a connection: well under the hundred streams that FCM allows and Apple usually allows.
// A client that goes over makes the transport dial more connections, which Apple takes for an attack.
const maxInFlight = 64

// gate lets one request through while the newest connection has not answered yet, then maxInFlight. APNs allows one
// stream until it has seen a valid provider token, and refuses or stalls the rest of a cold burst.
type gate struct {
	mu       sync.Mutex
	dials    int // connections so far
	warm     bool
	inFlight int
	queue    []chan struct{} // those who wait, first come first
}

// enter waits for a place, or for ctx, whose error it returns.
func (g *gate) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	g.mu.Lock()
	if len(g.queue) == 0 && g.inFlight < g.limit() {
		g.inFlight++
		g.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	g.queue = append(g.queue, turn)
	g.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		g.giveUp(turn)
		return ctx.Err()
	}
}

// giveUp takes a waiter out of the queue, or passes its place on if it had just been given one.
func (g *gate) giveUp(turn chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, t := range g.queue {
		if t == turn {
			g.queue = append(g.queue[:i], g.queue[i+1:]...)
			return
		}
	}
	g.inFlight--
	g.admit()
}

// leave gives the place back.
func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inFlight--
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

// admit wakes as many waiters as there is room for. mu is held.
func (g *gate) admit() {
	for len(g.queue) > 0 && g.inFlight < g.limit() {
		g.inFlight++
		close(g.queue[0])
		g.queue = g.queue[1:]
	}
}

func (g *gate) limit() int {
	if g.warm {
		return maxInFlight
	}
	return 1
}
