package pushtest_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/golang-jwt/jwt/v5"

	"officermobile/push"
	"officermobile/push/pushtest"
)

// What an officer sees, and what the registry knows of devices.
func TestDevices(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]func(*testing.T, *station){
		"S6 uninstalled at a time":                  uninstalled,
		"S6 another environment":                    environment,
		"S6 another app's":                          foreign,
		"S6 told to slow down":                      throttled,
		"S9 the words of the app":                   words,
		"S9 the extension runs for mutable alerts":  extension,
		"S9 sealed content opens on its own device": sealed,
		"S9 badges and wake-ups":                    badges,
		"S9 who watches sees each arrival":          watching,
		"W2 opens with the subscription's keys":     opens,
		"W2 what does not open is not shown":        shut,
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); test(t, newStation(t, pushtest.Options{})) })
	}
}

func uninstalled(t *testing.T, st *station) {
	a := st.NewDevice(push.APNs)
	at := st.Time().Add(time.Hour).Truncate(time.Millisecond)
	st.Register(a, pushtest.Uninstalled, at)
	if status, body := st.iphone(a, alertOf("1")); status != 200 {
		t.Errorf("before: %d %s", status, body)
	}
	st.Advance(30 * time.Minute)
	st.Register(a, pushtest.Uninstalled, st.Time().Add(-time.Minute).Truncate(time.Millisecond))
	want := fmt.Sprintf(`{"reason":"Unregistered","timestamp":%d}`, st.Time().Add(-time.Minute).UnixMilli())
	status, body := st.iphone(a, alertOf("2"))
	if status != 410 || len(body) != len(want) || body[:len(want)-6] != want[:len(want)-6] {
		t.Errorf("after: %d %s, want about %s", status, body, want)
	}
	st.want(a, "1", 0)
}

func environment(t *testing.T, st *station) {
	a := st.NewAddress(push.APNs)
	a.Environment = push.Sandbox
	st.Register(a, pushtest.Live, time.Time{})
	if status, body := st.iphone(a, alertOf("1")); status != 400 || body != `{"reason":"BadDeviceToken"}` {
		t.Errorf("%d %s", status, body)
	}
}

func foreign(t *testing.T, st *station) {
	a := st.NewAddress(push.APNs)
	a.App = "org.example.another"
	st.Register(a, pushtest.Live, time.Time{})
	if status, body := st.iphone(a, alertOf("1")); status != 400 || body != `{"reason":"DeviceTokenNotForTopic"}` {
		t.Errorf("%d %s", status, body)
	}
}

func throttled(t *testing.T, st *station) {
	for kind, want := range map[push.AddressKind]string{push.APNs: "TooManyRequests", push.FCMToken: "QUOTA_EXCEEDED"} {
		a := st.NewAddress(kind)
		st.Register(a, pushtest.Throttled, time.Time{})
		ring := func() (int, string) { return st.iphone(a, alertOf("1")) }
		if kind != push.APNs {
			ring = func() (int, string) { return st.android(a, high, ``) }
		}
		if status, body := ring(); status != 429 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s", kind, status, body)
		}
	}
}

func words(t *testing.T, st *station) {
	a, b := st.NewDevice(push.APNs), st.NewDevice(push.FCMToken)
	st.iphone(a, alertOf("1"))
	st.android(b, high, `,"x":"e","t":"thread"`)
	one, two := st.inbox(a).Shown[0], st.inbox(b).Shown[0]
	if one.Title != "Officer Mobile" || one.Text != "You have a new message" || one.Words != "N_MSG" {
		t.Errorf("iPhone: %+v", one)
	}
	if two.Title != "Officer Mobile" || two.Text != "Urgent: please acknowledge" || two.Class != "emergency" || two.Thread != "thread" {
		t.Errorf("Android: %+v", two)
	}
	c := st.NewDevice(push.FCMToken)
	st.iphone(a, `{"aps":{"alert":{"title-loc-key":"N_T","loc-key":"N_TEST"},"category":"TEST"},"n":"2"}`)
	st.android(c, high, `,"x":"t"`)
	for _, d := range []push.Address{a, c} {
		all := st.inbox(d).Shown
		if last := all[len(all)-1]; last.Class != "test" || last.Words != "N_TEST" || last.Text != "This is a test" {
			t.Errorf("a test on a device of %s: %+v", d.Kind, last)
		}
	}
}

