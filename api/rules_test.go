package api_test

import (
	"net/http"
	"testing"

	"officermobile/api"
	"officermobile/models"
	"officermobile/models/wire"
)

// rest does one thing of the directory through its whole life: made, listed, shown, changed, deleted.
func rest[T any](t *testing.T, w *world, list, made, changed string) T {
	t.Helper()
	rec := w.call(0, "admin", "POST", list, made)
	wantStatus(t, rec, http.StatusCreated)
	path := list + "/" + decoded[api.Written](t, rec).ID
	shown := w.call(0, "officer", "GET", path, "")
	wantStatus(t, shown, http.StatusOK)
	etag := header("If-Match", shown.Header().Get("ETag"))
	if n := len(decoded[api.List[T]](t, w.call(0, "reviewer", "GET", list, "")).Items); n == 0 {
		t.Errorf("%s lists nothing", list)
	}
	wantStatus(t, w.call(0, "admin", "PUT", path, changed, etag), http.StatusOK)
	wantStatus(t, w.call(0, "admin", "DELETE", path, "", etag), http.StatusPreconditionFailed)
	was := decoded[api.Item[T]](t, w.call(0, "officer", "GET", path, "")).Data
	wantStatus(t, w.call(0, "officer", "DELETE", path, ""), http.StatusForbidden)
	wantStatus(t, w.call(0, "admin", "DELETE", path, ""), http.StatusOK)
	if again := decoded[api.Written](t, w.call(0, "admin", "DELETE", path, "")); again.Changed {
		t.Errorf("%s: deleted twice", path)
	}
	wantStatus(t, w.call(0, "officer", "GET", path, ""), http.StatusNotFound)
	wantStatus(t, w.call(0, "admin", "PUT", path, changed), http.StatusConflict)
	return was
}

func TestRulesByREST(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rule := rest[wire.RTA](t, w, "/v1/rta", `{"name":"Be there","from":"unassigned","to":"on_scene","seconds":480}`,
		`{"name":"Be there","from":"unassigned","to":"on_scene","seconds":240,"match":{"priority":"high"}}`)
	if rule.Seconds != 240 || rule.Match.Priority != models.High || rule.To != models.TaskOnScene {
		t.Errorf("got %+v", rule)
	}
	choice := rest[wire.Choice](t, w, "/v1/choices", `{"kind":"busy_state","name":"break"}`, `{"kind":"busy_state","name":"lunch","order":3}`)
	if choice.Name != "lunch" || choice.Order != 3 {
		t.Errorf("got %+v", choice)
	}
	rest[wire.Zone](t, w, "/v1/zones", `{"name":"East"}`, `{"name":"Far East"}`)
	rest[wire.WorkZone](t, w, "/v1/work-zones", `{"zone":"`+zone.String()+`","name":"Yard"}`, `{"zone":"`+zone.String()+`","name":"Back yard"}`)
	rest[wire.Team](t, w, "/v1/teams", `{"zone":"`+zone.String()+`","name":"Night","work_zones":[]}`, `{"zone":"`+zone.String()+`","name":"Late","work_zones":[]}`)
	for _, path := range []string{"/v1/zones/" + zone.String(), "/v1/work-zones/" + workZone.String(), "/v1/teams/" + team.String()} {
		rec := w.call(0, "admin", "DELETE", path, "")
		wantStatus(t, rec, http.StatusConflict)
		if code := decoded[api.Problem](t, rec).Code; code != "in_use" {
			t.Errorf("%s: got %s, want in_use", path, code)
		}
	}
}

// TestAClockByREST: a task's row has what is needed to draw its clock.
func TestAClockByREST(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rule := `{"name":"At the pool","from":"unassigned","to":"on_route","seconds":60,"match":{"indoor_location":"Pool"}}`
	wantStatus(t, w.call(0, "admin", "POST", "/v1/rta", rule), http.StatusCreated)
	rec := w.call(0, "dispatcher", "POST", "/v1/dispatches", `{"work_zone":"`+workZone.String()+`","priority":"high","location":"Gym"}`)
	wantStatus(t, rec, http.StatusCreated)
	path := "/v1/dispatches/" + decoded[api.Written](t, rec).ID
	wantStatus(t, w.call(0, "dispatcher", "POST", path+"/tasks", ""), http.StatusCreated)
	wantStatus(t, w.call(0, "dispatcher", "PATCH", path, `{"indoor_location":"pool"}`), http.StatusOK)
	d := decoded[api.Item[api.Dispatch]](t, w.call(0, "dispatcher", "GET", path, "")).Data
	if clocks := d.Tasks[0].Data.Clocks; len(clocks) != 1 || clocks[0].Limit != 60 || clocks[0].Start != d.Tasks[0].Data.Moved || d.IndoorLocation != "pool" {
		t.Errorf("got %+v of %+v", clocks, d)
	}
}
