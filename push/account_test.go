package push_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/push"
	"officermobile/store"
)

// event is the one at a position.
func (w *world) event(seq record.Seq) models.Event {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.log[seq-1]
}

// account is what push knows of a message, in words of a test: "name [role] reason..." by name.
func (r *rig) account(seq record.Seq) (push.Known, []string) {
	r.t.Helper()
	a, err := r.push.Account(r.t.Context(), r.id(), r.event(seq))
	if err != nil {
		r.t.Fatal(err)
	}
	return a.Known, r.lines(a.Recipients)
}

// lines are recipients in words of a test, by name.
func (r *rig) lines(all []push.Addressee) (lines []string) {
	names := map[models.UserID]string{r.ada: "ada", r.dan: "dan", r.olga: "olga", r.omar: "omar"}
	devices := map[models.DeviceID]string{r.phone: "phone", r.tablet: "tablet", r.omars: "omars", r.dans: "dans"}
	for _, to := range all {
		line := names[to.User]
		if to.ByRole {
			line += " by role"
		}
		var about []string
		for _, v := range to.Verdicts {
			about = append(about, " "+devices[v.Device]+":"+string(v.Decision)+":"+string(v.Reason)+":"+v.Outcome)
		}
		slices.Sort(about)
		for _, s := range about {
			line += s
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

func (r *rig) wantAccount(seq record.Seq, known push.Known, want ...string) {
	r.t.Helper()
	gotKnown, got := r.account(seq)
	if gotKnown != known || !slices.Equal(got, want) {
		r.t.Errorf("got %s %q, want %s %q", gotKnown, got, known, want)
	}
}

func TestAccount(t *testing.T) {
	t.Parallel()
	bubble(t, "R14 whoever sent something urgent is told at once that a phone shows nothing", func(t *testing.T, r *rig) {
		r.away()
		denied := addressOf(r.phone)
		denied.Permission = push.PermissionDenied
		if err := r.push.Register(t.Context(), r.id(), r.phone, denied); err != nil {
			t.Fatal(err)
		}
		_, seq := r.urgent(r.omar, r.chat)
		r.pass(time.Second)
		r.want(r.phone, 0)
		r.wantAccount(seq, push.KnownExactly, "olga phone:suppress:not_allowed: tablet:push:offline:accepted")
		denied.Permission = push.PermissionGranted
		if err := r.push.Register(t.Context(), r.id(), r.phone, denied); err != nil {
			t.Fatal(err)
		}
		r.urgent(r.omar, r.chat)
		r.pass(time.Second)
		r.want(r.phone, 1)
	})
	bubble(t, "everybody it was for, and every device", func(t *testing.T, r *rig) {
		d := r.dispatch()
		r.do(r.dan, &models.TaskCreate{ID: newID[models.TaskID](r.world), DispatchID: d.ID, Assignee: r.olga})
		r.pass(10 * time.Second)
		r.is(r.phone, models.Foreground, r.tip())
		r.is(r.tablet, models.Background, r.tip())
		seq := r.post(r.dan, d.Conversation, "gate 4")
		r.pass(time.Second)
		r.wantAccount(seq, push.KnownExactly, "ada by role",
			"olga phone:wait:foreground_waiting: tablet:push:background:accepted")
		r.is(r.phone, models.Foreground, seq)
		r.pass(time.Second)
		want := []string{"ada by role", "olga phone:suppress:foreground_confirmed: tablet:push:background:accepted"}
		r.wantAccount(seq, push.KnownExactly, want...)

		// whoever comes and goes later changes nothing, nor does a restart
		r.do(r.omar, &models.Comment{DispatchID: d.ID})
		r.do(r.ada, &models.Leave{ConversationID: d.Conversation})
		r.device(r.olga, "phone")
		r.pass(2 * time.Minute)
		r.stop()
		r.start("node")
		r.pass(2 * time.Minute)
		if _, got := r.account(seq); len(got) != 2 || got[0] != want[0] || !strings.HasPrefix(got[1], "olga :suppress:not_there: "+want[1][len("olga "):]) {
			t.Errorf("got %q, want as before and a phone that was not there", got)
		}
	})
	bubble(t, "a role's routine messages", func(t *testing.T, r *rig) {
		d := r.dispatch()
		seq := r.post(r.ada, d.Conversation, "gate 4")
		r.pass(time.Hour)
		r.wantAccount(seq, push.KnownExactly, "dan by role dans:suppress:by_role:")
	})
	bubble(t, "without anything kept it is who is in now", func(t *testing.T, r *rig) {
		seq := r.post(r.omar, r.chat, "hello")
		r.pass(20 * time.Second)
		r.docs.expire(t, 90*24*time.Hour)
		known, got := r.account(seq)
		if known != push.KnownNow || len(got) != 1 {
			t.Errorf("got %s %q", known, got)
		}
	})
}

// expire takes away what is kept of verdicts, after a check of how long it would be.
func (m *memory) expire(t *testing.T, want time.Duration) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, kind := range []store.Kind{"push_ledger", "push_verdict"} {
		for id, d := range m.docs[kind] {
			if life := time.Until(d.Due).Round(time.Hour); life != want {
				t.Errorf("%s is kept for %v, want %v", id, life, want)
			}
		}
		clear(m.docs[kind])
	}
}

func TestVerdictsOfADevice(t *testing.T) {
	t.Parallel()
	bubble(t, "newest first, through a restart", func(t *testing.T, r *rig) {
		r.is(r.phone, models.Background, r.tip())
		r.is(r.tablet, models.Background, r.tip())
		var posted []record.Seq
		for i := range 30 {
			posted = append(posted, r.post(r.omar, r.chat, "hello"))
			r.pass(4 * time.Second)
			if i == 20 {
				r.is(r.phone, models.Foreground, r.tip())
			}
			if r.presence[r.phone].State == models.Foreground {
				r.is(r.phone, models.Foreground, r.tip())
			}
			r.pass(16 * time.Second) // each rings for itself
		}
		r.stop()
		r.start("node")
		r.pass(time.Second)
		got, more, err := r.push.OfDevice(t.Context(), r.id(), r.phone, 25)
		if err != nil || len(got) != 25 || !more {
			t.Fatalf("got %d verdicts, more %v, %v; want 25 and more", len(got), more, err)
		}
		for i, v := range got {
			want := posted[len(posted)-1-i]
			reason := push.InBackground
			if 29-i > 20 {
				reason = push.ForegroundConfirmed
			}
			if v.Seq != want || v.Reason != reason || v.Device != r.phone {
				t.Errorf("verdict %d: got %d %s, want %d %s", i, v.Seq, v.Reason, want, reason)
			}
		}
		if got, more, err := r.push.OfDevice(t.Context(), r.id(), r.dans, 25); err != nil || len(got) != 0 || more {
			t.Errorf("another's device: got %d, more %v, %v", len(got), more, err)
		}
	})
}
