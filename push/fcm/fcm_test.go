package fcm_test

import (
	"bytes"
	"crypto/x509"
	"strings"
	"sync"
	"testing"
	"time"

	"officermobile/models/record"
	"officermobile/push"
	"officermobile/push/fcm"
	"officermobile/push/pushtest"
	"officermobile/push/pushtest/conformance"
)

func options(c pushtest.Config) fcm.Options {
	return fcm.Options{ServiceAccount: c.FCM.ServiceAccount, TestURL: c.FCM.URL, TestRoots: c.Roots()}
}

func open(t *testing.T, o fcm.Options) *fcm.Sender {
	t.Helper()
	s, err := fcm.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func start(t *testing.T, o pushtest.Options) *pushtest.Services {
	t.Helper()
	s, err := pushtest.Start(o)
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
	for _, kind := range []push.AddressKind{push.FCMToken, push.FCMFID} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			conformance.Run(t, conformance.Provider{
				Name: pushtest.Google, Kind: kind, Status: 200, Busy: "UNAVAILABLE",
				Auth:   pushtest.Fault{Provider: pushtest.Google, Status: 401, Reason: "UNAUTHENTICATED"},
				Config: pushtest.Fault{Provider: pushtest.Google, Status: 403, Reason: "PERMISSION_DENIED"},
				New: func(t *testing.T, c pushtest.Config, timeout time.Duration) conformance.Closer {
					o := options(c)
					o.Timeout = timeout
					return open(t, o)
				},
			})
		})
	}
}

func TestWire(t *testing.T) {
	t.Parallel()
	t.Run("R39 a token and an installation id are each a target of its own", targets)
	t.Run("R33 an expiry that is over is a ttl of nothing", func(t *testing.T) {
		t.Parallel()
		services := start(t, pushtest.Options{})
		for _, expires := range []time.Time{{}, time.Unix(1, 0)} {
			n := note(services.NewDevice(push.FCMToken))
			n.Expires = expires
			before := len(services.Journal(0))
			got := open(t, options(services.Config())).Send(t.Context(), n)
			if body := services.Journal(before)[0].Body; got.Outcome != push.Accepted || !strings.Contains(body, `"ttl":"0s"`) {
				t.Errorf("got %+v for %s", got, body)
			}
		}
	})
}

func targets(t *testing.T) {
	t.Parallel()
	services := start(t, pushtest.Options{})
	sender := open(t, options(services.Config()))
	for _, kind := range []push.AddressKind{push.FCMToken, push.FCMFID} {
		n := note(services.NewDevice(kind))
		before := len(services.Journal(0))
		if got := sender.Send(t.Context(), n); got.Outcome != push.Accepted {
			t.Fatalf("%s: %+v", kind, got)
		}
		want, err := push.BuildFCM(n, 0)
		if got := services.Journal(before)[0].Body; err != nil || got != string(want) {
			t.Errorf("%s: sent %s, built %s (%v)", kind, got, want, err)
		}
	}
}

// Each error body of Google's, with what it means and whether the token survives.
func TestErrors(t *testing.T) {
	t.Parallel()
	services := start(t, pushtest.Options{})
	sender := open(t, options(services.Config()))
	want := map[string]struct {
		outcome push.Outcome
		status  int
		reason  string
	}{
		"UNREGISTERED":           {push.TokenDead, 404, "UNREGISTERED"},
		"NOT_FOUND":              {push.ConfigTrouble, 404, "NOT_FOUND"},
		"INVALID_TOKEN":          {push.TokenDead, 400, "INVALID_ARGUMENT"},
		"INVALID_ARGUMENT":       {push.OurBug, 400, "INVALID_ARGUMENT"},
		"TOO_BIG":                {push.OurBug, 400, "INVALID_ARGUMENT"},
		"SENDER_ID_MISMATCH":     {push.TokenDead, 403, "SENDER_ID_MISMATCH"},
		"PERMISSION_DENIED":      {push.ConfigTrouble, 403, "PERMISSION_DENIED"},
		"THIRD_PARTY_AUTH_ERROR": {push.ConfigTrouble, 401, "THIRD_PARTY_AUTH_ERROR"},
		"UNAUTHENTICATED":        {push.AuthTrouble, 401, "UNAUTHENTICATED"},
		"QUOTA_EXCEEDED":         {push.Limited, 429, "QUOTA_EXCEEDED"},
		"DEVICE_QUOTA":           {push.Limited, 429, "QUOTA_EXCEEDED"},
		"INTERNAL":               {push.TryAgain, 500, "INTERNAL"},
		"UNAVAILABLE":            {push.TryAgain, 503, "UNAVAILABLE"},
	}
	for _, name := range pushtest.FCMErrors() {
		w, ok := want[name]
		if !ok {
			t.Errorf("%s has no row", name)
			continue
		}
		services.Script(pushtest.Fault{Provider: pushtest.Google, Status: w.status, Reason: name})
		got := sender.Send(t.Context(), note(services.NewDevice(push.FCMToken)))
		if got.Outcome != w.outcome || got.Status != w.status || got.Reason != w.reason || got.ForDevice != (name == "DEVICE_QUOTA") {
			t.Errorf("%s: got %+v, want %+v", name, got, w)
		}
	}
	if got := len(services.Journal(0)); got != len(want) {
		t.Errorf("%d requests for %d sends", got, len(want))
	}
}

