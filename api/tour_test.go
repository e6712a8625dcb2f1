package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"officermobile/api"
	"officermobile/models/wire"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The tour calls every route once, with something to show: what it sends and gets are the examples of the document.
// A new route needs a line here, where its subject is:
//
//	tr.visit("dispatcher", "POST", "/v1/dispatches/"+dispatch.String()+"/close", "")
//
// and then: go test ./api -run TestExamplesAreCurrent -update && go test ./api -run TestDocumentIsCurrent -update

func (tr *tour) run() {
	tr.session()
	tr.devices()
	tr.directory()
	tr.rules()
	tr.duty()
	tr.dispatches()
	tr.conversations()
	tr.alarms()
	tr.sync()
	tr.records()
	tr.system()
	tr.partings()
}

func (tr *tour) session() {
	device := `,"device_key":"` + tr.key + `","register":{"name":"Phone","class":"phone","platform":"android"}`
	in := decoded[api.SignedIn](tr.t, tr.visit("", "POST", "/v1/sign-in", tr.signInBody(word[int]("toured phone").String(), device)))
	tr.visit("", "POST", "/v1/renew", `{"refresh":"`+in.Refresh+`"}`, header("Device-Key", tr.key))
	tr.visit("officer", "GET", "/v1/me", "")
}

func (tr *tour) devices() {
	phone := "/v1/devices/" + deviceID("officer").String()
	tr.visit("officer", "GET", "/v1/devices?limit=1", "")
	tr.visit("officer", "POST", "/v1/devices", `{"name":"Phone","class":"phone","platform":"ios"}`, key("device-1"))
	tr.visit("officer", "PUT", phone+"/address", `{"kind":"apns","token":"`+strings.Repeat("0f", 32)+`","environment":"production","app":"org.example.officer"}`)
	tr.visit("officer", "PUT", phone+"/push-keys", `{"key":"`+strings.Repeat("B", 87)+`"}`)
	tr.visit("officer", "GET", "/v1/push/"+rung, "")
	tr.visit("officer", "GET", "/v1/push-key", "")
	tr.visit("officer", "GET", phone+"/verdicts?limit=1", "")
	tr.visit("officer", "POST", phone+"/test-push", "")
	tr.visit("officer", "GET", phone+"/test-push", "")
	tr.visit("dispatcher", "GET", "/v1/readiness", "")
	tr.visit("officer", "POST", "/v1/push/receipts", `{"pushes":[{"n":"q83vEjRWeJC83vEjRWeJCg","stage":"displayed","at":1772000000000}]}`)
	tr.visit("officer", "PUT", "/v1/presence", `{"state":"background","report":1,"position":{"lat":36.9916,"lon":-122.0583,"accuracy_m":12}}`)
}

func (tr *tour) directory() {
	tr.visit("officer", "GET", "/v1/agency", "")
	tr.visit("admin", "PUT", "/v1/agency", `{"settings":{"invitation_minutes":1440}}`, key("agency-1"))
	tr.visit("officer", "GET", "/v1/users?type=officer&on_duty=true&limit=2", "")
	made := tr.made(tr.visit("admin", "POST", "/v1/users", `{"username":"r.diaz","name":"R. Diaz","types":["officer"],"active":true}`, key("user-1")))
	tr.visit("admin", "PUT", "/v1/users/"+made, `{"name":"Ramona Diaz"}`, key("user-2"))
	tr.visit("admin", "GET", "/v1/users/"+userID("officer").String(), "")
	tr.visit("admin", "GET", "/v1/agency/devices?class=phone&limit=1", "")
	tr.visit("admin", "GET", "/v1/push/dead-letters?limit=1", "")
	tr.visit("admin", "PUT", "/v1/users/"+made+"/password", `{"password":"seven loud geese by night"}`)
	tr.visit("admin", "POST", "/v1/users/"+made+"/unlock", "")
	keys := "/v1/integrations/" + userID("integration").String() + "/keys"
	key1 := tr.made(tr.visit("admin", "POST", keys, `{"expires_at":1893456000000}`, key("key-1")))
	tr.visit("admin", "GET", keys, "")
	tr.visit("admin", "DELETE", keys+"/"+key1, "")
	tr.visit("admin", "POST", "/v1/users/import?dry_run=true", importFile, asFile)
	tr.visit("officer", "GET", "/v1/zones", "")
	made = tr.made(tr.visit("admin", "POST", "/v1/zones", `{"name":"Harbour"}`, key("zone-1")))
	tr.visit("admin", "PUT", "/v1/zones/"+made, `{"name":"Old Harbour"}`, key("zone-2"))
	tr.visit("officer", "GET", "/v1/work-zones", "")
	made = tr.made(tr.visit("admin", "POST", "/v1/work-zones", `{"zone":"`+zone.String()+`","name":"Gymnasium"}`, key("work-zone-1")))
	tr.visit("admin", "PUT", "/v1/work-zones/"+made, `{"zone":"`+zone.String()+`","name":"Sports hall"}`, key("work-zone-2"))
	tr.visit("officer", "GET", "/v1/teams", "")
	made = tr.made(tr.visit("admin", "POST", "/v1/teams", `{"zone":"`+zone.String()+`","name":"Bicycles","work_zones":["`+workZone.String()+`"]}`, key("team-1")))
	tr.visit("admin", "PUT", "/v1/teams/"+made, `{"zone":"`+zone.String()+`","name":"Bicycle patrol","work_zones":["`+workZone.String()+`"]}`, key("team-2"))
}

