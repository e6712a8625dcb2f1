package apns_test

import (
	"sync"
	"testing"
	"time"

	"officermobile/push"
	"officermobile/push/apns"
	"officermobile/push/pushtest"
)

// boundary is a time at which provider tokens change, so that the tokens before and after are both good to Apple: it
// takes them for an hour, and a few minutes early.
func boundary() time.Time {
	const bucket, early = 30 * time.Minute, 4 * time.Minute
	now := time.Now()
	if next := now.Truncate(bucket).Add(bucket); next.Sub(now) < early {
		return next
	}
	return now.Truncate(bucket)
}

func TestTokenTrouble(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]func(*testing.T, *pushtest.Services, *apns.Sender, push.Notification){
		"R26 no connection sees two tokens":                                                 oneToken,
		"R27 a token that has expired to Apple is replaced once, and then all goes on":      expired,
		"R28 after too many tokens none is made, and the connection is not used any longer": tooMany,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			services := start(t)
			test(t, services, open(t, options(services.Config())), note(services.NewDevice(push.APNs)))
		})
	}
}

func oneToken(t *testing.T, services *pushtest.Services, sender *apns.Sender, n push.Notification) {
	at := boundary()
	sender.SetNow(at.Add(-time.Second)) // the connection is a second old when its token's time is over
	sender.Send(t.Context(), n)
	sender.SetNow(at)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() { sender.Send(t.Context(), n) })
	}
	wg.Wait()
	conns := map[int]bool{}
	for _, e := range services.Journal(0) {
		if !e.Accepted {
			t.Errorf("answered %d %s", e.Status, e.Reason)
		}
		conns[e.Connection] = true
	}
	if len(conns) != 2 {
		t.Errorf("%d connections, want one for each token", len(conns))
	}
}

func expired(t *testing.T, services *pushtest.Services, sender *apns.Sender, n push.Notification) {
	sender.SetNow(boundary().Add(-5 * time.Minute)) // the token is 25 minutes old
	services.Script(pushtest.Fault{Status: 403, Reason: "ExpiredProviderToken"})
	got := sender.Send(t.Context(), n)
	if want := (push.Result{Outcome: push.AuthTrouble, Status: 403, Reason: "ExpiredProviderToken"}); got != want {
		t.Fatalf("with the old token: got %+v, want %+v", got, want)
	}
	first := sender.Bearer()
	if got := sender.Send(t.Context(), n); got.Outcome != push.Accepted || sender.Bearer() == first {
		t.Errorf("the one retry: %+v", got)
	}
	second := sender.Bearer()
	services.Script(pushtest.Fault{Status: 403, Reason: "ExpiredProviderToken"})
	sender.Send(t.Context(), n)
	if sender.Send(t.Context(), n); sender.Bearer() != second {
		t.Error("a token that is five minutes old was replaced")
	}
}

func tooMany(t *testing.T, services *pushtest.Services, sender *apns.Sender, n push.Notification) {
	at := boundary()
	sender.SetNow(at.Add(-time.Second))
	services.Script(pushtest.Fault{Status: 429, Reason: "TooManyProviderTokenUpdates"})
	sender.Send(t.Context(), n)
	first := sender.Bearer()
	sender.SetNow(at.Add(time.Second)) // it would be the next one's time
	if got := sender.Send(t.Context(), n); got.Outcome != push.Accepted || sender.Bearer() != first {
		t.Errorf("afterwards %+v, with another token %v", got, sender.Bearer() != first)
	}
	if j := services.Journal(0); j[0].Connection == j[1].Connection {
		t.Error("the connection was used again")
	}
}
