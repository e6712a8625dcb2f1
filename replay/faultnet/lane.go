package faultnet

import (
	"net"
	"os"
	"sync"
	"time"
)

const (
	chunkBytes = 16 << 10 // the most that moves at once: a TLS record, and a few packets
	laneChunks = 16       // waiting in a direction of a connection, as a socket's buffer: 256 KiB at most
)

// chunk is bytes under way, or, with err, the end of the stream.
type chunk struct {
	bytes []byte
	due   time.Time
	err   error
}

// lane is one direction of a connection: a bounded queue whose chunks come out when due. One goroutine puts and one
// takes at a time.
type lane struct {
	queue   chan chunk
	head    chunk         // taken from the queue, not all delivered
	conn    *conn         // whose clock and death it shares
	closed  chan struct{} // the device has closed
	give    deadline      // of put
	want    deadline      // of take
	putting sync.Mutex    // held by who puts, for a whole write
	taking  sync.Mutex
}

func newLane(c *conn, closed chan struct{}) *lane {
	return &lane{queue: make(chan chunk, laneChunks), conn: c, closed: closed}
}

// put queues a chunk, or waits for room. It errs when the connection is closed or its deadline passes.
func (l *lane) put(c chunk) error {
	select {
	case <-l.closed:
		return net.ErrClosed
	case <-l.give.passed():
		return os.ErrDeadlineExceeded
	default:
	}
	select {
	case l.queue <- c:
		return nil
	case <-l.closed:
		return net.ErrClosed
	case <-l.give.passed():
		return os.ErrDeadlineExceeded
	}
}

// take waits for bytes to be due and moves them into b. What is due after the connection's death never comes.
func (l *lane) take(b []byte) (int, error) {
	l.taking.Lock()
	defer l.taking.Unlock()
	if l.head.bytes == nil && l.head.err == nil {
		if err := l.next(); err != nil {
			return 0, err
		}
	}
	if err := l.wait(); err != nil {
		return 0, err
	}
	if l.head.err != nil {
		return 0, l.head.err
	}
	n := copy(b, l.head.bytes)
	l.head.bytes = l.head.bytes[n:]
	if len(l.head.bytes) == 0 {
		l.head = chunk{}
	}
	return n, nil
}

func (l *lane) next() error {
	select {
	case <-l.closed:
		return net.ErrClosed
	case <-l.want.passed():
		return os.ErrDeadlineExceeded
	default:
	}
	select {
	case l.head = <-l.queue:
		return nil
	case <-l.closed:
		return net.ErrClosed
	case <-l.want.passed():
		return os.ErrDeadlineExceeded
	}
}

// wait lasts until the head is due.
func (l *lane) wait() error {
	var timer <-chan time.Time // of a chunk that is lost, none
	if !l.conn.lost(l.head.due) {
		left := l.head.due.Sub(l.conn.link.clock.Now())
		if left <= 0 {
			return nil
		}
		t := l.conn.link.clock.NewTimer(left)
		defer t.Stop()
		timer = t.C
	}
	select {
	case <-timer:
		return nil
	case <-l.closed:
		return net.ErrClosed
	case <-l.want.passed():
		return os.ErrDeadlineExceeded
	}
}
