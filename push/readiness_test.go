package push_test

import (
	"testing"
	"time"

	"officermobile/models"
	"officermobile/models/wire"
	"officermobile/push"
)

// ready is how well a device of olga's can be rung.
func (r *rig) ready(d models.DeviceID) wire.DeviceReadiness {
	r.t.Helper()
	r.mu.RLock()
	known := r.state.Device(d)
	r.mu.RUnlock()
	c := push.Carried{User: known.User, Device: d, Tested: known.TestedSeq}
	if known.TestedSeq > 0 {
		c.TestedAt = time.UnixMicro(int64(known.TestedAt))
	}
	all, err := r.push.Readiness(r.t.Context(), r.id(), []push.Carried{c})
	if err != nil || len(all) != 1 || all[0].Device != d || all[0].User != known.User {
		r.t.Fatalf("got %+v, %v", all, err)
	}
	return all[0]
}

// wantReady checks the word.
func (r *rig) wantReady(d models.DeviceID, want wire.Readiness) {
	r.t.Helper()
	if got := r.ready(d); got.Ready != want {
		r.t.Errorf("got %+v, want %s", got, want)
	}
}

// TestReadiness: the board's word is the worst of what is known, and a device is ready once it has told of a test.
func TestReadiness(t *testing.T) {
	t.Parallel()
	bubble(t, "by a test", func(t *testing.T, r *rig) {
		r.wantReady(r.phone, wire.NeverTested)
		r.test(r.dan, r.phone)
		r.pass(time.Second)
		r.wantReady(r.phone, wire.NeverTested) // not yet answered
		r.pass(3 * time.Minute)
		r.is(r.phone, models.Background, 0)
		r.wantReady(r.phone, wire.TestUnanswered)
		r.tell(r.phone, r.provider.to(r.phone)[0].ID, wire.PushDisplayed)
		r.wantReady(r.phone, wire.Ready)
		got := r.ready(r.phone)
		if got.Confirmed == 0 || got.Accepted == 0 || got.Tested == 0 || got.Heard == 0 || got.Kind != "fcm_token" || got.Provider != "closed" || got.State != models.Background {
			t.Errorf("got %+v", got)
		}
		r.pass(13 * time.Hour)
		r.wantReady(r.phone, wire.NotHeard)
	})
	bubble(t, "without an address", func(t *testing.T, r *rig) {
		if err := r.push.Unbind(t.Context(), r.id(), r.phone); err != nil {
			t.Fatal(err)
		}
		r.wantReady(r.phone, wire.NoAddress)
	})
	bubble(t, "permission denied, and given", func(t *testing.T, r *rig) {
		a := addressOf(r.phone)
		a.Permission = push.PermissionDenied
		if err := r.push.Register(t.Context(), r.id(), r.phone, a); err != nil {
			t.Fatal(err)
		}
		r.wantReady(r.phone, wire.PermissionDenied)
		a.Permission = push.PermissionGranted
		if err := r.push.Register(t.Context(), r.id(), r.phone, a); err != nil {
			t.Fatal(err)
		}
		r.wantReady(r.phone, wire.NeverTested)
	})
	bubble(t, "called dead by one answer", func(t *testing.T, r *rig) {
		r.is(r.phone, models.Background, 0)
		r.provider.answers(push.Result{Outcome: push.TokenDead, Status: 404, Reason: "UNREGISTERED"})
		r.post(r.omar, r.chat, "hello")
		r.pass(2 * time.Second)
		r.wantReady(r.phone, wire.AddressDoubted)
	})
	bubble(t, "provider down", func(t *testing.T, r *rig) {
		r.provider.answers(push.Result{Outcome: push.AuthTrouble, Status: 403, Reason: "refused"})
		r.is(r.phone, models.Background, 0)
		r.post(r.omar, r.chat, "hello")
		r.pass(2 * time.Second)
		r.wantReady(r.phone, wire.ProviderDown)
		r.wantReady(r.tablet, wire.ProviderDown) // by the same provider
	})
}
