package push_test

import (
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"officermobile/models/record"
	"officermobile/push"
)

var update = flag.Bool("update", false, "write the golden files")

var (
	iphone  = push.Address{Kind: push.APNs, Token: strings.Repeat("ab", 32), App: "org.example.officer", Environment: push.Production}
	android = push.Address{Kind: push.FCMToken, Token: "dPLh2xY0Q0a:APA91bTokenOfADevice", App: "org.example.officer"}
	tablet  = push.Address{Kind: push.WebPush, Token: "https://fcm.googleapis.com/fcm/send/abc:APA91b"}
	install = push.Address{Kind: push.FCMFID, Token: "fKx7Q2h8T0aZb3cDe5fGhI"}
)

func note(change func(*push.Notification)) push.Notification {
	conversation := record.UUID{0x01, 0x9a, 15: 0x42}
	n := push.Notification{
		ID: record.UUID{0x01, 0x9b, 15: 0x07}, Class: push.Message, Badge: 7,
		ThreadTag: push.TagOf(push.DeviceSecret{1}, conversation), CollapseTag: push.TagOf(push.DeviceSecret{1}, conversation),
		Signature: strings.Repeat("k", 11) + "." + strings.Repeat("s", 86),
	}
	change(&n)
	return n
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for name, n := range map[string]push.Notification{
		"message":   note(func(*push.Notification) {}),
		"invite":    note(func(n *push.Notification) { n.Class = push.Invite }),
		"test":      note(func(n *push.Notification) { n.Test = true }),
		"typed":     note(func(n *push.Notification) { n.Class, n.Typed = push.Invite, true }),
		"emergency": note(func(n *push.Notification) { n.Class, n.CollapseTag = push.Emergency, "emergency-tag-01" }),
		"step":      note(func(n *push.Notification) { n.Class, n.Attempt = push.Emergency, 2 }),
		"passive":   note(func(n *push.Notification) { n.Passive = true }),
		"badge":     note(func(n *push.Notification) { n.Class, n.Badge = push.Quiet, 0 }),
		"wake":      note(func(n *push.Notification) { n.Class, n.Wake = push.Quiet, true }),
		"sealed":    note(func(n *push.Notification) { n.Sealed = push.Sealed{KeyID: "k1", Box: []byte("<&>sealed")} }),
	} {
		n.Address = iphone
		req, err := push.BuildAPNs(n)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "apns-"+name, fmt.Sprintf("%s %d %q\n%s\n", req.PushType, req.Priority, req.CollapseID, req.Body))
		n.Address = android
		body, err := push.BuildFCM(n, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "fcm-"+name, string(body)+"\n")
		n.Address = tablet
		if body, err = push.BuildWebPush(n); err != nil {
			t.Fatal(err)
		}
		golden(t, "web-"+name, string(body)+"\n")
	}
	n := note(func(n *push.Notification) { n.Address = install })
	body, err := push.BuildFCM(n, 0)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "fcm-fid", string(body)+"\n")
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

// A phone forgives few high-priority messages that show nothing, and none that a background push of Apple's shows.
func TestPriorities(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		change   func(*push.Notification)
		priority string // of FCM
		pushType string // of APNs
		apple    int
	}{
		{"R41 a message is high", func(*push.Notification) {}, "high", "alert", 10},
		{"R41 an emergency is high", func(n *push.Notification) { n.Class = push.Emergency }, "high", "alert", 10},
		{"R41 what is shown without waking the screen is not", func(n *push.Notification) { n.Passive = true }, "normal", "alert", 5},
		{"R41 a badge is not", func(n *push.Notification) { n.Class = push.Quiet }, "normal", "alert", 5},
		{"R40 what only wakes is in the background, at 5", func(n *push.Notification) { n.Class, n.Wake = push.Quiet, true }, "normal", "background", 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := note(c.change)
			n.Address = android
			body, err := push.BuildFCM(n, time.Hour)
			if err != nil || !strings.Contains(string(body), `"priority":"`+c.priority+`"`) {
				t.Errorf("FCM gets %s, %v", body, err)
			}
			n.Address = iphone
			req, err := push.BuildAPNs(n)
			if err != nil || req.PushType != c.pushType || req.Priority != c.apple {
				t.Errorf("APNs gets %s at %d, %v", req.PushType, req.Priority, err)
			}
			if background := c.pushType == "background"; strings.HasPrefix(string(req.Body), `{"aps":{"content-available":1},`) != background {
				t.Errorf("the body is %s", req.Body)
			}
		})
	}
}

