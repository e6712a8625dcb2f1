package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"officermobile/api"
	"officermobile/models/wire"
)

// TestIfMatch: a change is made of what the asker saw, or not at all; who may not see it is told nothing of its rev.
func TestIfMatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rev := func(list, id string) string {
		for _, item := range decoded[api.List[any]](t, w.call(0, "admin", "GET", list, "")).Items {
			if item.ID == id {
				return fmt.Sprintf(`"%d"`, item.Rev)
			}
		}
		t.Fatalf("%s has no %s", list, id)
		return ""
	}
	agency := w.call(0, "admin", "GET", "/v1/agency", "").Header().Get("ETag")
	shown := w.call(0, "dispatcher", "GET", "/v1/dispatches/"+dispatch.String(), "").Header().Get("ETag")
	officer := userID("officer").String()
	for _, test := range []struct{ who, method, path, body, etag string }{
		{"admin", "PUT", "/v1/agency", `{"name":"Port Police"}`, agency},
		{"admin", "PUT", "/v1/users/" + officer, `{"name":"Olga Diaz"}`, rev("/v1/users", officer)},
		{"admin", "PUT", "/v1/zones/" + zone.String(), `{"name":"Port"}`, rev("/v1/zones", zone.String())},
		{"admin", "PUT", "/v1/work-zones/" + workZone.String(), `{"zone":"` + zone.String() + `","name":"Pier"}`, rev("/v1/work-zones", workZone.String())},
		{"admin", "PUT", "/v1/teams/" + team.String(), `{"zone":"` + zone.String() + `","name":"Night","work_zones":[]}`, rev("/v1/teams", team.String())},
		{"dispatcher", "PATCH", "/v1/dispatches/" + dispatch.String(), `{"location":"Gate 4"}`, shown},
	} {
		wantStatus(t, w.call(0, test.who, test.method, test.path, test.body, header("If-Match", `"4000000000"`)), http.StatusPreconditionFailed)
		wantStatus(t, w.call(0, test.who, test.method, test.path, test.body, header("If-Match", `"9999999999"`)), http.StatusPreconditionFailed)
		wantStatus(t, w.call(0, test.who, test.method, test.path, test.body, header("If-Match", test.etag)), http.StatusOK)
		wantStatus(t, w.call(0, test.who, test.method, test.path, test.body, header("If-Match", test.etag)), http.StatusPreconditionFailed)
		wantStatus(t, w.call(0, test.who, test.method, test.path, test.body), http.StatusOK)
		wantStatus(t, w.call(0, test.who, test.method, test.path, test.body, header("If-Match", "W/x")), http.StatusUnprocessableEntity)
	}
	path := "/v1/dispatches/" + dispatch.String()
	wantStatus(t, w.call(0, "far-dispatcher", "PATCH", path, `{"location":"x"}`, header("If-Match", `"4000000000"`)), http.StatusNotFound)
}

// TestBaseBounds: a base that the document doesn't allow is refused; null is the same as absent, which the document does
// not say: some clients write what they leave out that way, and there is nothing else it could mean.
func TestBaseBounds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := "/v1/dispatches/" + dispatch.String() + "/close"
	for _, base := range []string{"-1", "4294967296", "1e40", "1.5", `"1"`, "true", "[]"} {
		rec := w.call(0, "officer", "POST", "/v1/tasks/"+task.String()+"/start", `{"base":`+base+`}`)
		if rec.Code != http.StatusUnprocessableEntity && rec.Code != http.StatusBadRequest {
			t.Errorf("base %s: got %s, want a refusal", base, dump(rec))
		}
	}
	r := httptest.NewRequest("POST", "/v1/tasks/"+task.String()+"/start", strings.NewReader(`{"base":null}`)) // not held to the document
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+w.tokens[0]["officer"].Access)
	rec := httptest.NewRecorder()
	w.api.ServeHTTP(rec, r)
	wantStatus(t, rec, http.StatusOK)
	wantStatus(t, w.call(0, "dispatcher", "POST", path, `{"base":4294967295}`), http.StatusConflict)
}

// TestBase: a console that decided on an old state of a task or dispatch is told so.
func TestBase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path, verb := "/v1/dispatches/"+dispatch.String(), "/v1/tasks/"+task.String()
	before := decoded[api.Item[api.Dispatch]](t, w.call(0, "dispatcher", "GET", path, ""))
	base := fmt.Sprintf(`{"base":%d}`, before.Data.Tasks[0].Rev)
	wantStatus(t, w.call(0, "officer", "POST", verb+"/start", base), http.StatusOK)
	for _, late := range []string{"/unassign", "/clear", "/suspend"} {
		rec := w.call(0, "dispatcher", "POST", verb+late, base)
		wantStatus(t, rec, http.StatusConflict)
		if code := decoded[api.Problem](t, rec).Code; code != "superseded" {
			t.Errorf("%s: got %s, want superseded", late, code)
		}
	}
	wantStatus(t, w.call(0, "officer", "POST", verb+"/arrive", base), http.StatusOK) // its own changes don't count

	base = fmt.Sprintf(`{"base":%d,`, before.Rev)
	wantStatus(t, w.call(0, "dispatcher", "PATCH", path, base+`"location":"Gate 4"}`), http.StatusOK)
	wantStatus(t, w.call(0, "admin", "PATCH", path, base+`"location":"Gate 5"}`), http.StatusConflict)
}

// TestSettingsArePatched: what a PUT does not name stays, and what was never chosen is shown as its default.
func TestSettingsArePatched(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wantStatus(t, w.call(0, "admin", "PUT", "/v1/agency", `{"settings":{"number_reset_minute":360}}`), http.StatusOK)
	wantStatus(t, w.call(0, "admin", "PUT", "/v1/agency", `{"settings":{"invitation_minutes":60}}`), http.StatusOK)
	wantStatus(t, w.call(0, "admin", "PUT", "/v1/agency", `{"settings":{"invitation_minutes":null}}`), http.StatusOK)
	for _, bad := range []string{`{"settings":{"shoe_size":9}}`, `{"settings":null}`, `{"settings":{"number_reset_minute":1440}}`} {
		wantStatus(t, w.call(0, "admin", "PUT", "/v1/agency", bad), http.StatusUnprocessableEntity)
	}
	got := decoded[api.Item[wire.Agency]](t, w.call(0, "officer", "GET", "/v1/agency", "")).Data.Settings
	if got.NumberResetMinute != 360 || got.InvitationMinutes != 1440 || got.NumberResetPeriod != "daily" {
		t.Errorf("got %+v, want 06:00, a day and daily", got)
	}
	body := `{"name":"North","time_zone":"Asia/Tokyo","number_reset":{"period":"monthly","minute":360}}`
	wantStatus(t, w.call(0, "admin", "PUT", "/v1/zones/"+zone.String(), body), http.StatusOK)
	wantStatus(t, w.call(0, "admin", "PUT", "/v1/zones/"+zone.String(), `{"name":"Far North"}`), http.StatusOK)
	for _, z := range decoded[api.List[wire.Zone]](t, w.call(0, "officer", "GET", "/v1/zones", "")).Items {
		if z.ID == zone.String() && (z.Data.Name != "Far North" || z.Data.TimeZone != "Asia/Tokyo" || z.Data.NumberReset == nil || z.Data.NumberReset.Minute != 360) {
			t.Errorf("got %+v, want a new name and the rest as it was", z.Data)
		}
	}
}
