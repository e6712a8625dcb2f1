package api_test

import (
	"bytes"
	"flag"
	"net/http"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the files that are made")

// isCurrent compares a committed file with what it is made of, or with -update writes it.
func isCurrent(t *testing.T, path string, made []byte) {
	t.Helper()
	if *update {
		check(t, os.WriteFile(path, made, 0o644))
	}
	committed, err := os.ReadFile(path)
	check(t, err)
	if !bytes.Equal(committed, made) {
		t.Errorf("%s is out of date; run go test ./api -run %s -update, then go test ./api -run TestDocumentIsCurrent -update", path, t.Name())
	}
}

// TestDocumentIsCurrent compares the committed document with what the routes say. -update writes it.
func TestDocumentIsCurrent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rec := w.call(0, "", "GET", "/v1/openapi.yaml", "")
	wantStatus(t, rec, http.StatusOK)
	isCurrent(t, "openapi.yaml", rec.Body.Bytes())
	if !bytes.HasPrefix(w.call(0, "", "GET", "/v1/openapi.json", "").Body.Bytes(), []byte("{")) {
		t.Errorf("the JSON form is none")
	}
}

// TestParametersAreRead: Huma passes over what it can't see without a word, so that a path without its parameter, or
// a write without its key, must show here.
func TestParametersAreRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for path, item := range w.api.Document().Paths {
		for method, op := range operations(item) {
			has := map[string]bool{}
			for _, p := range op.Parameters {
				has[p.In+" "+p.Name] = true
				if p.Description == "" {
					t.Errorf("%s %s doesn't say what %s is: give its field a doc tag", method, path, p.Name)
				}
			}
			for _, name := range []string{"id", "user"} {
				if strings.Contains(path, "{"+name+"}") && !has["path "+name] {
					t.Errorf("%s %s doesn't read %s", method, path, name)
				}
			}
			writes := op.Responses["201"] != nil || op.Responses["200"] != nil && method != "GET" && op.OperationID != "put-push-keys" // which is safe to repeat as it is
			if writes && len(op.Security[0]) > 0 && !has["header Idempotency-Key"] && !strings.HasPrefix(path, "/v1/sync") {
				t.Errorf("%s %s doesn't read Idempotency-Key", method, path)
			}
			if len(op.Tags) != 1 || op.Tags[0] == "" {
				t.Errorf("%s %s belongs to no subject: add the first part of its path to one in api/facts.go", method, path)
			}
			if op.Summary == "" || op.OperationID == "" {
				t.Errorf("%s %s has no summary or name", method, path)
			}
		}
	}
}
