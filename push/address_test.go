package push_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"officermobile/clock"
	"officermobile/models"
	"officermobile/push"
	appleapi "officermobile/push/apns"
	googleapi "officermobile/push/fcm"
	"officermobile/push/pushtest"
	"officermobile/push/webpush"
	"officermobile/store/sqlite"
)

// station is a service over a real store and real senders to the providers' services on loopback.
type station struct {
	*world
	services *pushtest.Services
	push     *push.Service
}

func newStation(t *testing.T) *station {
	t.Helper()
	services, err := pushtest.Start(pushtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(services.Close)
	c := services.Config()
	apple, err := appleapi.New(appleapi.Options{
		Environment: c.APNs.Environment, KeyID: c.APNs.KeyID, TeamID: c.APNs.TeamID, Key: c.APNs.Key, TestURL: c.APNs.URL, TestRoots: c.Roots(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(apple.Close)
	google, err := googleapi.New(googleapi.Options{ServiceAccount: c.FCM.ServiceAccount, ProjectID: c.FCM.ProjectID, TestURL: c.FCM.URL, TestRoots: c.Roots()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(google.Close)
	key, err := webpush.NewKey(c.Web.Key, c.Web.Subject)
	if err != nil {
		t.Fatal(err)
	}
	browsers, err := webpush.New(webpush.Options{Key: key, TestURL: c.Web.URL, TestRoots: c.Roots()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(browsers.Close)
	st, err := sqlite.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, clock.Clock{})
	service := push.New(push.Deps{Documents: st, Feed: w, Sight: w, Senders: func(a push.Address) push.Sender {
		switch a.Kind {
		case push.APNs:
			return apple
		case push.WebPush:
			return browsers
		}
		return google
	}}, push.Options{})
	w.allLook()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- service.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, st.Close()); err != nil {
			t.Error(err)
		}
	})
	return &station{w, services, service}
}

func (s *station) register(d models.DeviceID, a push.Address) {
	s.t.Helper()
	if err := s.push.Register(s.t.Context(), s.id(), d, a); err != nil {
		s.t.Fatal(err)
	}
}

// until waits for what another goroutine brings about.
func until(t *testing.T, done func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal("the test ended first")
		}
	}
}

// TestOnTheScreen goes all the way: a message in the log, SQLite, HTTP/2 to Apple, Google and a browser's service, an officer's screen.
func TestOnTheScreen(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	iphone, android := s.services.NewDevice(push.APNs), s.services.NewDevice(push.FCMToken)
	s.register(s.phone, iphone)
	s.register(s.tablet, android)
	s.is(s.phone, models.Background, 0)
	s.is(s.tablet, models.Background, 0)
	car, browser := s.device(s.olga, "vehicle"), s.services.NewDevice(push.WebPush)
	s.register(car, browser)
	s.is(car, models.Background, 0)
	seq := s.post(s.omar, s.chat, "hello")
	for _, a := range []push.Address{iphone, android, browser} {
		var in pushtest.Inbox
		until(t, func() bool { in, _ = s.services.Inbox(a.Token); return len(in.Shown) > 0 })
		if len(in.Shown) != 1 || in.Badge != 1 {
			t.Errorf("%v: %+v", a, in)
		}
	}
	until(t, func() bool {
		all, err := s.push.Verdicts(t.Context(), s.id(), seq)
		if err != nil {
			t.Fatal(err)
		}
		accepted := 0
		for _, v := range all {
			if v.Outcome == push.Accepted.String() && !v.Derived {
				accepted++
			}
		}
		return accepted == 3
	})
}

// TestOneOwner: an address has one device, the last to claim it, however many claim it at once.
func TestOneOwner(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	address := s.services.NewDevice(push.FCMToken)
	devices := []models.DeviceID{s.phone, s.tablet}
	for range 6 {
		devices = append(devices, s.device(s.olga, "phone"))
	}
	var wg sync.WaitGroup
	for _, d := range devices {
		wg.Go(func() { s.register(d, address) })
	}
	wg.Wait()
	for _, d := range devices {
		s.is(d, models.Background, 0)
	}
	_, seq := s.urgent(s.omar, s.chat)
	rang := 0
	until(t, func() bool {
		rang = 0
		all, err := s.push.Verdicts(t.Context(), s.id(), seq)
		if err != nil {
			t.Fatal(err)
		}
		without := 0
		for _, v := range all {
			if v.Outcome == push.Accepted.String() {
				rang++
			}
			if v.Reason == push.NoAddress && !v.Derived {
				without++
			}
		}
		return rang+without == len(devices)
	})
	if rang != 1 || len(s.services.Journal(0)) != 1 {
		t.Errorf("%d devices rang in %d requests", rang, len(s.services.Journal(0)))
	}
}

// browserKeys are those of the example in RFC 8291.
var browserKeys = push.WebKeys{
	P256DH: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", Auth: "BTBZMqHH6r4Tts7J_aSIgg",
}

func TestRegister(t *testing.T) {
	t.Parallel()
	bubble(t, "who has the phone now has the address", func(t *testing.T, r *rig) {
		r.away()
		if err := r.push.Register(t.Context(), r.id(), r.omars, addressOf(r.phone)); err != nil {
			t.Fatal(err)
		}
		r.urgent(r.dan, r.dispatchWith(r.olga))
		r.pass(time.Minute)
		r.want(r.phone, 0)
		r.want(r.tablet, 2) // the task, and the urgent message
		r.post(r.olga, r.chat, "hello")
		r.pass(time.Minute)
		r.want(r.phone, 1) // by the address: it is omar's
	})
	bubble(t, "R39 a new address takes the place of the old", func(t *testing.T, r *rig) {
		r.away()
		next := push.Address{Kind: push.FCMFID, Token: "another"}
		if err := r.push.Register(t.Context(), r.id(), r.phone, next); err != nil {
			t.Fatal(err)
		}
		r.post(r.omar, r.chat, "hello")
		r.pass(time.Minute)
		r.want(r.phone, 0)
		if got := len(r.provider.all()); got != 2 {
			t.Errorf("%d requests to olga's two devices", got)
		}
		if got := len(r.docs.holding("push_claim", "")); got != 3 {
			t.Errorf("%d claims of three devices", got)
		}
	})
	bubble(t, "what no provider would take", func(t *testing.T, r *rig) {
		for _, a := range []push.Address{
			{}, {Kind: "pigeon", Token: "x"}, {Kind: push.APNs, Token: "x", Environment: push.Production}, {Kind: push.FCMToken, Token: "a b"},
			{Kind: push.WebPush, Token: "https://push.example/x"}, {Kind: push.WebPush, Token: "http://push.example/x", Keys: browserKeys},
			{Kind: push.WebPush, Token: "https://push.example/x", Keys: browserKeys, Environment: push.Production}, {Kind: push.FCMToken, Token: "x", Keys: browserKeys},
			{Kind: push.FCMToken}, {Kind: push.FCMToken, Token: "x", Environment: push.Sandbox},
		} {
			if err := r.push.Register(t.Context(), r.id(), r.phone, a); models.AsError(err) == nil {
				t.Errorf("%#v: got %v", a, err)
			}
		}
	})
}

// dispatchWith makes a dispatch with a task for an officer, and answers its conversation.
func (r *rig) dispatchWith(officer models.UserID) models.ConversationID {
	d := r.dispatch()
	r.do(r.dan, &models.TaskCreate{ID: newID[models.TaskID](r.world), DispatchID: d.ID, Assignee: officer})
	return d.Conversation
}
