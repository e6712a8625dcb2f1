package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"officermobile/api"
	"officermobile/audit"
	"officermobile/models"
	"officermobile/models/trail"
	"officermobile/models/wire"
)

// outbox is a sync with commands in the urgent lane, from number one.
func outbox(commands ...string) string {
	for i, c := range commands {
		commands[i] = `{"id":"` + word[int](fmt.Sprint("lane command ", i)).String() + `",` + c + `}`
	}
	return `{"schema":1,"lanes":{"0":{"first":1,"commands":[` + strings.Join(commands, ",") + `]}}}`
}

// TestAdministrationBySyncIsRecorded: what comes in an outbox leaves a line as by its route, done or refused.
func TestAdministrationBySyncIsRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := word[int]("made zone").String()
	body := func() string {
		return outbox(
			`"type":"zone.put","body":{"id":"`+made+`","name":"Hunter2"}`,
			`"type":"user.change","body":{"user_id":"`+absent+`","active":false}`,
			`"type":"team.put","body":{"id":"not an id","secret":"hunter2"}`,
			`"type":"zone.hunter2","body":{}`,
			`"type":"message.acknowledge","body":{"id":"`+absent+`"}`,
		)
	}
	wantStatus(t, w.call(0, "admin", "POST", "/v1/sync", body(), header("User-Agent", "OfficerMobile/2.0")), http.StatusOK)
	wantStatus(t, w.call(0, "officer", "POST", "/v1/sync", outbox(
		`"type":"zone.put","body":{"id":"`+made+`","name":"Mine"}`,
		`"type":"dispatch.close","body":{"dispatch_id":"`+dispatch.String()+`"}`,
	)), http.StatusOK)

	lines := slices.DeleteFunc(w.trail(""), func(e trail.Entry) bool { return e.Way != trail.BySync })
	slices.Reverse(lines)
	var got []string
	for _, e := range lines {
		got = append(got, e.What+" "+e.Outcome)
	}
	want := []string{"zone.put ok", "user.change not_found", "team.put invalid", "zone.put forbidden", "dispatch.close forbidden"}
	if !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	first := lines[0]
	if first.User != userID("admin") || first.Device != deviceID("admin") || first.Session.IsZero() || first.Agent != "OfficerMobile/2.0" || first.Seq == 0 ||
		len(first.Objects) != 1 || first.Objects[0] != (trail.Object{Kind: "zone", ID: made}) || first.Why != "" {
		t.Errorf("got %+v", first)
	}
	if len(lines[2].Objects) != 0 {
		t.Errorf("got %v, want what is no id left out", lines[2].Objects)
	}
	if file := w.call(0, "admin", "GET", "/v1/audit/export", "").Body.String(); strings.Contains(strings.ToLower(file), "hunter2") {
		t.Error("the audit log has what was typed")
	}

	wantStatus(t, w.call(0, "admin", "POST", "/v1/sync", body()), http.StatusOK)
	if again := w.trail("?what=zone.put&outcome=ok"); len(again) != 2 || again[0].Why != "repeated" || again[0].Seq != first.Seq {
		t.Errorf("got %+v, want the second to say that it is one", again)
	}
}

// TestLanesDontWaitForTheAuditLog: what was decided in the field is carried out whatever the audit log does.
func TestLanesDontWaitForTheAuditLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.audit.ready, w.audit.err = audit.ErrUnavailable, audit.ErrUnavailable
	rec := w.call(0, "admin", "POST", "/v1/sync", outbox(`"type":"zone.put","body":{"id":"`+absent+`","name":"Hill"}`))
	wantStatus(t, rec, http.StatusOK)
	if got := decoded[syncAnswer](t, rec).Lanes["0"]; len(got.Results) != 1 || got.Results[0].Outcome != models.Applied {
		t.Errorf("got %+v, want it applied", got)
	}
}

// TestSearchesAreRecorded: that there was one, by what sort of filter, and how much it found; never for what.
func TestSearchesAreRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.audit.ready, w.audit.err = audit.ErrUnavailable, audit.ErrUnavailable // it is answered all the same
	query := "/v1/search?q=hel&from=2026-01-01T00:00:00Z&limit=5"
	rec := w.call(0, "officer", "GET", query, "")
	wantStatus(t, rec, http.StatusOK)
	if hits := len(decoded[wire.Found](t, rec).Hits); hits != 1 {
		t.Fatalf("got %d hits, want one", hits)
	}
	wantStatus(t, w.call(0, "officer", "GET", "/v1/search?number=99", ""), http.StatusUnprocessableEntity)
	w.audit.ready, w.audit.err = nil, nil
	lines := w.trail("?what=search")
	if len(lines) != 2 {
		t.Fatalf("got %+v, want a line for each", lines)
	}
	if e := lines[0]; e.Outcome == trail.OK || e.Hits != 0 {
		t.Errorf("got %+v, want the refusal", e)
	}
	e := lines[1]
	if e.User != userID("officer") || e.Outcome != trail.OK || e.Hits != 1 || !slices.Equal(e.Filters, []string{"q", "from"}) {
		t.Errorf("got %+v, want a hit by q and from", e)
	}
	if file := w.call(0, "admin", "GET", "/v1/audit/export?what=search&format=ndjson", "").Body.String(); strings.Contains(file, `"hel"`) || strings.Contains(file, "2026-01-01T00:00:00Z") || strings.Contains(file, "q=") {
		t.Errorf("got %s, want nothing of what was searched for", file)
	}
}

// TestWhatRoutesRecordOutboxesRecord: a command whose route is audited leaves a line when it comes in an outbox, and no other
// does. The tour goes through every route, so a new one is held to this without a line here.
func TestWhatRoutesRecordOutboxesRecord(t *testing.T) {
	t.Parallel()
	tr := newTour(t)
	named := map[string]string{}
	for path, item := range tr.api.Document().Paths {
		for method, op := range operations(item) {
			named[op.OperationID] = method + " " + strings.NewReplacer("{", ":", "}", "").Replace(path)
		}
	}
	tr.service.mu.Lock()
	defer tr.service.mu.Unlock()
	audited := 0
	for route, command := range tr.service.given {
		if named[route] == "" || command == "device.wipe" || command == "device.test" { // which no outbox carries
			continue
		}
		want := tr.api.Audited(named[route])
		if got := api.Administers(command); got != want {
			t.Errorf("%s by %s: got %v, want %v as its route", command, route, got, want)
		}
		if want {
			audited++
		}
	}
	if audited < 12 {
		t.Errorf("got %d audited routes that give commands, which can't be all: %v", audited, tr.service.given)
	}
}
