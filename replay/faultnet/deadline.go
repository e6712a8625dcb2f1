package faultnet

import (
	"sync"
	"time"
)

// deadline is a net.Conn's: a channel that closes when it passes, replaced when it is moved. The zero value never
// passes. Deadlines are in real time, as http.Transport sets them.
type deadline struct {
	mu    sync.Mutex
	timer *time.Timer
	done  chan struct{}
}

// set moves the deadline; zero is never.
func (d *deadline) set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timer != nil && !d.timer.Stop() {
		<-d.done // its function is running or has run: wait, so that it can't close the next channel
	}
	d.timer = nil
	if d.done == nil || isClosed(d.done) {
		d.done = make(chan struct{})
	}
	if t.IsZero() {
		return
	}
	if left := time.Until(t); left > 0 {
		done := d.done
		d.timer = time.AfterFunc(left, func() { close(done) })
		return
	}
	close(d.done)
}

// passed is closed once the deadline has passed.
func (d *deadline) passed() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.done == nil {
		d.done = make(chan struct{})
	}
	return d.done
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
