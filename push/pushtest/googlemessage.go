package pushtest

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"officermobile/push"
)

// Google's limits on a message.
const (
	googleBytes = 4096      // keys and values of data together
	topicBytes  = 2048      // the same to a topic or condition
	googleTTL   = 2_419_200 // seconds, and what a message has that says nothing
)

// googleMessage is messages:send without the parts that are for other platforms, which are taken as they come.
type googleMessage struct {
	ValidateOnly bool `json:"validate_only"`
	Message      *struct {
		Name         string                    `json:"name"`
		Token        string                    `json:"token"`
		FID          string                    `json:"fid"`
		Topic        string                    `json:"topic"`
		Condition    string                    `json:"condition"`
		Data         map[string]jsontext.Value `json:"data"`
		Notification *googleAlert              `json:"notification"`
		Android      *googleAndroid            `json:"android"`
		APNS         jsontext.Value            `json:"apns"`
		Webpush      jsontext.Value            `json:"webpush"`
		Options      jsontext.Value            `json:"fcm_options"`
	} `json:"message"`
}

type googleAndroid struct {
	Priority     string         `json:"priority"`
	TTL          string         `json:"ttl"`
	CollapseKey  string         `json:"collapse_key"`
	Package      string         `json:"restricted_package_name"`
	DirectBoot   bool           `json:"direct_boot_ok"`
	Constrained  bool           `json:"bandwidth_constrained_ok"`
	Satellite    bool           `json:"restricted_satellite_ok"`
	Notification *googleAlert   `json:"notification"`
	Options      jsontext.Value `json:"fcm_options"`
}

// googleAlert is a notification that Android shows by itself.
type googleAlert struct {
	Title string         `json:"title"`
	Body  string         `json:"body"`
	Rest  jsontext.Value `json:",inline"`
}

var (
	ttlForm      = regexp.MustCompile(`^[0-9]+(\.[0-9]{1,9})?s$`)
	reservedKeys = regexp.MustCompile(`^(from|message_type|google\..*|gcm\.notification\..*)$`)
	tokenForm    = regexp.MustCompile(`^[A-Za-z0-9_-]{8,}:[A-Za-z0-9_-]{80,}$`)
	fidForm      = regexp.MustCompile(`^[A-Za-z0-9_-]{22}$`)
)

// sound reports a message that keeps the format's rules, the form of its target and its size apart.
func (m googleMessage) sound() bool {
	targets := 0
	for _, target := range []string{m.Message.Token, m.Message.FID, m.Message.Topic, m.Message.Condition} {
		if target != "" {
			targets++
		}
	}
	if targets != 1 {
		return false
	}
	for key, value := range m.Message.Data {
		if value.Kind() != '"' || reservedKeys.MatchString(key) {
			return false
		}
	}
	return m.Message.Android.sound()
}

func (a *googleAndroid) sound() bool {
	if a == nil {
		return true
	}
	_, ok := a.lifetime()
	return ok && (a.Priority == "" || a.Priority == "normal" || a.Priority == "high")
}

// lifetime is how long Google keeps a message.
func (a *googleAndroid) lifetime() (time.Duration, bool) {
	if a == nil || a.TTL == "" {
		return googleTTL * time.Second, true
	}
	seconds, err := strconv.ParseFloat(strings.TrimSuffix(a.TTL, "s"), 64)
	return time.Duration(seconds * float64(time.Second)), ttlForm.MatchString(a.TTL) && err == nil && seconds <= googleTTL
}

// many reports a message for whoever subscribes.
func (m googleMessage) many() bool { return m.Message.Topic != "" || m.Message.Condition != "" }

func (m googleMessage) tooBig() bool {
	limit, total := googleBytes, 0
	if m.many() {
		limit = topicBytes
	}
	for key := range m.Message.Data {
		total += len(key) + len(m.text(key))
	}
	return total > limit
}

func (m googleMessage) text(key string) string {
	var s string
	if v, ok := m.Message.Data[key]; ok {
		_ = json.Unmarshal(v, &s) // sound checked that it is a string
	}
	return s
}

// payload is the data as a JSON object.
func (m googleMessage) payload() []byte {
	object, err := json.Marshal(m.Message.Data)
	if err != nil {
		return nil // sound refuses what is no string
	}
	return object
}

// alert is what Android shows by itself, nil of a message of data alone.
func (m googleMessage) alert() *googleAlert {
	if a := m.Message.Android; a != nil && a.Notification != nil {
		return a.Notification
	}
	return m.Message.Notification
}

// googleNotice is what Google and the Android app make of a message: the app shows what has a class with something to
// see, under the collapse tag, or the thread's if there is none.
func (s *Services) googleNotice(m googleMessage) notice {
	n := notice{
		kind: push.FCMToken, token: m.Message.Token, id: m.text("n"), thread: m.text("t"), badge: -1,
		step: m.text("a"), sealed: m.text("e") != "", payload: m.payload(), level: "normal",
	}
	if m.Message.FID != "" {
		n.kind, n.token = push.FCMFID, m.Message.FID
	}
	n.tag = orElse(m.text("c"), n.thread)
	if badge, err := strconv.Atoi(m.text("b")); err == nil {
		n.badge = badge
	}
	n.readClass(m.text("x"))
	n.readAndroid(s.now(), m)
	return n
}

// readClass is the app's reading of a class code.
func (n *notice) readClass(code string) {
	n.class = map[string]string{"m": "message", "i": "invite", "e": "emergency", "t": "test"}[code]
	n.words = map[string]string{"m": "N_MSG", "i": "N_INV", "e": "N_EMG", "t": "N_TEST"}[code]
	if n.words != "" {
		n.title, n.extension = "N_T", true // of data alone, the app's own code shows everything
	}
	n.wake = code == "q"
}

// readAndroid takes what decides on the way.
func (n *notice) readAndroid(now time.Time, m googleMessage) {
	a := m.Message.Android
	if lifetime, _ := a.lifetime(); lifetime > 0 {
		n.expires = now.Add(lifetime)
	}
	if a != nil {
		n.collapse = a.CollapseKey
		n.urgent = a.Priority == "high"
	}
	if n.urgent {
		n.level = "high"
	}
	if alert := m.alert(); alert != nil {
		n.title, n.words, n.extension = alert.Title, alert.Body, false
		n.urgent = n.urgent || a == nil || a.Priority == ""
		n.collapse = orElse(n.collapse, "package") // collapsible whether one asks or not
	}
}