func TestTagOf(t *testing.T) {
	t.Parallel()
	conversation := record.UUID{5}
	tag := push.TagOf(push.DeviceSecret{1}, conversation)
	if len(tag) != 16 || tag != push.TagOf(push.DeviceSecret{1}, conversation) {
		t.Errorf("got %q", tag)
	}
	if tag == push.TagOf(push.DeviceSecret{2}, conversation) {
		t.Error("two devices share a tag")
	}
	if tag == push.TagOf(push.DeviceSecret{1}, record.UUID{6}) {
		t.Error("two conversations share a tag")
	}
}

func TestLifetime(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name    string
		class   push.Class
		expires time.Time
		want    time.Duration
	}{
		{"an hour", push.Message, now.Add(time.Hour + time.Millisecond), time.Hour},
		{"over", push.Emergency, now.Add(-time.Second), 0},
		{"now", push.Message, now, 0},
		{"never said", push.Message, time.Time{}, 0},
		{"quiet", push.Quiet, now.Add(time.Hour), 0},
		{"a year", push.Message, now.Add(365 * 24 * time.Hour), 28 * 24 * time.Hour},
	} {
		n := push.Notification{Class: c.class, Expires: c.expires}
		if got := n.Lifetime(now); got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// sizes build a notification for each provider and answer how many bytes went onto the wire, or would have.
func sizes(n push.Notification) map[push.AddressKind]func() (int, error) {
	at := func(a push.Address) push.Notification { n.Address = a; return n }
	return map[push.AddressKind]func() (int, error){
		push.APNs: func() (int, error) {
			r, err := push.BuildAPNs(at(iphone))
			return len(r.Body), err
		},
		push.FCMToken: func() (int, error) {
			body, err := push.BuildFCM(at(android), time.Hour)
			return len(body), err
		},
		push.WebPush: func() (int, error) {
			body, err := push.BuildWebPush(at(tablet))
			return len(body), err
		},
	}
}

func TestSizeLimit(t *testing.T) {
	t.Parallel()
	limits := map[push.AddressKind]int{push.APNs: push.MaxAPNsBytes, push.FCMToken: push.MaxFCMBytes, push.WebPush: push.MaxWebBytes}
	t.Run("R34 the limit is on the wire's bytes, and holds to the byte at each provider", func(t *testing.T) {
		t.Parallel()
		for kind, limit := range limits {
			most := 0
			for box := 2400; box < 3200; box++ {
				n := note(func(n *push.Notification) { n.Sealed = push.Sealed{KeyID: "k", Box: []byte(strings.Repeat("<", box))} })
				size, err := sizes(n)[kind]()
				switch {
				case err == nil:
					most = max(most, size)
				case !errors.Is(err, push.ErrTooLarge) || size > 0:
					t.Fatalf("%s: a box of %d bytes: %d, %v", kind, box, size, err)
				}
			}
			if most > limit || most < limit-2 { // two: base64 grows by one or two characters a byte
				t.Errorf("%s: the largest that leaves has %d bytes, of %d", kind, most, limit)
			}
		}
	})
	t.Run("R34 the largest box that is ever sealed fits everywhere", func(t *testing.T) {
		t.Parallel()
		n := note(func(n *push.Notification) {
			n.Class, n.Badge, n.CollapseTag = push.Emergency, 1<<31, "emergency-tag-01"
			n.Sealed = push.Sealed{KeyID: strings.Repeat("k", 11), Box: make([]byte, 2048+81)}
		})
		for kind, size := range sizes(n) {
			if bytes, err := size(); err != nil || bytes > limits[kind] {
				t.Errorf("%s: %d bytes, %v", kind, bytes, err)
			}
		}
	})
	for name, change := range map[string]func(n *push.Notification, text string){
		"key id": func(n *push.Notification, text string) { n.Sealed.KeyID = text }, "signature": func(n *push.Notification, text string) { n.Signature = text },
		"thread": func(n *push.Notification, text string) { n.ThreadTag = push.Tag(text) }, "collapse": func(n *push.Notification, text string) { n.CollapseTag = push.Tag(text) },
		"sealed": func(n *push.Notification, text string) { n.Sealed = push.Sealed{KeyID: "k", Box: []byte(text)} },
	} {
		t.Run("R34 nothing is in the "+name+" that JSON may write longer", func(t *testing.T) {
			t.Parallel()
			for _, text := range []string{"<>&<>&<>&<>&<>&<", `"\"\"\"\"\"\"\"\"`, "\u2028\u2028\u2028\u2028\u20281", "éééééééé"} {
				n := note(func(n *push.Notification) { change(n, text) })
				for kind, size := range sizes(n) {
					if bytes, err := size(); name != "sealed" && !errors.Is(err, push.ErrMalformed) || name == "sealed" && (err != nil || bytes > 400) {
						t.Errorf("%s: %q makes %d bytes, %v", kind, text, bytes, err)
					}
				}
			}
		})
	}
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*push.Notification)
	}{
		{"no id", func(n *push.Notification) { n.ID = record.UUID{} }},
		{"no class", func(n *push.Notification) { n.Class = 0 }},
		{"class 9", func(n *push.Notification) { n.Class = 9 }},
		{"negative badge", func(n *push.Notification) { n.Badge = -1 }},
		{"negative attempt", func(n *push.Notification) { n.Attempt = -1 }},
		{"a conversation's id for a thread", func(n *push.Notification) { n.ThreadTag = push.Tag(record.UUID{1}.String()) }},
		{"words for a collapse tag", func(n *push.Notification) { n.CollapseTag = "Sgt. Miller at 5" }},
		{"words for a signature", func(n *push.Notification) { n.Signature = "signed: Sgt. Miller" }},
		{"words for a key id", func(n *push.Notification) { n.Sealed.KeyID = "car 12" }},
		{"no token", func(n *push.Notification) { n.Address.Token = "" }},
		{"a query in the token", func(n *push.Notification) { n.Address.Token += "?x" }},
	} {
		for _, a := range []push.Address{iphone, android, install} {
			n := note(func(n *push.Notification) { n.Address = a })
			c.change(&n)
			var err error
			if a.Kind == push.APNs {
				_, err = push.BuildAPNs(n)
			} else {
				_, err = push.BuildFCM(n, 0)
			}
			if !errors.Is(err, push.ErrMalformed) {
				t.Errorf("%s for %s: %v", c.name, a.Kind, err)
			}
			if err != nil && n.Address.Token != "" && strings.Contains(err.Error(), n.Address.Token) {
				t.Errorf("%s: the error quotes the token", c.name)
			}
		}
	}
}