func TestAccess(t *testing.T) {
	t.Parallel()
	send := func(t *testing.T, sender *fcm.Sender, n push.Notification, want push.Outcome) {
		t.Helper()
		if got := sender.Send(t.Context(), n); got.Outcome != want {
			t.Errorf("got %+v, want %v", got, want)
		}
	}
	for name, c := range map[string]struct {
		life  time.Duration
		mints int
		run   func(t *testing.T, services *pushtest.Services, sender *fcm.Sender, n push.Notification)
	}{
		"R36 a token that was refused is replaced once": {0, 2, func(t *testing.T, services *pushtest.Services, sender *fcm.Sender, n push.Notification) {
			send(t, sender, n, push.Accepted)
			services.ExpireTokens()
			send(t, sender, n, push.AuthTrouble)
			send(t, sender, n, push.Accepted)
		}},
		"R36 a token is replaced before it ends": {time.Minute, 2, func(t *testing.T, _ *pushtest.Services, sender *fcm.Sender, n push.Notification) {
			send(t, sender, n, push.Accepted) // a minute is less than the margin
			send(t, sender, n, push.Accepted)
		}},
		"R36 a hundred at once ask for one": {0, 1, func(t *testing.T, _ *pushtest.Services, sender *fcm.Sender, n push.Notification) {
			var wg sync.WaitGroup
			for range 100 {
				wg.Go(func() { send(t, sender, n, push.Accepted) })
			}
			wg.Wait()
		}},
		"R36 no scope is asked for but firebase.messaging": {0, 1, func(t *testing.T, _ *pushtest.Services, sender *fcm.Sender, n push.Notification) {
			send(t, sender, n, push.Accepted) // for any other, or a second, the token service has no token
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			services := start(t, pushtest.Options{TokenLife: c.life})
			c.run(t, services, open(t, options(services.Config())), note(services.NewDevice(push.FCMToken)))
			if got := services.Mints(); got != c.mints {
				t.Errorf("%d tokens, want %d", got, c.mints)
			}
		})
	}
}

func TestTokenServiceTrouble(t *testing.T) {
	t.Parallel()
	services := start(t, pushtest.Options{})
	o := options(services.Config())
	o.Timeout = 300 * time.Millisecond
	sender := open(t, o)
	n := note(services.NewDevice(push.FCMToken))
	for _, c := range []struct {
		name  string
		fault pushtest.Fault
		want  push.Result
	}{
		{"down", pushtest.Fault{Status: 503}, push.Result{Outcome: push.TryAgain, Reason: push.ReasonConnection}},
		{"cut", pushtest.Fault{Cut: pushtest.CutBefore}, push.Result{Outcome: push.TryAgain, Reason: push.ReasonConnection}},
		{"hung", pushtest.Fault{Delay: time.Hour}, push.Result{Outcome: push.TryAgain, Reason: push.ReasonTimeout}},
	} {
		c.fault.Provider = pushtest.GoogleTokens
		services.Script(c.fault)
		if got := sender.Send(t.Context(), n); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
	if got := len(services.Journal(0)); got != 0 {
		t.Errorf("%d messages without a token", got)
	}
}

func TestRevokedKey(t *testing.T) {
	t.Parallel()
	services := start(t, pushtest.Options{})
	sender := open(t, options(services.Config()))
	services.RevokeKey(true)
	n := note(services.NewDevice(push.FCMToken))
	if got, want := sender.Send(t.Context(), n), (push.Result{Outcome: push.AuthTrouble, Status: 400, Reason: "oauth_refused"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	services.RevokeKey(false)
	if got := sender.Send(t.Context(), n); got.Outcome != push.Accepted {
		t.Errorf("afterwards: %+v", got)
	}
}

// A wrong project must not look like a device that left.
func TestWrongProjectKillsNoToken(t *testing.T) {
	t.Parallel()
	services := start(t, pushtest.Options{})
	o := options(services.Config())
	o.ProjectID = "another"
	got := open(t, o).Send(t.Context(), note(services.NewDevice(push.FCMToken)))
	if want := (push.Result{Outcome: push.ConfigTrouble, Status: 404, Reason: "NOT_FOUND"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	good := options(start(t, pushtest.Options{}).Config())
	for _, c := range []struct {
		name   string
		change func(*fcm.Options)
	}{
		{"R38 a host of anybody's", func(o *fcm.Options) { o.TestURL, o.TestRoots = "https://push.example.org", nil }},
		{"a test host without roots", func(o *fcm.Options) { o.TestRoots = nil }},
		{"R38 a foreign token service", func(o *fcm.Options) { o.TestURL, o.TestRoots = "", nil }},
		{"another test host than the token service's", func(o *fcm.Options) { o.TestURL = "https://127.0.0.1:1" }},
		{"plain http", func(o *fcm.Options) { o.TestURL = strings.Replace(o.TestURL, "https", "http", 1) }},
		{"no account", func(o *fcm.Options) { o.ServiceAccount = nil }},
		{"no project", func(o *fcm.Options) {
			o.ServiceAccount = bytes.Replace(o.ServiceAccount, []byte(`"project_id":"officer-test"`), []byte(`"project_id":""`), 1)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := good
			c.change(&o)
			if _, err := fcm.New(o); err == nil {
				t.Error("it was taken")
			}
		})
	}
	real := good
	real.TestURL, real.TestRoots = "", nil
	own := []byte(`"token_uri":"` + good.TestURL + `/token"`)
	real.ServiceAccount = bytes.Replace(good.ServiceAccount, own, []byte(`"token_uri":"https://oauth2.googleapis.com/token"`), 1)
	if _, err := fcm.New(real); err != nil {
		t.Errorf("Google's own host: %v", err)
	}
}

func TestForeignCertificate(t *testing.T) {
	t.Parallel()
	services := start(t, pushtest.Options{})
	o := options(services.Config())
	o.TestRoots = x509.NewCertPool()
	got := open(t, o).Send(t.Context(), note(services.NewDevice(push.FCMToken)))
	if want := (push.Result{Outcome: push.ConfigTrouble, Reason: push.ReasonCertificate}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
