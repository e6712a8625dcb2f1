package pushtest

import (
	"time"

	"officermobile/push"
)

// State is how a device answers to its provider.
type State uint8

// The states of a device.
const (
	Live        State = iota // takes notifications
	Uninstalled              // the app is gone: 410 Unregistered, 404 UNREGISTERED
	Unknown                  // never was: 400 BadDeviceToken, 400 INVALID_ARGUMENT naming the token
	Foreign                  // another app's: 400 DeviceTokenNotForTopic, 403 SENDER_ID_MISMATCH
	Throttled                // 429 TooManyRequests, 429 QUOTA_EXCEEDED of the device
)

// Shown is one notification as it stands on a device's screen.
type Shown struct {
	Notification string    `json:"notification"`
	Thread       string    `json:"thread,omitempty"`
	Words        string    `json:"words,omitempty"` // key of the sentence shown
	Level        string    `json:"level,omitempty"`
	Rings        int       `json:"rings"` // how often it was announced, replacements included
	At           time.Time `json:"at"`
	tag          string
}

// Inbox is what an officer sees on a device.
type Inbox struct {
	Badge int     `json:"badge"`
	Shown []Shown `json:"shown"` // oldest first, at most 100
	Wakes int     `json:"wakes"` // silent pushes that woke the app
}

// maxShown keeps a forgotten device of a long rehearsal small; phones show about as many.
const maxShown = 100

type device struct {
	address   push.Address
	state     State
	deadSince time.Time
	inbox     Inbox
	seen      map[string]time.Time // FCM: ids that the app has handled, which it drops when they come again
}

// seenFor is how long the app remembers an id; with maxSeen it bounds a device's memory.
const (
	seenFor = 24 * time.Hour
	maxSeen = 1000
)

// Register makes a device known, or changes its state. deadSince is when it left, for Uninstalled.
func (s *Services) Register(a push.Address, state State, deadSince time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.devices[deviceKey(a.Kind, a.Token)]
	if d == nil {
		d = newDevice(a)
		s.devices[deviceKey(a.Kind, a.Token)] = d
	}
	d.address, d.state, d.deadSince = a, state, deadSince
}

// NewAddress makes an address of a kind that no other device has, in the shape of the real ones.
func (s *Services) NewAddress(kind push.AddressKind) push.Address {
	if kind == push.WebPush {
		return s.subscribe()
	}
	a := push.Address{Kind: kind, App: s.opts.Topic}
	switch kind {
	case push.APNs:
		a.Token, a.Environment = s.hex(32), s.opts.Environment
	case push.FCMFID:
		a.Token = "f" + s.hex(11)[:21]
	default:
		a.Token = s.hex(11) + ":APA91b" + s.hex(67)
	}
	return a
}

// NewDevice registers a live device with an address of its own.
func (s *Services) NewDevice(kind push.AddressKind) push.Address {
	a := s.NewAddress(kind)
	s.Register(a, Live, time.Time{})
	return a
}

// Inbox is what a device shows, and whether there is such a device.
func (s *Services) Inbox(token string) (Inbox, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, kind := range []push.AddressKind{push.APNs, push.FCMToken, push.FCMFID, push.WebPush} {
		if d := s.devices[deviceKey(kind, token)]; d != nil {
			in := d.inbox
			in.Shown = append([]Shown{}, in.Shown...)
			return in, true
		}
	}
	return Inbox{}, false
}

func deviceKey(kind push.AddressKind, token string) string { return string(kind) + "/" + token }

func newDevice(a push.Address) *device { return &device{address: a, seen: map[string]time.Time{}} }

// find is the state of a device. An address that nobody registered is Unknown, or live with Options.Open.
func (s *Services) find(a push.Address) (State, time.Time, push.Address) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := deviceKey(a.Kind, a.Token)
	d := s.devices[key]
	if d == nil && !s.opts.Open {
		return Unknown, time.Time{}, a
	}
	if d == nil {
		d = newDevice(a)
		s.devices[key] = d
	}
	return d.state, d.deadSince, d.address
}

// show puts a notification on its device's screen.
func (s *Services) show(n notice) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.devices[deviceKey(n.kind, n.token)]
	if d == nil || n.kind != push.APNs && d.handled(n.id, s.clock()) {
		return
	}
	if n.badge >= 0 {
		d.inbox.Badge = n.badge
	}
	if n.wake {
		d.inbox.Wakes++
	}
	if n.words != "" {
		d.inbox.put(Shown{Notification: n.id, Thread: n.thread, Words: n.words, Level: n.level, Rings: 1, At: s.clock().UTC(), tag: n.tag})
	}
}

// put shows an item last; one with the same tag makes way for it.
func (in *Inbox) put(item Shown) {
	for i, old := range in.Shown {
		if item.tag != "" && old.tag == item.tag {
			item.Rings += old.Rings
			in.Shown = append(in.Shown[:i], in.Shown[i+1:]...)
			break
		}
	}
	in.Shown = append(in.Shown, item)
	if len(in.Shown) > maxShown {
		in.Shown = in.Shown[len(in.Shown)-maxShown:]
	}
}

// handled notes an id and reports whether the app has had it before.
func (d *device) handled(id string, now time.Time) bool {
	if at, ok := d.seen[id]; ok && now.Sub(at) < seenFor {
		return true
	}
	if len(d.seen) >= maxSeen {
		clear(d.seen)
	}
	d.seen[id] = now
	return false
}
