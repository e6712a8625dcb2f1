package push_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
	"officermobile/push"
)

// TestOffDutyTable is the policy by agency settings, whole.
func TestOffDutyTable(t *testing.T) {
	t.Parallel()
	classes := []push.Class{push.Quiet, push.Message, push.Invite, push.Emergency}
	for setting, want := range map[models.OffDutyPush][]string{
		"":                    {"aloud", "aloud", "aloud", "aloud"}, // on duty, or without any
		models.OffDutyRing:    {"aloud", "aloud", "aloud", "aloud"},
		models.OffDutyPassive: {"aloud", "passive", "passive", "aloud"},
		models.OffDutyHold:    {"aloud", "held", "passive", "aloud"},
	} {
		for i, c := range classes {
			if got := push.OffDuty(setting, c); got != want[i] {
				t.Errorf("%q, %s: got %s, want %s", setting, c, got, want[i])
			}
		}
	}
}

func TestElsewhere(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	f := push.Facts{Seq: 10, Patience: 8 * time.Second}
	is := func(state models.PresenceState, confirmed record.Seq) wire.DevicePresence {
		return wire.DevicePresence{State: state, Certain: true, Confirmed: confirmed}
	}
	const wait = 10 * time.Second
	for _, c := range []struct {
		name   string
		others []wire.DevicePresence
		wait   time.Duration
		want   time.Duration // after began; negative: not at all
	}{
		{"no other device", nil, wait, -1},
		{"away", []wire.DevicePresence{is(models.Background, 10), is(models.Offline, 11)}, wait, -1},
		{"confirmed", []wire.DevicePresence{is(models.Foreground, 10)}, wait, wait},
		{"has yet to confirm", []wire.DevicePresence{is(models.Foreground, 9)}, wait, 8 * time.Second},
		{"one of two has", []wire.DevicePresence{is(models.Foreground, 9), is(models.Foreground, 12)}, wait, wait},
		{"a wait under the patience", []wire.DevicePresence{is(models.Foreground, 9)}, 3 * time.Second, 3 * time.Second},
	} {
		got := push.Elsewhere(c.others, f, began, c.wait)
		if c.want < 0 != got.IsZero() || c.want >= 0 && got.Sub(began) != c.want {
			t.Errorf("%s: got %v after, want %v", c.name, got.Sub(began), c.want)
		}
	}
}

// overrides collects what would go into the audit log.
type overrides struct {
	mu  sync.Mutex
	all []push.Override
}

func (o *overrides) note(_ context.Context, _ models.AgencyID, v push.Override) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all = append(o.all, v)
	return nil
}

func (o *overrides) of(d models.DeviceID) (n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, v := range o.all {
		if v.Device == d {
			n++
		}
	}
	return n
}

// settings changes the agency's.
func (r *rig) settings(patch string) {
	r.do(r.ada, &models.AgencyChange{Settings: models.SettingsPatch(patch)})
}

