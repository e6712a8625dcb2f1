package push_test

import (
	"slices"
	"testing"
	"time"

	"officermobile/models"
	"officermobile/push"
)

// What providers say of an address that is dead, or that we ask for wrongly.
var (
	taken      = push.Result{Outcome: push.Accepted, Status: 200}
	gone       = push.Result{Outcome: push.TokenDead, Status: 404, Reason: "UNREGISTERED"}
	wrongTopic = push.Result{Outcome: push.TokenDead, Status: 400, Reason: "DeviceTokenNotForTopic"}
)

// failing makes the provider answer so to some devices, and take all else.
func (r *rig) failing(res push.Result, devices ...models.DeviceID) {
	dead := map[string]bool{}
	for _, d := range devices {
		dead[addressOf(d).Token] = true
	}
	r.provider.mu.Lock()
	defer r.provider.mu.Unlock()
	r.provider.answer = func(n push.Notification) push.Result {
		if dead[n.Address.Token] {
			return res
		}
		return taken
	}
}

// ringAll posts something to olga's devices and lets it ring.
func (r *rig) ringAll() {
	r.t.Helper()
	r.post(r.omar, r.chat, "hello")
	r.pass(time.Minute)
}

// alive counts the devices whose address is not forgotten.
func (r *rig) alive(devices []models.DeviceID) (n int) {
	r.t.Helper()
	for _, d := range devices {
		if h := r.health(d); h.State != push.HealthDead && h.State != push.HealthNone {
			n++
		}
	}
	return n
}

func (r *rig) breaker(state string) int {
	return r.push.Stats().Breakers[push.BreakerTally{Provider: "fcm", State: state}]
}

func TestDeadAddresses(t *testing.T) {
	t.Parallel()
	bubble(t, "R42 a 410 from before the registration forgets nothing, one from after it does", func(t *testing.T, r *rig) {
		r.away()
		r.ringAll()
		dead := push.Result{Outcome: push.TokenDead, Status: 410, Reason: "Unregistered", DeadSince: time.Now().Add(-time.Hour)}
		r.failing(dead, r.phone)
		for range 3 {
			r.ringAll()
			r.pass(6 * time.Minute)
		}
		if h := r.health(r.phone); h.State != push.HealthGood {
			t.Errorf("called dead as of before its registration: %+v", h)
		}
		dead.DeadSince = time.Now()
		r.phones(4)
		r.ringAll()
		r.failing(dead, r.phone)
		r.ringAll()
		if h := r.health(r.phone); h.State != push.HealthDead {
			t.Errorf("called dead as of after its registration: %+v", h)
		}
	})
	for name, next := range map[string]string{"R43 the same address registered while it is called dead stays": "", "R43 another one registered meanwhile stays": "-another"} {
		bubble(t, name, func(t *testing.T, r *rig) {
			r.away()
			r.phones(4)
			r.ringAll()
			r.provider.took = 5 * time.Second
			r.failing(gone, r.phone)
			r.post(r.omar, r.chat, "hello")
			r.pass(4 * time.Second)
			a := addressOf(r.phone)
			a.Token += next
			r.register(r.phone, a)
			r.pass(time.Minute)
			if h := r.health(r.phone); h.State != push.HealthGood {
				t.Errorf("got %+v", h)
			}
			r.failing(gone)
			r.provider.forget()
			r.ringAll()
			if !slices.ContainsFunc(r.provider.all(), func(s sent) bool { return s.Address == a }) {
				t.Error("it does not ring")
			}
		})
	}
	misrouted := push.Result{Outcome: push.ParseFCM(404, []byte("<html>not here")).Outcome(), Status: 404, Reason: push.ReasonNotJSON}
	bubble(t, "R45 a 404 that is not of FCM forgets nothing", func(t *testing.T, r *rig) { r.forgetsNothing(misrouted) })
	for _, reason := range []string{"Forbidden", "InvalidProviderToken"} {
		refused := push.Result{Outcome: push.ClassifyAPNs(403, reason), Status: 403, Reason: reason}
		bubble(t, "R46 a 403 "+reason+" forgets nothing", func(t *testing.T, r *rig) { r.forgetsNothing(refused) })
	}
	bubble(t, "an app that was removed is forgotten at once", func(t *testing.T, r *rig) {
		r.away()
		r.phones(4)
		r.ringAll()
		r.failing(gone, r.phone)
		r.ringAll()
		if h := r.health(r.phone); h.State != push.HealthDead {
			t.Errorf("got %+v", h)
		}
		if got := r.push.Stats().Forgotten[push.RetryTally{Provider: "fcm", Reason: "UNREGISTERED"}]; got != 1 {
			t.Errorf("%d counted", got)
		}
	})
	bubble(t, "what might be our mistake is said twice before it is believed", func(t *testing.T, r *rig) {
		r.away()
		r.ringAll()
		r.failing(wrongTopic, r.phone)
		r.ringAll()
		r.ringAll()
		if h := r.health(r.phone); h.State != push.HealthDoubted || h.Reason != "DeviceTokenNotForTopic" {
			t.Errorf("after two in two minutes: %+v", h)
		}
		r.pass(5 * time.Minute)
		r.ringAll()
		r.ringAll()
		if h := r.health(r.phone); h.State != push.HealthDead {
			t.Errorf("after five minutes: %+v", h)
		}
	})
	bubble(t, "a ring that is taken ends a doubt", func(t *testing.T, r *rig) {
		r.away()
		r.ringAll()
		r.failing(wrongTopic, r.phone)
		r.ringAll()
		r.failing(wrongTopic)
		r.pass(6 * time.Minute)
		r.ringAll()
		if h := r.health(r.phone); h.State != push.HealthGood {
			t.Errorf("got %+v", h)
		}
	})
}

