package pushtest_test

import (
	"fmt"
	"testing"
	"time"

	"officermobile/push"
	"officermobile/push/pushtest"
)

// What providers keep for devices that they can't reach.
func TestOfflineStores(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]func(*testing.T, *station){
		"S7 one for each device, the newest":            appleKeepsOne,
		"S7 the expiration is honoured":                 appleExpires,
		"S7 an expiration of 0 is not kept":             appleKeepsNoZero,
		"S7 a collapse id replaces what is shown":       appleCollapses,
		"S7 priority 5 comes with the next 10":          appleBatches,
		"F4 a hundred are kept, one more and all go":    googleDiscards,
		"F4 four collapse keys":                         googleKeys,
		"F4 a ttl of nothing is not kept":               googleKeepsNoZero,
		"F4 a normal message waits while it sleeps":     googleDozes,
		"F4 a notification is collapsible by itself":    googleNotificationsCollapse,
		"F5 high messages without display lose urgency": googleDoubts,
		"W3 the TTL is honoured":                        webExpires,
		"W3 a topic replaces what is kept":              webTopic,
		"W3 low urgency waits while it sleeps":          webUrgency,
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); test(t, newStation(t, pushtest.Options{Seed: 1})) })
	}
}

// want checks what stands on a screen, and what never came.
func (st *station) want(a push.Address, shown string, dropped int) {
	st.t.Helper()
	in := st.inbox(a)
	if got := ids(in); got != shown || in.Dropped != dropped {
		st.t.Errorf("shown %q, dropped %d; want %q, %d", got, in.Dropped, shown, dropped)
	}
}

func appleKeepsOne(t *testing.T, st *station) {
	a, b := st.NewDevice(push.APNs), st.NewDevice(push.APNs)
	st.SetReach(a, pushtest.Offline)
	st.SetReach(b, pushtest.Offline)
	for _, id := range []string{"1", "2", "3"} {
		if status, body := st.iphone(a, alertOf(id)); status != 200 {
			t.Errorf("%d %s", status, body)
		}
	}
	st.iphone(b, alertOf("4"))
	st.want(a, "", 2)
	st.SetReach(a, pushtest.Awake)
	st.SetReach(b, pushtest.Awake)
	st.want(a, "3", 2)
	st.want(b, "4", 0)
	st.SetReach(a, pushtest.Awake)
	st.want(a, "3", 2)
}

func appleExpires(t *testing.T, st *station) {
	a, b := st.NewDevice(push.APNs), st.NewDevice(push.APNs)
	in := func(d time.Duration) string { return fmt.Sprint(time.Now().Add(d).Unix()) }
	for _, d := range []push.Address{a, b} {
		st.SetReach(d, pushtest.Offline)
	}
	st.iphone(a, alertOf("1"), "apns-expiration", in(10*time.Minute))
	st.iphone(b, alertOf("2"), "apns-expiration", in(30*time.Minute))
	st.Advance(20 * time.Minute)
	for _, d := range []push.Address{a, b} {
		st.SetReach(d, pushtest.Awake)
	}
	st.want(a, "", 1)
	st.want(b, "2", 0)
	st.SetReach(b, pushtest.Offline)
	st.iphone(b, alertOf("3")) // Apple keeps nothing longer than 30 days
	st.Advance(31 * 24 * time.Hour)
	st.SetReach(b, pushtest.Awake)
	st.want(b, "2", 1)
}

func appleKeepsNoZero(_ *testing.T, st *station) {
	a := st.NewDevice(push.APNs)
	st.iphone(a, alertOf("1"), "apns-expiration", "0")
	st.SetReach(a, pushtest.Offline)
	st.iphone(a, alertOf("2"), "apns-expiration", "0")
	st.SetReach(a, pushtest.Awake)
	st.want(a, "1", 1)
}

func appleCollapses(t *testing.T, st *station) {
	a := st.NewDevice(push.APNs)
	st.iphone(a, alertOf("1"), "apns-collapse-id", "c")
	st.iphone(a, alertOf("2"))
	st.iphone(a, alertOf("3"), "apns-collapse-id", "c")
	st.want(a, "2 3", 0)
	if in := st.inbox(a); in.Shown[0].Rings != 1 || in.Shown[1].Rings != 2 {
		t.Errorf("%+v", in)
	}
}

func appleBatches(_ *testing.T, st *station) {
	a := st.NewDevice(push.APNs)
	st.SetReach(a, pushtest.Asleep)
	st.iphone(a, alertOf("1"), "apns-priority", "5")
	st.iphone(a, alertOf("2"), "apns-priority", "1")
	st.want(a, "", 0)
	st.iphone(a, alertOf("3"))
	st.want(a, "1 2 3", 0)
	st.iphone(a, alertOf("4"), "apns-priority", "5", "apns-expiration", "0")
	st.iphone(a, alertOf("5"), "apns-priority", "5")
	st.want(a, "1 2 3", 1)
	st.SetReach(a, pushtest.Awake)
	st.want(a, "1 2 3 5", 1)
}

const high = `"priority":"high"`

