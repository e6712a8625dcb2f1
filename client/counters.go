package client

import "sync/atomic"

// Counters are what a device has cost. Bytes are those of bodies as they travel, compressed where they are; headers
// are not in them.
type Counters struct {
	Requests   int64 // streams included
	Streams    int64 // of them
	BytesUp    int64
	BytesDown  int64
	Pages      int64 // used
	Discarded  int64 // pages that did not start where the device was, or that the stream brings as well
	Passes     int64 // completed
	FullPasses int64 // of them
	Repairs    int64
	Forks      int64
}

type counters struct {
	requests, streams, up, down, pages, discarded, passes, full, repairs, forks atomic.Int64
}

// Counters are the counts so far, of this process.
func (d *Device) Counters() Counters {
	c := &d.counters
	return Counters{
		Requests: c.requests.Load(), Streams: c.streams.Load(), BytesUp: c.up.Load(), BytesDown: c.down.Load(),
		Pages: c.pages.Load(), Discarded: c.discarded.Load(), Passes: c.passes.Load(), FullPasses: c.full.Load(),
		Repairs: c.repairs.Load(), Forks: c.forks.Load(),
	}
}
