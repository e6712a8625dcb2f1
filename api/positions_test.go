package api_test

import (
	"net/http"
	"testing"

	"officermobile/api"
	"officermobile/models"
	"officermobile/models/wire"
)

// TestPositionsAreOfThoseOnDuty: a place is shown with its age, to who sees the operational zone of the officer's duty,
// while they are on duty, and to nobody else.
func TestPositionsAreOfThoseOnDuty(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seen := func(who string) (found *wire.UserPresence) {
		t.Helper()
		rec := w.call(0, who, "GET", "/v1/positions", "")
		wantStatus(t, rec, http.StatusOK)
		for _, p := range decoded[api.Positions](t, rec).Positions {
			if p.User == userID("officer") {
				found = &p
			}
		}
		return found
	}
	if seen("dispatcher") != nil {
		t.Fatal("a place that was never told")
	}
	wantStatus(t, w.call(0, "officer", "PUT", "/v1/presence", `{"state":"foreground","report":1,"position":{"lat":36.99,"lon":-122.05,"accuracy_m":12}}`), http.StatusNoContent)
	for _, who := range []string{"admin", "dispatcher", "reviewer", "officer"} {
		if p := seen(who); p == nil || p.Position == nil || p.Position.Lat != 36.99 || p.AgeS > 60 {
			t.Errorf("%s sees %+v", who, p)
		}
	}
	for _, who := range []string{"far-dispatcher", "far-officer", "far-reviewer"} {
		if p := seen(who); p != nil {
			t.Errorf("%s sees %+v", who, p)
		}
	}
	if rec := w.call(1, "admin", "GET", "/v1/positions", ""); len(decoded[api.Positions](t, rec).Positions) != 0 {
		t.Error("another agency sees it")
	}
	w.do(0, "officer", &models.GoOffDuty{})
	if p := seen("dispatcher"); p != nil {
		t.Errorf("off duty: %+v", p)
	}
}
