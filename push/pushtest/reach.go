package pushtest

import (
	"slices"
	"time"

	"officermobile/push"
)

// Reach is whether a provider can reach a device.
type Reach string

// The reaches of a device.
const (
	Awake   Reach = ""        // gets everything at once
	Asleep  Reach = "asleep"  // gets what is urgent at once, and the rest together with it
	Offline Reach = "offline" // gets nothing; the provider keeps what its rules let it keep
)

// What providers keep for a device that they can't reach.
const (
	fcmKept      = 100                 // non-collapsible messages; one more, and all of them go
	fcmKeys      = 4                   // collapse keys; which four stay is not said
	keptBySleep  = 100                 // grouped for a sleeping device; the oldest goes
	appleKeeps   = 30 * 24 * time.Hour // whatever the expiration says
	idleHighs    = 10                  // high messages with nothing to show before Google stops believing; its number is secret
	idleWindow   = 7 * 24 * time.Hour  // in which it looks
	webPushKeeps = 100                 // ours: RFC 8030 leaves it to the service
)

// SetReach moves a device in or out of a provider's reach. What was kept and has not expired arrives, oldest first, when
// it wakes; of a device that comes out of coverage asleep, when something urgent does.
func (s *Services) SetReach(a push.Address, reach Reach) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.meet(a)
	d.reach = reach
	if reach == Awake {
		s.flush(d)
	}
}

// accept takes charge of a notification: delivers, keeps or drops it.
func (s *Services) accept(n notice) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.devices[deviceKey(n.kind, n.token)]
	if d == nil {
		return
	}
	now := s.clock()
	n.urgent = n.urgent && !d.doubted(n, now)
	switch {
	case d.reach == Awake || d.reach == Asleep && n.urgent:
		s.flush(d)
		s.receive(d, n)
	case !n.expires.After(now):
		d.inbox.Dropped++
	case d.reach == Asleep:
		d.keep(n, keptBySleep)
	default:
		s.store(d, n)
	}
}

// doubted reports a device whose high messages too often had nothing to show: Google delivers them as normal ones.
func (d *device) doubted(n notice, now time.Time) bool {
	if n.kind != push.FCMToken && n.kind != push.FCMFID {
		return false
	}
	d.idle = slices.DeleteFunc(d.idle, func(at time.Time) bool { return now.Sub(at) >= idleWindow })
	if n.urgent && n.words == "" {
		d.idle = append(d.idle, now)
	}
	d.inbox.LosesUrgency = len(d.idle) > idleHighs
	return d.inbox.LosesUrgency
}

// store keeps a notification for a device that is offline, by its provider's rules.
func (s *Services) store(d *device, n notice) {
	switch {
	case n.kind == push.APNs:
		d.keep(n, 1) // the newest of the bundle
	case n.kind == push.WebPush:
		d.keep(n, webPushKeeps)
	case n.collapse != "":
		s.storeCollapsible(d, n)
	default:
		d.keep(n, fcmKept+fcmKeys+1)
		d.overflow()
	}
}

// storeCollapsible keeps the newest of a collapse key, and of keys too many forgets any.
func (s *Services) storeCollapsible(d *device, n notice) {
	d.keep(n, fcmKept+fcmKeys+1)
	var keyed []int
	for i, kept := range d.pending {
		if kept.collapse != "" {
			keyed = append(keyed, i)
		}
	}
	if len(keyed) > fcmKeys {
		i := keyed[s.random.Uint64()%uint64(len(keyed))]
		d.pending = slices.Delete(d.pending, i, i+1)
		d.inbox.Dropped++
	}
}

// overflow throws away all that is not collapsible when it is too much.
func (d *device) overflow() {
	plain := func(n notice) bool { return n.collapse == "" }
	before := len(d.pending)
	rest := slices.DeleteFunc(slices.Clone(d.pending), plain)
	if before-len(rest) <= fcmKept {
		return
	}
	d.inbox.Dropped += before - len(rest)
	d.pending, d.lost = rest, true
}

// keep adds to what is pending in place of what it collapses with; over most, the oldest goes.
func (d *device) keep(n notice, most int) {
	before := len(d.pending) + 1
	if n.collapse != "" {
		d.pending = slices.DeleteFunc(d.pending, func(old notice) bool { return old.collapse == n.collapse })
	}
	d.pending = append(d.pending, n)
	d.pending = d.pending[max(0, len(d.pending)-most):]
	d.inbox.Dropped += before - len(d.pending)
}

// flush hands over what is pending.
func (s *Services) flush(d *device) {
	now := s.clock()
	kept, lost := d.pending, d.lost
	d.pending, d.lost = nil, false
	if lost {
		d.inbox.Deleted++
	}
	for _, n := range kept {
		if !n.expires.After(now) {
			d.inbox.Dropped++
			continue
		}
		s.receive(d, n)
	}
}
