package api_test

import (
	"net/http"
	"strings"
	"testing"

	"officermobile/api"
	"officermobile/models/wire"
)

// TestABroadcastFromEndToEnd: written, read and acknowledged by who is on duty, not answered, ended.
func TestABroadcastFromEndToEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := `{"id":"` + word[int]("weather").String() + `","message_id":"` + word[int]("gate").String() + `","zone":"` + zone.String() + `","title":"Weather","text":"Gate 4 is shut","urgent":true}`
	rec := w.call(0, "dispatcher", "POST", "/v1/broadcasts", body)
	wantStatus(t, rec, http.StatusCreated)
	made := decoded[api.Written](t, rec)
	if made.ID != made.Conversation.String() || made.N != 1 {
		t.Fatalf("got %+v, want the broadcast with its first message", made)
	}
	path := "/v1/conversations/" + made.ID
	shown := decoded[api.Item[api.ConversationView]](t, w.call(0, "officer", "GET", path, ""))
	if shown.Data.Kind != "broadcast" || shown.Data.Zone != zone || shown.Data.Unread != 1 {
		t.Errorf("got %+v, want the broadcast to the zone, unread", shown.Data)
	}
	wantStatus(t, w.call(0, "far-officer", "GET", path, ""), http.StatusNotFound)
	history := decoded[wire.Messages](t, w.call(0, "officer", "GET", path+"/messages", ""))
	if len(history) != 1 || history[0].Text != "Gate 4 is shut" {
		t.Fatalf("got %+v, want the message", history)
	}
	wantStatus(t, w.call(0, "officer", "POST", "/v1/messages/"+history[0].ID.String()+"/acknowledge", ""), http.StatusOK)
	answer := w.call(0, "officer", "POST", path+"/messages", `{"text":"why?"}`)
	if wantStatus(t, answer, http.StatusForbidden); !strings.Contains(answer.Body.String(), "read_only") {
		t.Errorf("got %s, want read_only", answer.Body)
	}
	wantStatus(t, w.call(0, "dispatcher", "POST", path+"/messages", `{"text":"and Gate 5"}`), http.StatusCreated)
	wantStatus(t, w.call(0, "dispatcher", "POST", "/v1/broadcasts/"+made.ID+"/end", ""), http.StatusOK)
	wantStatus(t, w.call(0, "dispatcher", "POST", path+"/messages", `{"text":"late"}`), http.StatusConflict)
	again := decoded[api.Written](t, w.call(0, "dispatcher", "POST", "/v1/broadcasts", body))
	if again.Changed || again.ID != made.ID {
		t.Errorf("got %+v, want the broadcast that was made", again)
	}
}

// TestDuressFromEndToEnd: pressed twice, at the place that the map shows, with all other rates used up.
func TestDuressFromEndToEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *api.Options) { o.DevicePerSecond, o.UrgentPerSecond = 2, 1 })
	wantStatus(t, w.call(0, "officer", "PUT", "/v1/presence", `{"state":"foreground","report":1,"position":{"lat":37.79,"lon":-122.4,"accuracy_m":12}}`), http.StatusNoContent)
	seen := decoded[api.Positions](t, w.call(0, "dispatcher", "GET", "/v1/positions", "")).Positions
	if len(seen) != 1 || seen[0].User != userID("officer") || seen[0].Position.Lat != 37.79 {
		t.Errorf("got %+v, want the officer's position", seen)
	}
	if far := decoded[api.Positions](t, w.call(0, "far-dispatcher", "GET", "/v1/positions", "")).Positions; len(far) > 0 {
		t.Errorf("got %+v, want nothing of another zone", far)
	}
	for w.call(0, "officer", "POST", "/v1/duty/status", `{"status":"available"}`).Code != http.StatusTooManyRequests {
	}
	rec := w.call(0, "officer", "POST", "/v1/duress", "")
	wantStatus(t, rec, http.StatusCreated)
	made := decoded[api.Written](t, rec)
	for range 30 { // a thumb that shakes is never told to wait
		if again := decoded[api.Written](t, w.call(0, "officer", "POST", "/v1/duress", `{"lat":1}`)); again.Changed || again.ID != made.ID {
			t.Fatalf("got %+v, want the first", again)
		}
	}
	shown := decoded[api.Item[api.Dispatch]](t, w.call(0, "dispatcher", "GET", "/v1/dispatches/"+made.ID, "")).Data
	if !shown.Duress || shown.Priority != "high" || *shown.Lat != 37.79 {
		t.Errorf("got %+v, want a high-priority dispatch at the last known place", shown)
	}
}