func TestDuty(t *testing.T) {
	t.Parallel()
	off := func(r *rig, setting string) {
		r.settings(`{"off_duty_push":"` + setting + `"}`)
		r.do(r.olga, &models.GoOffDuty{})
		r.away()
		r.pass(time.Second)
		r.provider.forget()
	}
	passive := func(t *testing.T, r *rig, want bool) {
		t.Helper()
		all := r.provider.to(r.phone)
		if len(all) == 0 || all[len(all)-1].Passive != want {
			t.Errorf("got %+v, want a last ring that is passive: %t", all, want)
		}
	}
	bubble(t, "R8 off duty a message rings without a sound, and is told so", func(t *testing.T, r *rig) {
		off(r, "passive")
		seq := r.post(r.omar, r.chat, "hello")
		r.pass(time.Minute)
		r.want(r.phone, 1)
		passive(t, r, true)
		all, err := r.push.Verdicts(t.Context(), r.id(), seq)
		if err != nil || len(all) == 0 || !all[0].Ground.Passive {
			t.Errorf("%+v %v, want it told", all, err)
		}
		r.post(r.olga, r.chat, "omar is on duty")
		r.pass(time.Minute)
		if got := r.provider.to(r.omars); len(got) != 1 || got[0].Passive {
			t.Errorf("%+v, want one ring aloud", got)
		}
	})
	bubble(t, "R8 or is held, by the agency's choice", func(t *testing.T, r *rig) {
		off(r, "hold")
		seq := r.post(r.omar, r.chat, "hello")
		r.pass(time.Minute)
		r.want(r.phone, 0)
		r.reason(seq, r.phone, push.Suppress, push.IsOffDuty)
		r.do(r.omar, &models.ConversationCreate{ID: newID[models.ConversationID](r.world), Title: "Plans", Invitees: []models.UserID{r.olga, r.dan}})
		r.pass(time.Minute)
		r.want(r.phone, 1)
		passive(t, r, true)
	})
	bubble(t, "R8 an agency without duty has everybody rung", func(t *testing.T, r *rig) {
		off(r, "ring")
		r.post(r.omar, r.chat, "hello")
		r.pass(time.Minute)
		r.want(r.phone, 1)
		passive(t, r, false)
		r.urgent(r.omar, r.chat)
		r.pass(time.Minute)
		if got := len(r.overrides.all); got != 0 {
			t.Errorf("%d overrides of what nobody chose", got)
		}
	})
	bubble(t, "R8 an emergency rings aloud, once on record for each device", func(t *testing.T, r *rig) {
		off(r, "hold")
		_, seq := r.urgent(r.omar, r.chat)
		r.climb(10 * time.Minute)
		passive(t, r, false)
		if len(r.provider.to(r.phone)) < 4 {
			t.Errorf("%d rings, want the whole ladder", len(r.provider.to(r.phone)))
		}
		r.reason(seq, r.phone, push.Push, push.IsOffline)
		if got := []int{r.overrides.of(r.phone), r.overrides.of(r.tablet), r.overrides.of(r.omars)}; got[0] != 1 || got[1] != 1 || got[2] != 0 {
			t.Errorf("got %v on record, want one for each device of who is off duty", got)
		}
	})
	bubble(t, "R8 who runs things is never off duty", func(t *testing.T, r *rig) {
		r.settings(`{"off_duty_push":"hold"}`)
		both := r.user("dora", models.Dispatcher|models.Officer)
		phone := r.device(both, "phone")
		if err := r.push.Register(t.Context(), r.id(), phone, addressOf(phone)); err != nil {
			t.Fatal(err)
		}
		r.do(r.omar, &models.ConversationCreate{ID: newID[models.ConversationID](r.world), Invitees: []models.UserID{both}})
		r.pass(time.Minute)
		if got := r.provider.to(phone); len(got) != 1 || got[0].Passive {
			t.Errorf("%+v, want one ring aloud", got)
		}
	})
}

func TestOtherDeviceWaits(t *testing.T) {
	t.Parallel()
	start := func(r *rig) {
		r.settings(`{"other_device_wait_s":10}`)
		r.is(r.phone, models.Background, r.tip())
		r.is(r.tablet, models.Foreground, r.tip())
		r.pass(time.Second)
	}
	bubble(t, "R5 a phone waits while the tablet is in use, and a read cancels", func(t *testing.T, r *rig) {
		start(r)
		seq := r.post(r.omar, r.chat, "hello")
		r.pass(time.Second)
		r.is(r.tablet, models.Foreground, seq)
		r.pass(8 * time.Second)
		r.want(r.phone, 0)
		r.reason(seq, r.phone, push.Wait, push.InUseElsewhere)
		r.from(r.olga, r.tablet, &models.ReadUpTo{ConversationID: r.chat, N: 100})
		r.pass(time.Minute)
		r.want(r.phone, 0)
		r.reason(seq, r.phone, push.Suppress, push.HasRead)
	})
	bubble(t, "R5 without a read it rings after ten seconds, however lively it is", func(t *testing.T, r *rig) {
		start(r)
		began := time.Now()
		for range 20 {
			r.is(r.tablet, models.Foreground, r.post(r.omar, r.chat, "hello"))
			r.pass(time.Second)
		}
		r.pass(time.Minute)
		all := r.provider.to(r.phone)
		if len(all) == 0 || all[0].at.Sub(began) != 10*time.Second {
			t.Fatalf("%+v, want the first after 10 s", all)
		}
	})
	bubble(t, "R5 a tablet that does not confirm keeps nothing back for longer than it has to confirm", func(t *testing.T, r *rig) {
		start(r)
		began := time.Now()
		r.post(r.omar, r.chat, "hello")
		r.pass(time.Minute)
		if all := r.provider.to(r.phone); len(all) != 1 || all[0].at.Sub(began) != 8*time.Second {
			t.Errorf("%+v, want one after 8 s", all)
		}
	})
	bubble(t, "R5 not for what is urgent or an invitation, nor unless the agency chose it", func(t *testing.T, r *rig) {
		start(r)
		_, seq := r.urgent(r.omar, r.chat)
		r.is(r.tablet, models.Foreground, seq)
		r.pass(time.Second)
		r.want(r.phone, 1)
		made := r.do(r.dan, &models.TaskCreate{ID: newID[models.TaskID](r.world), DispatchID: r.dispatch().ID, Assignee: r.olga})
		r.is(r.tablet, models.Foreground, made[len(made)-1].Seq)
		r.pass(time.Second)
		r.want(r.phone, 2)
		r.settings(`{"other_device_wait_s":null}`)
		r.is(r.tablet, models.Foreground, r.post(r.omar, r.chat, "hello"))
		r.pass(time.Second)
		r.want(r.phone, 3)
	})
}
