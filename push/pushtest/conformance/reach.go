package conformance

import (
	"strings"
	"testing"
	"time"

	"officermobile/push"
	"officermobile/push/pushtest"
)

// kept: what a notification says of its lifetime reaches the provider. A device that was out of coverage gets what is
// still worth it and nothing else, and a wake-up is worth nothing later.
func kept(t *testing.T, p Provider) {
	b := newBench(t, p, 0)
	a := b.services.NewDevice(p.Kind)
	offline := func(pass time.Duration, all ...push.Notification) pushtest.Inbox {
		b.services.SetReach(a, pushtest.Offline)
		for _, n := range all {
			if got := b.send(t, n); got.Outcome != push.Accepted {
				t.Errorf("got %+v", got)
			}
		}
		b.services.Advance(pass)
		b.services.SetReach(a, pushtest.Awake)
		in, _ := b.services.Inbox(a.Token)
		return in
	}
	message, wake, late := b.note(a), b.note(a), b.note(a)
	wake.Class, wake.Wake = push.Quiet, true
	if in := offline(30*time.Minute, message, wake); len(in.Shown) != 1 || in.Wakes != 0 || in.Dropped != 1 {
		t.Errorf("within its hour: %+v", in)
	}
	late.Expires = time.Now().Add(10 * time.Minute) // of the sender's clock, which did not move
	if in := offline(20*time.Minute, late); len(in.Shown) != 1 || in.Shown[0].Notification != message.ID.String() || in.Dropped != 2 {
		t.Errorf("after its time: %+v", in)
	}
}

// asleep: an emergency and a message wake a sleeping phone, a passive notification and a badge don't.
func asleep(t *testing.T, p Provider) {
	b := newBench(t, p, 0)
	for _, c := range []struct {
		name  string
		alter func(*push.Notification)
		wakes bool
	}{
		{"message", func(*push.Notification) {}, true},
		{"emergency", func(n *push.Notification) { n.Class = push.Emergency }, true},
		{"passive", func(n *push.Notification) { n.Passive = true }, false},
		{"badge", func(n *push.Notification) { n.Class = push.Quiet }, false},
	} {
		a := b.services.NewDevice(p.Kind)
		b.services.SetReach(a, pushtest.Asleep)
		n := b.note(a)
		c.alter(&n)
		if got := b.send(t, n); got.Outcome != push.Accepted {
			t.Errorf("%s: got %+v", c.name, got)
		}
		in, _ := b.services.Inbox(a.Token)
		if arrived := in.Badge == n.Badge; arrived != c.wakes {
			t.Errorf("%s: arrived %v, want %v: %+v", c.name, arrived, c.wakes, in)
		}
	}
}

// sealed: content reaches the app as it was sealed, whatever the provider does with the rest.
func sealed(t *testing.T, p Provider) {
	b := newBench(t, p, 0)
	n := b.note(b.services.NewDevice(p.Kind))
	n.Sealed = push.Sealed{KeyID: "key", Box: []byte("for the device's eyes")}
	const box = "Zm9yIHRoZSBkZXZpY2UncyBleWVz"
	var payload string
	b.services.OnSealed(n.Address, func(got []byte) (title, text string, err error) {
		payload = string(got)
		return "Dan Wu", "opened", nil
	})
	if got := b.send(t, n); got.Outcome != push.Accepted {
		t.Fatalf("got %+v", got)
	}
	in, _ := b.services.Inbox(n.Address.Token)
	if len(in.Shown) != 1 || !in.Shown[0].Opened || in.Shown[0].Text != "opened" || !in.Shown[0].Extension {
		t.Errorf("inbox: %+v", in)
	}
	for _, part := range []string{`"k":"key"`, `"e":"` + box + `"`, n.ID.String()} {
		if !strings.Contains(payload, part) {
			t.Errorf("the app was handed %s, without %s", payload, part)
		}
	}
}
