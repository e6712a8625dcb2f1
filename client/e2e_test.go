package client_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"officermobile/client"
	"officermobile/models"
)

// patience is for a test that fails; one that passes waits for nothing.
const patience = 20 * time.Second

// shownTexts are the messages of a conversation without its notices; pending ones have a question mark.
func shownTexts(t *testing.T, d *client.Device, room models.ConversationID) string {
	t.Helper()
	var all []string
	for _, m := range must(d.Messages(t.Context(), room))(t) {
		if m.Extra.Notice != "" {
			continue
		}
		text := m.Text
		if m.Pending {
			text += "?"
		}
		all = append(all, text)
	}
	return strings.Join(all, " ")
}

// TestConversation: one phone writes offline to a conversation that the server has never seen, the other reads along on
// its stream and answers, and both end with the same rows.
func TestConversation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.phone(t, "amy"), w.phone(t, "bob")
	runIt(t, a)
	eventually(t, a, "a first pass", func() bool { return !a.Refreshing() })

	room := client.Mint[models.ConversationID](b)
	must(b.Enqueue(t.Context(), &models.ConversationCreate{ID: room, Invitees: []models.UserID{amy}}, 0))(t)
	must(b.Enqueue(t.Context(), &models.MessagePost{ConversationID: room, ID: client.Mint[models.MessageID](b), Text: "one"}, 0))(t)
	if got := shownTexts(t, b, room); got != "one?" {
		t.Errorf("offline: %q", got)
	}
	must(b.SyncOnce(t.Context()))(t)
	if got := shownTexts(t, b, room); got != "one" || len(b.Pending()) != 0 {
		t.Errorf("sent: %q, outbox %v", got, b.Pending())
	}

	eventually(t, a, "the message at the other's", func() bool { return shownTexts(t, a, room) == "one" })
	if n := must(a.Unread(t.Context(), room))(t); n != 1 {
		t.Errorf("%d unread", n)
	}
	last := must(a.Messages(t.Context(), room))(t)
	must(a.Enqueue(t.Context(), &models.ReadUpTo{ConversationID: room, N: last[len(last)-1].N}, 0))(t)
	must(a.Enqueue(t.Context(), &models.MessagePost{ConversationID: room, ID: client.Mint[models.MessageID](a), Text: "two", Urgent: true}, 0))(t)
	eventually(t, a, "the outbox empty and the answer shown", func() bool {
		return len(a.Pending()) == 0 && shownTexts(t, a, room) == "one two"
	})
	if n := must(a.Unread(t.Context(), room))(t); n != 0 {
		t.Errorf("%d unread after the mark", n)
	}
	must(b.SyncOnce(t.Context()))(t)
	if got := shownTexts(t, b, room); got != "one two" {
		t.Errorf("at the first: %q", got)
	}
	if urgents := must(b.Urgents(t.Context()))(t); len(urgents) != 1 {
		t.Errorf("urgent: %v", urgents)
	}
	p := w.service.Presence(agency, a.ID())
	if p.State != models.Foreground || p.Confirmed == 0 {
		t.Errorf("presence = %+v", p)
	}
	if c := a.Counters(); c.Streams != 1 || c.FullPasses != 1 {
		t.Errorf("counters = %+v", c)
	}
}

// TestHistory: a phone asks for a window of a long conversation, and for what lies before.
func TestHistory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.phone(t, "bob")
	room := client.Mint[models.ConversationID](b)
	must(b.Enqueue(t.Context(), &models.ConversationCreate{ID: room, Invitees: []models.UserID{amy}}, 0))(t)
	for range 120 {
		must(b.Enqueue(t.Context(), &models.MessagePost{ConversationID: room, ID: client.Mint[models.MessageID](b), Text: "x"}, 0))(t)
	}
	must(b.SyncOnce(t.Context()))(t)
	if left := b.Pending(); len(left) != 0 {
		t.Fatalf("%d left in the outbox", len(left))
	}
	if got := len(must(b.Messages(t.Context(), room))(t)); got < 120 {
		t.Errorf("%d rows of one's own", got)
	}
	a := w.phone(t, "amy")
	must(a.SyncOnce(t.Context()))(t)
	if got := len(must(a.Messages(t.Context(), room))(t)); got != 50 {
		t.Errorf("%d rows in the window", got)
	}
	for i := 0; ; i++ {
		n := must(a.History(t.Context(), room, 40))(t)
		if n == 0 || i > 5 {
			break
		}
	}
	all := must(a.Messages(t.Context(), room))(t)
	for i, m := range all {
		if m.N != all[0].N+uint32(i) {
			t.Fatalf("a hole before %d", m.N)
		}
	}
	if len(all) < 120 {
		t.Errorf("%d rows with all of the history", len(all))
	}
}

// TestRevoked: a device that was taken back erases everything.
func TestRevoked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.phone(t, "amy")
	must(a.SyncOnce(t.Context()))(t)
	submit(t, w.agency, &models.DeviceRevoke{DeviceID: a.ID(), Wipe: true})
	if _, err := a.SyncOnce(t.Context()); !errors.Is(err, client.ErrWiped) {
		t.Errorf("err = %v", err)
	}
	if users := must(a.Users(t.Context()))(t); len(users) != 0 {
		t.Errorf("kept: %v", users)
	}
}

// TestDiscardedNumbers: what was discarded leaves a gap, which the server names and the phone closes.
func TestDiscardedNumbers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.phone(t, "amy")
	room := client.Mint[models.ConversationID](a)
	must(a.Enqueue(t.Context(), &models.ConversationCreate{ID: room, Invitees: []models.UserID{bob}, Title: "never sent"}, 0))(t)
	if err := a.Discard(t.Context()); err != nil {
		t.Fatal(err)
	}
	must(a.Enqueue(t.Context(), &models.ConversationCreate{ID: room, Invitees: []models.UserID{bob}}, 0))(t)
	must(a.Enqueue(t.Context(), &models.MessagePost{ConversationID: room, ID: client.Mint[models.MessageID](a), Text: "one"}, 0))(t)
	if _, err := a.SyncOnce(t.Context()); err != nil || len(a.Pending()) != 0 {
		t.Errorf("err = %v, outbox %+v", err, a.Pending())
	}
	if got := shownTexts(t, a, room); got != "one" {
		refused := must(a.Refused(t.Context()))(t)
		t.Errorf("shown %q, refused %+v: the message was not to be decided before its conversation", got, refused)
	}
}