// Neither a body nor anything printed of an address tells what it must not.
func TestCanary(t *testing.T) {
	t.Parallel()
	t.Run("R51 nothing that is built or printed of a notification holds a token or an id", canary)
}

func canary(t *testing.T) {
	conversation := record.UUID([]byte("CANARY-CONVERSAT"))
	var secret push.DeviceSecret
	copy(secret[:], "CANARY-SECRET")
	address := push.Address{Kind: push.APNs, Token: strings.Repeat("ca", 32)}
	n := note(func(n *push.Notification) {
		n.Address, n.ThreadTag, n.CollapseTag = address, push.TagOf(secret, conversation), push.TagOf(secret, conversation)
	})
	req, err := push.BuildAPNs(n)
	if err != nil {
		t.Fatal(err)
	}
	n.Address.Kind = push.FCMToken
	body, err := push.BuildFCM(n, 0)
	if err != nil {
		t.Fatal(err)
	}
	sent := string(req.Body) + req.CollapseID + string(body)
	for _, canary := range []string{"CANARY", conversation.String(), conversation.Hex()} {
		if strings.Contains(sent, canary) {
			t.Errorf("%s is in %s", canary, sent)
		}
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("send", "to", address)
	printed := fmt.Sprintf("%v %+v %#v %s %+v", address, address, address, address, n) + log.String()
	if strings.Contains(printed, address.Token) {
		t.Errorf("a token is in %s", printed)
	}
}

func TestSuspect(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		r    push.Result
		want bool
	}{
		{push.Result{Outcome: push.TokenDead, Reason: "BadDeviceToken"}, true},
		{push.Result{Outcome: push.TokenDead, Reason: "SENDER_ID_MISMATCH"}, true},
		{push.Result{Outcome: push.TokenDead, Reason: "Unregistered"}, false},
		{push.Result{Outcome: push.TokenDead, Reason: "UNREGISTERED"}, false},
		{push.Result{Outcome: push.TokenDead, Reason: "ExpiredToken"}, false},
		{push.Result{Outcome: push.OurBug, Reason: "BadPriority"}, false},
	} {
		if got := c.r.Suspect(); got != c.want {
			t.Errorf("%+v: got %v", c.r, got)
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		push.Accepted.String(): "accepted", push.Limited.String(): "limited", push.Outcome(0).String(): "none", push.Outcome(99).String(): "none",
		push.Emergency.String(): "emergency", push.Quiet.String(): "quiet", push.Class(99).String(): "none",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