func googleDiscards(t *testing.T, st *station) {
	a := st.NewDevice(push.FCMToken)
	st.SetReach(a, pushtest.Offline)
	for range 100 {
		st.android(a, high, `,"x":"m"`)
	}
	st.SetReach(a, pushtest.Awake)
	if in := st.inbox(a); len(in.Shown) != 100 || in.Deleted != 0 {
		t.Errorf("of 100: %d shown, deleted %d", len(in.Shown), in.Deleted)
	}
	b := st.NewDevice(push.FCMToken)
	st.SetReach(b, pushtest.Offline)
	st.android(b, high+`,"collapse_key":"k"`, `,"x":"m"`)
	for range 101 {
		st.android(b, high, `,"x":"m"`)
	}
	st.android(b, high, `,"x":"m"`) // comes after what was thrown away
	st.SetReach(b, pushtest.Awake)
	if in := st.inbox(b); ids(in) != "n101 n203" || in.Deleted != 1 || in.Dropped != 101 {
		t.Errorf("of 101: %q shown, deleted %d, dropped %d", ids(in), in.Deleted, in.Dropped)
	}
}

func googleKeys(t *testing.T, st *station) {
	a := st.NewDevice(push.FCMToken)
	st.SetReach(a, pushtest.Offline)
	for i := range 10 {
		st.android(a, fmt.Sprintf(`%s,"collapse_key":"k%d"`, high, i%5), `,"x":"m"`)
	}
	st.SetReach(a, pushtest.Awake)
	if in := st.inbox(a); len(in.Shown) != 4 || in.Dropped != 6 {
		t.Errorf("%q, dropped %d", ids(in), in.Dropped)
	}
}

func googleKeepsNoZero(_ *testing.T, st *station) {
	a := st.NewDevice(push.FCMFID)
	st.android(a, high+`,"ttl":"0s"`, `,"x":"m"`)
	st.SetReach(a, pushtest.Offline)
	st.android(a, high+`,"ttl":"0s"`, `,"x":"m"`)
	st.android(a, high+`,"ttl":"60s"`, `,"x":"m"`)
	st.android(a, high+`,"ttl":"600s"`, `,"x":"m"`)
	st.Advance(5 * time.Minute)
	st.SetReach(a, pushtest.Awake)
	st.want(a, "n1 n4", 2)
}

func googleDozes(_ *testing.T, st *station) {
	a := st.NewDevice(push.FCMToken)
	st.SetReach(a, pushtest.Asleep)
	st.android(a, `"priority":"normal"`, `,"x":"m"`)
	st.android(a, ``, `,"x":"m"`)
	st.want(a, "", 0)
	st.android(a, high, `,"x":"m"`)
	st.want(a, "n1 n2 n3", 0)
}

func googleNotificationsCollapse(t *testing.T, st *station) {
	a := st.NewDevice(push.FCMToken)
	st.SetReach(a, pushtest.Offline)
	for _, text := range []string{"one", "two"} {
		if status, body := st.send(`{"message":{"token":"` + a.Token + `","notification":{"title":"T","body":"` + text + `"}}}`); status != 200 {
			t.Fatal(body)
		}
	}
	st.SetReach(a, pushtest.Awake)
	in := st.inbox(a)
	if len(in.Shown) != 1 || in.Shown[0].Text != "two" || in.Shown[0].Title != "T" || in.Shown[0].Extension {
		t.Errorf("%+v", in)
	}
}

func googleDoubts(t *testing.T, st *station) {
	a := st.NewDevice(push.FCMToken)
	st.SetReach(a, pushtest.Asleep)
	for range 10 {
		st.android(a, high, `,"x":"q"`)
	}
	st.android(a, high, `,"x":"m"`)
	if in := st.inbox(a); len(in.Shown) != 1 || in.LosesUrgency {
		t.Errorf("after ten: %+v", in)
	}
	st.android(a, high, `,"x":"q"`)
	st.android(a, high, `,"x":"e"`)
	if in := st.inbox(a); len(in.Shown) != 1 || !in.LosesUrgency {
		t.Errorf("after eleven: %+v", in)
	}
	st.Advance(8 * 24 * time.Hour)
	st.newGrant()
	st.android(a, high, `,"x":"m"`)
	if in := st.inbox(a); len(in.Shown) != 3 || in.LosesUrgency {
		t.Errorf("a week later: %+v", in)
	}
}

// web is what the service worker reads.
func web(id string) string { return `{"v":1,"n":"` + id + `","x":"m","b":1}` }

func webExpires(t *testing.T, st *station) {
	a := st.NewDevice(push.WebPush)
	st.SetReach(a, pushtest.Offline)
	for id, ttl := range map[string]string{"1": "60", "2": "0", "3": "3600"} {
		if status, body := st.browser(a, web(id), "TTL", ttl); status != 201 {
			t.Errorf("%s: %d %s", ttl, status, body)
		}
	}
	st.Advance(2 * time.Minute)
	st.SetReach(a, pushtest.Awake)
	st.want(a, "3", 2)
}

func webTopic(_ *testing.T, st *station) {
	a := st.NewDevice(push.WebPush)
	st.SetReach(a, pushtest.Offline)
	st.browser(a, web("1"), "Topic", "t")
	st.browser(a, web("2"), "Topic", "u")
	st.browser(a, web("3"), "Topic", "t")
	st.SetReach(a, pushtest.Awake)
	st.want(a, "2 3", 1)
}

func webUrgency(_ *testing.T, st *station) {
	a := st.NewDevice(push.WebPush)
	st.SetReach(a, pushtest.Asleep)
	st.browser(a, web("1"), "Urgency", "low")
	st.want(a, "", 0)
	st.browser(a, web("2"), "Urgency", "high")
	st.want(a, "1 2", 0)
}