func extension(t *testing.T, st *station) {
	a := st.NewDevice(push.APNs)
	for _, c := range []struct {
		aps  string
		runs bool
	}{
		{`{"alert":{"loc-key":"N_MSG"},"mutable-content":1}`, true},
		{`{"alert":{"loc-key":"N_MSG"}}`, false},
		{`{"alert":"plain","mutable-content":1}`, true},
	} {
		st.iphone(a, `{"aps":`+c.aps+`,"n":"1"}`)
		shown := st.inbox(a).Shown
		if got := shown[len(shown)-1].Extension; got != c.runs {
			t.Errorf("%s: it runs %v, want %v", c.aps, got, c.runs)
		}
	}
	st.iphone(a, `{"aps":{"badge":1,"mutable-content":1},"n":"1"}`)
	if got := len(st.inbox(a).Shown); got != 3 {
		t.Errorf("%d shown: a badge is nothing to see", got)
	}
}

func sealed(t *testing.T, st *station) {
	own, other := st.NewDevice(push.APNs), st.NewDevice(push.APNs)
	open := func(secret string) pushtest.Unseal {
		return func(payload []byte) (string, string, error) {
			var m struct{ N, K, E string }
			if err := json.Unmarshal(payload, &m, json.MatchCaseInsensitiveNames(true)); err != nil || m.E != secret {
				return "", "", errors.New("not for this device")
			}
			return "Dan Wu", m.N + " under " + m.K, nil
		}
	}
	st.OnSealed(own, open("box"))
	st.OnSealed(other, open("another"))
	const aps = `{"alert":{"title-loc-key":"N_T","loc-key":"N_MSG"},"mutable-content":1}`
	for _, a := range []push.Address{own, other, st.NewDevice(push.APNs)} {
		st.iphone(a, `{"aps":`+aps+`,"n":"7","k":"key","e":"box"}`)
		got := st.inbox(a).Shown[0]
		want := pushtest.Shown{Title: "Officer Mobile", Text: "You have a new message"}
		if a.Token == own.Token {
			want = pushtest.Shown{Title: "Dan Wu", Text: "7 under key", Opened: true}
		}
		if got.Title != want.Title || got.Text != want.Text || got.Opened != want.Opened || !got.Sealed {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	for _, a := range []push.Address{st.NewDevice(push.FCMFID), st.NewDevice(push.WebPush)} {
		st.OnSealed(a, open("box"))
		if a.Kind == push.WebPush {
			st.browser(a, `{"v":1,"n":"9","x":"m","k":"key","e":"box"}`)
		} else {
			st.android(a, high, `,"x":"m","k":"key","e":"box"`)
		}
		if got := st.inbox(a).Shown[0]; !got.Opened || got.Title != "Dan Wu" || got.Text != got.Notification+" under key" {
			t.Errorf("%s: %+v", a.Kind, got)
		}
	}
	st.iphone(own, `{"aps":{"alert":{"title-loc-key":"N_T","loc-key":"N_MSG"}},"n":"8","k":"key","e":"box"}`)
	if got := st.inbox(own).Shown[1]; got.Opened || got.Text != "You have a new message" {
		t.Errorf("without the extension: %+v", got)
	}
}

func badges(t *testing.T, st *station) {
	a := st.NewDevice(push.APNs)
	st.iphone(a, `{"aps":{"badge":4},"n":"1"}`, "apns-priority", "5")
	st.iphone(a, `{"aps":{"content-available":1},"n":"2"}`, "apns-push-type", "background", "apns-priority", "5")
	if in := st.inbox(a); in.Badge != 4 || in.Wakes != 1 || len(in.Shown) != 0 {
		t.Errorf("%+v", in)
	}
	st.iphone(a, `{"aps":{"badge":0},"n":"3"}`)
	if in := st.inbox(a); in.Badge != 0 {
		t.Errorf("%+v", in)
	}
}

func watching(t *testing.T, st *station) {
	a := st.NewDevice(push.APNs)
	st.Name(a, "Olga Diaz")
	seen := make(chan pushtest.View)
	go func() { seen <- st.Watch(t.Context(), 0) }()
	st.iphone(a, alertOf("1"), "apns-collapse-id", "c")
	v := <-seen
	if v.Next != 1 || len(v.Arrivals) != 1 || v.Arrivals[0].Phone != "Olga Diaz" || v.Arrivals[0].Shown.Text != "You have a new message" {
		t.Fatalf("%+v", v)
	}
	st.iphone(a, alertOf("2"), "apns-collapse-id", "c")
	v = st.Watch(t.Context(), v.Next)
	if len(v.Arrivals) != 1 || v.Arrivals[0].N != 2 || v.Arrivals[0].Shown.Rings != 2 || len(v.Phones) != 1 || ids(v.Phones[0].Inbox) != "2" {
		t.Errorf("%+v", v)
	}
}

func opens(t *testing.T, st *station) {
	a := st.NewDevice(push.WebPush)
	if status, body := st.browser(a, web("1")); status != 201 {
		t.Fatalf("%d %s", status, body)
	}
	if got := st.inbox(a); ids(got) != "1" || got.Shown[0].Text != "You have a new message" || got.Badge != 1 {
		t.Errorf("%+v", got)
	}
}

func shut(t *testing.T, st *station) {
	a, other := st.NewDevice(push.WebPush), st.NewDevice(push.WebPush)
	wrong := a
	wrong.Keys = other.Keys
	if status, body := st.browser(wrong, web("1")); status != 201 {
		t.Errorf("the service can't know: %d %s", status, body)
	}
	if got := st.inbox(a); len(got.Shown) != 0 {
		t.Errorf("%+v", got)
	}
}

// stranger is another server: its key is sound, and no subscription was made with it.
func stranger(t *testing.T, s *pushtest.Services) *pushtest.Services {
	t.Helper()
	other := start(t, pushtest.Options{})
	if other.Config().Web.PublicKey == s.Config().Web.PublicKey {
		t.Fatal("two servers with one key")
	}
	return other
}

// The rules of a browser's service.
func TestBrowserRules(t *testing.T) {
	t.Parallel()
	st := newStation(t, pushtest.Options{})
	day := func(d time.Duration) func(*jwt.Token) { return claim("exp", time.Now().Add(d).Unix()) }
	signed := func(change func(*jwt.Token)) []string {
		return []string{"Authorization", vapid(t, st.Services, change)}
	}
	for _, c := range []struct {
		name    string
		headers []string
		status  int
	}{
		{"W1 sound", nil, 201},
		{"W1 a subject on the web", signed(claim("sub", "https://example.org/push")), 201},
		{"W1 no token", []string{"Authorization", ""}, 403},
		{"W1 another audience", signed(claim("aud", "https://push.example.org")), 403},
		{"W1 over", signed(day(-time.Minute)), 403},
		{"W1 longer than a day", signed(day(25 * time.Hour)), 403},
		{"W1 without end", signed(func(tok *jwt.Token) { delete(tok.Claims.(jwt.MapClaims), "exp") }), 403},
		{"W1 a subject that is nobody", signed(claim("sub", "push")), 403},
		{"W1 a key that is not one", []string{"Authorization", strings.Replace(st.vapid, "k=B", "k=A", 1)}, 403},
		{"W1 another server's key", []string{"Authorization", vapid(t, stranger(t, st.Services), claim("aud", st.Config().Web.URL))}, 403},
		{"W3 no TTL", []string{"TTL", ""}, 400},
		{"W3 a TTL before now", []string{"TTL", "-1"}, 400},
		{"W3 urgency", []string{"Urgency", "loud"}, 400},
		{"W3 topic of 33", []string{"Topic", strings.Repeat("x", 33)}, 400},
		{"W3 another coding", []string{"Content-Encoding", "aesgcm"}, 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := st.NewDevice(push.WebPush)
			if status, body := st.browser(a, web("1"), c.headers...); status != c.status {
				t.Errorf("got %d %s, want %d", status, body, c.status)
			}
			if got := len(st.inbox(a).Shown); (got == 1) != (c.status == 201) {
				t.Errorf("%d shown", got)
			}
		})
	}
	for name, c := range map[string]struct {
		state  pushtest.State
		status int
	}{
		"W3 gone": {pushtest.Uninstalled, 410}, "W3 never was": {pushtest.Unknown, 404}, "W3 slow down": {pushtest.Throttled, 429},
		"W1 the subscription is bound to another key": {pushtest.Foreign, 403},
	} {
		t.Run(name, func(t *testing.T) {
			a := st.NewAddress(push.WebPush)
			st.Register(a, c.state, time.Time{})
			if status, body := st.browser(a, web("1")); status != c.status {
				t.Errorf("got %d %s, want %d", status, body, c.status)
			}
		})
	}
	t.Run("W3 too large", func(t *testing.T) {
		if status, _ := st.browser(st.NewDevice(push.WebPush), strings.Repeat("x", 4080)); status != 413 {
			t.Errorf("got %d", status)
		}
	})
}