// forgetsNothing lets a provider answer so to one device and then to all, for an hour each, and then take rings again.
func (r *rig) forgetsNothing(res push.Result) {
	r.t.Helper()
	devices := append(r.phones(30), r.phone, r.tablet)
	r.away()
	r.ringAll()
	if !res.Suspect() { // which one alone may well have
		r.failing(res, r.phone)
		for range 10 {
			r.ringAll()
			r.pass(6 * time.Minute)
		}
	}
	r.provider.answers(res)
	for range 10 {
		r.ringAll()
		r.pass(6 * time.Minute)
	}
	if got := r.alive(devices); got != len(devices) {
		r.t.Errorf("%d of %d addresses are left", got, len(devices))
	}
	r.provider.answers(taken)
	r.push.Reconsider()
	r.pass(2 * time.Minute)
	r.provider.forget()
	r.ringAll()
	for _, d := range devices {
		r.want(d, 1)
	}
}

func TestMassGuard(t *testing.T) {
	t.Parallel()
	for what, res := range map[string]push.Result{
		"topic": wrongTopic, "environment": {Outcome: push.TokenDead, Status: 400, Reason: "BadDeviceToken"},
		"project": {Outcome: push.TokenDead, Status: 403, Reason: "SENDER_ID_MISMATCH"}, "VAPID key": {Outcome: push.TokenDead, Status: 403, Reason: "WrongVapidKey"},
	} {
		bubble(t, "R44 a wrong "+what+" forgets nobody", func(t *testing.T, r *rig) { r.forgetsNothing(res) })
	}
	bubble(t, "R44 all apps removed at once forget no more than 30 % of those that rang just before", func(t *testing.T, r *rig) {
		devices := append(r.phones(98), r.phone, r.tablet)
		r.away()
		r.ringAll()
		r.provider.answers(gone)
		for range 10 {
			r.ringAll()
			r.pass(6 * time.Minute)
		}
		if got := r.alive(devices); got < 70 {
			t.Errorf("%d of %d addresses are left", got, len(devices))
		}
	})
	for name, res := range map[string]push.Result{"R44 a wrong topic forgets nobody": wrongTopic, "R44 all apps removed at once forget nobody": gone} {
		for _, n := range []int{1, 3, 15} {
			bubble(t, name+" in a small agency either", func(t *testing.T, r *rig) {
				devices := append(r.phones(n), r.phone, r.tablet)
				r.away()
				r.provider.answers(res)
				for range 20 {
					r.ringAll()
					r.pass(10 * time.Minute)
				}
				if got := r.alive(devices); got != len(devices) {
					t.Errorf("%d of %d addresses are left", got, len(devices))
				}
			})
		}
	}
	bubble(t, "R44 the guard holds all but probes, tells it, and what waited rings when it is mended", func(t *testing.T, r *rig) {
		devices := append(r.phones(300), r.phone, r.tablet)
		r.away()
		r.ringAll()
		r.provider.forget()
		r.provider.took = 100 * time.Millisecond
		r.provider.answers(wrongTopic)
		r.urgent(r.omar, r.chat)
		r.pass(2 * time.Minute)
		if got := len(r.provider.all()); got > 64+64+10 { // those under way, those that took their places, and probes
			t.Errorf("%d of %d devices were asked for in two minutes of a wrong topic", got, len(devices))
		}
		stats := r.push.Stats()
		if r.breaker("refused") != 1 || stats.Spared["fcm"] < 20 || len(stats.Forgotten) != 0 {
			t.Errorf("got %+v", stats)
		}
		r.provider.answers(taken)
		r.provider.forget()
		r.push.Reconsider()
		r.pass(2 * time.Minute)
		rang := 0
		for _, d := range devices {
			rang += min(1, len(r.provider.to(d)))
		}
		if want := len(devices) - 20 - 10; rang < want { // those before it was seen, and probes
			t.Errorf("%d of %d rang once it was mended, want at least %d", rang, len(devices), want)
		}
	})
	for _, test := range []struct {
		name   string
		res    push.Result
		dead   int // of 200
		forgot bool
	}{
		{"R44 19 wrong ones are forgotten", wrongTopic, 19, true},
		{"R44 a fifth wrong is too many", wrongTopic, 40, false},
		{"R44 a fifth removed are forgotten", gone, 40, true},
		{"R44 two fifths removed are too many", gone, 80, false},
	} {
		bubble(t, test.name, func(t *testing.T, r *rig) {
			devices := r.phones(198)
			r.away()
			r.ringAll()
			r.failing(test.res, devices[:test.dead]...)
			r.ringAll()
			if !test.forgot {
				// fewer than the bound may go before it is seen how many there are
				if got := r.alive(devices); got < len(devices)-60 || test.res == wrongTopic && got < len(devices) {
					t.Errorf("%d of %d addresses are left", got, len(devices))
				}
				if r.push.Stats().Spared["fcm"] == 0 {
					t.Error("nothing was held back")
				}
				r.pass(5 * time.Minute) // a probe or two may have found a dead one
				r.want(devices[197], 2)
				return
			}
			r.pass(5 * time.Minute)
			r.ringAll()
			r.ringAll()
			if got := r.alive(devices); got != len(devices)-test.dead {
				t.Errorf("%d of %d addresses are left, %d are dead", got, len(devices), test.dead)
			}
		})
	}
	bubble(t, "R44 what was held back is forgotten when it fails again after the guard has opened", func(t *testing.T, r *rig) {
		devices := r.phones(198)
		dead, well := devices[:40], devices[40:]
		r.away()
		r.ringAll()
		r.failing(wrongTopic, dead...)
		for range 12 {
			r.ringAll()
			r.pass(6 * time.Minute)
		}
		if a, b := r.alive(dead), r.alive(well); a != 0 || b != len(well) {
			t.Errorf("%d dead ones and %d of %d good ones are left", a, b, len(well))
		}
	})
}
