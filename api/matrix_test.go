package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"officermobile/api"
)

// row is what is expected of a route: the types that may call it, by first letter (administrator, dispatcher,
// officer, reviewer, integration; - for nobody signed in), and a request about the things of the world.
type row struct {
	types string
	body  string
	// strangers are staff to whom the thing that the path names is as good as absent.
	strangers string
}

// Staff who are in nothing. An administrator sees all dispatches but no personal conversation, and manages all devices.
const (
	far    = "far-dispatcher far-officer far-reviewer far-integration"
	others = "admin far-dispatcher far-officer far-reviewer"
)

// matrix has a row for every route. It says it a second time, so that a slip in the table shows.
var matrix = map[string]row{
	"POST /v1/sign-in":        {types: "-", body: `{}`},
	"POST /v1/renew":          {types: "-", body: `{}`},
	"POST /v1/sign-out":       {types: "skip"}, // TestSignOut: it would end the session of the others here
	"GET /v1/me":              {types: "adori"},
	"PUT /v1/me/password":     {types: "adori", body: `{}`},
	"GET /v1/agency":          {types: "ador"},
	"PUT /v1/agency":          {types: "a", body: `{}`},
	"GET /v1/users":           {types: "ador"},
	"POST /v1/users":          {types: "a", body: `{}`},
	"PUT /v1/users/{id}":      {types: "a", body: `{}`},
	"GET /v1/zones":           {types: "ador"},
	"POST /v1/zones":          {types: "a", body: `{}`},
	"PUT /v1/zones/{id}":      {types: "a", body: `{}`},
	"GET /v1/work-zones":      {types: "ador"},
	"POST /v1/work-zones":     {types: "a", body: `{}`},
	"PUT /v1/work-zones/{id}": {types: "a", body: `{}`},
	"GET /v1/teams":           {types: "ador"},
	"POST /v1/teams":          {types: "a", body: `{}`},
	"PUT /v1/teams/{id}":      {types: "a", body: `{}`},
	"GET /v1/log":             {types: "a"},
	"GET /v1/audit":           {types: "a"},
	"GET /v1/audit/export":    {types: "a"},
	"GET /v1/search":          {types: "ador"},
	"GET /v1/shifts":          {types: "ado"},
	"GET /v1/records/{user}":  {types: "a"},
	"GET /v1/rta":             {types: "ador"},
	"POST /v1/rta":            {types: "a", body: `{}`},
	"PUT /v1/rta/{id}":        {types: "a", body: `{}`},
	"GET /v1/choices":         {types: "ador"},
	"POST /v1/choices":        {types: "a", body: `{}`},
	"PUT /v1/choices/{id}":    {types: "a", body: `{}`},

	"GET /v1/zones/{id}":         {types: "ador"},
	"DELETE /v1/zones/{id}":      {types: "a"},
	"GET /v1/work-zones/{id}":    {types: "ador"},
	"DELETE /v1/work-zones/{id}": {types: "a"},
	"GET /v1/teams/{id}":         {types: "ador"},
	"DELETE /v1/teams/{id}":      {types: "a"},
	"GET /v1/rta/{id}":           {types: "ador"},
	"DELETE /v1/rta/{id}":        {types: "a"},
	"GET /v1/choices/{id}":       {types: "ador"},
	"DELETE /v1/choices/{id}":    {types: "a"},

	"PUT /v1/users/{id}/password": {types: "a", body: `{"password":"seven loud geese by night"}`},
	"POST /v1/users/{id}/unlock":  {types: "a"},

	"GET /v1/devices":                           {types: "adori"},
	"GET /v1/integrations/{user}/keys":          {types: "a"},
	"POST /v1/integrations/{user}/keys":         {types: "a", body: `{}`},
	"DELETE /v1/integrations/{user}/keys/{key}": {types: "a"},
	"POST /v1/users/import":                     {types: "skip"}, // TestImport: its body is CSV
	"GET /v1/users/{id}":                        {types: "a"},
	"GET /v1/push/dead-letters":                 {types: "a"},
	"GET /v1/agency/devices":                    {types: "a"},
	"POST /v1/devices/wiped":                    {types: "-", body: `{}`},

	"POST /v1/devices/{id}/report-lost": {types: "adori", strangers: far},

	"POST /v1/devices":                {types: "adori", body: `{}`},
	"POST /v1/devices/{id}/release":   {types: "adori", strangers: far},
	"POST /v1/devices/{id}/revoke":    {types: "adori", body: `{}`, strangers: far},
	"GET /v1/devices/{id}/verdicts":   {types: "adori", strangers: "far-officer far-reviewer far-integration"},
	"PUT /v1/devices/{id}/address":    {types: "adori", body: `{"kind":"fcm_token","token":"t","app":"a"}`, strangers: far + " admin"},
	"PUT /v1/devices/{id}/push-keys":  {types: "adori", body: `{}`, strangers: far + " admin"},
	"GET /v1/push/{nid}":              {types: "adori"},
	"GET /v1/push-key":                {types: "adori"},
	"POST /v1/push/receipts":          {types: "adori", body: `{"pushes":[{"n":"` + absent + `","stage":"opened","at":1772000000000}]}`},
	"PUT /v1/presence":                {types: "adori", body: `{"state":"background","report":1}`},
	"POST /v1/devices/{id}/test-push": {types: "adori", strangers: "far-dispatcher far-officer far-reviewer far-integration officer reviewer integration"},
	"GET /v1/devices/{id}/test-push":  {types: "adori", strangers: "far-dispatcher far-officer far-reviewer far-integration officer reviewer integration"},
	"GET /v1/readiness":               {types: "ad"},

	"GET /v1/duty":         {types: "ador"},
	"POST /v1/duty/on":     {types: "ado", body: `{}`},
	"POST /v1/duty/off":    {types: "ado"},
	"POST /v1/duty/status": {types: "ado", body: `{}`},

	"GET /v1/dispatches":               {types: "adori"},
	"POST /v1/dispatches":              {types: "adi", body: `{}`},
	"GET /v1/dispatches/{id}":          {types: "adori", strangers: far + " integration"},
	"PATCH /v1/dispatches/{id}":        {types: "ad", body: `{"location":"Gate 4"}`, strangers: "far-dispatcher"},
	"POST /v1/dispatches/{id}/close":   {types: "ad", strangers: "far-dispatcher"},
	"POST /v1/dispatches/{id}/reopen":  {types: "ad", strangers: "far-dispatcher"},
	"POST /v1/dispatches/{id}/log":     {types: "adoi", strangers: "far-dispatcher far-officer far-integration integration", body: `{"text":"units informed"}`},
	"POST /v1/dispatches/{id}/comment": {types: "ador", strangers: "far-dispatcher far-officer far-reviewer"},
	"POST /v1/dispatches/{id}/tasks":   {types: "ad", strangers: "far-dispatcher"},
	"POST /v1/tasks/{id}/assign":       {types: "ad", body: `{"user_id":"` + userID("officer").String() + `"}`, strangers: "far-dispatcher"},
	"POST /v1/tasks/{id}/unassign":     {types: "ad", strangers: "far-dispatcher"},
	"POST /v1/tasks/{id}/start":        {types: "ado", strangers: "far-dispatcher far-officer"},
	"POST /v1/tasks/{id}/arrive":       {types: "ado", strangers: "far-dispatcher far-officer"},
	"POST /v1/tasks/{id}/clear":        {types: "ado", strangers: "far-dispatcher far-officer"},
	"POST /v1/tasks/{id}/suspend":      {types: "ado", strangers: "far-dispatcher far-officer"},

	"GET /v1/conversations":                             {types: "ador"},
	"POST /v1/conversations":                            {types: "ador", body: `{}`},
	"GET /v1/conversations/{id}":                        {types: "ador", strangers: others},
	"GET /v1/conversations/{id}/messages":               {types: "ador", strangers: others},
	"POST /v1/conversations/{id}/messages":              {types: "ador", body: `{"text":"hi"}`, strangers: others},
	"POST /v1/conversations/{id}/invitations":           {types: "ador", body: `{"invitees":["` + userID("reviewer").String() + `"]}`, strangers: others},
	"POST /v1/conversations/{id}/leave":                 {types: "ador", strangers: others},
	"POST /v1/conversations/{id}/mute":                  {types: "ador", body: `{}`, strangers: others},
	"POST /v1/conversations/{id}/unmute":                {types: "ador", strangers: others},
	"POST /v1/conversations/{id}/members/{user}/remove": {types: "ador", strangers: others},
	"PUT /v1/conversations/{id}/mark":                   {types: "ador", body: `{"n":1}`, strangers: others},
	"POST /v1/duress":                                   {types: "ador", body: `{}`},
	"GET /v1/positions":                                 {types: "ador"},
	"POST /v1/broadcasts":                               {types: "ad", body: `{"text":"hi"}`},
	"POST /v1/broadcasts/{id}/end":                      {types: "ad", strangers: "far-dispatcher"},
	"GET /v1/invitations":                               {types: "ador"},
	"POST /v1/invitations/{id}/accept":                  {types: "ador", strangers: others},
	"POST /v1/invitations/{id}/reject":                  {types: "ador", strangers: others},
	"POST /v1/invitations/{id}/cancel":                  {types: "ador", strangers: others},
	"POST /v1/messages/{id}/acknowledge":                {types: "ador", strangers: others},
	"GET /v1/messages/{id}/receipts":                    {types: "ador", strangers: others},
	"GET /v1/messages/{id}/verdicts":                    {types: "ador", strangers: others},
	"POST /v1/sync":                                     {types: "adori", body: `{"schema":1}`},
	"POST /v1/sync/repair":                              {types: "adori", body: `{"t":"x","schema":1,"scope":"c/` + absent + `"}`},
	"GET /v1/live":                                      {types: "adori"},
	"GET /v1/openapi.json":                              {types: "-"},
	"GET /v1/openapi.yaml":                              {types: "-"},
	"GET /.well-known/jwks.json":                        {types: "-"},
	"GET /docs":                                         {types: "-"},
	"GET /docs/{name}":                                  {types: "-"},
	"GET /problems/{code}":                              {types: "-"},
	"GET /livez":                                        {types: "-"},
	"GET /readyz":                                       {types: "-"},
	"GET /startupz":                                     {types: "-"},
}

