package faultnet

import "time"

// direction is a way through a link.
type direction int

const (
	up direction = iota // from the device to the server
	down
)

func (d direction) rate(s Sample) int {
	if d == up {
		return s.UpKbps
	}
	return s.DownKbps
}

// sent is when the last of some bytes, begun at start, has left over the network: second by second at the rate of that
// second, pausing in outages.
func (s *Schedule) sent(start time.Time, d direction, bytes int) time.Time {
	bits := float64(bytes) * 8
	for t := start; ; {
		t = s.Back(t)
		if s.over(t) {
			return t.Add(lasting(bits, d.rate(s.good)))
		}
		rate := d.rate(s.At(t))
		next := s.nextSecond(t)
		need := lasting(bits, rate)
		if t.Add(need).Before(next) {
			return t.Add(need)
		}
		bits -= next.Sub(t).Seconds() * float64(rate) * 1000
		t = next
	}
}

// lasting is how long bits take at a rate.
func lasting(bits float64, kbps int) time.Duration {
	return time.Duration(max(bits, 0) / float64(kbps) / 1000 * float64(time.Second))
}
