package pushtest

import (
	"slices"
	"time"

	"officermobile/push"
)

// Shown is one notification as it stands on a device's screen.
type Shown struct {
	Notification string    `json:"notification"`
	Thread       string    `json:"thread,omitempty"`
	Words        string    `json:"words,omitempty"` // key of the sentence that the payload names
	Title        string    `json:"title"`           // as the officer reads it
	Text         string    `json:"text"`
	Class        string    `json:"class,omitempty"` // message, invite, emergency or test, where the payload tells
	Level        string    `json:"level,omitempty"`
	Extension    bool      `json:"extension,omitzero"` // the app's own code ran before it was shown
	Sealed       bool      `json:"sealed,omitzero"`    // it brought content for this device's eyes
	Opened       bool      `json:"opened,omitzero"`    // which it could read; the generic words stand otherwise
	Rings        int       `json:"rings"`              // how often it was announced, replacements included
	At           time.Time `json:"at"`
	tag          string
}

// Inbox is what an officer sees on a device.
type Inbox struct {
	Badge   int     `json:"badge"`
	Shown   []Shown `json:"shown"` // oldest first, at most 100
	Wakes   int     `json:"wakes"` // silent pushes that woke the app
	Dropped int     `json:"dropped,omitzero"`
	// Dropped were accepted and never came: replaced, expired or thrown away while the device was out of reach, or a
	// copy of what the app has had.
	Deleted      int  `json:"deleted,omitzero"`       // Android's onDeletedMessages: kept messages were thrown away, sync
	LosesUrgency bool `json:"loses_urgency,omitzero"` // Google delivers to it as normal what says high
}

// Unseal is the app's own code that reads sealed content. The payload is as the app is handed it: Apple's JSON, the data of
// an FCM message as a JSON object, or what a service worker gets.
type Unseal func(payload []byte) (title, text string, err error)

// OnSealed gives a device the means to read sealed content. Without them it shows the generic words.
func (s *Services) OnSealed(a push.Address, open Unseal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.meet(a).unseal = open
}

// Inbox is what a device shows, and whether there is such a device.
func (s *Services) Inbox(token string) (Inbox, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.token(token)
	if d == nil {
		return Inbox{}, false
	}
	return d.screen(), true
}

func (d *device) screen() Inbox {
	in := d.inbox
	in.Shown = slices.Clone(in.Shown)
	return in
}

// maxShown keeps a forgotten device of a long rehearsal small; phones show about as many.
const maxShown = 100

// seenFor is how long the app remembers an id; with maxSeen it bounds a device's memory.
const (
	seenFor = 24 * time.Hour
	maxSeen = 1000
)

// receive is the phone: it shows what arrived, or lets the app wake.
func (s *Services) receive(d *device, n notice) {
	now := s.clock()
	if n.kind != push.APNs && d.handled(n.ring(), now) {
		d.inbox.Dropped++
		return // the app drops the copy; on an iPhone the collapse id replaces it
	}
	if n.badge >= 0 {
		d.inbox.Badge = n.badge
	}
	if n.wake {
		d.inbox.Wakes++
	}
	var item Shown
	if n.words != "" {
		item = d.inbox.put(d.shown(n, now))
	}
	s.tell(d, item, n.wake)
}

// shown is a notification as the officer reads it.
func (d *device) shown(n notice, now time.Time) Shown {
	item := Shown{
		Notification: n.id, Thread: n.thread, Words: n.words, Title: sentence(n.title), Text: sentence(n.words), Class: n.class,
		Level: n.level, Extension: n.extension, Sealed: n.sealed, Rings: 1, At: now.UTC(), tag: n.tag,
	}
	if item.Extension && item.Sealed && d.unseal != nil {
		if title, text, err := d.unseal(n.payload); err == nil {
			item.Title, item.Text, item.Opened = title, text, true
		}
	}
	return item
}

// put shows an item last; one with the same tag makes way for it, and it counts the rings of both.
func (in *Inbox) put(item Shown) Shown {
	i := slices.IndexFunc(in.Shown, func(old Shown) bool { return item.tag != "" && old.tag == item.tag })
	if i >= 0 {
		item.Rings += in.Shown[i].Rings
		in.Shown = slices.Delete(in.Shown, i, i+1)
	}
	in.Shown = append(in.Shown, item)
	if len(in.Shown) > maxShown {
		in.Shown = in.Shown[len(in.Shown)-maxShown:]
	}
	return item
}

// handled notes an id and reports whether the app has had it before.
func (d *device) handled(id string, now time.Time) bool {
	if id == "" {
		return false
	}
	if at, ok := d.seen[id]; ok && now.Sub(at) < seenFor {
		return true
	}
	if len(d.seen) >= maxSeen {
		clear(d.seen)
	}
	d.seen[id] = now
	return false
}

// notice is a provider's understanding of a request.
type notice struct {
	kind      push.AddressKind
	token, id string
	step      string // of an urgent message that rings again under its id
	messageID string

	title, words string // keys of the app's sentences; nothing is shown without words
	thread, tag  string // groups on the screen; replaces on the screen
	class, level string
	badge        int // -1 leaves it
	wake         bool
	extension    bool
	sealed       bool
	payload      []byte // as the app is handed it

	urgent   bool      // wakes a sleeping device
	expires  time.Time // until when the provider keeps it; zero is one attempt
	collapse string    // replaces what the provider keeps
}

// ring tells rings apart: copies of one have it in common.
func (n notice) ring() string {
	if n.id == "" || n.step == "" {
		return n.id
	}
	return n.id + "/" + n.step
}

// sentence is what the app shows for a key, in English; a key that it does not know is shown as it is.
func sentence(key string) string {
	switch key {
	case "N_T":
		return "Officer Mobile"
	case "N_MSG":
		return "You have a new message"
	case "N_INV":
		return "You are invited, or have a task"
	case "N_EMG":
		return "Urgent: please acknowledge"
	case "N_TEST":
		return "This is a test"
	}
	return key
}
