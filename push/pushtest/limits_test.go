package pushtest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"officermobile/push"
	"officermobile/push/pushtest"
)

// newGrant replaces an access token that an Advance has ended.
func (st *station) newGrant() {
	st.t.Helper()
	st.google = st.freshGrant()
}

func (st *station) freshGrant() string {
	st.t.Helper()
	_, access, refusal := grant(st.t, st.Services, later(st.Services))
	if access == "" {
		st.t.Fatalf("no access token: %s", refusal)
	}
	return access
}

// Google's limits, with the quota each names.
func TestGoogleLimits(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]func(*testing.T){
		"F4 a device takes 240 a minute":               perMinute,
		"F4 a device takes 5000 an hour":               perHour,
		"F4 collapsible: 20, and one in three minutes": collapsible,
		"F4 a project has a quota for a minute":        perProject,
		"F1 an access token ends":                      tokenEnds,
		"F1 a revoked key":                             revokedKey,
		"F6 accepted, and called unavailable":          acceptedThenBusy,
		"F6 accepted, and cut":                         acceptedThenCut,
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); test(t) })
	}
}

// took counts the messages of many that are taken.
func (st *station) took(many int, a push.Address, android string) (taken int, last string) {
	st.t.Helper()
	for range many {
		status, body := st.android(a, android, `,"x":"m"`)
		if status == 200 {
			taken++
		}
		last = body
	}
	return taken, last
}

func perMinute(t *testing.T) {
	now := time.Now()
	st := newStation(t, pushtest.Options{Now: func() time.Time { return now }})
	a := st.NewDevice(push.FCMToken)
	got, last := st.took(250, a, high)
	if got != 240 || !strings.Contains(last, "QUOTA_EXCEEDED") || !strings.Contains(last, "QuotaFailure") || !strings.Contains(last, "device:") {
		t.Errorf("%d of 250, and then %s", got, last)
	}
	if status, _ := st.android(st.NewDevice(push.FCMToken), high, ``); status != 200 {
		t.Errorf("another device: %d", status)
	}
	free := newStation(t, pushtest.Options{Unlimited: true})
	if got, last := free.took(250, free.NewDevice(push.FCMToken), high); got != 250 {
		t.Errorf("without limits: %d of 250, and then %s", got, last)
	}
	st.Advance(time.Second)
	if got, _ := st.took(10, a, high); got != 4 {
		t.Errorf("%d a second later, want 4", got)
	}
}

func perHour(t *testing.T) {
	now := time.Now()
	st := newStation(t, pushtest.Options{Now: func() time.Time { return now }, TokenLife: 24 * time.Hour})
	a := st.NewDevice(push.FCMToken)
	// At 240 a minute the hour's bucket is empty after half an hour, and then gives as fast as it fills.
	taken := 0
	for range 40 {
		got, _ := st.took(240, a, high)
		taken += got
		st.Advance(time.Minute)
	}
	if want := 5000 + 39*5000/60; taken < want-1 || taken > want+1 {
		t.Errorf("%d in 40 minutes, want %d", taken, want)
	}
}

func collapsible(t *testing.T) {
	now := time.Now()
	st := newStation(t, pushtest.Options{Now: func() time.Time { return now }})
	a := st.NewDevice(push.FCMToken)
	key := high + `,"collapse_key":"k"`
	if got, last := st.took(25, a, key); got != 20 || !strings.Contains(last, "QUOTA_EXCEEDED") {
		t.Errorf("%d of 25, want 20: %s", got, last)
	}
	if got, _ := st.took(1, a, key+`,"ttl":"0s"`); got != 1 {
		t.Error("a ttl of nothing is exempt")
	}
	if got, _ := st.took(1, a, high); got != 1 {
		t.Error("what does not collapse is exempt")
	}
	st.Advance(3 * time.Minute)
	if got, _ := st.took(3, a, key); got != 1 {
		t.Errorf("%d after three minutes, want 1", got)
	}
}

func perProject(t *testing.T) {
	now := time.Now()
	st := newStation(t, pushtest.Options{PerMinute: 60, Now: func() time.Time { return now }})
	taken, last := 0, ""
	for range 70 {
		var got int
		got, last = st.took(1, st.NewDevice(push.FCMToken), high)
		taken += got
	}
	if taken != 60 || !strings.Contains(last, "project:") {
		t.Errorf("%d of 70, and then %s", taken, last)
	}
	st.Advance(2 * time.Second)
	if got, _ := st.took(5, st.NewDevice(push.FCMToken), high); got != 2 {
		t.Errorf("%d two seconds later, want 2", got)
	}
}

func tokenEnds(t *testing.T) {
	st := newStation(t, pushtest.Options{TokenLife: time.Hour})
	a := st.NewDevice(push.FCMToken)
	for _, c := range []struct {
		pass time.Duration
		want int
	}{{0, 200}, {59 * time.Minute, 200}, {time.Minute, 401}} {
		st.Advance(c.pass)
		if got, body := st.android(a, high, ``); got != c.want {
			t.Errorf("after %v: %d %s, want %d", c.pass, got, body, c.want)
		}
	}
}

func revokedKey(t *testing.T) {
	st := newStation(t, pushtest.Options{})
	a := st.NewDevice(push.FCMToken)
	st.RevokeKey(true)
	if got, body := st.android(a, high, ``); got != 401 || !strings.Contains(body, "UNAUTHENTICATED") {
		t.Errorf("%d %s", got, body)
	}
	if _, _, refusal := grant(t, st.Services, unchanged); refusal != "invalid_grant" {
		t.Errorf("a new token: %q", refusal)
	}
	st.RevokeKey(false)
	st.google = st.freshGrant()
	if got, _ := st.android(a, high, ``); got != 200 {
		t.Errorf("afterwards: %d", got)
	}
}

func acceptedThenBusy(t *testing.T) {
	st := newStation(t, pushtest.Options{})
	a := st.NewDevice(push.FCMToken)
	st.Script(pushtest.Fault{Provider: pushtest.Google, Status: 503, Reason: "UNAVAILABLE", Deliver: true})
	if got, body := st.android(a, high, `,"x":"m"`); got != 503 || !strings.Contains(body, "UNAVAILABLE") {
		t.Errorf("%d %s", got, body)
	}
	st.want(a, "n1", 0)
}

func acceptedThenCut(t *testing.T) {
	st := newStation(t, pushtest.Options{})
	a := st.NewDevice(push.FCMToken)
	st.Script(pushtest.Fault{Provider: pushtest.Google, Cut: pushtest.CutAfter})
	body := fmt.Sprintf(`{"message":{"token":"%s","data":{"n":"same","x":"m"}}}`, a.Token)
	if err := st.fails(body); err == nil {
		t.Error("it was answered")
	}
	if status, answer := st.send(body); status != 200 {
		t.Errorf("again: %d %s", status, answer)
	}
	st.want(a, "same", 1) // and the app drops the copy
}
