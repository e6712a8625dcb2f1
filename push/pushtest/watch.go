package pushtest

import (
	"context"
	"slices"
	"strings"
	"time"

	"officermobile/push"
)

// Phone is a device and what its officer sees.
type Phone struct {
	Name  string           `json:"name"` // of Services.Name, or made of the token
	Kind  push.AddressKind `json:"kind"`
	Token string           `json:"token"`
	Reach Reach            `json:"reach,omitempty"`
	Inbox Inbox            `json:"inbox"`
}

// Arrival is something that reached a phone: a notification, or without one a badge or a wake-up.
type Arrival struct {
	N     int       `json:"n"` // from 1
	At    time.Time `json:"at"`
	Phone string    `json:"phone"`
	Token string    `json:"token"`
	Badge int       `json:"badge"` // as it stands since
	Wake  bool      `json:"wake,omitzero"`
	Shown *Shown    `json:"shown,omitzero"`
}

// View is every phone, and what reached them after a number.
type View struct {
	Next     int       `json:"next"` // for the next call
	Phones   []Phone   `json:"phones"`
	Arrivals []Arrival `json:"arrivals"` // at most the last 1000
}

// maxArrivals are kept for those who watch; whoever is further behind sees the screens all the same.
const maxArrivals = 1000

// tell notes an arrival and wakes those who watch.
func (s *Services) tell(d *device, item Shown, wake bool) {
	a := Arrival{N: s.lastArrival + 1, At: s.clock().UTC(), Phone: d.label(), Token: d.address.Token, Badge: d.inbox.Badge, Wake: wake}
	if item.Words != "" {
		a.Shown = &item
	}
	s.arrivals = append(s.arrivals, a)
	s.arrivals = s.arrivals[max(0, len(s.arrivals)-maxArrivals):]
	s.lastArrival = a.N
	close(s.changed)
	s.changed = make(chan struct{})
}

// label is a device's name, or a short one of its address.
func (d *device) label() string {
	if d.name != "" {
		return d.name
	}
	token := d.address.Token
	return string(d.address.Kind) + " " + token[max(0, len(token)-6):]
}

// Watch answers when something has arrived after a number, at once if the number is not the last, or when ctx ends.
func (s *Services) Watch(ctx context.Context, after int) View {
	for {
		v, changed := s.view(after)
		if v.Next != after || ctx.Err() != nil {
			return v
		}
		select {
		case <-changed:
		case <-ctx.Done():
		case <-s.closing:
			return v
		}
	}
}

func (s *Services) view(after int) (View, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := View{Next: s.lastArrival, Phones: []Phone{}, Arrivals: []Arrival{}}
	for _, d := range s.devices {
		v.Phones = append(v.Phones, Phone{Name: d.label(), Kind: d.address.Kind, Token: d.address.Token, Reach: d.reach, Inbox: d.screen()})
	}
	slices.SortFunc(v.Phones, func(a, b Phone) int { return strings.Compare(a.Name+a.Token, b.Name+b.Token) })
	for _, a := range s.arrivals {
		if a.N > after {
			v.Arrivals = append(v.Arrivals, a)
		}
	}
	return v, s.changed
}
