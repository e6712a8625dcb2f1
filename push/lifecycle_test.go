package push_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"officermobile/clock"
	"officermobile/models"
	"officermobile/push"
)

// answersTo makes the provider answer so to one device, and take all else.
func (r *rig) answersTo(d models.DeviceID, res push.Result) {
	r.provider.mu.Lock()
	defer r.provider.mu.Unlock()
	r.provider.answer = func(n push.Notification) push.Result {
		if n.Address.Token == addressOf(d).Token {
			return res
		}
		return push.Result{Outcome: push.Accepted, Status: 200}
	}
}

const day = 24 * time.Hour

// leap lets days pass, in which the server is off but for a minute at the end: a server that idles for months in a
// bubble takes minutes.
func (r *rig) leap(d time.Duration) {
	r.t.Helper()
	r.stop()
	after(d)
	r.start("node")
	r.pass(time.Minute)
}

func TestLifecycle(t *testing.T) {
	t.Parallel()
	const app = "com.example.officer"
	bubble(t, "R39 a device that switches from a token to an installation id is one device", func(t *testing.T, r *rig) {
		r.is(r.omars, models.Background, 0)
		for _, a := range []push.Address{
			{Kind: push.FCMToken, Token: "the-token", App: app}, {Kind: push.FCMFID, Token: "the-installation", App: app},
			{Kind: push.FCMToken, Token: "the-token", App: app},
		} {
			r.register(r.omars, a)
			r.provider.forget()
			r.post(r.olga, r.chat, "hello")
			r.pass(time.Minute)
			if got := r.provider.all(); len(got) != 1 || got[0].Address != a {
				t.Errorf("%s: rang %d times, %#v", a.Kind, len(got), r.last())
			}
			if claims, all := r.docs.holding("push_claim", ""), r.docs.holding("push_address", ""); len(claims) != 3 || len(all) != 3 {
				t.Errorf("%s: %d claims and %d addresses of three devices", a.Kind, len(claims), len(all))
			}
		}
	})
	bubble(t, "R47 who signs out is rung no more, though a clock that was ahead saw the address registered", func(t *testing.T, r *rig) {
		ahead := push.New(push.Deps{Documents: r.docs, Feed: r.world, Sight: r.world}, push.Options{Clock: clock.Scaled(time.Now().Add(time.Hour), 1), Keys: r.keys})
		if err := ahead.Register(t.Context(), r.id(), r.phone, addressOf(r.phone)); err != nil {
			t.Fatal(err)
		}
		if err := r.push.UnbindUntil(t.Context(), r.id(), r.phone, time.Time{}); err != nil || r.health(r.phone).State != push.HealthNone {
			t.Errorf("got %v, %v", r.health(r.phone).State, err)
		}
		r.away()
		r.urgent(r.omar, r.chat)
		r.pass(time.Minute)
		r.want(r.phone, 0)
	})
	bubble(t, "R47 an address that another user registers rings the former one no more, by the time it is answered", func(t *testing.T, r *rig) {
		r.is(r.phone, models.Background, 0)
		r.is(r.omars, models.Background, 0)
		r.provider.took = 5 * time.Second
		r.urgent(r.omar, r.chat)
		r.pass(time.Second) // it is on its way to olga
		r.register(r.omars, addressOf(r.phone))
		if h := r.health(r.phone); h.State != push.HealthNone {
			t.Errorf("the former owner's: %+v", h)
		}
		if got := r.docs.holding("push_emergency", ""); slices.ContainsFunc(got, func(id string) bool { return strings.Contains(id, r.phone.Hex()) }) {
			t.Error("something is still owed to the former owner's device")
		}
		r.provider.forget()
		r.urgent(r.omar, r.chat)
		r.pass(time.Minute)
		for _, s := range r.provider.all() {
			if s.Address.Token == addressOf(r.phone).Token {
				t.Error("olga's message rings the phone that is omar's now")
			}
		}
		if got := len(r.docs.holding("push_claim", "")); got != 2 {
			t.Errorf("%d claims of two devices", got)
		}
	})
	bubble(t, "R48 whoever is not heard rings less and less, and is forgotten", func(t *testing.T, r *rig) {
		r.register(r.omars, push.Address{Kind: push.APNs, Token: strings.Repeat("0a", 32), App: app, Environment: push.Production})
		r.is(r.omars, models.Offline, 0)
		rings := func(passed time.Duration, badge, message, emergency int) {
			t.Helper()
			classes := map[push.Class]int{}
			r.provider.forget()
			_, urgent := r.urgent(r.olga, r.chat)
			r.pass(2 * time.Minute)
			seq := r.post(r.olga, r.chat, "hello")
			r.pass(2 * time.Minute)
			tablet := r.device(r.omar, "console")
			r.is(tablet, models.Foreground, 0)
			r.from(r.omar, tablet, &models.ReadUpTo{ConversationID: r.chat, N: 1000})
			r.pass(2 * time.Minute)
			for _, s := range r.provider.all() {
				if s.Address.Kind == push.APNs {
					classes[s.Class]++
				}
			}
			if classes[push.Quiet] != badge || classes[push.Message] != message || classes[push.Emergency] != emergency {
				t.Errorf("after %v: rang %v", passed, classes)
			}
			if message == 0 && emergency > 0 {
				r.reason(seq, r.omars, push.Suppress, push.Aged)
			}
			if emergency == 0 {
				r.reason(urgent, r.omars, push.Suppress, push.NoAddress)
			}
		}
		began := time.Now()
		at := func(days int, badge, message, emergency int) {
			t.Helper()
			r.leap(time.Until(began.Add(time.Duration(days) * day)))
			rings(time.Since(began), badge, message, emergency)
		}
		at(29, 1, 1, 1)
		at(31, 0, 1, 1)
		at(59, 0, 1, 1)
		at(61, 0, 0, 1)
		if h := r.health(r.omars); h.State != push.HealthAged {
			t.Errorf("got %+v", h)
		}
		at(269, 0, 0, 1)
		at(276, 0, 0, 1) // it is looked at every five days, and must be found so twice
		at(282, 0, 0, 0)
		if h := r.health(r.omars); h.State != push.HealthNone {
			t.Errorf("got %+v", h)
		}
		if got := len(r.docs.holding("push_claim", "")); got != 0 {
			t.Errorf("%d claims are left of three devices of which nothing was heard", got)
		}
	})
	bubble(t, "R48 a start with a clock that is far ahead forgets nobody who is heard soon after", func(t *testing.T, r *rig) {
		r.stop()
		r.pass(300 * day)
		r.start("node")
		r.pass(time.Hour)
		for _, d := range []models.DeviceID{r.phone, r.omars} {
			if h := r.health(d); h.State == push.HealthNone {
				t.Error("forgotten at the first look")
			}
		}
		r.is(r.omars, models.Offline, 0) // heard now
		r.leap(6 * day)
		if phone, omars := r.health(r.phone), r.health(r.omars); phone.State != push.HealthNone || omars.State == push.HealthNone {
			t.Errorf("six days later: %s, which was not heard, and %s, which was", phone.State, omars.State)
		}
	})
	bubble(t, "R48 who is heard without registering stays", func(t *testing.T, r *rig) {
		for range 60 {
			r.is(r.omars, models.Offline, 0) // heard now
			r.leap(6 * day)
			r.mu.Lock()
			delete(r.presence, r.omars) // which presence forgets after a week
			r.mu.Unlock()
		}
		r.post(r.olga, r.chat, "hello")
		r.pass(time.Minute)
		if got := len(r.provider.to(r.omars)); got != 1 {
			t.Errorf("rang %d times", got)
		}
	})
	bubble(t, "R48 of a dead address it is known for 30 days that there was one", func(t *testing.T, r *rig) {
		r.away()
		r.answersTo(r.phone, push.Result{Outcome: push.TokenDead, Status: 404, Reason: "UNREGISTERED"})
		for range 3 { // in one instant the other device's ring may be taken before or after
			r.post(r.omar, r.chat, "hello")
			r.pass(6 * time.Minute)
		}
		h := r.health(r.phone)
		if h.State != push.HealthDead || h.Reason != "UNREGISTERED" || h.Since.IsZero() {
			t.Errorf("got %+v", h)
		}
		if got := r.docs.body("push_address", r.addressID(r.phone)); strings.Contains(got, "sealed") || got == "" {
			t.Errorf("what is left: %s", got)
		}
		r.leap(29 * day)
		if h := r.health(r.phone); h.State != push.HealthDead {
			t.Errorf("after 29 days: %+v", h)
		}
		r.leap(2 * day)
		if h := r.health(r.phone); h.State != push.HealthNone {
			t.Errorf("after 31 days: %+v", h)
		}
		r.register(r.phone, addressOf(r.phone))
		if h := r.health(r.phone); h.State != push.HealthGood {
			t.Errorf("after the app has started again: %+v", h)
		}
	})
	bubble(t, "an address says what it is worth", func(t *testing.T, r *rig) {
		a := addressOf(r.phone)
		a.Permission = push.PermissionDenied
		r.register(r.phone, a)
		if h := r.health(r.phone); h.State != push.HealthGood || h.Permission != push.PermissionDenied || !h.TookAt.IsZero() || h.Kind != push.FCMToken {
			t.Errorf("got %+v", h)
		}
		a.Permission = push.PermissionGranted
		r.register(r.phone, a)
		r.away()
		r.post(r.omar, r.chat, "hello")
		r.pass(time.Minute)
		if h := r.health(r.phone); h.TookAt.IsZero() {
			t.Errorf("after a ring: %+v", h)
		}
		a.Permission = "perhaps"
		if err := r.push.Register(t.Context(), r.id(), r.phone, a); models.AsError(err) == nil {
			t.Errorf("got %v", err)
		}
	})
}
