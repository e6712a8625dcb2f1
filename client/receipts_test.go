package client_test

import (
	"path/filepath"
	"testing"

	"officermobile/client"
	"officermobile/models"
	"officermobile/models/wire"
)

// TestReceipts: an author with a stream, and one who asks with each round trip, see how far a message has come; the
// reader of it is told nothing.
func TestReceipts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.phone(t, "amy"), w.phone(t, "bob")
	store := must(client.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "tablet.db")))(t)
	t.Cleanup(func() { store.Close() })
	tablet := must(client.New(t.Context(), client.Config{BaseURL: w.url, Store: store, Name: "tablet", Class: "vehicle", Platform: "android", Receipts: true}))(t)
	if err := tablet.SignIn(t.Context(), agency, "amy", password); err != nil {
		t.Fatal(err)
	}
	runIt(t, a)
	room, id := client.Mint[models.ConversationID](a), client.Mint[models.MessageID](a)
	must(a.Enqueue(t.Context(), &models.ConversationCreate{ID: room, Invitees: []models.UserID{bob}}, 0))(t)
	must(a.Enqueue(t.Context(), &models.MessagePost{ConversationID: room, ID: id, Text: "one"}, 0))(t)
	eventually(t, a, "the outbox empty", func() bool { return len(a.Pending()) == 0 })
	is := func(d *client.Device, want wire.ReceiptState) bool {
		got := d.Receipts(id)
		return len(got) == 1 && got[0].User == bob && got[0].State == want && got[0].At > 0
	}
	if got := a.Receipts(id); len(got) != 0 {
		t.Errorf("before anybody has it: %v", got)
	}
	must(b.SyncOnce(t.Context()))(t)
	must(b.SyncOnce(t.Context()))(t) // which presents the position
	eventually(t, a, "delivered", func() bool { return is(a, wire.HasIt) })
	must(tablet.SyncOnce(t.Context()))(t)
	if !is(tablet, wire.HasIt) {
		t.Errorf("the tablet has %v", tablet.Receipts(id))
	}
	last := must(b.Messages(t.Context(), room))(t)
	must(b.Enqueue(t.Context(), &models.ReadUpTo{ConversationID: room, N: last[len(last)-1].N}, 0))(t)
	must(b.SyncOnce(t.Context()))(t)
	eventually(t, a, "read", func() bool { return is(a, wire.HasRead) })
	must(tablet.SyncOnce(t.Context()))(t)
	if !is(tablet, wire.HasRead) {
		t.Errorf("the tablet has %v", tablet.Receipts(id))
	}
	if got := b.Receipts(id); len(got) != 0 {
		t.Errorf("the reader was told %v", got)
	}
	_ = tablet.SignOut(t.Context()) // this world has nobody to unbind push addresses; the phone's part is done all the same
	if got := tablet.Receipts(id); len(got) != 0 {
		t.Errorf("after signing out: %v", got)
	}
}
