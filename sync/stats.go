package sync

import (
	"sync/atomic"
	"time"

	"officermobile/models"
	"officermobile/models/wire"
)

// AgencyStats are the engines' counts over all agencies of this node.
type AgencyStats struct {
	Loaded  int // agencies that are served here
	Halted  int // that can't be
	Urgent  int // commands that wait for a batch, by lane
	Routine int
	Events  uint64 // that are applied here, of all logs since their beginning

	Unacknowledged int // urgent messages of the last twelve hours that somebody has yet to acknowledge
}

// unacknowledgedFor is how long an urgent message is counted: for a shift. Who never acknowledges would else keep an
// alert on for ever, and nobody would see the next.
const unacknowledgedFor = 12 * time.Hour

// Stats are the counts at this moment. It costs a short lock for each agency.
func (a *Agencies) Stats() AgencyStats {
	stats := AgencyStats{Halted: len(a.Halted())}
	since := models.Micros(a.opts.Clock.Now().Add(-unacknowledgedFor).UnixMicro())
	for _, g := range a.served() {
		urgent, routine := g.queue.depth()
		stats.Loaded++
		stats.Urgent += urgent
		stats.Routine += routine
		stats.Events += uint64(g.Tip().Seq)
		g.View(func(s *models.State) { stats.Unacknowledged += s.Unacknowledged(since) })
	}
	return stats
}

// served are the agencies that are loaded and not halted.
func (a *Agencies) served() []*Agency {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := make([]*Agency, 0, len(a.slots))
	for _, s := range a.slots {
		select {
		case <-s.ready:
			if s.err == nil && s.agency.Halted() == nil {
				all = append(all, s.agency)
			}
		default: // still being loaded
		}
	}
	return all
}

func (q *queue) depth() (urgent, routine int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.lanes[models.LaneUrgent]), len(q.lanes[models.LaneRoutine])
}

// ServiceStats are the counts of what devices were answered, since the service was made.
type ServiceStats struct {
	Streams         int64  // open now
	StreamsReplaced uint64 // by a newer one of the same device
	Pages           uint64 // made, with or without news
	Items           uint64 // in them
	FullPasses      uint64 // begun: a device that starts anew, or whose token can't be used
	PageErrors      uint64 // pages that could not be made
	Foreground      int    // devices in a hand now, as far as this node knows
	Background      int    // devices that could be woken
}

type serviceCounts struct{ replaced, pages, items, full, failed atomic.Uint64 }

// page counts a page that was made, or could not be.
func (c *serviceCounts) page(page wire.Page[any], err error) {
	if err != nil {
		c.failed.Add(1)
		return
	}
	c.pages.Add(1)
	c.items.Add(uint64(len(page.Items)))
	if page.Begin {
		c.full.Add(1)
	}
}

// Stats are the counts at this moment.
func (s *Service) Stats() ServiceStats {
	c := &s.counts
	stats := ServiceStats{
		Streams: s.streams.Load(), StreamsReplaced: c.replaced.Load(), Pages: c.pages.Load(), Items: c.items.Load(),
		FullPasses: c.full.Load(), PageErrors: c.failed.Load(),
	}
	stats.Foreground, stats.Background = s.presence.count()
	return stats
}

// count is how many devices are in a hand, and how many in a pocket.
func (p *presence) count() (foreground, background int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.clock.Now()
	for _, r := range p.rosters {
		for _, d := range r.devices {
			switch state, _ := d.now(at); state {
			case models.Foreground:
				foreground++
			case models.Background:
				background++
			}
		}
	}
	return foreground, background
}
