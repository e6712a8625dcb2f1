package push_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"officermobile/models"
	"officermobile/push"
)

// appleOf is an address of a device at Apple's.
func appleOf(d models.DeviceID) push.Address {
	return push.Address{Kind: push.APNs, Environment: push.Production, App: "org.example", Token: d.UUID().Hex() + d.UUID().Hex()}
}

// toApple lists what was sent to a device of Apple's.
func (r *recorder) toApple(d models.DeviceID) []sent {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(r.sent), func(s sent) bool { return s.Address != appleOf(d) })
}

func TestWindows(t *testing.T) {
	t.Parallel()
	bubble(t, "R9 fifty messages in ten seconds are at most five pushes, the last with the final count", func(t *testing.T, r *rig) {
		r.away()
		r.provider.took = 50 * time.Millisecond
		began := time.Now()
		for range 50 {
			r.post(r.omar, r.chat, "hello")
			r.pass(200 * time.Millisecond)
		}
		r.pass(time.Minute)
		for _, d := range []models.DeviceID{r.phone, r.tablet} {
			all := r.provider.to(d)
			if len(all) == 0 || len(all) > 5 {
				t.Fatalf("%d pushes, want 1 to 5", len(all))
			}
			if first, last := all[0], all[len(all)-1]; last.Badge != 50 || first.at.Sub(began) > 100*time.Millisecond {
				t.Errorf("the first after %v, the last with %d unread; want at once, and 50", first.at.Sub(began), last.Badge)
			}
		}
		if got := r.push.Stats().Coalesced; got < 80 {
			t.Errorf("%d of a hundred went with another's", got)
		}
	})
	bubble(t, "windows of 3 s, 15 s after five, 60 s after twenty, and anew after a rest", func(t *testing.T, r *rig) {
		r.away()
		for range 600 {
			r.post(r.omar, r.chat, "hello")
			r.pass(time.Second)
		}
		all := r.provider.to(r.phone)
		for i := 1; i < len(all); i++ {
			want := 60 * time.Second
			switch {
			case i < 5:
				want = 3 * time.Second
			case i < 20:
				want = 15 * time.Second
			}
			if got := all[i].at.Sub(all[i-1].at).Round(time.Second); got != want {
				t.Errorf("push %d came %v after the one before, want %v", i+1, got, want)
			}
		}
		if len(all) < 25 {
			t.Errorf("%d pushes in ten minutes", len(all))
		}
		r.pass(3 * time.Minute)
		r.provider.forget()
		for range 7 {
			r.post(r.omar, r.chat, "hello")
			r.pass(time.Second)
		}
		r.want(r.phone, 3)
	})
	bubble(t, "a conversation with a message now and then rings for each at once", func(t *testing.T, r *rig) {
		r.away()
		for i := range 30 {
			r.post(r.omar, r.chat, "hello")
			r.pass(time.Second)
			r.want(r.phone, i+1)
			r.pass(49 * time.Second)
		}
	})
	bubble(t, "a device rings 30 times a minute at most, and urgently beside", func(t *testing.T, r *rig) {
		chats := []models.ConversationID{r.chat}
		for range 40 {
			chats = append(chats, r.chatOf())
		}
		r.away()
		r.pass(time.Minute)
		r.provider.forget()
		for _, c := range chats { // one after another: together they would be one summary
			r.post(r.omar, c, "hello")
			r.pass(time.Second)
		}
		r.pass(17 * time.Second)
		r.want(r.phone, 30)
		r.urgent(r.omar, r.chat)
		r.pass(time.Second)
		r.want(r.phone, 31)
		r.pass(5 * time.Minute)
		r.want(r.phone, 32) // the eleven that waited, as one
	})
	bubble(t, "and 300 times an hour", func(t *testing.T, r *rig) {
		r.away()
		for range 30 * 60 / 9 { // in a row of conversations, each at its own pace
			r.post(r.omar, r.chatOf(), "hello")
			r.post(r.omar, r.chatOf(), "hello")
			r.pass(9 * time.Second)
		}
		r.want(r.phone, 300)
	})
}

// chatOf makes another conversation of omar and olga.
func (r *rig) chatOf() models.ConversationID {
	id := newID[models.ConversationID](r.world)
	r.do(r.omar, &models.ConversationCreate{ID: id, Invitees: []models.UserID{r.olga}})
	r.post(r.olga, id, "here")
	return id
}

