package push_test

import (
	"slices"
	"testing"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/push"
)

// chats makes conversations of omar and olga, whose devices have seen them.
func (r *rig) chats(n int) (all []models.ConversationID) {
	r.t.Helper()
	for range n {
		all = append(all, r.invites())
		r.post(r.olga, all[len(all)-1], "here") // which accepts
	}
	r.allLook()
	r.pass(time.Minute)
	r.provider.forget()
	return all
}

// invites makes a conversation of omar's that olga is asked into.
func (r *rig) invites() models.ConversationID {
	r.t.Helper()
	id := newID[models.ConversationID](r.world)
	r.do(r.omar, &models.ConversationCreate{ID: id, Invitees: []models.UserID{r.olga}})
	return id
}

// posts writes into each conversation.
func (r *rig) posts(to []models.ConversationID) (all []record.Seq) {
	for _, c := range to {
		all = append(all, r.post(r.omar, c, "hello"))
	}
	return all
}

// together writes into each conversation before anything is decided about any: what posts writes may ring one by one.
func (r *rig) together(to []models.ConversationID) []record.Seq {
	r.stop()
	defer r.start("node")
	return r.posts(to)
}

// toldOf is the verdict about a device in the account of a message.
func (r *rig) toldOf(seq record.Seq, d models.DeviceID) (told push.VerdictRecord) {
	r.t.Helper()
	events, _, err := r.Events(r.t.Context(), r.id(), seq-1, 1)
	if err != nil {
		r.t.Fatal(err)
	}
	account, err := r.push.Account(r.t.Context(), r.id(), events[0])
	if err != nil {
		r.t.Fatal(err)
	}
	for _, a := range account.Recipients {
		if i := slices.IndexFunc(a.Verdicts, func(v push.VerdictRecord) bool { return v.Device == d }); i >= 0 {
			told = a.Verdicts[i]
		}
	}
	return told
}

// classes are those of a device's rings, in order.
func classes(all []sent) (is []push.Class) {
	for _, s := range all {
		is = append(is, s.Class)
	}
	return is
}

// gap lets messages wait for five minutes in which the provider is down and olga reads some, and answers the phone's rings
// after it.
func (r *rig) gap(to, read []models.ConversationID) []sent {
	r.t.Helper()
	r.away()
	r.provider.answers(push.Result{Outcome: push.TryAgain, Status: 503, Reason: "UNAVAILABLE"})
	r.posts(to)
	r.pass(5 * time.Minute)
	for _, c := range read {
		r.from(r.olga, r.tablet, &models.ReadUpTo{ConversationID: c, N: 1000})
	}
	r.provider.forget()
	r.provider.answers(push.Result{Outcome: push.Accepted, Status: 200})
	r.pass(2 * time.Minute)
	got := r.provider.to(r.phone)
	r.allLook()
	r.pass(time.Minute)
	return got
}

