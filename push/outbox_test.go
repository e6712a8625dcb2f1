package push_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/push"
	"officermobile/store"

	"github.com/go-json-experiment/json"
)

// away puts olga's devices and omar's out of sight.
func (r *rig) away() {
	for _, d := range []models.DeviceID{r.phone, r.tablet, r.omars} {
		r.is(d, models.Offline, 0)
	}
}

// rungIn rewrites the stored slots as a clock that was ahead would have left them.
func (r *rig) rungIn(ahead time.Duration) {
	r.t.Helper()
	docs, err := r.docs.List(r.t.Context(), "push_message", "", "", 100)
	if err != nil || len(docs) == 0 {
		r.t.Fatalf("got %d slots, %v", len(docs), err)
	}
	for _, d := range docs {
		var body map[string]any
		if err := json.Unmarshal(d.Body, &body); err != nil {
			r.t.Fatal(err)
		}
		body["sent_at"] = time.Now().Add(ahead)
		if d.Body, err = json.Marshal(body); err != nil {
			r.t.Fatal(err)
		}
		if _, err := r.docs.PutIf(r.t.Context(), d); err != nil {
			r.t.Fatal(err)
		}
	}
}

func TestOutbox(t *testing.T) {
	t.Parallel()
	down := push.Result{Outcome: push.TryAgain, Status: 503, Reason: "ServiceUnavailable"}
	up := push.Result{Outcome: push.Accepted, Status: 200}
	bubble(t, "R12 no push after a device is shut out", func(t *testing.T, r *rig) {
		r.away()
		r.provider.answers(down)
		r.post(r.omar, r.chat, "hello")
		r.pass(time.Second)
		r.want(r.phone, 1)
		r.do(r.ada, &models.DeviceRevoke{DeviceID: r.phone})
		if err := r.push.Unbind(t.Context(), r.id(), r.phone); err != nil {
			t.Fatal(err)
		}
		r.provider.forget()
		r.provider.answers(up)
		r.post(r.omar, r.chat, "again")
		r.pass(time.Minute)
		r.want(r.phone, 0)
		r.want(r.tablet, 1)
	})
	bubble(t, "R12 one under way is cut off", func(t *testing.T, r *rig) {
		r.away()
		r.provider.took = 9 * time.Second
		r.post(r.omar, r.chat, "hello")
		r.pass(time.Second)
		began := time.Now()
		if err := r.push.Unbind(t.Context(), r.id(), r.phone); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(began); waited != 0 {
			t.Errorf("unbinding waited %v for the provider", waited)
		}
		r.pass(time.Minute)
		r.want(r.phone, 1)
	})
	bubble(t, "R12 a clock that was set back silences no phone", func(t *testing.T, r *rig) {
		r.away()
		r.post(r.omar, r.chat, "before")
		r.pass(5 * time.Second)
		r.want(r.phone, 1)
		r.stop()
		r.rungIn(3 * time.Hour)
		r.start("node")
		r.post(r.omar, r.chat, "after")
		r.pass(5 * time.Second)
		r.want(r.phone, 2)
	})
	bubble(t, "R12 the log alone is enough", func(t *testing.T, r *rig) {
		r.away()
		r.provider.answers(down)
		_, seq := r.urgent(r.omar, r.chat)
		r.pass(100 * time.Millisecond)
		r.do(r.ada, &models.DeviceRevoke{DeviceID: r.phone})
		r.pass(time.Minute)
		r.want(r.phone, 1)
		r.want(r.tablet, 4) // at 0, 2, 12 and 42 s
		r.do(r.ada, &models.DeviceRevoke{DeviceID: r.tablet})
		r.pass(time.Minute)
		r.want(r.tablet, 4)
		r.reason(seq, r.phone, push.Suppress, push.Revoked)
	})
	bubble(t, "R13 who was removed gets none for what came later, nor for what waits", func(t *testing.T, r *rig) {
		d := r.dispatch()
		r.do(r.olga, &models.Comment{DispatchID: d.ID})
		r.do(r.omar, &models.Comment{DispatchID: d.ID})
		r.away()
		r.provider.answers(down)
		waits := r.post(r.omar, d.Conversation, "hello")
		r.pass(time.Second)
		r.provider.forget()
		r.do(r.dan, &models.Remove{ConversationID: d.Conversation, UserID: r.olga})
		r.provider.answers(up)
		r.post(r.omar, d.Conversation, "she is out")
		r.pass(time.Minute)
		r.want(r.phone, 0)
		_ = waits
	})
	bubble(t, "R16 one at a time to a device", func(t *testing.T, r *rig) {
		r.away()
		r.provider.took = 300 * time.Millisecond
		for range 10 {
			r.urgent(r.omar, r.chat)
			r.post(r.omar, r.chat, "hello")
		}
		r.pass(time.Minute)
		if r.provider.peak != 1 {
			t.Errorf("%d requests at once to one device", r.provider.peak)
		}
		if got := len(r.provider.to(r.phone)); got != 11 && got != 12 {
			t.Errorf("%d pushes, want ten urgent and one or two of the conversation", got)
		}
	})
	bubble(t, "what comes during a send rings after it", func(t *testing.T, r *rig) {
		r.away()
		r.provider.took = 2 * time.Second
		r.post(r.omar, r.chat, "hello")
		r.pass(time.Second)
		r.post(r.omar, r.chat, "more")
		r.pass(time.Minute)
		all := r.provider.to(r.phone)
		if len(all) != 2 || all[0].ID == all[1].ID || all[1].Badge != 2 || all[0].CollapseTag != all[1].CollapseTag {
			t.Errorf("%d pushes: %+v", len(all), all)
		}
	})
	bubble(t, "R17 an emergency has room though all else is stuck", func(t *testing.T, r *rig) {
		r.away()
		for range 60 {
			d := r.device(r.olga, "phone")
			if err := r.push.Register(t.Context(), r.id(), d, addressOf(d)); err != nil {
				t.Fatal(err)
			}
		}
		conversation := r.dispatchWith(r.omar)
		r.pass(time.Minute)
		r.stuck() // by olga's 62 devices
		r.urgent(r.dan, conversation)
		r.pass(100 * time.Millisecond)
		r.want(r.omars, 1)
	})
	bubble(t, "R18 the lease is durable before the request leaves", func(t *testing.T, r *rig) {
		r.away()
		r.provider.took = 2 * time.Second
		r.urgent(r.omar, r.chat)
		r.pass(time.Second)
		if got := len(r.docs.holding("push_emergency", `"owner":"node"`)); got != 2 {
			t.Errorf("%d leases for two requests under way", got)
		}
		r.pass(2 * time.Second)
		if got := len(r.docs.holding("push_emergency", `"owner"`)); got != 0 {
			t.Errorf("%d leases afterwards", got)
		}
	})
	bubble(t, "R18 two nodes ring once", func(t *testing.T, r *rig) {
		r.start("other")
		r.away()
		for range 5 {
			r.urgent(r.omar, r.chat)
			r.pass(time.Minute)
		}
		r.want(r.phone, 5)
		r.want(r.tablet, 5)
	})
	bubble(t, "R18 another node takes over", func(t *testing.T, r *rig) {
		first := r.stop
		r.start("other")
		r.away()
		first()
		r.urgent(r.omar, r.chat)
		r.pass(30 * time.Second)
		r.want(r.phone, 1)
	})
	bubble(t, "R19 what expired is not sent", func(t *testing.T, r *rig) {
		r.away()
		r.provider.answers(down)
		_, seq := r.urgent(r.omar, r.chat)
		r.pass(10*time.Minute + time.Second)
		r.provider.forget()
		r.provider.answers(up)
		r.pass(time.Hour)
		r.want(r.phone, 0)
		r.reason(seq, r.phone, push.Suppress, push.HasExpired)
	})
	bubble(t, "R19 nor after a long stop", func(t *testing.T, r *rig) {
		r.stop()
		r.away()
		r.urgent(r.omar, r.chat)
		r.post(r.omar, r.chat, "hello")
		r.pass(time.Hour)
		r.start("node")
		r.pass(time.Minute)
		r.want(r.phone, 1) // the message
		r.stop()
		r.post(r.omar, r.chat, "hello")
		r.pass(25 * time.Hour)
		r.start("node")
		r.pass(time.Minute)
		r.want(r.phone, 1)
	})
	bubble(t, "R20 a graceful stop leaves no lease and loses nothing", func(t *testing.T, r *rig) {
		r.away()
		r.provider.took = 2 * time.Second
		r.post(r.omar, r.chat, "hello")
		r.urgent(r.omar, r.chat)
		r.pass(time.Second)
		r.stop()
		for _, kind := range []string{"push_position", "push_emergency", "push_message"} {
			if got := r.docs.holding(store.Kind(kind), `"owner"`); len(got) > 0 {
				t.Errorf("%s keeps a lease: %v", kind, got)
			}
		}
		r.start("other")
		r.pass(time.Minute)
		r.want(r.phone, 2)
		r.want(r.tablet, 2)
	})
	bubble(t, "marks of what rang are forgotten in time", func(t *testing.T, r *rig) {
		r.away()
		r.post(r.omar, r.chat, "hello")
		r.pass(10 * time.Second)
		if got := len(r.docs.holding("push_message", "")); got != 2 {
			t.Errorf("%d marks of olga's two devices", got)
		}
		r.pass(2 * time.Minute)
		if got := len(r.docs.holding("push_message", "")); got != 0 {
			t.Errorf("%d marks are left", got)
		}
	})
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	bubble(t, "a dead address is forgotten", func(t *testing.T, r *rig) {
		r.away()
		r.phones(4) // who have the app still
		r.post(r.omar, r.chat, "taken")
		r.pass(time.Minute)
		r.provider.forget()
		r.failing(push.Result{Outcome: push.TokenDead, Status: 404, Reason: "UNREGISTERED"}, r.phone)
		r.post(r.omar, r.chat, "hello")
		r.pass(time.Minute)
		r.post(r.omar, r.chat, "again")
		r.pass(time.Minute)
		r.want(r.phone, 1)
	})
	bubble(t, "but not if it was registered since", func(t *testing.T, r *rig) {
		r.away()
		r.provider.answers(push.Result{Outcome: push.TokenDead, Status: 410, Reason: "Unregistered", DeadSince: time.Now().Add(-time.Hour)})
		r.post(r.omar, r.chat, "hello")
		r.pass(time.Minute)
		r.post(r.omar, r.chat, "again")
		r.pass(time.Minute)
		r.want(r.phone, 2)
	})
	bubble(t, "our bug is not repeated", func(t *testing.T, r *rig) {
		r.away()
		r.provider.answers(push.Result{Outcome: push.OurBug, Status: 400, Reason: "BadMessageId"})
		r.urgent(r.omar, r.chat)
		r.pass(time.Hour)
		r.want(r.phone, 1)
	})
	bubble(t, "too fast waits as asked", func(t *testing.T, r *rig) {
		r.away()
		r.is(r.tablet, models.Foreground, 1000)
		r.provider.answers(push.Result{Outcome: push.Limited, Status: 429, ForDevice: true, RetryAfter: 90 * time.Second})
		r.post(r.omar, r.chat, "hello")
		r.pass(89 * time.Second)
		r.want(r.phone, 1)
		r.pass(2 * time.Second)
		r.want(r.phone, 2)
	})
	bubble(t, "a refused credential holds all but a probe", func(t *testing.T, r *rig) {
		r.away()
		r.provider.answers(push.Result{Outcome: push.AuthTrouble, Status: 403, Reason: "InvalidProviderToken"})
		r.post(r.omar, r.chat, "hello")
		r.pass(10 * time.Minute)
		if got := len(r.provider.all()); got > 4 {
			t.Errorf("%d requests to a provider that refuses us", got)
		}
		r.provider.forget()
		r.provider.answers(push.Result{Outcome: push.Accepted})
		r.urgent(r.omar, r.chat)
		r.pass(31 * time.Second)
		r.want(r.phone, 2) // the emergency was let through, and its success let the message go
		r.pass(15 * time.Minute)
		r.want(r.phone, 2)
	})
	bubble(t, "repeats keep their id, what comes after a try has another", func(t *testing.T, r *rig) {
		r.away()
		r.provider.answers(push.Result{Outcome: push.TryAgain, Reason: push.ReasonTimeout})
		r.post(r.omar, r.chat, "hello")
		r.pass(15 * time.Second) // at 0, 2, 10
		first := r.provider.to(r.phone)
		if len(first) != 3 || first[0].ID != first[2].ID {
			t.Fatalf("%d tries, ids %v", len(first), first)
		}
		r.provider.answers(push.Result{Outcome: push.Accepted})
		r.post(r.omar, r.chat, "more")
		r.pass(time.Minute)
		all := r.provider.to(r.phone)
		if last := all[len(all)-1]; len(all) != 4 || last.ID == first[0].ID || last.Badge != 2 {
			t.Errorf("%d sends, the last with badge %d", len(all), last.Badge)
		}
	})
}

