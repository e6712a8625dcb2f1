package api_test

import (
	"context"
	"encoding/csv"
	"net/http"
	"slices"
	"strings"
	"testing"

	"officermobile/api"
	"officermobile/audit"
	"officermobile/auth"
	"officermobile/models"
	"officermobile/models/trail"
	"officermobile/store"
)

// recorder is the audit log, which can be made unwritable.
type recorder struct {
	*audit.Recorder
	ready, err error
}

func newRecorder(t testing.TB, log store.Log) *recorder {
	r := audit.New(log, audit.Options{})
	t.Cleanup(func() { check(t, r.Close(context.Background())) })
	return &recorder{Recorder: r}
}

func (r *recorder) session(ctx context.Context, e auth.Event) {
	r.Note(e.Agency, api.SessionEntry(ctx, e))
}

func (r *recorder) Ready(id models.AgencyID) error {
	if r.ready != nil {
		return r.ready
	}
	return r.Recorder.Ready(id)
}

func (r *recorder) Record(ctx context.Context, id models.AgencyID, e trail.Entry) error {
	if r.err != nil {
		return r.err
	}
	return r.Recorder.Record(ctx, id, e)
}

// trail reads the audit log of the first agency through the API, the newest first. Lines that nobody waits for are
// written in order with those that somebody does, so what a test did before is there.
func (w *world) trail(query string) []trail.Entry {
	w.t.Helper()
	check(w.t, w.audit.Recorder.Record(w.t.Context(), w.ids[0], trail.Entry{What: "flush", Outcome: "ok"}))
	rec := w.call(0, "admin", "GET", "/v1/audit"+query, "")
	wantStatus(w.t, rec, http.StatusOK)
	return slices.DeleteFunc(decoded[api.AuditPage](w.t, rec).Items, func(e trail.Entry) bool { return e.What == "flush" })
}

// TestWhatIsForAdministratorsIsAudited: a route for administrators alone can't be added without its flag.
func TestWhatIsForAdministratorsIsAudited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, route := range w.api.Served() {
		if matrix[braced(route)].types == "a" && !w.api.Audited(route) {
			t.Errorf("%s is for administrators alone and not audited", route)
		}
	}
}

// TestDocumentSaysWhatIsAudited, in words and for programs.
func TestDocumentSaysWhatIsAudited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for path, item := range w.api.Document().Paths {
		for method, op := range operations(item) {
			want := w.api.Audited(method + " " + strings.NewReplacer("{", ":", "}", "").Replace(path))
			says := strings.Contains(op.Description, "Audited:")
			if _, marked := op.Extensions["x-audited"]; says != want || marked != want {
				t.Errorf("%s %s: says %t, x-audited %t, want %t", method, path, says, marked, want)
			}
		}
	}
	if page := w.call(0, "", "GET", "/docs/create-user", "").Body.String(); !strings.Contains(page, "Audited:") {
		t.Errorf("the handbook does not say that create-user is audited")
	}
}

func TestAdministrationIsRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	agent := header("User-Agent", "OfficerMobile/2.0")
	wantStatus(t, w.call(0, "admin", "POST", "/v1/users", `{"username":"nina","name":"Nina","types":["officer"]}`, agent), http.StatusCreated)
	e := w.trail("?what=create-user")[0]
	if e.User != userID("admin") || e.Device != deviceID("admin") || e.Session.IsZero() || e.Agent != "OfficerMobile/2.0" ||
		e.Request != "test" || e.Remote != "192.0.2.1" || e.Outcome != "ok" || e.Status != 201 || e.Seq == 0 || e.BytesIn == 0 || e.BytesOut == 0 {
		t.Errorf("got %+v", e)
	}
	if len(e.Objects) != 1 || e.Objects[0].Kind != "user" || len(e.Objects[0].ID) != 22 {
		t.Errorf("got objects %v, want the user that was made", e.Objects)
	}
	for path, want := range map[string]string{absent: "not_found", userID("officer").String(): "ok"} {
		w.call(0, "admin", "POST", "/v1/users/"+path+"/unlock", "")
		e := w.trail("?what=unlock-user")[0]
		if e.Outcome != want || len(e.Objects) != 1 || e.Objects[0] != (trail.Object{Kind: "user", ID: path}) {
			t.Errorf("unlock %s: got %+v, want %s", path, e, want)
		}
	}
	w.call(0, "admin", "PUT", "/v1/users/olga@example.org", `{}`)
	if e := w.trail("?what=put-user")[0]; len(e.Objects) != 0 || e.Outcome != "not_found" {
		t.Errorf("a path that is no id: got %+v, want it left out", e)
	}
	if e := w.trail("?what=list-audit"); len(e) < 3 {
		t.Errorf("got %d lines of reading the audit log, want each", len(e))
	}
}

func TestDeniedIsRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wantStatus(t, w.call(0, "officer", "GET", "/v1/audit", ""), http.StatusForbidden)
	wantStatus(t, w.call(0, "officer", "POST", "/v1/dispatches/"+dispatch.String()+"/close", ""), http.StatusForbidden)
	wantStatus(t, w.call(0, "", "GET", "/v1/audit", ""), http.StatusUnauthorized)
	denied := w.trail("?outcome=forbidden&user=" + userID("officer").String())
	if len(denied) != 2 || denied[0].What != "close-dispatch" || denied[1].What != "list-audit" {
		t.Errorf("got %+v, want both", denied)
	}
	if other := w.call(1, "admin", "GET", "/v1/audit?outcome=forbidden", ""); strings.Contains(other.Body.String(), "close-dispatch") {
		t.Error("the other agency's audit log has it")
	}
}

// TestSignInsAreRecorded: with the reason that the client is not told, and without any name that was typed.
func TestSignInsAreRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := func(name string) string {
		return `{"agency_id":"` + w.ids[0].String() + `","username":"` + name + `","password":"wrong","device_id":"` + deviceID("x").String() + `","device_key":"` + w.key + `"}`
	}
	agent := header("User-Agent", "Phone/1")
	wantStatus(t, w.call(0, "", "POST", "/v1/sign-in", body("officer"), agent), http.StatusUnauthorized)
	wantStatus(t, w.call(0, "", "POST", "/v1/sign-in", body("hunter2"), agent), http.StatusUnauthorized)
	refused := w.trail("?what=sign_in_refused")
	if len(refused) != 2 || refused[0].Why != "unknown_user" || refused[1].Why != "password" {
		t.Fatalf("got %+v, want two refusals", refused)
	}
	if !slices.Contains(refused[1].Objects, trail.Object{Kind: "user", ID: userID("officer").String()}) || !refused[1].User.IsZero() ||
		refused[1].Agent != "Phone/1" || refused[1].Outcome != trail.Refused {
		t.Errorf("got %+v", refused[1])
	}
	if len(w.trail("?what=signed_in")) != len(staff) {
		t.Errorf("want %d sign-ins", len(staff))
	}
	rec := w.call(0, "admin", "GET", "/v1/audit/export?format=ndjson", "")
	if strings.Contains(rec.Body.String(), "hunter2") || strings.Contains(rec.Body.String(), "wrong") {
		t.Error("the audit log has what was typed")
	}
}

// TestUnwritableAuditLog: nothing is administered and nothing answered, and dispatching goes on.
func TestUnwritableAuditLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.audit.ready = audit.ErrUnavailable
	rec := w.call(0, "admin", "POST", "/v1/users", `{"username":"nina","name":"Nina","types":["officer"]}`)
	wantStatus(t, rec, http.StatusServiceUnavailable)
	if rec.Header().Get("Retry-After") == "" {
		t.Error("want to hear when to come again")
	}
	check(t, w.View(t.Context(), w.ids[0], func(s *models.State) error {
		if s.UserNamed("nina") != nil {
			t.Error("the user was made")
		}
		return nil
	}))
	wantStatus(t, w.call(0, "dispatcher", "POST", "/v1/dispatches", `{"work_zone":"`+workZone.String()+`","priority":"low"}`), http.StatusCreated)
	wantStatus(t, w.call(0, "officer", "POST", "/v1/conversations/"+conversation.String()+"/messages", `{"text":"still here"}`), http.StatusCreated)

	w.audit.ready, w.audit.err = nil, audit.ErrUnavailable // it fails in between
	rec = w.call(0, "admin", "GET", "/v1/log", "")
	wantStatus(t, rec, http.StatusServiceUnavailable)
	if strings.Contains(rec.Body.String(), "batches") || rec.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("got %s", dump(rec))
	}
}

func TestAuditExport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.call(0, "admin", "GET", "/v1/log", "", header("User-Agent", "=cmd|' /C calc'!A0"))
	rec := w.call(0, "admin", "GET", "/v1/audit/export?what=read-log", "")
	wantStatus(t, rec, http.StatusOK)
	if got := rec.Header().Get("Content-Type"); got != "text/csv; charset=utf-8" {
		t.Errorf("got content type %q", got)
	}
	rows, err := csv.NewReader(rec.Body).ReadAll()
	check(t, err)
	if len(rows) != 2 || !slices.Contains(rows[1], "'=cmd|' /C calc'!A0") {
		t.Errorf("got %q, want one line whose agent is no formula", rows)
	}
	if got := w.trail("?what=export-audit"); len(got) != 1 {
		t.Errorf("got %v, want the export on record", got)
	}
	wantStatus(t, w.call(0, "admin", "GET", "/v1/audit?cursor=x", ""), http.StatusUnprocessableEntity)
}

func TestAuditPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seen, cursor := map[uint32]bool{}, ""
	for range 100 {
		rec := w.call(0, "admin", "GET", "/v1/audit?limit=4&what=signed_in"+cursor, "")
		wantStatus(t, rec, http.StatusOK)
		page := decoded[api.AuditPage](t, rec)
		for _, e := range page.Items {
			if seen[e.N] {
				t.Errorf("line %d twice", e.N)
			}
			seen[e.N] = true
		}
		if page.Next == "" {
			break
		}
		cursor = "&cursor=" + page.Next
	}
	if len(seen) != len(staff) {
		t.Errorf("got %d sign-ins, want %d", len(seen), len(staff))
	}
}
