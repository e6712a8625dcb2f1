package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// recorded is an example as examples.json has it.
type recorded struct {
	Path    string         `json:"path"`
	Request jsontext.Value `json:"request,omitzero"`
	Answer  jsontext.Value `json:"answer,omitzero"`
}

// tour is a world whose exchanges are written down. See tour_test.go.
type tour struct {
	*world
	examples map[string]recorded
	steady   *steady
}

func newTour(t *testing.T) *tour {
	t.Helper()
	tr := &tour{world: newWorld(t), examples: map[string]recorded{}, steady: newSteady()}
	tr.run()
	return tr
}

// TestExamplesAreCurrent makes the tour and compares. -update writes examples.json; what is made of it, openapi.yaml,
// comes after in a run of its own, because the document has the examples that were there when it was compiled.
func TestExamplesAreCurrent(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(newTour(t).examples, json.Deterministic(true), jsontext.WithIndent("  "))
	check(t, err)
	isCurrent(t, "examples.json", append(text, '\n'))
}

// visit makes a request that must succeed. The first of an operation is its example.
func (tr *tour) visit(who, method, path, body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	tr.t.Helper()
	rec := tr.call(0, who, method, path, body, change...)
	if rec.Code >= http.StatusBadRequest {
		tr.t.Fatalf("the tour: %s %s by %q: got %d with %s", method, path, who, rec.Code, rec.Body)
	}
	var answer jsontext.Value
	switch kind := rec.Header().Get("Content-Type"); {
	case strings.HasPrefix(path, "/v1/openapi."): // the document would contain itself
	case strings.HasSuffix(kind, "json"):
		answer = rec.Body.Bytes()
	}
	request := jsontext.Value(body)
	if body != "" && !request.IsValid() { // a file
		var err error
		request, err = json.Marshal(body)
		check(tr.t, err)
	}
	tr.note(method, path, request, answer)
	return rec
}

// listen notes the first frame of a stream that goes on from a sync token.
func (tr *tour) listen(who, path, token string) {
	tr.t.Helper()
	server := httptest.NewServer(tr.api)
	defer server.Close()
	res, next := tr.open(tr.t.(*testing.T), server, who, strings.TrimPrefix(path, "/v1/live"), header("Last-Event-ID", token))
	head, data, ok := strings.Cut(next(), "\ndata: ")
	check(tr.t, res.Body.Close())
	_, event, named := strings.Cut(head, "\nevent: ")
	if !ok || !named {
		tr.t.Fatalf("got the frame %q, want one with an id, a name and data", head)
	}
	frame, err := json.Marshal("id: SYNC-TOKEN\nevent: " + event + "\ndata: " + string(tr.steady.rewrite(tr.t, jsontext.Value(data))) + "\n\n")
	check(tr.t, err)
	tr.note("GET", path, nil, frame)
}

func (tr *tour) note(method, path string, request, answer jsontext.Value) {
	tr.t.Helper()
	c, err := agreed()
	check(tr.t, err)
	route, _, err := c.router.FindRoute(httptest.NewRequest(method, path, nil))
	check(tr.t, err)
	name := route.Operation.OperationID
	if _, ok := tr.examples[name]; !ok {
		tr.examples[name] = recorded{Path: tr.steady.text(path), Request: tr.steady.rewrite(tr.t, request), Answer: tr.steady.rewrite(tr.t, answer)}
	}
}
