package push_test

import (
	"testing"
	"time"

	"officermobile/models"
	"officermobile/push"
	"officermobile/store"
)

func TestDecisions(t *testing.T) {
	t.Parallel()
	bubble(t, "R1 a device in the foreground that confirms gets no push", func(t *testing.T, r *rig) {
		seq := r.post(r.omar, r.chat, "hello")
		r.pass(3 * time.Second)
		r.allLook()
		r.pass(time.Minute)
		r.want(r.phone, 0)
		r.reason(seq, r.phone, push.Suppress, push.ForegroundConfirmed)
	})
	bubble(t, "R1 even if it is put away right after", func(t *testing.T, r *rig) {
		seq := r.post(r.omar, r.chat, "hello")
		r.pass(time.Millisecond)
		r.is(r.phone, models.Background, seq)
		r.is(r.tablet, models.Foreground, seq)
		r.pass(time.Minute)
		r.want(r.phone, 0)
	})
	bubble(t, "R2 without confirmation one push", func(t *testing.T, r *rig) {
		began := time.Now()
		seq := r.post(r.omar, r.chat, "hello")
		r.is(r.tablet, models.Foreground, seq)
		r.pass(8*time.Second - 1)
		r.want(r.phone, 0)
		r.pass(time.Minute)
		r.want(r.phone, 1)
		for _, s := range r.provider.all() {
			if waited := s.at.Sub(began); waited > 8300*time.Millisecond {
				t.Errorf("it came after %v", waited)
			}
		}
		r.reason(seq, r.phone, push.Push, push.ForegroundUnconfirmed)
		r.want(r.tablet, 0)
	})
	bubble(t, "R2 by class", func(t *testing.T, r *rig) {
		r.urgent(r.omar, r.chat)
		r.pass(2500 * time.Millisecond)
		r.want(r.phone, 1)
		r.is(r.phone, models.Foreground, 0) // or the next would not wait
		r.do(r.dan, &models.TaskCreate{ID: newID[models.TaskID](r.world), DispatchID: r.dispatch().ID, Assignee: r.olga})
		r.pass(4900 * time.Millisecond)
		r.want(r.phone, 1)
		r.pass(400 * time.Millisecond)
		r.want(r.phone, 2)
		if got := r.provider.to(r.phone)[1].Class; got != push.Invite {
			t.Errorf("a task came as %v", got)
		}
	})
	bubble(t, "R2 stopped while it waits", func(t *testing.T, r *rig) {
		r.post(r.omar, r.chat, "hello")
		r.pass(4 * time.Second)
		r.stop()
		r.want(r.phone, 0)
		r.start("node")
		r.pass(time.Minute)
		r.want(r.phone, 1)
	})
	bubble(t, "R3 in the background at once", func(t *testing.T, r *rig) {
		r.is(r.phone, models.Background, r.tip())
		r.is(r.tablet, models.Offline, r.tip())
		seq := r.post(r.omar, r.chat, "hello")
		r.pass(time.Millisecond)
		r.want(r.phone, 1)
		r.want(r.tablet, 1)
		r.reason(seq, r.phone, push.Push, push.InBackground)
		r.reason(seq, r.tablet, push.Push, push.IsOffline)
		if got := r.provider.to(r.phone)[0].Badge; got != 1 {
			t.Errorf("badge %d, want 1", got)
		}
	})
	bubble(t, "R4 the newest presence counts", func(t *testing.T, r *rig) {
		r.post(r.omar, r.chat, "hello")
		r.pass(time.Second)
		r.want(r.phone, 0)
		r.is(r.phone, models.Background, 0) // unconfirmed
		r.pass(300 * time.Millisecond)
		r.want(r.phone, 1)
	})
	bubble(t, "R5 a read on another device cancels", func(t *testing.T, r *rig) {
		seq := r.post(r.omar, r.chat, "hello")
		r.is(r.tablet, models.Foreground, seq)
		r.pass(3 * time.Second)
		r.from(r.olga, r.tablet, &models.ReadUpTo{ConversationID: r.chat, N: 100})
		r.pass(time.Minute)
		r.want(r.phone, 0)
		r.reason(seq, r.phone, push.Suppress, push.HasRead)
	})
	bubble(t, "R6 neither author nor sending device", func(t *testing.T, r *rig) {
		for _, d := range []models.DeviceID{r.phone, r.tablet, r.omars} {
			r.is(d, models.Offline, 0)
		}
		events := r.from(r.olga, r.phone, &models.MessagePost{ConversationID: r.chat, ID: newID[models.MessageID](r.world), Text: "hi"})
		r.pass(time.Minute)
		r.want(r.phone, 0)
		r.want(r.tablet, 0)
		r.want(r.omars, 1)
		r.reason(events[0].Seq, r.phone, push.Suppress, push.OwnDevice)
		r.reason(events[0].Seq, r.tablet, push.Suppress, push.ByAuthor)
	})
	bubble(t, "R9 a burst is few pushes, the last with the final count", func(t *testing.T, r *rig) {
		r.is(r.phone, models.Background, r.tip())
		r.is(r.tablet, models.Background, r.tip())
		for range 50 {
			r.post(r.omar, r.chat, "hello")
			r.pass(200 * time.Millisecond)
		}
		r.pass(time.Minute)
		all := r.provider.to(r.phone)
		if len(all) > 5 || len(all) < 2 || all[len(all)-1].Badge != 50 {
			t.Errorf("%d pushes, the last with badge %d", len(all), all[len(all)-1].Badge)
		}
		r.reason(r.tip()-7, r.phone, push.Push, push.InBackground)
	})
	bubble(t, "who gets what", func(t *testing.T, r *rig) {
		d := r.dispatch()
		if err := r.push.Register(t.Context(), r.id(), r.dans, addressOf(r.dans)); err != nil {
			t.Fatal(err)
		}
		for _, device := range []models.DeviceID{r.phone, r.tablet, r.omars, r.dans} {
			r.is(device, models.Offline, 0)
		}
		r.do(r.omar, &models.Comment{DispatchID: d.ID})
		r.pass(time.Second)
		r.want(r.dans, 0)
		seq := r.post(r.omar, d.Conversation, "routine")
		r.pass(time.Second)
		r.want(r.dans, 0)
		r.reason(seq, r.dans, push.Suppress, push.InByRole)
		r.urgent(r.omar, d.Conversation)
		r.pass(time.Second)
		r.want(r.dans, 1)
		r.want(r.phone, 0)
		r.do(r.omar, &models.Invite{ConversationID: d.Conversation, Invitees: []models.UserID{r.olga}})
		r.pass(time.Second)
		r.want(r.phone, 1)
		if got := r.provider.to(r.phone)[0].Class; got != push.Invite {
			t.Errorf("an invitation came as %v", got)
		}
	})
	bubble(t, "what was dealt with meanwhile does not ring", func(t *testing.T, r *rig) {
		id, urgent := r.urgent(r.omar, r.chat)
		task := newID[models.TaskID](r.world)
		made := r.do(r.dan, &models.TaskCreate{ID: task, DispatchID: r.dispatch().ID, Assignee: r.olga})
		r.pass(time.Second)
		r.from(r.olga, r.tablet, &models.Acknowledge{MessageID: id})
		r.do(r.dan, &models.TaskUnassign{TaskID: task})
		r.pass(time.Minute)
		r.want(r.phone, 0)
		r.reason(urgent, r.phone, push.Suppress, push.HasAcknowledged)
		r.reason(made[len(made)-1].Seq, r.phone, push.Suppress, push.Withdrawn)
	})
	bubble(t, "no address", func(t *testing.T, r *rig) {
		if err := r.push.Unbind(t.Context(), r.id(), r.phone); err != nil {
			t.Fatal(err)
		}
		r.is(r.phone, models.Offline, 0)
		_, seq := r.urgent(r.omar, r.chat)
		r.pass(5 * time.Second)
		r.want(r.phone, 0)
		r.reason(seq, r.phone, push.Suppress, push.NoAddress)
	})
	bubble(t, "seen messages write nothing of their own", func(t *testing.T, r *rig) {
		before, verdicts := r.docs.writes["push_position"], r.docs.writes["push_verdict"]
		pages := r.docs.writes["push_ledger"]
		for range 1000 {
			r.post(r.omar, r.chat, "hello")
			r.pass(10 * time.Millisecond)
			r.allLook()
		}
		r.pass(5 * time.Second)
		for _, kind := range []store.Kind{"push_message", "push_invite", "push_emergency"} {
			if got := len(r.docs.holding(kind, "")); got != 0 {
				t.Errorf("%d documents of %s", got, kind)
			}
		}
		if got := r.docs.writes["push_verdict"] - verdicts; got != 0 {
			t.Errorf("%d verdicts", got)
		}
		if got := r.docs.writes["push_ledger"] - pages; got > 20 {
			t.Errorf("%d pages of the ledger in 15 s", got)
		}
		if got := r.docs.writes["push_position"] - before; got > 20 {
			t.Errorf("%d writes of the position in 15 s", got)
		}
	})
}