func (tr *tour) rules() {
	for _, place := range []struct{ list, made string }{
		{"zones", `{"name":"Fairground"}`},
		{"work-zones", `{"zone":"` + zone.String() + `","name":"Stage"}`},
		{"teams", `{"zone":"` + zone.String() + `","name":"Festival","work_zones":[]}`},
	} {
		path := "/v1/" + place.list + "/" + tr.made(tr.call(0, "admin", "POST", "/v1/"+place.list, place.made))
		tr.visit("officer", "GET", path, "")
		tr.visit("admin", "DELETE", path, "", key(place.list+"-gone"))
	}

	rule := `{"name":"On scene in eight minutes","from":"unassigned","to":"on_scene","seconds":480,"match":{"priority":"high"}}`
	path := "/v1/rta/" + tr.made(tr.visit("admin", "POST", "/v1/rta", rule, key("rta-1")))
	tr.visit("admin", "PUT", path, strings.Replace(rule, "480", "300", 1), key("rta-2"), header("If-Match", `"1"`))
	tr.visit("officer", "GET", "/v1/rta", "")
	tr.visit("officer", "GET", path, "")
	other := tr.made(tr.call(0, "admin", "POST", "/v1/rta", rule))
	tr.visit("admin", "DELETE", "/v1/rta/"+other, "", key("rta-3"))

	path = "/v1/choices/" + tr.made(tr.visit("admin", "POST", "/v1/choices", `{"kind":"busy_state","name":"break"}`, key("choice-1")))
	tr.visit("admin", "PUT", path, `{"kind":"busy_state","name":"lunch","order":1}`, key("choice-2"))
	tr.visit("officer", "GET", "/v1/choices", "")
	tr.visit("officer", "GET", path, "")
	tr.visit("admin", "DELETE", path, "", key("choice-3"))
}

func (tr *tour) duty() {
	tr.visit("officer", "GET", "/v1/duty", "")
	tr.visit("far-officer", "POST", "/v1/duty/on", `{"zone":"`+zone.String()+`","team":"`+team.String()+`","call_sign":"A2"}`, key("duty-1"))
	tr.visit("far-officer", "POST", "/v1/duty/status", `{"status":"busy","state":"break"}`, key("duty-2"))
	tr.visit("far-officer", "POST", "/v1/duty/off", "", key("duty-3"))
}

