package push_test

import (
	"testing"
	"time"

	"officermobile/models"
	"officermobile/push"
)

// unmuted counts anew what somebody has not read in conversations that ring, row by row.
func (r *rig) unmuted(user models.UserID) (n int) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, c := range r.state.Conversations() {
		in, byRole := r.state.IsIn(user, c.ID)
		if !in || byRole || r.state.Muted(user, c.ID, models.Micros(time.Now().UnixMicro())) {
			continue
		}
		read := r.state.FromN(user, c.ID) - 1
		if m := r.state.Mark(c.ID, user); m != nil {
			read = max(read, m.N)
		}
		for _, e := range r.state.Timeline(c.ID) {
			if e.Notice == "" && e.N > read && e.Author != user {
				n++
			}
		}
	}
	return n
}

func TestMute(t *testing.T) {
	t.Parallel()
	bubble(t, "R7 a muted conversation rings for what is urgent and for invitations alone", func(t *testing.T, r *rig) {
		r.away()
		r.from(r.olga, r.tablet, &models.MuteConversation{ConversationID: r.chat})
		r.pass(time.Minute)
		r.provider.forget()
		seq := r.post(r.omar, r.chat, "hello")
		r.pass(time.Minute)
		r.want(r.phone, 0)
		r.want(r.tablet, 0)
		r.reason(seq, r.phone, push.Suppress, push.IsMuted)
		r.urgent(r.omar, r.chat)
		r.pass(time.Minute)
		r.want(r.phone, 1)
		third := r.user("otto", models.Officer)
		phone := r.device(third, "phone")
		if err := r.push.Register(t.Context(), r.id(), phone, addressOf(phone)); err != nil {
			t.Fatal(err)
		}
		r.do(r.omar, &models.Invite{ConversationID: r.chat, Invitees: []models.UserID{third}})
		r.pass(time.Minute)
		r.want(phone, 1)
		r.post(r.olga, r.chat, "omar has muted nothing")
		r.pass(time.Minute)
		r.want(r.omars, 1)
	})
	bubble(t, "R7 until its time, or until it is taken back", func(t *testing.T, r *rig) {
		r.away()
		r.do(r.olga, &models.MuteConversation{ConversationID: r.chat, Until: time.Now().Add(time.Hour).UnixMilli()})
		r.post(r.omar, r.chat, "within")
		r.pass(time.Hour)
		r.want(r.phone, 0)
		seq := r.post(r.omar, r.chat, "after")
		r.pass(time.Second)
		r.want(r.phone, 1)
		r.reason(seq, r.phone, push.Push, push.IsOffline)
		r.do(r.olga, &models.MuteConversation{ConversationID: r.chat})
		r.post(r.omar, r.chat, "for good")
		r.pass(time.Minute)
		r.want(r.phone, 1)
		r.do(r.olga, &models.UnmuteConversation{ConversationID: r.chat})
		r.post(r.omar, r.chat, "and again")
		r.pass(time.Minute)
		r.want(r.phone, 2)
	})
	bubble(t, "R7 muting stops what is owed but not sent", func(t *testing.T, r *rig) {
		r.is(r.tablet, models.Foreground, 0)
		seq := r.post(r.omar, r.chat, "the phone has 8 s to confirm")
		r.pass(4 * time.Second)
		r.from(r.olga, r.tablet, &models.MuteConversation{ConversationID: r.chat})
		r.pass(time.Minute)
		r.want(r.phone, 0)
		r.reason(seq, r.phone, push.Suppress, push.IsMuted)
	})
	bubble(t, "R10 the badge counts no muted conversation", func(t *testing.T, r *rig) {
		other := r.chatOf()
		r.allLook()
		r.is(r.phone, models.Background, r.tip())
		if err := r.push.Register(t.Context(), r.id(), r.tablet, appleOf(r.tablet)); err != nil {
			t.Fatal(err)
		}
		r.is(r.tablet, models.Background, r.tip())
		for range 3 {
			r.post(r.omar, r.chat, "hello")
		}
		r.pass(time.Minute)
		r.provider.forget()
		r.from(r.olga, r.phone, &models.MuteConversation{ConversationID: r.chat})
		r.pass(time.Minute)
		badge := r.provider.toApple(r.tablet)
		if len(badge) != 1 || badge[0].Class != push.Quiet || badge[0].Badge != r.unmuted(r.olga) {
			t.Fatalf("%+v, want one badge of %d for what was muted elsewhere", badge, r.unmuted(r.olga))
		}
		r.post(r.omar, r.chat, "silent")
		r.post(r.omar, other, "heard")
		r.pass(time.Minute)
		rings := r.provider.to(r.phone)
		if len(rings) != 1 || rings[0].Badge != 1 || r.unmuted(r.olga) != 1 {
			t.Errorf("%+v, want one ring with the badge 1 of %d", rings, r.unmuted(r.olga))
		}
	})
}
