package api_test

import (
	"net/http"
	"strings"
	"testing"
)

// canary is a value that must come up nowhere but where it was sent to.
const canary = "canary-7f3a"

// TestStrictJSON sends what lenient readers take: to a route that Huma reads, to one that is read raw, and to sync.
func TestStrictJSON(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	messages := "/v1/conversations/" + conversation.String() + "/messages"
	long := strings.Repeat(canary, 500)
	tests := []struct{ name, method, path, body string }{
		{"duplicate", "PUT", "/v1/agency", `{"name":"a","name":"` + canary + `"}`},
		{"another case", "PUT", "/v1/agency", `{"name":"a","Name":"` + canary + `"}`},
		{"another case alone", "PUT", "/v1/agency", `{"NAME":"` + canary + `"}`},
		{"unknown", "PUT", "/v1/agency", `{"` + canary + `_name":"` + canary + `"}`},
		{"trailing", "PUT", "/v1/agency", `{"name":"a"} {"name":"` + canary + `"}`},
		{"not UTF-8", "PUT", "/v1/agency", "{\"name\":\"" + canary + "\xff\"}"},
		{"lone surrogate", "PUT", "/v1/agency", `{"name":"\ud800` + canary + `"}`},
		{"deep", "PUT", "/v1/agency", `{"name":` + strings.Repeat("[", 20_000) + canary},
		{"wrong type", "PUT", "/v1/agency", `{"name":["` + canary + `"]}`},
		{"too long", "PUT", "/v1/agency", `{"name":"` + long + `"}`},
		{"null", "PUT", "/v1/agency", `null`},
		{"not an object", "PUT", "/v1/agency", `"` + canary + `"`},
		{"types", "POST", "/v1/users", `{"username":"x","name":"x","types":["` + canary + `"]}`},
		{"huma: long body in two cases", "POST", "/v1/dispatches", `{"work_zone":"` + workZone.String() + `","priority":"low","description":"a","Description":"` + long + `"}`},
		{"duplicate, raw", "POST", messages, `{"text":"a","text":"` + canary + `"}`},
		{"another case, raw", "POST", messages, `{"text":"a","Text":"` + canary + `"}`},
		{"unknown, raw", "POST", messages, `{"text":"a","sender_id":"` + canary + `"}`},
		{"trailing, raw", "POST", messages, `{"text":"a"}` + canary},
		{"not UTF-8, raw", "POST", messages, "{\"text\":\"" + canary + "\xff\"}"},
		{"too long, raw", "POST", messages, `{"text":"` + long + `"}`},
		{"duplicate lane", "POST", "/v1/sync", `{"schema":1,"lanes":{"0":{"first":1,"commands":[]},"0":{"first":1,"commands":[]}}}`},
		{"unknown, sync", "POST", "/v1/sync", `{"schema":1,"user_id":"` + canary + `"}`},
		{"empty, sync", "POST", "/v1/sync", ``},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			who := "dispatcher"
			if test.path == "/v1/agency" || test.path == "/v1/users" {
				who = "admin"
			}
			rec := w.call(0, who, test.method, test.path, test.body)
			if rec.Code != http.StatusBadRequest && rec.Code != http.StatusUnprocessableEntity {
				t.Errorf("got %d with %s, want 400 or 422", rec.Code, rec.Body)
			}
			if got := rec.Header().Get("Content-Type"); got != "application/problem+json" {
				t.Errorf("got content type %q, want a problem", got)
			}
			value := strings.ReplaceAll(rec.Body.String(), canary+"_name", "") // a name is no value
			if strings.Contains(value, canary) || rec.Body.Len() > 1000 {
				t.Errorf("the answer repeats what was sent: %s", rec.Body)
			}
		})
	}
	if strings.Contains(w.logs.String(), canary) {
		t.Errorf("the log has what was sent: %s", w.logs)
	}
}

// TestMassAssignment sends fields that only the server may set to every write.
func TestMassAssignment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, r := range matrix {
		method, path, _ := strings.Cut(name, " ")
		if method == "GET" || r.types == "skip" || name == panicButton {
			continue
		}
		for _, field := range []string{"sender_id", "agency_id", "role", "created_at", "seq", "acked_by", "is_admin"} {
			if field == "agency_id" && path == "/v1/sign-in" || r.body == "" && !takesBody(w, method, path) {
				continue
			}
			body := `{"` + field + `":"` + canary + `"}`
			if inner := strings.TrimPrefix(r.body, "{"); inner != "" && inner != "}" {
				body = `{"` + field + `":"` + canary + `",` + inner
			}
			rec := w.call(0, "admin", method, filled(path, absent), body)
			if rec.Code != http.StatusUnprocessableEntity && rec.Code != http.StatusNotFound || rec.Code == http.StatusNotFound && !strings.Contains(path, "{") {
				t.Errorf("%s with %s: got %d with %s, want 422", name, field, rec.Code, rec.Body)
			}
		}
	}
}

func takesBody(w *world, method, path string) bool {
	item := w.api.Document().Paths[path]
	return method == "POST" && item.Post.RequestBody != nil
}
