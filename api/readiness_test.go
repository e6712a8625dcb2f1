package api_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"officermobile/api"
	"officermobile/models"
	"officermobile/models/wire"
)

// TestReadiness: those who run a zone see who on duty there can be rung, the worst first, and nobody else's.
func TestReadiness(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	board := func(name, query string) api.Board {
		t.Helper()
		rec := w.call(0, name, "GET", "/v1/readiness"+query, "")
		wantStatus(t, rec, http.StatusOK)
		return decoded[api.Board](t, rec)
	}
	b := board("dispatcher", "")
	if len(b.Devices) != 1 || b.Devices[0].Device != deviceID("officer") || b.Counts[wire.NeverTested] != 1 {
		t.Fatalf("got %+v, want the one officer on duty", b)
	}
	tablet, bare := models.DeviceID(word[int]("tablet")), models.UserID(word[int]("bare"))
	_, err := w.Do(t.Context(), w.ids[0], models.Command{Actor: userID("officer"), Device: tablet, Body: &models.DeviceRegister{Name: "Car", Class: "vehicle", Platform: "web"}})
	check(t, err)
	w.do(0, "", &models.UserCreate{ID: bare, Username: "bare", Name: "No Phone", Types: models.Officer, Active: true})
	_, err = w.Do(t.Context(), w.ids[0], models.Command{Actor: bare, Body: &models.ReportForDuty{Zone: zone, Team: team, CallSign: "A2"}})
	check(t, err)
	w.push.ready = map[models.DeviceID]wire.Readiness{tablet: wire.PermissionDenied, deviceID("officer"): wire.Ready}
	b = board("admin", "?zone="+zone.String())
	var got []wire.Readiness
	for _, d := range b.Devices {
		got = append(got, d.Ready)
	}
	if len(got) != 3 || got[0] != wire.NoDevice || got[1] != wire.PermissionDenied || got[2] != wire.Ready || b.More {
		t.Errorf("got %v, want the worst first", got)
	}
	if b = board("dispatcher", "?limit=1"); len(b.Devices) != 1 || !b.More || b.Counts[wire.Ready] != 1 {
		t.Errorf("got %+v, want the worst alone, and all counted", b)
	}
	if b = board("far-dispatcher", ""); len(b.Devices) != 0 || len(b.Counts) != 0 {
		t.Errorf("who runs another zone got %+v", b)
	}
	wantStatus(t, w.call(0, "far-dispatcher", "GET", "/v1/readiness?zone="+zone.String(), ""), http.StatusNotFound)
	w.push.err = errors.New("the store is away")
	wantStatus(t, w.call(0, "admin", "GET", "/v1/readiness", ""), http.StatusInternalServerError)
}

// TestTestPush: who may, has a device rung; what can't be rung is refused with its reason; it is on record and once a minute.
func TestTestPush(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := "/v1/devices/" + deviceID("officer").String() + "/test-push"
	wantStatus(t, w.call(0, "officer", "GET", path, ""), http.StatusNotFound) // never tested
	for word, code := range map[wire.Readiness]string{
		wire.NoAddress: "no_address", wire.AddressDead: "address_dead", wire.PermissionDenied: "permission_denied", wire.ProviderDown: "provider_down",
	} {
		w.push.ready = map[models.DeviceID]wire.Readiness{deviceID("officer"): word}
		wantProblem(t, w.call(0, "dispatcher", "POST", path, ""), http.StatusConflict, code)
	}
	w.push.ready[deviceID("officer")] = wire.NotHeard // which is what a test is for
	wantStatus(t, w.call(0, "dispatcher", "POST", path, ""), http.StatusCreated)
	rec := w.call(0, "dispatcher", "POST", path, "")
	wantProblem(t, rec, http.StatusTooManyRequests, "tested_just_now")
	if rec.Header().Get("Retry-After") == "" {
		t.Error("it is not said when a test may be made again")
	}
	for _, name := range []string{"officer", "dispatcher", "admin"} {
		rec := w.call(0, name, "GET", path, "")
		wantStatus(t, rec, http.StatusOK)
		if got := decoded[api.TestPush](t, rec); got.By != userID("dispatcher") || got.Push.Reason != "test" || got.RoundTrip <= 0 {
			t.Errorf("%s got %+v", name, got)
		}
	}
	wantStatus(t, w.call(0, "reviewer", "GET", path, ""), http.StatusNotFound)
	wantStatus(t, w.call(0, "reviewer", "POST", path, ""), http.StatusNotFound)
	if got := w.trail("?what=test-push&outcome=ok"); len(got) != 1 || got[0].User != userID("dispatcher") {
		t.Errorf("got %+v, want the test on record", got)
	}
}

// wantProblem checks a refusal's status and code.
func wantProblem(t *testing.T, rec *httptest.ResponseRecorder, status int, code string) {
	t.Helper()
	wantStatus(t, rec, status)
	if got := decoded[api.Problem](t, rec).Code; got != models.Code(code) {
		t.Errorf("got %s, want %s", got, code)
	}
}
