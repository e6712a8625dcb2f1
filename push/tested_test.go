package push_test

import (
	"testing"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
	"officermobile/push"
)

func (r *rig) test(actor models.UserID, d models.DeviceID) record.Seq {
	return r.do(actor, &models.DeviceTest{DeviceID: d})[0].Seq
}

func (r *rig) tested(d models.DeviceID, seq record.Seq) push.VerdictRecord {
	r.t.Helper()
	v, err := r.push.Tested(r.t.Context(), r.id(), d, seq)
	if err != nil {
		r.t.Fatal(err)
	}
	return v
}

// TestTested: a test goes to its device alone by the way of every ring, whatever the device is doing, and its answer can
// be read.
func TestTested(t *testing.T) {
	t.Parallel()
	bubble(t, "a phone in hand, by its user", func(t *testing.T, r *rig) {
		seq := r.test(r.olga, r.phone)
		r.is(r.phone, models.Foreground, seq)
		r.pass(time.Second)
		r.want(r.phone, 1)
		r.want(r.tablet, 0)
		n := r.provider.to(r.phone)[0]
		if !n.Test || n.Class != push.Message {
			t.Errorf("got %+v, want a message that says that it is a test", n.Notification)
		}
		r.tell(r.phone, n.ID, wire.PushReceived, wire.PushDisplayed)
		v := r.tested(r.phone, seq)
		if v.Reason != push.IsTest || v.Outcome != "accepted" || v.Reached.Displayed.IsZero() {
			t.Errorf("got %+v, want it accepted and displayed", v)
		}
		if about, _ := v.About(); about != "test" {
			t.Errorf("it is about %q", about)
		}
		r.pass(time.Minute)
		again := r.test(r.dan, r.phone)
		r.pass(time.Second)
		r.want(r.phone, 2)
		if all := r.provider.to(r.phone); all[0].ID == all[1].ID || all[0].CollapseTag != all[1].CollapseTag {
			t.Error("the second test has the id of the first, or does not replace it on the screen")
		}
		if v := r.tested(r.phone, again); !v.Reached.Displayed.IsZero() {
			t.Errorf("the second was not displayed yet, and says %+v", v.Reached)
		}
	})
	bubble(t, "without an address", func(t *testing.T, r *rig) {
		if err := r.push.Unbind(t.Context(), r.id(), r.phone); err != nil {
			t.Fatal(err)
		}
		seq := r.test(r.ada, r.phone)
		r.pass(2 * time.Second)
		if v := r.tested(r.phone, seq); v.Decision != push.Suppress || v.Reason != push.NoAddress {
			t.Errorf("got %s %s, want no address", v.Decision, v.Reason)
		}
	})
	bubble(t, "with the provider away", func(t *testing.T, r *rig) {
		r.provider.answers(push.Result{Outcome: push.TryAgain, Status: 503, Reason: "unavailable"})
		seq := r.test(r.ada, r.phone)
		r.pass(10 * time.Minute)
		if v := r.tested(r.phone, seq); v.Decision != push.Suppress || v.Reason != push.HasExpired {
			t.Errorf("got %s %s, want it expired: nobody looks at the phone any more", v.Decision, v.Reason)
		}
	})
	bubble(t, "signed out meanwhile", func(t *testing.T, r *rig) {
		r.provider.took = time.Second
		r.do(r.olga, &models.DeviceTest{DeviceID: r.phone})
		r.do(r.olga, &models.DeviceRelease{DeviceID: r.phone})
		r.pass(5 * time.Second)
		r.want(r.phone, 0)
	})
}