// things are the ids of what exists, by the part of the path before {id}.
func (w *world) things(i int) map[string]string {
	things := map[string]string{
		"devices": deviceID("dispatcher").String(), "dispatches": dispatch.String(), "tasks": task.String(),
		"conversations": conversation.String(), "messages": message.String(), "users": userID("officer").String(),
	}
	rec := w.call(i, "dispatcher", "POST", "/v1/conversations", `{"title":"Plans","invitees":["`+userID("reviewer").String()+`"]}`)
	wantStatus(w.t, rec, http.StatusCreated)
	things["invitations"] = decoded[struct {
		Invitations []string `json:"invitations"`
	}](w.t, rec).Invitations[0]
	rec = w.call(i, "dispatcher", "POST", "/v1/broadcasts", `{"zone":"`+zone.String()+`","text":"Gate 4 is shut"}`)
	wantStatus(w.t, rec, http.StatusCreated)
	things["broadcasts"] = decoded[api.Written](w.t, rec).ID
	return things
}

// filled puts an id into a path.
func filled(path, id string) string {
	path = strings.NewReplacer("{id}", id, "{key}", id, "{name}", "sync", "{code}", "not_found").Replace(path)
	return strings.ReplaceAll(path, "{user}", userID("officer").String())
}

// routesOf are all operations that the document has, sorted.
func routesOf(w *world) []string {
	var all []string
	for path, item := range w.api.Document().Paths {
		for method := range operations(item) {
			all = append(all, method+" "+path)
		}
	}
	slices.Sort(all)
	return all
}