func (tr *tour) dispatches() {
	old := "/v1/tasks/" + task.String()
	tr.visit("officer", "POST", old+"/start", "", key("task-1"))
	tr.visit("officer", "POST", old+"/arrive", "", key("task-2"))
	goesOn := "/v1/tasks/" + tr.made(tr.visit("officer", "POST", old+"/suspend", "", key("task-3")))
	tr.visit("officer", "POST", goesOn+"/clear", `{"disposition":"report taken"}`, key("task-4"))

	facts := `{"work_zone":"` + workZone.String() + `","priority":"high","location":"Gate 4","description":"Bicycle taken","call_source":"phone"}`
	path := "/v1/dispatches/" + tr.made(tr.visit("dispatcher", "POST", "/v1/dispatches", facts, key("dispatch-1")))
	job := "/v1/tasks/" + tr.made(tr.visit("dispatcher", "POST", path+"/tasks", "", key("task-5")))
	tr.visit("dispatcher", "POST", job+"/assign", `{"user_id":"`+userID("officer").String()+`"}`, key("task-6"))
	tr.visit("dispatcher", "POST", job+"/unassign", "", key("task-7"))
	tr.visit("dispatcher", "GET", "/v1/dispatches?open=true&limit=1", "")
	tr.visit("officer", "POST", path+"/log", `{"text":"The porter has the keys."}`, key("log-1"))
	tr.visit("dispatcher", "GET", path, "")
	tr.visit("reviewer", "POST", path+"/comment", `{"text":"Camera 12 shows the gate."}`, key("comment-1"))
	tr.visit("dispatcher", "PATCH", path, `{"priority":"low"}`, key("dispatch-2"))
	tr.call(0, "dispatcher", "POST", job+"/clear", "")
	tr.visit("dispatcher", "POST", path+"/close", "", key("dispatch-3"))
	tr.visit("dispatcher", "POST", path+"/reopen", "", key("dispatch-4"))
}

func (tr *tour) conversations() {
	invitees := `"` + userID("reviewer").String() + `","` + userID("far-officer").String() + `","` + userID("dispatcher").String() + `"`
	path := "/v1/conversations/" + tr.made(tr.visit("officer", "POST", "/v1/conversations", `{"title":"Plans","invitees":[`+invitees+`]}`, key("conversation-1")))
	tr.visit("officer", "GET", "/v1/conversations?limit=1", "")
	tr.visit("officer", "GET", path, "")
	tr.visit("officer", "POST", path+"/invitations", `{"invitees":["`+userID("far-reviewer").String()+`"]}`, key("invitation-1"))

	pending := func(who string) string {
		rec := tr.visit(who, "GET", "/v1/invitations", "")
		return "/v1/invitations/" + decoded[api.List[wire.Invitation]](tr.t, rec).Items[0].ID
	}
	tr.visit("reviewer", "POST", pending("reviewer")+"/accept", "", key("invitation-2"))
	tr.visit("far-officer", "POST", pending("far-officer")+"/reject", "", key("invitation-3"))
	tr.visit("officer", "POST", pending("dispatcher")+"/cancel", "", key("invitation-4"))

	id := word[int]("toured message").String()
	tr.visit("officer", "POST", path+"/messages", `{"id":"`+id+`","text":"Meet at the gate.","urgent":true}`, key("message-1"))
	tr.visit("officer", "GET", path+"/messages?limit=3", "")
	tr.visit("reviewer", "POST", "/v1/messages/"+id+"/acknowledge", "", key("acknowledge-1"))
	tr.visit("officer", "GET", "/v1/messages/"+id+"/verdicts", "")
	tr.visit("reviewer", "PUT", path+"/mark", `{"n":5}`, key("mark-1"))
	tr.visit("reviewer", "POST", path+"/mute", `{"until":4102444800000}`, key("mute-1"))
	tr.visit("reviewer", "POST", path+"/unmute", "", key("mute-2"))
	tr.visit("officer", "GET", "/v1/messages/"+id+"/receipts", "")
	tr.visit("officer", "POST", path+"/members/"+userID("reviewer").String()+"/remove", "", key("member-1"))
	tr.visit("officer", "POST", path+"/leave", "", key("leave-1"))
}

func (tr *tour) alarms() {
	tr.call(0, "officer", "PUT", "/v1/presence", `{"state":"foreground","report":900,"position":{"lat":37.7925,"lon":-122.4002,"accuracy_m":12}}`)
	tr.visit("dispatcher", "GET", "/v1/positions", "")
	tr.visit("officer", "POST", "/v1/duress", `{"lat":37.7925,"lon":-122.4002,"accuracy_m":12}`, key("duress-1"))
	made := tr.made(tr.visit("dispatcher", "POST", "/v1/broadcasts", `{"zone":"`+zone.String()+`","title":"Weather","text":"Storm from the west at noon. Stay off the pier.","urgent":true}`, key("broadcast-1")))
	tr.visit("dispatcher", "POST", "/v1/broadcasts/"+made+"/end", "", key("broadcast-2"))
}

