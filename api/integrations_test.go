package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"officermobile/api"
	"officermobile/models"
)

const importFile = "username,name,types,zones,active\nn.ortiz,Nina Ortiz,officer,,true\nofficer,officer,officer,,\n"

// asFile sends a body as CSV.
func asFile(r *http.Request) { r.Header.Set("Content-Type", "text/csv; charset=utf-8") }

// byKey sends a key instead of a session's token.
func byKey(k string) func(*http.Request) { return header("Authorization", "Bearer "+k) }

func TestIntegrationKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := "/v1/integrations/" + userID("integration").String() + "/keys"
	rec := w.call(0, "admin", "POST", path, `{}`, key("one"))
	wantStatus(t, rec, http.StatusCreated)
	made := decoded[api.IntegrationKey](t, rec)
	if !strings.HasPrefix(made.Key, "omk_") || made.ID.IsZero() {
		t.Fatalf("got %+v", made)
	}
	wantStatus(t, w.call(0, "admin", "POST", path, `{}`, key("one")), http.StatusConflict) // no second one, nor the first again

	by := byKey(made.Key)
	rec = w.call(0, "", "POST", "/v1/dispatches", `{"work_zone":"`+workZone.String()+`","priority":"low"}`, by)
	wantStatus(t, rec, http.StatusCreated)
	own := "/v1/dispatches/" + decoded[api.Written](t, rec).ID
	wantStatus(t, w.call(0, "", "GET", own, "", by), http.StatusOK)
	wantStatus(t, w.call(0, "", "GET", "/v1/dispatches/"+dispatch.String(), "", by), http.StatusNotFound) // somebody else's
	wantStatus(t, w.call(0, "", "GET", "/v1/users", "", by), http.StatusForbidden)
	for _, route := range []string{"POST /v1/sign-out", "PUT /v1/me/password", "POST /v1/devices", "POST /v1/sync"} {
		method, path, _ := strings.Cut(route, " ")
		wantStatus(t, w.call(0, "", method, path, matrix[route].body, by), http.StatusForbidden)
	}

	rec = w.call(0, "admin", "GET", path, "")
	list := decoded[api.IntegrationKeyList](t, rec)
	if len(list.Items) != 1 || list.Items[0].Used == 0 || list.Items[0].Key != "" || strings.Contains(rec.Body.String(), "omk_") {
		t.Errorf("got %s, want one key, used today, without its secret", rec.Body)
	}
	wantStatus(t, w.call(0, "admin", "POST", path, `{}`), http.StatusCreated)
	wantStatus(t, w.call(0, "admin", "POST", path, `{}`), http.StatusConflict) // a third

	wantStatus(t, w.call(0, "admin", "DELETE", path+"/"+made.ID.String(), ""), http.StatusNoContent)
	wantStatus(t, w.call(0, "", "GET", own, "", by), http.StatusUnauthorized)
	wantStatus(t, w.call(0, "admin", "DELETE", path+"/"+made.ID.String(), ""), http.StatusNotFound)
	wantStatus(t, w.call(0, "admin", "POST", path, `{"expires_at":1}`), http.StatusUnprocessableEntity)
	wantStatus(t, w.call(0, "admin", "POST", "/v1/integrations/"+userID("officer").String()+"/keys", `{}`), http.StatusConflict)
	if got := w.trail("?what=create-integration-key&outcome=ok"); len(got) != 2 || strings.Contains(w.logs.String(), made.Key) {
		t.Errorf("got %+v, want both on record and no key in the log", got)
	}
	if got := w.trail("?outcome=forbidden&user=" + userID("integration").String()); len(got) == 0 || got[0].Key != made.ID.String() {
		t.Errorf("got %+v, want the key that was used", got)
	}
}

// TestForgedKeys: a key is what was made, to the last bit, in its agency, while its user is active.
func TestForgedKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := "/v1/integrations/" + userID("integration").String()
	good := decoded[api.IntegrationKey](t, w.call(0, "admin", "POST", path+"/keys", `{}`)).Key
	swapped := []byte(good)
	swapped[len(swapped)-3] ^= 1
	for _, forged := range []string{string(swapped), good + "A", good[:len(good)-4], "omk_", strings.Repeat("A", 3000), strings.ToUpper(good)} {
		wantStatus(t, w.call(0, "", "GET", "/v1/me", "", byKey(forged)), http.StatusUnauthorized)
	}
	wantStatus(t, w.call(0, "", "GET", "/v1/me", "", byKey(good)), http.StatusOK)
	user := "/v1/users/" + userID("integration").String()
	wantStatus(t, w.call(0, "admin", "PUT", user, `{"active":false}`), http.StatusOK)
	wantStatus(t, w.call(0, "", "GET", "/v1/me", "", byKey(good)), http.StatusUnauthorized)
	wantStatus(t, w.call(0, "admin", "PUT", user, `{"active":true}`), http.StatusOK)
	wantStatus(t, w.call(0, "", "GET", "/v1/me", "", byKey(good)), http.StatusOK)
	wantStatus(t, w.call(0, "admin", "PUT", user, `{"types":["integration","dispatcher"]}`), http.StatusOK)
	wantStatus(t, w.call(0, "", "GET", "/v1/users", "", byKey(good)), http.StatusUnauthorized) // a person's rights need a person
}

func TestImport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const path = "/v1/users/import"
	wantStatus(t, w.call(0, "dispatcher", "POST", path, importFile, asFile), http.StatusForbidden)
	wantStatus(t, w.call(0, "admin", "POST", path, `{}`), http.StatusUnsupportedMediaType)
	actions := func(query, file string) (applied bool, all []string) {
		t.Helper()
		rec := w.call(0, "admin", "POST", path+query, file, asFile)
		wantStatus(t, rec, http.StatusOK)
		got := decoded[api.Import](t, rec)
		for _, r := range got.Rows {
			all = append(all, r.Action)
		}
		return got.Applied, all
	}
	for _, c := range []struct {
		query, file string
		applied     bool
		want        []string
	}{
		{"?dry_run=true", importFile, false, []string{"create", "unchanged"}},
		{"", importFile + "bad,Bad,wizard,,\n", false, []string{"create", "unchanged", "fault"}},
		{"", importFile, true, []string{"create", "unchanged"}},
		{"", importFile, true, []string{"unchanged", "unchanged"}}, // nothing was done before, and nothing is done twice
	} {
		if applied, got := actions(c.query, c.file); applied != c.applied || !slices.Equal(got, c.want) {
			t.Errorf("%q: got %v %v, want %v %v", c.query, applied, got, c.applied, c.want)
		}
	}
	check(t, w.View(t.Context(), w.ids[0], func(s *models.State) error {
		if u := s.UserNamed("n.ortiz"); u == nil || !u.Active || u.Types != models.Officer {
			t.Errorf("got %+v", u)
		}
		return nil
	}))
	sign := `{"agency_id":"` + w.ids[0].String() + `","username":"n.ortiz","password":"` + password + `","device_id":"` + absent + `","device_key":"` + w.key + `"}`
	wantStatus(t, w.call(0, "", "POST", "/v1/sign-in", sign), http.StatusUnauthorized) // without a password nobody gets in
}
