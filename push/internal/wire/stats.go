package wire

import (
	"sync"

	"officermobile/push"
)

// sizes count the bodies that left.
type sizes struct {
	mu   sync.Mutex
	hist *push.Histogram
}

func (s *sizes) add(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hist == nil {
		s.hist = push.NewHistogram(push.PayloadBounds())
	}
	s.hist.Add(float64(n))
}

func (s *sizes) clone() push.Histogram {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hist == nil {
		return push.NewHistogram(push.PayloadBounds()).Clone()
	}
	return s.hist.Clone()
}

// Stats are those of the connection; of credentials it knows nothing.
func (c *Client) Stats() push.SenderStats {
	c.gate.mu.Lock()
	defer c.gate.mu.Unlock()
	sent, received := c.traffic.Bytes()
	return push.SenderStats{
		Connections: uint64(c.gate.dials), InFlight: c.gate.inFlight[urgent] + c.gate.inFlight[routine], Payload: c.sizes.clone(),
		Sent: sent, Received: received, Refused: c.refused.Load(),
	}
}