func (tr *tour) sync() {
	command := `{"id":"` + word[int]("toured command").String() + `","type":"message.post","device_at":"2026-01-01T08:00:00Z","age_ms":1500,"body":{"conversation_id":"` +
		conversation.String() + `","id":"` + word[int]("synced message").String() + `","text":"On my way."}}`
	body := `{"schema":1,"lanes":{"1":{"first":1,"commands":[` + command + `]}},"presence":{"state":"foreground","report":2},"max_bytes":2000}`
	page := decoded[syncAnswer](tr.t, tr.visit("officer", "POST", "/v1/sync", body)).Page
	tr.visit("officer", "POST", "/v1/sync/repair", `{"t":"`+page.T+`","schema":1,"scope":"c/`+conversation.String()+`"}`)

	all := decoded[syncAnswer](tr.t, tr.call(0, "officer", "POST", "/v1/sync", `{"schema":1}`)).Page
	tr.call(0, "reviewer", "POST", "/v1/dispatches/"+dispatch.String()+"/comment", `{"text":"Camera 3 shows the yard."}`)
	tr.listen("officer", "/v1/live?window=5", all.T)
}

func (tr *tour) records() {
	tr.visit("officer", "GET", "/v1/search?q=hel", "")
	tr.visit("admin", "GET", "/v1/shifts?zone="+zone.String(), "")
	path := "/v1/records/" + userID("officer").String() + "?from=2026-01-01T00:00:00Z&to=2100-01-01T00:00:00Z&reason=Request+12"
	request, _, _ := strings.Cut(tr.call(0, "admin", "GET", path, "").Body.String(), "\n")
	line, err := json.Marshal(string(tr.steady.rewrite(tr.t, jsontext.Value(request))) + "\n")
	check(tr.t, err)
	tr.note("GET", path, nil, line)
}

func (tr *tour) system() {
	tr.visit("admin", "GET", "/v1/log?limit=1", "")
	tr.visit("admin", "GET", "/v1/audit?what=read-log", "", header("User-Agent", "Console/1.0"))
	tr.visit("admin", "GET", "/v1/audit/export?what=read-log", "")
	for _, path := range []string{"/v1/openapi.json", "/v1/openapi.yaml", "/docs", "/docs/sync", "/problems/not_found", "/.well-known/jwks.json", "/livez", "/readyz", "/startupz"} {
		tr.visit("", "GET", path, "")
	}
}

// partings end sessions, so they come last.
func (tr *tour) partings() {
	tr.visit("integration", "PUT", "/v1/me/password", `{"old":"`+password+`","password":"eight late trains at dawn"}`)
	tr.visit("officer", "POST", "/v1/sign-out", "")
	tr.visit("admin", "POST", "/v1/devices/"+deviceID("officer").String()+"/release", "", key("device-2"))
	tr.visit("admin", "POST", "/v1/devices/"+deviceID("far-officer").String()+"/report-lost", "", key("device-4"))
	tr.visit("", "POST", "/v1/devices/wiped", `{"refresh":"`+tr.tokens[0]["far-officer"].Refresh+`"}`, header("Device-Key", tr.key))
	tr.visit("admin", "POST", "/v1/devices/"+deviceID("reviewer").String()+"/revoke", `{"wipe":true}`, key("device-3"))
}

// key is an Idempotency-Key.
func key(text string) func(*http.Request) { return header("Idempotency-Key", text) }

// made is the id of what a visit made.
func (tr *tour) made(rec *httptest.ResponseRecorder) string {
	tr.t.Helper()
	return decoded[api.Written](tr.t, rec).ID
}

// TestEveryOperationHasAnExample: what a developer copies first.
func TestEveryOperationHasAnExample(t *testing.T) {
	t.Parallel()
	tr := newTour(t)
	for _, item := range tr.api.Document().Paths {
		for _, op := range operations(item) {
			if _, ok := tr.examples[op.OperationID]; !ok {
				t.Errorf("%s %s (%s) has no example: add a line tr.visit(%q, %q, ...) to tour_test.go, where its subject is", op.Method, op.Path, op.OperationID, "dispatcher", op.Method)
			}
		}
	}
}
