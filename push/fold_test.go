package push_test

import (
	"testing"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/push"
)

// oneRing checks that the phone rang once, with a badge, and that each event is told by that ring.
func (r *rig) oneRing(badge int, reason push.Reason, seqs ...record.Seq) {
	r.t.Helper()
	all := r.provider.to(r.phone)
	if len(all) != 1 || all[0].Badge != badge {
		r.t.Errorf("%d rings: %+v; want one with badge %d", len(all), all, badge)
		return
	}
	for _, seq := range seqs {
		if v := r.toldOf(seq, r.phone); v.Decision != push.Push || v.Reason != reason || v.Notification != all[0].ID.String() {
			r.t.Errorf("event %d: got %s %s by %s, want %s by %s", seq, v.Decision, v.Reason, v.Notification, reason, all[0].ID)
		}
	}
}

// TestFolded is R9 for phones that somebody should be looking at, and for all that becomes due at once.
func TestFolded(t *testing.T) {
	t.Parallel()
	bubble(t, "R2 what waits together rings once, when the first has waited", func(t *testing.T, r *rig) {
		began := time.Now()
		seqs := []record.Seq{r.post(r.omar, r.chat, "hello")}
		for range 3 {
			r.pass(2400 * time.Millisecond)
			seqs = append(seqs, r.post(r.omar, r.chat, "more"))
		}
		r.pass(time.Minute)
		r.oneRing(4, push.ForegroundUnconfirmed, seqs...)
		if waited := r.provider.to(r.phone)[0].at.Sub(began); waited < 8*time.Second || waited > 8300*time.Millisecond {
			t.Errorf("it came after %v, want the wait of the first", waited)
		}
	})
	bubble(t, "R1 what came just before the first was confirmed has a wait of its own", func(t *testing.T, r *rig) {
		first := r.post(r.omar, r.chat, "hello")
		r.pass(7 * time.Second)
		second := r.post(r.omar, r.chat, "more")
		r.pass(900 * time.Millisecond)
		r.is(r.phone, models.Foreground, first)
		r.pass(7 * time.Second) // 7.9 s after the second
		r.want(r.phone, 0)
		r.pass(400 * time.Millisecond)
		r.want(r.phone, 1)
		r.reason(first, r.phone, push.Suppress, push.ForegroundConfirmed)
		r.reason(second, r.phone, push.Push, push.ForegroundUnconfirmed)
	})
	bubble(t, "R2 who let a wait run out gets no other until the device is heard", func(t *testing.T, r *rig) {
		other := r.chats(1)[0]
		first := r.post(r.omar, r.chat, "hello")
		r.pass(3 * time.Second)
		second := r.post(r.omar, other, "hello")
		r.pass(5300 * time.Millisecond)
		r.want(r.phone, 2)
		r.pass(time.Minute)
		third := r.post(r.omar, other, "more")
		r.pass(300 * time.Millisecond)
		r.want(r.phone, 3)
		for _, seq := range []record.Seq{first, second, third} {
			r.reason(seq, r.phone, push.Push, push.ForegroundUnconfirmed)
		}
		r.is(r.phone, models.Foreground, 0) // heard, and nothing is confirmed
		r.post(r.omar, r.chat, "more")
		r.pass(7900 * time.Millisecond)
		r.want(r.phone, 3)
		r.pass(400 * time.Millisecond)
		r.want(r.phone, 4)
	})
	bubble(t, "R2 what was read elsewhere shows, too, that a phone is silent", func(t *testing.T, r *rig) {
		r.post(r.omar, r.chat, "hello")
		r.pass(time.Second)
		r.from(r.olga, r.tablet, &models.ReadUpTo{ConversationID: r.chat, N: 1000})
		r.pass(4 * time.Second)
		second := r.post(r.omar, r.chat, "more")
		r.pass(2900 * time.Millisecond)
		r.want(r.phone, 0)
		r.pass(400 * time.Millisecond)
		r.want(r.phone, 1)
		r.reason(second, r.phone, push.Push, push.ForegroundUnconfirmed)
	})
	bubble(t, "R2 what is urgent keeps its own wait and its own ring", func(t *testing.T, r *rig) {
		r.post(r.omar, r.chat, "hello")
		r.pass(time.Second)
		id, _ := r.urgent(r.omar, r.chat)
		r.pass(time.Second)
		r.post(r.omar, r.chat, "more")
		r.pass(time.Second + 300*time.Millisecond)
		r.want(r.phone, 1)
		r.do(r.olga, &models.Acknowledge{MessageID: id})
		r.pass(time.Minute)
		if got := classes(r.provider.to(r.phone)); len(got) != 2 || got[0] != push.Emergency || got[1] != push.Message {
			t.Errorf("got %v, want one ring of the urgent message and one of the others", got)
		}
	})
	bubble(t, "R2 of what is due in one instant the older rings first", func(t *testing.T, r *rig) {
		var seqs []record.Seq
		for range 9 {
			_, seq := r.urgent(r.omar, r.chat)
			seqs = append(seqs, seq)
		}
		r.pass(3 * time.Second)
		all := r.provider.to(r.phone)
		if len(all) != len(seqs) {
			t.Fatalf("%d rings, want %d", len(all), len(seqs))
		}
		for i, seq := range seqs {
			if v := r.toldOf(seq, r.phone); v.Notification != all[i].ID.String() {
				t.Errorf("ring %d is not of event %d, which is older than the rest", i, seq)
			}
		}
	})
	bubble(t, "R9 a phone that is put away rings once for all that it had not confirmed", func(t *testing.T, r *rig) {
		var seqs []record.Seq
		for range 5 {
			seqs = append(seqs, r.post(r.omar, r.chat, "hello"))
			r.pass(time.Second)
		}
		r.is(r.phone, models.Background, 0)
		r.pass(time.Minute)
		r.oneRing(5, push.InBackground, seqs...)
	})
	bubble(t, "R9 what was read of the log together rings once", func(t *testing.T, r *rig) {
		r.away()
		r.pass(time.Second)
		r.stop()
		var seqs []record.Seq
		for range 40 {
			seqs = append(seqs, r.post(r.omar, r.chat, "hello"))
		}
		r.start("node")
		r.pass(time.Minute)
		r.oneRing(40, push.IsOffline, seqs...)
	})
	bubble(t, "R2 stopped while several wait", func(t *testing.T, r *rig) {
		seqs := []record.Seq{r.post(r.omar, r.chat, "hello")}
		r.pass(4 * time.Second)
		seqs = append(seqs, r.post(r.omar, r.chat, "more"))
		r.stop()
		r.want(r.phone, 0)
		r.start("node")
		r.pass(time.Minute)
		r.oneRing(2, push.ForegroundUnconfirmed, seqs...)
	})
}
