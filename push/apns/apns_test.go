package apns_test

import (
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"officermobile/clock"
	"officermobile/models/record"
	"officermobile/push"
	"officermobile/push/apns"
	"officermobile/push/pushtest"
	"officermobile/push/pushtest/conformance"
)

func options(c pushtest.Config) apns.Options {
	return apns.Options{
		Environment: c.APNs.Environment, KeyID: c.APNs.KeyID, TeamID: c.APNs.TeamID, Key: c.APNs.Key,
		TestURL: c.APNs.URL, TestRoots: c.Roots(),
	}
}

func open(t *testing.T, o apns.Options) *apns.Sender {
	t.Helper()
	s, err := apns.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func start(t *testing.T) *pushtest.Services {
	t.Helper()
	s, err := pushtest.Start(pushtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func note(a push.Address) push.Notification {
	return push.Notification{ID: record.UUID{1}, Address: a, Class: push.Message}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	conformance.Run(t, conformance.Provider{
		Name: pushtest.Apple, Kind: push.APNs, Status: 200, Busy: "ServiceUnavailable",
		Auth:   pushtest.Fault{Status: 403, Reason: "InvalidProviderToken"},
		Config: pushtest.Fault{Status: 400, Reason: "TopicDisallowed"},
		New: func(t *testing.T, c pushtest.Config, timeout time.Duration) conformance.Closer {
			o := options(c)
			o.Timeout = timeout
			return open(t, o)
		},
	})
}

func TestWire(t *testing.T) {
	t.Parallel()
	services := start(t)
	sender := open(t, options(services.Config()))
	expires := time.Now().Add(time.Hour)
	n := note(services.NewDevice(push.APNs))
	n.Expires, n.ThreadTag, n.CollapseTag = expires, "0123456789abcdef", "fedcba9876543210"
	for _, c := range []struct {
		name   string
		change func(*push.Notification)
		want   map[string]string
	}{
		{"message", func(*push.Notification) {}, map[string]string{
			"apns-push-type": "alert", "apns-priority": "10", "apns-topic": n.Address.App, "apns-collapse-id": "fedcba9876543210",
			"apns-id": apns.MessageID(n.ID, 0),
		}},
		{"R33 no expiry is 0 on the wire", func(n *push.Notification) { n.Expires = time.Time{} }, map[string]string{"apns-expiration": "0"}},
		{"R33 what has expired is 0 on the wire", func(n *push.Notification) { n.Expires = time.Unix(1, 0) }, map[string]string{"apns-expiration": "0"}},
		{"second step", func(n *push.Notification) { n.Attempt = 1 }, map[string]string{"apns-id": apns.MessageID(n.ID, 1)}},
		{"passive", func(n *push.Notification) { n.Passive = true }, map[string]string{"apns-priority": "5"}},
		{"R40 a background push has priority 5 and wakes alone", func(n *push.Notification) { n.Class, n.Wake = push.Quiet, true }, map[string]string{
			"apns-push-type": "background", "apns-priority": "5", "apns-expiration": "0", "apns-collapse-id": "",
		}},
		{"badge", func(n *push.Notification) { n.Class = push.Quiet }, map[string]string{"apns-push-type": "alert", "apns-priority": "5"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := n
			c.change(&n)
			before := len(services.Journal(0))
			if got := sender.Send(t.Context(), n); got.Outcome != push.Accepted {
				t.Fatalf("%+v", got)
			}
			e := services.Journal(before)[0]
			for name, want := range c.want {
				if got, said := e.Header[name]; got != want || said != (want != "") {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			built, err := push.BuildAPNs(n)
			if err != nil || e.Body != string(built.Body) {
				t.Errorf("sent %s, built %s (%v)", e.Body, built.Body, err)
			}
		})
	}
	t.Run("expiry", func(t *testing.T) {
		before := len(services.Journal(0))
		sender.Send(t.Context(), n)
		sent := services.Journal(before)[0].Header["apns-expiration"]
		if left := time.Until(unix(t, sent)); left < 50*time.Minute || left > time.Hour {
			t.Errorf("expires in %v, want about an hour", left)
		}
	})
}

// A rehearsal's hour is a minute to Apple.
func TestExpiryOnAFastClock(t *testing.T) {
	t.Parallel()
	services := start(t)
	o := options(services.Config())
	o.Clock = clock.Scaled(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), 60)
	n := note(services.NewDevice(push.APNs))
	n.Expires = o.Clock.Now().Add(24 * time.Hour)
	if got := open(t, o).Send(t.Context(), n); got.Outcome != push.Accepted {
		t.Fatalf("got %+v", got)
	}
	left := time.Until(unix(t, services.Journal(0)[0].Header["apns-expiration"]))
	if left < 10*time.Minute || left > 24*time.Minute {
		t.Errorf("a day at 60 times the pace is kept for %v, want about 24 minutes", left)
	}
}

func unix(t *testing.T, text string) time.Time {
	t.Helper()
	d, err := time.ParseDuration(text + "s")
	if err != nil {
		t.Fatal(err)
	}
	return time.Unix(int64(d/time.Second), 0)
}

func TestDeadSinceKeepsMilliseconds(t *testing.T) {
	t.Parallel()
	services := start(t)
	a := services.NewAddress(push.APNs)
	died := time.UnixMilli(1_700_000_000_987).UTC()
	services.Register(a, pushtest.Uninstalled, died)
	got := open(t, options(services.Config())).Send(t.Context(), note(a))
	want := push.Result{Outcome: push.TokenDead, Status: 410, Reason: "Unregistered", DeadSince: died}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestOtherEnvironment(t *testing.T) {
	t.Parallel()
	services := start(t)
	a := services.NewAddress(push.APNs)
	a.Environment = push.Sandbox
	services.Register(a, pushtest.Live, time.Time{})
	sender := open(t, options(services.Config()))
	if got := sender.Send(t.Context(), note(a)); got.Reason != push.ReasonWrongSender || len(services.Journal(0)) != 0 {
		t.Errorf("a sandbox token through production: %+v", got)
	}
	a.Environment = push.Production // as a phone that reports the wrong one
	if got := sender.Send(t.Context(), note(a)); got.Reason != "BadDeviceToken" || !got.Suspect() {
		t.Errorf("mislabelled: %+v", got)
	}
}

func TestLostConnectionIsDropped(t *testing.T) {
	t.Parallel()
	for reason, status := range map[string]int{"TooManyProviderTokenUpdates": 429, "Shutdown": 503, "IdleTimeout": 400} {
		services := start(t)
		sender := open(t, options(services.Config()))
		a := services.NewDevice(push.APNs)
		services.Script(pushtest.Fault{Status: status, Reason: reason})
		sender.Send(t.Context(), note(a))
		if got := sender.Send(t.Context(), note(a)); got.Outcome != push.Accepted {
			t.Errorf("%s: afterwards %+v", reason, got)
		}
		if j := services.Journal(0); j[0].Connection == j[1].Connection {
			t.Errorf("%s: the connection was used again", reason)
		}
	}
}

func TestForeignCertificate(t *testing.T) {
	t.Parallel()
	services := start(t)
	o := options(services.Config())
	o.TestRoots = x509.NewCertPool()
	got := open(t, o).Send(t.Context(), note(services.NewDevice(push.APNs)))
	if want := (push.Result{Outcome: push.ConfigTrouble, Reason: push.ReasonCertificate}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	good := options(start(t).Config())
	for _, c := range []struct {
		name   string
		change func(*apns.Options)
	}{
		{"R38 a host of anybody's", func(o *apns.Options) { o.TestURL, o.TestRoots = "https://push.example.org", nil }},
		{"a test host without roots", func(o *apns.Options) { o.TestRoots = nil }},
		{"roots without a test host", func(o *apns.Options) { o.TestURL = "" }},
		{"plain http", func(o *apns.Options) { o.TestURL = strings.Replace(o.TestURL, "https", "http", 1) }},
		{"a path", func(o *apns.Options) { o.TestURL += "/3" }},
		{"no environment", func(o *apns.Options) { o.Environment = "" }},
		{"no key id", func(o *apns.Options) { o.KeyID = "" }},
		{"no team", func(o *apns.Options) { o.TeamID = "" }},
		{"no key", func(o *apns.Options) { o.Key = nil }},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := good
			c.change(&o)
			if _, err := apns.New(o); err == nil {
				t.Error("it was taken")
			}
		})
	}
	o := good
	o.TestURL, o.TestRoots = "", nil
	if _, err := apns.New(o); err != nil {
		t.Errorf("Apple's own host: %v", err)
	}
}