func TestEveryRouteHasARowAndADescription(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	described := routesOf(w)
	var served []string
	for _, r := range w.api.Served() {
		served = append(served, braced(r))
	}
	slices.Sort(served)
	if !slices.Equal(described, served) {
		t.Errorf("the document has %q, the router %q", described, served)
	}
	for _, r := range served {
		if _, ok := matrix[r]; !ok {
			t.Errorf("%s has no row in the matrix", r)
		}
	}
	if len(matrix) != len(served) {
		t.Errorf("the matrix has %d rows, the router %d routes", len(matrix), len(served))
	}
}

// TestWhoMayCallWhat goes over every route and type of user, about things that are not there.
func TestWhoMayCallWhat(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, r := range matrix {
		method, path, _ := strings.Cut(name, " ")
		if r.types == "skip" || path == "/v1/live" {
			continue
		}
		path = filled(path, absent)
		stranger := w.call(0, "", method, path, r.body)
		if got, want := stranger.Code == http.StatusUnauthorized, r.types != "-"; got != want {
			t.Errorf("%s without a session: got status %d with %s", name, stranger.Code, stranger.Body)
		}
		if r.types == "-" {
			continue
		}
		for _, who := range []string{"admin", "dispatcher", "officer", "reviewer", "integration"} {
			rec := w.call(0, who, method, path, r.body)
			may := strings.Contains(r.types, who[:1])
			if !may && rec.Code != http.StatusForbidden {
				t.Errorf("%s by %s: got %d with %s, want 403", name, who, rec.Code, rec.Body)
			}
			if may && (rec.Code == http.StatusForbidden || rec.Code == http.StatusUnauthorized || rec.Code >= 500) {
				t.Errorf("%s by %s: got %d with %s, want it let through", name, who, rec.Code, rec.Body)
			}
		}
	}
}

