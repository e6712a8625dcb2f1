package api_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"officermobile/api"
	"officermobile/models/wire"
)

// TestUsersFiltered: administrators find by everything, the others by no more than the rows that they see anyway.
func TestUsersFiltered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wantStatus(t, w.call(0, "admin", "PUT", "/v1/users/"+userID("officer").String(), `{"name":"Ämilia von Straße"}`), http.StatusOK)
	wantStatus(t, w.call(0, "admin", "PUT", "/v1/users/"+userID("far-reviewer").String(), `{"active":false}`), http.StatusOK)
	names := func(by, query string) []string {
		t.Helper()
		var found []string
		for after := ""; ; {
			rec := w.call(0, by, "GET", "/v1/users?limit=2&after="+after+"&"+query, "")
			wantStatus(t, rec, http.StatusOK)
			page := decoded[api.List[wire.User]](t, rec)
			for _, item := range page.Items {
				found = append(found, nameOf(item.ID))
			}
			if after = page.Next; after == "" {
				slices.Sort(found)
				return found
			}
		}
	}
	const nobody = ""
	for _, c := range []struct{ query, admin, others string }{
		{"q=" + url.QueryEscape("ÄMILIA"), "officer", "officer"},
		{"q=" + url.QueryEscape(" von STRASSE "), "officer", "officer"},
		{"q=milia", nobody, nobody},
		{"q=offi", "officer", nobody}, // a username
		{"q=far-o", "far-officer", "far-officer"},
		{"q=%25", nobody, nobody},
		{"type=dispatcher", "dispatcher far-dispatcher", "dispatcher far-dispatcher"},
		{"type=dispatcher&q=far", "far-dispatcher", "far-dispatcher"},
		{"active=false", "far-reviewer", "far-reviewer"},
		{"active=true&type=reviewer", "reviewer", "reviewer"},
		{"on_duty=true", "officer", "officer"},
		{"on_duty=false&type=officer", "far-officer", "far-officer"},
		{"zone=" + zone.String(), "dispatcher integration officer reviewer", "officer"}, // whose zones are whose isn't for all
		{"zone=" + zone.String() + "&on_duty=false", "dispatcher integration reviewer", nobody},
		{"zone=" + farZone.String(), nobody, nobody},
		{"zone=" + absent, nobody, nobody},
	} {
		if got := strings.Join(names("admin", c.query), " "); got != c.admin {
			t.Errorf("%s: an administrator got %q, want %q", c.query, got, c.admin)
		}
		for _, by := range []string{"officer", "reviewer", "dispatcher", "far-officer"} {
			if got := strings.Join(names(by, c.query), " "); got != c.others {
				t.Errorf("%s: %s got %q, want %q", c.query, by, got, c.others)
			}
		}
	}
	for _, query := range []string{"type=wizard", "active=maybe", "on_duty=1", "zone=x", "q=" + strings.Repeat("x", 101)} {
		wantStatus(t, w.call(0, "officer", "GET", "/v1/users?"+query, ""), http.StatusUnprocessableEntity)
	}
	for _, by := range []string{"officer", "reviewer"} { // nothing is in a row that was not before
		body := w.call(0, by, "GET", "/v1/users?type=officer&on_duty=true", "").Body.String()
		for _, hidden := range []string{`"username"`, `"zones"`, `"expires_at"`} {
			if strings.Contains(body, hidden) {
				t.Errorf("%s sees %s: %s", by, hidden, body)
			}
		}
	}
}

// nameOf is whose id it is.
func nameOf(id string) string {
	for _, p := range staff {
		if userID(p.name).String() == id {
			return p.name
		}
	}
	return id
}
