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
	Uninstalled              // the app is gone since a time: 410 Unregistered, 404 UNREGISTERED
	Unknown                  // never was: 400 BadDeviceToken, 400 INVALID_ARGUMENT naming the token
	Foreign                  // another app's: 400 DeviceTokenNotForTopic, 403 SENDER_ID_MISMATCH
	Throttled                // 429 TooManyRequests, 429 QUOTA_EXCEEDED of the device
)

type device struct {
	address   push.Address
	name      string
	state     State
	deadSince time.Time
	reach     Reach
	pending   []notice // what the provider keeps, oldest first
	lost      bool     // FCM: what was kept has been thrown away
	limits    limits
	idle      []time.Time // FCM: high messages of late that had nothing to show
	unseal    Unseal
	inbox     Inbox
	seen      map[string]time.Time // ids that the app has handled, which it drops when they come again
}

func newDevice(a push.Address) *device {
	return &device{address: a, seen: map[string]time.Time{}, inbox: Inbox{Shown: []Shown{}}}
}

func deviceKey(kind push.AddressKind, token string) string { return string(kind) + "/" + token }

// Register makes a device known, or changes its state. deadSince is when it left, for Uninstalled; until then it lives.
func (s *Services) Register(a push.Address, state State, deadSince time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.meet(a)
	d.address, d.state, d.deadSince = a, state, deadSince
}

// meet is the device of an address, made if it is new.
func (s *Services) meet(a push.Address) *device {
	key := deviceKey(a.Kind, a.Token)
	d := s.devices[key]
	if d == nil {
		d = newDevice(a)
		s.devices[key] = d
	}
	return d
}

// Name says whose device it is, for whoever watches. It makes the device known as a live one.
func (s *Services) Name(a push.Address, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.meet(a).name = name
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

// find is the state of a device. An address that nobody registered is Unknown, or live with Options.Open.
func (s *Services) find(a push.Address) (State, time.Time, push.Address) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.devices[deviceKey(a.Kind, a.Token)]
	if d == nil && !s.opts.Open {
		return Unknown, time.Time{}, a
	}
	if d == nil {
		d = s.meet(a)
	}
	if d.state == Uninstalled && s.clock().Before(d.deadSince) {
		return Live, time.Time{}, d.address
	}
	return d.state, d.deadSince, d.address
}

// token finds the device of a token, whatever its kind.
func (s *Services) token(token string) *device {
	for _, kind := range []push.AddressKind{push.APNs, push.FCMToken, push.FCMFID, push.WebPush} {
		if d := s.devices[deviceKey(kind, token)]; d != nil {
			return d
		}
	}
	return nil
}
