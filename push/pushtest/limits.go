package pushtest

import "time"

// Google's limits on a project and an Android device.
const (
	projectPerMinute   = 600_000
	devicePerMinute    = 240
	devicePerHour      = 5000
	collapsibleBurst   = 20
	collapsiblePerHour = 20 // one in three minutes
)

// bucket holds tokens: full at first, and refilled evenly. The zero value is full.
type bucket struct {
	spent float64
	at    time.Time
}

// take spends a token of a bucket with that size and refill, if there is one.
func (b *bucket) take(now time.Time, size int, refill time.Duration) bool {
	b.spent = max(0, b.spent-float64(now.Sub(b.at))/float64(refill))
	b.at = now
	if b.spent+1 > float64(size) {
		return false
	}
	b.spent++
	return true
}

// limits are what a device has used up.
type limits struct{ minute, hour, collapsible bucket }

// overQuota names the limit that a message to Google's is over, "" if none is. A message that is over one costs the
// others all the same: Google counts what it refuses.
func (s *Services) overQuota(n notice) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.devices[deviceKey(n.kind, n.token)]
	if d == nil || s.opts.Unlimited {
		return ""
	}
	now, l := s.clock(), &d.limits
	minute := l.minute.take(now, devicePerMinute, time.Minute/devicePerMinute)
	hour := l.hour.take(now, devicePerHour, time.Hour/devicePerHour)
	collapsible := n.collapse == "" || n.expires.IsZero() ||
		l.collapsible.take(now, collapsibleBurst, time.Hour/collapsiblePerHour)
	if minute && hour && collapsible {
		return ""
	}
	return "DEVICE_QUOTA"
}

// overProject reports a project that has sent too much this minute.
func (s *Services) overProject() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.opts.Unlimited && !s.quota.take(s.clock(), s.opts.PerMinute, time.Minute/time.Duration(s.opts.PerMinute))
}