func TestBadges(t *testing.T) {
	t.Parallel()
	start := func(t *testing.T, r *rig) {
		t.Helper()
		if err := r.push.Register(t.Context(), r.id(), r.tablet, appleOf(r.tablet)); err != nil {
			t.Fatal(err)
		}
		for range 5 {
			r.post(r.omar, r.chat, "hello")
		}
		r.allLook()
		r.is(r.tablet, models.Background, r.tip())
		r.pass(3 * time.Minute) // and what rang is forgotten
		r.provider.forget()
	}
	read := func(r *rig, n uint32) {
		r.from(r.olga, r.phone, &models.ReadUpTo{ConversationID: r.chat, N: n})
	}
	lastN := func(r *rig) uint32 { return r.state.Conversation(r.chat).LastN }
	bubble(t, "R10 reading elsewhere is one badge in half a minute, as of when it is sent", func(t *testing.T, r *rig) {
		start(t, r)
		writes := r.docs.writes["push_message"]
		for i := range uint32(5) {
			read(r, lastN(r)-4+i)
			r.pass(time.Second)
		}
		r.pass(20 * time.Second)
		if got := r.provider.toApple(r.tablet); len(got) != 1 || got[0].Class != push.Quiet || got[0].Badge != 4 {
			t.Fatalf("%+v, want one badge of 4", got)
		}
		r.pass(time.Minute)
		if got := r.provider.toApple(r.tablet); len(got) != 2 || got[1].Badge != 0 || got[1].Wake || got[1].at.Sub(got[0].at) < 30*time.Second {
			t.Errorf("%+v, want another, of 0", got)
		}
		if got := len(r.provider.all()); got != 2 {
			t.Errorf("%d requests in all: the phone that read, and others', count for themselves", got)
		}
		if got := r.docs.writes["push_message"] - writes; got != 0 {
			t.Errorf("%d writes of slots for a badge", got)
		}
	})
	bubble(t, "R40 in an hour of reading elsewhere an iPhone is not woken in the background more than three times", func(t *testing.T, r *rig) {
		start(t, r)
		for range 60 {
			r.post(r.omar, r.chat, "hello")
			r.pass(time.Second)
			read(r, lastN(r))
			r.pass(time.Minute)
		}
		woken, badges := 0, 0
		for _, s := range r.provider.toApple(r.tablet) {
			if s.Wake {
				woken++
			} else if s.Class == push.Quiet {
				badges++
			}
		}
		if woken > 3 || badges < 30 {
			t.Errorf("woken %d times, and %d badges of 60", woken, badges)
		}
	})
	bubble(t, "R10 a badge is not repeated, and no device that is looked at gets one", func(t *testing.T, r *rig) {
		start(t, r)
		r.provider.answers(push.Result{Outcome: push.TryAgain, Status: 503})
		read(r, lastN(r))
		r.pass(5 * time.Minute)
		if got := len(r.provider.all()); got != 1 {
			t.Errorf("%d requests for a badge that failed", got)
		}
		r.post(r.omar, r.chat, "one more")
		r.is(r.tablet, models.Foreground, r.tip())
		r.is(r.phone, models.Foreground, r.tip())
		r.provider.forget()
		read(r, lastN(r))
		r.pass(5 * time.Minute)
		if got := len(r.provider.all()); got != 0 {
			t.Errorf("%d requests to a device that is looked at", got)
		}
	})
}

func TestFairness(t *testing.T) {
	t.Parallel()
	bubble(t, "R17 an emergency behind ten thousand others is next", func(t *testing.T, r *rig) {
		r.phones(198)
		conversation := r.dispatchWith(r.omar)
		var chats []models.ConversationID
		for range 50 {
			chats = append(chats, r.chatOf())
		}
		r.away()
		r.pass(2 * time.Minute)
		r.provider.forget()
		r.provider.took = 100 * time.Millisecond
		for _, c := range chats {
			r.post(r.omar, c, "hello")
		}
		r.pass(10 * time.Millisecond)
		if got := r.push.Stats().Waiting; got != 200*len(chats) {
			t.Fatalf("%d rings are owed, want %d", got, 200*len(chats))
		}
		before := len(r.provider.all())
		r.urgent(r.dan, conversation)
		r.pass(50 * time.Millisecond)
		after := r.provider.all()[before:]
		if before != 48 || len(after) != 1 || after[0].Class != push.Emergency {
			t.Errorf("%d before it, then %d; want 48, then the emergency", before, len(after))
		}
	})
	bubble(t, "R17 two providers with a backlog fill no place of the emergencies", func(t *testing.T, r *rig) {
		conversation := r.dispatchWith(r.omar)
		for i, d := range r.phones(120) {
			if i%2 == 0 {
				if err := r.push.Register(t.Context(), r.id(), d, appleOf(d)); err != nil {
					t.Fatal(err)
				}
			}
		}
		r.away()
		r.pass(2 * time.Minute)
		r.stuck()
		r.urgent(r.dan, conversation)
		r.pass(100 * time.Millisecond)
		r.want(r.omars, 1)
	})
	bubble(t, "R17 of two emergencies to one device one waits, and nothing else goes between", func(t *testing.T, r *rig) {
		r.away()
		r.provider.took = 1130 * time.Millisecond // no landing meets a flush, which has a slot for 20 ms
		for i := range 3 {
			r.post(r.omar, r.chatOf(), fmt.Sprint(i))
		}
		r.urgent(r.omar, r.chat)
		r.urgent(r.omar, r.chat)
		r.pass(time.Minute)
		all := r.provider.to(r.phone)
		i := slices.IndexFunc(all, func(s sent) bool { return s.Class == push.Emergency })
		if len(all) != 5 || i > 1 || all[i+1].Class != push.Emergency {
			t.Errorf("%d sends, the first emergency at %d", len(all), i)
		}
	})
}