func TestSummary(t *testing.T) {
	t.Parallel()
	t.Run("R21 what is being written is waited for, and left behind by no summary", func(t *testing.T) {
		t.Parallel()
		for due, want := range map[int]int{5: 0, 6: 5, 9: 8} {
			during, after, wait := push.BoardWhileWritten(due, time.Now())
			if during != 0 || after != want || wait != (want > 0) {
				t.Errorf("%d due: %d ring along, wait %t, and %d when it is written; want none, %t and %d", due, during, wait, after, want > 0, want)
			}
		}
	})
	up, down := push.Result{Outcome: push.Accepted, Status: 200}, push.Result{Outcome: push.TryAgain, Status: 503, Reason: "UNAVAILABLE"}
	bubble(t, "R21 after a long gap a phone rings once for forty conversations, behind what is urgent", func(t *testing.T, r *rig) {
		chats := r.chats(40)
		r.away()
		r.provider.answers(down)
		seqs := r.posts(chats)
		read, muted := 3, 4 // settled as ever, while all wait
		r.pass(10 * time.Minute)
		r.from(r.olga, r.tablet, &models.ReadUpTo{ConversationID: chats[read], N: 1000})
		r.do(r.olga, &models.MuteConversation{ConversationID: chats[muted]})
		r.invites()
		r.invites()
		r.urgent(r.omar, r.chat)
		r.pass(time.Minute)
		r.provider.forget()
		r.provider.answers(up)
		r.pass(31 * time.Second)
		got := r.provider.to(r.phone)
		if want := []push.Class{push.Emergency, push.Invite, push.Invite, push.Message}; !slices.Equal(classes(got), want) {
			t.Fatalf("the phone rang for %v, want %v", classes(got), want)
		}
		ring := got[3]
		if ring.Badge != 39 { // the 38, and the urgent one
			t.Errorf("the badge is %d", ring.Badge)
		}
		if ring.ThreadTag == "" || ring.ThreadTag != ring.CollapseTag || ring.ThreadTag == got[1].ThreadTag {
			t.Errorf("tags %q and %q, of an invitation %q", ring.ThreadTag, ring.CollapseTag, got[1].ThreadTag)
		}
		r.pass(5 * time.Minute) // the same when nothing is in memory any more
		for i, seq := range seqs {
			v := r.toldOf(seq, r.phone)
			switch {
			case i == read || i == muted:
				want := map[int]push.Reason{read: push.HasRead, muted: push.IsMuted}[i]
				if v.Decision != push.Suppress || v.Reason != want {
					t.Errorf("verdict %d: %s %s, want %s", i, v.Decision, v.Reason, want)
				}
			case v.Decision != push.Push || v.Outcome != "accepted" || v.Notification != ring.ID.String() || v.Derived:
				t.Errorf("verdict %d: %+v", i, v)
			}
		}
		if got := r.provider.to(r.phone); slices.ContainsFunc(got[4:], func(s sent) bool { return s.Class == push.Message }) {
			t.Error("it rang again for what it was told")
		}
	})
	bubble(t, "five others make a summary, fewer do not", func(t *testing.T, r *rig) {
		chats := r.chats(6)
		single := map[push.Tag]bool{}
		for _, c := range []struct{ posts, read, rings int }{{1, 0, 1}, {5, 0, 5}, {6, 1, 5}, {6, 0, 1}} {
			got := r.gap(chats[:c.posts], chats[:c.read])
			if len(got) != c.rings {
				t.Errorf("%d conversations, %d read: %d rings, want %d", c.posts, c.read, len(got), c.rings)
			}
			tags := map[push.Tag]bool{}
			for _, s := range got {
				tags[s.CollapseTag] = true
				single[s.CollapseTag] = single[s.CollapseTag] || c.rings > 1
			}
			if len(tags) != c.rings {
				t.Errorf("%d conversations: %d tags", c.posts, len(tags))
			}
		}
		slices.Reverse(chats)
		for range 2 {
			slices.Reverse(chats)
			got := r.gap(chats, nil)
			if len(got) != 1 || single[got[0].CollapseTag] {
				t.Errorf("%d rings, with the tag of a conversation", len(got))
			}
		}
	})
	bubble(t, "what needs no ring makes no summary", func(t *testing.T, r *rig) {
		chats := r.chats(20)
		r.away()
		r.stop()
		r.posts(chats)
		for _, c := range chats[5:] {
			r.from(r.olga, r.tablet, &models.ReadUpTo{ConversationID: c, N: 1000})
		}
		r.start("node")
		r.pass(time.Minute)
		r.want(r.phone, 5)
	})
	bubble(t, "what comes after a summary rings by itself", func(t *testing.T, r *rig) {
		chats := r.chats(10)
		r.away()
		r.provider.took = time.Second
		r.provider.answers(down)
		r.posts(chats)
		r.pass(5 * time.Minute)
		r.provider.answers(up)
		for len(r.provider.to(r.phone)) == 0 || r.push.Stats().Flying == 0 {
			r.pass(100 * time.Millisecond)
		}
		r.pass(time.Minute)
		r.provider.forget()
		last := r.post(r.omar, chats[7], "more")
		r.pass(5 * time.Second)
		r.want(r.phone, 1)
		if v := r.toldOf(last, r.phone); v.Notification != r.provider.to(r.phone)[0].ID.String() {
			t.Errorf("verdict: %+v", v)
		}
	})
	lost := push.Result{Outcome: push.TryAgain, Reason: push.ReasonTimeout}
	bubble(t, "a summary whose answer is lost goes again as the same", func(t *testing.T, r *rig) {
		chats := r.chats(8)
		r.away()
		r.provider.answers(lost)
		r.together(chats)
		r.pass(time.Second)
		r.want(r.phone, 1)
		r.provider.answers(up)
		r.pass(time.Minute)
		got := r.provider.to(r.phone)
		if len(got) != 2 || got[0].ID != got[1].ID || got[0].Attempt != got[1].Attempt {
			t.Errorf("%d requests: %+v", len(got), got)
		}
	})
	bubble(t, "a summary that tells of more than it was tried with is no copy", func(t *testing.T, r *rig) {
		chats := r.chats(9)
		r.phones(10) // who open the breaker
		r.away()
		r.provider.answers(down)
		r.together(chats[:8])
		r.pass(5 * time.Minute)
		tried := r.provider.to(r.phone)
		last := tried[len(tried)-1]
		r.provider.forget()
		seq := r.post(r.omar, chats[8], "more")
		r.provider.answers(up)
		r.pass(time.Minute)
		got := r.provider.to(r.phone)
		if len(got) != 1 || got[0].ID != last.ID || got[0].Attempt == last.Attempt {
			t.Errorf("%d rings: %+v after %+v", len(got), got, last)
		}
		if v := r.toldOf(seq, r.phone); v.Outcome != "accepted" || v.Notification != last.ID.String() {
			t.Errorf("verdict: %+v", v)
		}
	})
	bubble(t, "R15 a crash repeats a summary at worst", func(t *testing.T, r *rig) {
		chats := r.chats(8)
		r.away()
		r.is(r.tablet, models.Foreground, 1<<40)
		r.provider.answer = func(push.Notification) push.Result {
			r.docs.mu.Lock()
			defer r.docs.mu.Unlock()
			r.docs.step = func() error { return errKilled }
			return up
		}
		seqs := r.together(chats)
		r.pass(5 * time.Second)
		r.want(r.phone, 1)
		r.stop()
		r.docs.mu.Lock()
		r.docs.step = func() error { return nil }
		r.docs.mu.Unlock()
		r.provider.answer = nil
		r.start("node")
		r.pass(time.Minute)
		if got := r.provider.inbox(r.phone, time.Time{}); len(got) > 2 || got[len(got)-1].Badge != 8 {
			t.Errorf("the phone shows %d", len(got))
		}
		for i, seq := range seqs {
			if v := r.toldOf(seq, r.phone); v.Outcome != "accepted" {
				t.Errorf("verdict %d: %+v", i, v)
			}
		}
	})
}
