package client_test

import (
	"net/http"
	"slices"
	"testing"

	"officermobile/client"
	"officermobile/models"
	"officermobile/models/wire"
)

// TestNotified: what became of notifications goes along with the next request that is answered, once, in pieces that a
// server takes.
func TestNotified(t *testing.T) {
	t.Parallel()
	s := &server{}
	var told [][]wire.PushReceipt
	down := true
	s.sync = func(req wire.SyncRequest) (int, syncAnswer) {
		if down {
			return http.StatusBadGateway, syncAnswer{}
		}
		if len(req.Pushes) > 0 {
			told = append(told, req.Pushes)
		}
		return s.empty(req)
	}
	d := signedIn(t, s, client.NewMemory())
	var ids []models.NotificationID
	for range wire.MaxPushReceipts + 1 {
		ids = append(ids, models.NotificationID(client.Mint[models.MessageID](d)))
	}
	for _, id := range ids {
		d.Notified(id, wire.PushReceived)
		d.Notified(id, wire.PushReceived) // by the extension and by the app
	}
	if _, err := d.SyncOnce(t.Context()); err == nil {
		t.Fatal("the server was down")
	}
	down = false
	for range 3 {
		must(d.SyncOnce(t.Context()))(t)
	}
	if len(told) != 2 || len(told[0]) != wire.MaxPushReceipts || len(told[1]) != 1 {
		t.Fatalf("told %d times, want twice: as many as a request takes, and the rest", len(told))
	}
	for i, r := range slices.Concat(told...) {
		if r.ID != ids[i] || r.Stage != wire.PushReceived || r.At == 0 {
			t.Errorf("told %+v, want %v received", r, ids[i])
		}
	}
}
