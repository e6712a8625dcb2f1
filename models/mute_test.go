package models_test

import (
	"slices"
	"testing"
	"time"

	"officermobile/models"
)

func TestMuting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := newID[models.ConversationID](w)
	w.do(w.olga, &models.ConversationCreate{ID: c, Invitees: []models.UserID{w.omar}})
	muted := func(want bool) {
		t.Helper()
		if got := w.state.Muted(w.omar, c, models.Micros(w.now.UnixMicro())); got != want {
			t.Errorf("got muted %t, want %t", got, want)
		}
	}
	rows := func(u models.UserID) (n int) {
		for _, r := range w.state.Live(models.SelfScope(u)) {
			if r.Kind == models.RowMute {
				n++
			}
		}
		return n
	}
	in := func(d time.Duration) int64 { return w.now.Add(d).UnixMilli() }

	muted(false)
	w.nothing(w.omar, &models.UnmuteConversation{ConversationID: c})
	w.do(w.omar, &models.MuteConversation{ConversationID: c})
	w.nothing(w.omar, &models.MuteConversation{ConversationID: c})
	muted(true)
	if got := []int{rows(w.omar), rows(w.olga)}; !slices.Equal(got, []int{1, 0}) {
		t.Errorf("got %v rows, want it shown to who muted alone", got)
	}
	w.do(w.omar, &models.MuteConversation{ConversationID: c, Until: in(time.Hour)})
	muted(true)
	w.now = w.now.Add(time.Hour)
	muted(false)
	w.do(w.omar, &models.MuteConversation{ConversationID: c, Until: in(-time.Second)}) // was over when it came: unmutes
	if rows(w.omar) != 0 || w.state.MuteOf(w.omar, c) != nil {
		t.Error("a mute that is over already is none")
	}
	w.do(w.omar, &models.MuteConversation{ConversationID: c})
	w.do(w.omar, &models.UnmuteConversation{ConversationID: c})
	muted(false)

	w.do(w.omar, &models.MuteConversation{ConversationID: c})
	w.do(w.omar, &models.Leave{ConversationID: c})
	if rows(w.omar) != 0 {
		t.Error("the mute of a conversation that was left is shown")
	}
	w.do(w.olga, &models.Invite{ConversationID: c, Invitees: []models.UserID{w.omar}})
	w.do(w.omar, &models.Accept{InvitationID: w.pending(w.omar)})
	muted(false) // who comes back hears again

	w.refuse(w.oleg, &models.MuteConversation{ConversationID: c}, "not_found")
	w.refuse(w.oleg, &models.UnmuteConversation{ConversationID: c}, "not_found")
	w.refuse(w.omar, &models.MuteConversation{ConversationID: c, Until: -1}, "invalid")
	w.refuse(w.omar, &models.MuteConversation{ConversationID: c, Until: 1 << 60}, "invalid")
	if got := models.LaneOf(&models.MuteConversation{}); got != models.LaneRoutine {
		t.Errorf("got lane %d: one's own settings wait behind what is urgent", got)
	}
}

// A dispatcher's mute is there again when access by role comes back: nobody left anything.
func TestAMuteComesBackWithTheRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := models.ConversationOf(w.dispatch().ID)
	w.do(w.dan, &models.MuteConversation{ConversationID: c})
	shown := func() bool {
		return slices.ContainsFunc(w.state.Live(models.SelfScope(w.dan)), func(r models.FeedRow) bool { return r.Kind == models.RowMute })
	}
	for _, zones := range [][]models.ZoneID{{w.south}, {w.north, w.south}} {
		w.do(w.admin, &models.UserChange{UserID: w.dan, Zones: &zones})
		if got, want := shown(), len(zones) == 2; got != want {
			t.Errorf("with %d zones: got shown %t, want %t", len(zones), got, want)
		}
	}
}

func TestOldLevelsRefuseMuting(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, 1)
	c := newID[models.ConversationID](w)
	w.do(w.olga, &models.ConversationCreate{ID: c, Invitees: []models.UserID{w.omar}})
	w.refuse(w.omar, &models.MuteConversation{ConversationID: c}, "feature_level")
}