// TestNotYoursIsNotThere compares, byte for byte, the answer about a thing that exists but is not the asker's with
// the answer about a thing that doesn't exist.
func TestNotYoursIsNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	things := w.things(0)
	for name, r := range matrix {
		method, path, _ := strings.Cut(name, " ")
		if !strings.Contains(path, "{id}") || r.strangers == "" {
			continue
		}
		thing := things[strings.Split(path, "/")[2]]
		for who := range strings.FieldsSeq(r.strangers) {
			exists := w.call(0, who, method, filled(path, thing), r.body)
			missing := w.call(0, who, method, filled(path, absent), r.body)
			nonsense := w.call(0, who, method, filled(path, "x"), r.body)
			if exists.Code != http.StatusNotFound {
				t.Errorf("%s by %s: got %d with %s, want 404", name, who, exists.Code, exists.Body)
			}
			for what, other := range map[string]string{"absent": dump(missing), "malformed": dump(nonsense)} {
				if dump(exists) != other {
					t.Errorf("%s by %s: not theirs\n%s\nbut %s\n%s", name, who, dump(exists), what, other)
				}
			}
		}
	}
}

// TestEqualIDsOfAnotherAgency: the officer of the first agency is in the conversation and on the dispatch; the one of
// the second has the same id, asks for the same ids, which exist there too, and is in none of it.
func TestEqualIDsOfAnotherAgency(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{
		"/v1/dispatches/" + dispatch.String(), "/v1/conversations/" + conversation.String(),
		"/v1/conversations/" + conversation.String() + "/messages", "/v1/messages/" + message.String() + "/verdicts",
		"/v1/messages/" + message.String() + "/receipts",
	} {
		wantStatus(t, w.call(0, "officer", "GET", path, ""), http.StatusOK)
		other := w.call(1, "officer", "GET", path, "")
		missing := w.call(1, "officer", "GET", strings.NewReplacer(dispatch.String(), absent, conversation.String(), absent, message.String(), absent).Replace(path), "")
		wantStatus(t, other, http.StatusNotFound)
		if dump(other) != dump(missing) {
			t.Errorf("%s in the other agency:\n%s\nabsent:\n%s", path, dump(other), dump(missing))
		}
	}
	for _, path := range []string{"/v1/conversations", "/v1/dispatches"} {
		if rec := w.call(1, "officer", "GET", path, ""); strings.Contains(rec.Body.String(), `"id"`) {
			t.Errorf("%s in the other agency: got %s, want nothing", path, rec.Body)
		}
	}
}