// TestKilled is R15: the process dies at every call to the store, and again in the middle of every send, with the
// call's effect and without. Nothing urgent and no invitation or task is lost, and what comes twice has the same id.
func TestKilled(t *testing.T) {
	t.Parallel()
	const points = 120 // more calls than a run makes
	for point := range points {
		t.Run(fmt.Sprintf("R15 at point %d", point), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { kill(t, newRig(t), point) })
		})
	}
}

var errKilled = errors.New("killed")

func kill(t *testing.T, r *rig, point int) {
	left, dead := point, false
	r.docs.mu.Lock()
	r.docs.step = func() error {
		if left--; left < 0 {
			dead = true
		}
		if dead {
			return errKilled
		}
		return nil
	}
	r.docs.mu.Unlock()
	r.provider.mu.Lock()
	r.provider.took = 50 * time.Millisecond
	r.provider.mu.Unlock()
	r.away()
	r.is(r.tablet, models.Foreground, 0) // and never confirms
	_, first := r.urgent(r.omar, r.chat)
	_, second := r.urgent(r.omar, r.chat)
	task := r.do(r.dan, &models.TaskCreate{ID: newID[models.TaskID](r.world), DispatchID: r.dispatch().ID, Assignee: r.olga})
	r.post(r.omar, r.chat, "hello")
	r.pass(10 * time.Second)
	r.stop()
	r.docs.mu.Lock()
	died := dead
	r.docs.step = func() error { return nil }
	r.docs.mu.Unlock()
	r.start("node")
	r.pass(2 * time.Minute)
	for _, d := range []models.DeviceID{r.phone, r.tablet} {
		ids := map[push.Class]map[record.UUID]bool{}
		for _, s := range r.provider.to(d) {
			if ids[s.Class] == nil {
				ids[s.Class] = map[record.UUID]bool{}
			}
			ids[s.Class][s.ID] = true
		}
		if e, i, m := len(ids[push.Emergency]), len(ids[push.Invite]), len(ids[push.Message]); e != 2 || i != 1 || m != 1 {
			t.Errorf("died %v: %d urgent, %d tasks, %d messages under ids of their own; want 2, 1, 1", died, e, i, m)
		}
	}
	for _, seq := range []record.Seq{first, second, task[len(task)-1].Seq} {
		r.reason(seq, r.phone, push.Push, push.IsOffline)
	}
	r.stop()
}
