package api_test

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// roles are who asks, each on a device of their own.
var roles = []string{"admin", "dispatcher", "officer", "reviewer", "integration", ""}

// TestT8_FieldsByRole: for each route that is read, the names that each role gets. A name that is new stands in the
// difference of fields.golden, so that somebody looks at who is given it. -update writes it.
func TestT8_FieldsByRole(t *testing.T) {
	t.Parallel()
	tr := newTour(t)
	w := newWorld(t)
	var got bytes.Buffer
	for _, op := range gets(tr) {
		fmt.Fprintf(&got, "%s %s\n", op.name, op.path)
		same := map[string][]string{} // roles by what they get
		for _, role := range roles {
			rec := w.call(0, role, "GET", op.path, "")
			answer := fmt.Sprint(rec.Code)
			if strings.HasSuffix(rec.Header().Get("Content-Type"), "json") {
				answer += " " + strings.Join(fields(t, rec.Body.Bytes()), " ")
			}
			same[answer] = append(same[answer], cmp.Or(role, "nobody"))
		}
		var lines []string
		for answer, who := range same {
			lines = append(lines, "\t"+strings.Join(who, ", ")+": "+answer)
		}
		slices.Sort(lines)
		fmt.Fprintln(&got, strings.Join(lines, "\n"))
	}
	const path = "testdata/fields.golden"
	if *update {
		check(t, os.WriteFile(path, got.Bytes(), 0o644))
	}
	want, err := os.ReadFile(path)
	check(t, err)
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("%s isn't current: look at who is given what, then go test ./api -run TestT8 -update; got:\n%s", path, got.Bytes())
	}
}

type read struct{ name, path string }

// gets are the reading routes with the paths that the tour took, of things that every world has.
func gets(tr *tour) []read {
	var all []read
	for _, item := range tr.api.Document().Paths {
		op := item.Get
		if op == nil || op.OperationID == "live" || strings.Contains(op.Path, "openapi") || strings.HasPrefix(op.Path, "/docs") {
			continue
		}
		path := strings.NewReplacer(
			"/users/{id}", "/users/"+userID("officer").String(), "/records/{user}", "/records/"+userID("officer").String(),
			"/dispatches/{id}", "/dispatches/"+dispatch.String(), "/conversations/{id}", "/conversations/"+conversation.String(),
			"/messages/{id}", "/messages/"+message.String(), "/devices/{id}", "/devices/"+deviceID("officer").String(),
			"/zones/{id}", "/zones/"+zone.String(), "/work-zones/{id}", "/work-zones/"+workZone.String(), "/teams/{id}", "/teams/"+team.String(),
		).Replace(op.Path)
		if at := strings.IndexByte(path, '{'); at >= 0 {
			path = tr.examples[op.OperationID].Path
		} else if _, query, ok := strings.Cut(tr.examples[op.OperationID].Path, "?"); ok && !strings.Contains(query, "limit") && !strings.Contains(query, "what") {
			path += "?" + query
		}
		all = append(all, read{op.OperationID, path})
	}
	slices.SortFunc(all, func(a, b read) int { return strings.Compare(a.name, b.name) })
	return all
}

// fields are the names in JSON values, or lines of them, with dots between levels; the items of an array are one.
func fields(t *testing.T, text []byte) []string {
	t.Helper()
	found := map[string]bool{}
	var walk func(prefix string, v any)
	walk = func(prefix string, v any) {
		switch v := v.(type) {
		case []any:
			for _, item := range v {
				walk(prefix, item)
			}
		case map[string]any:
			for name, value := range v {
				found[prefix+name] = true
				walk(prefix+name+".", value)
			}
		}
	}
	for values := jsontext.NewDecoder(bytes.NewReader(text)); ; {
		var v any
		err := json.UnmarshalDecode(values, &v)
		if errors.Is(err, io.EOF) {
			break
		}
		check(t, err)
		walk("", v)
	}
	var names []string
	for name := range found {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
