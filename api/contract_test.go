package api_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	stdsync "sync"
	"testing"

	"officermobile/api"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/go-json-experiment/json"
)

// contract is the OpenAPI document in the eyes of somebody else's library. Every exchange of these tests is held to it.
type contract struct {
	doc    *openapi3.T
	router routers.Router
	held   stdsync.Map // answers that were found to be as the document has them
}

// agreed is the document as this code writes it, not as it was committed: TestDocumentIsCurrent compares the two.
var agreed = stdsync.OnceValues(func() (*contract, error) {
	a, err := api.New(api.Deps{}, api.Options{})
	if err != nil {
		return nil, err
	}
	a.Tighten()
	text, err := json.Marshal(a.Document())
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, fmt.Errorf("read the document: %w", err)
	}
	openapi3filter.RegisterBodyDecoder("application/jwk-set+json", openapi3filter.JSONBodyDecoder)
	openapi3filter.RegisterBodyDecoder("text/event-stream", openapi3filter.PlainBodyDecoder)
	openapi3filter.RegisterBodyDecoder("text/html", openapi3filter.PlainBodyDecoder)
	openapi3filter.RegisterBodyDecoder("application/x-ndjson", openapi3filter.PlainBodyDecoder)
	router, err := gorillamux.NewRouter(doc)
	return &contract{doc: doc, router: router}, err
})

// TestDocumentIsValid by OpenAPI's own rules.
func TestDocumentIsValid(t *testing.T) {
	t.Parallel()
	c, err := agreed()
	check(t, err)
	check(t, c.doc.Validate(t.Context()))
}

// hold compares an exchange with the document: the answer always, the request where it was taken. A failure here means
// that the document says something else than the handler does; one of the two has to change.
func (w *world) hold(r *http.Request, body string, rec *httptest.ResponseRecorder) {
	w.t.Helper()
	if _, measures := w.t.(*testing.B); measures {
		return // the check would be most of what is measured
	}
	c, err := agreed()
	if err != nil {
		w.t.Errorf("the document: %v", err)
		return
	}
	asked := body
	if w.anyCommand && r.URL.Path == "/v1/sync" {
		asked = withoutCommands(body)
	}
	if err := c.check(r, asked, rec); err != nil {
		w.t.Errorf("%s %s (%d) is not as the OpenAPI document has it: %v\nrequest %s\nanswer %.600s", r.Method, r.URL, rec.Code, err, body, rec.Body)
	}
}

// withoutCommands is a sync's body with empty queues. What is wrong with a lane is said in the lane's own answer, as the
// other lane and the page don't wait for it: the document has no word for that.
func withoutCommands(body string) string {
	var o map[string]any
	if json.Unmarshal([]byte(body), &o) != nil {
		return body
	}
	lanes, _ := o["lanes"].(map[string]any)
	for _, lane := range lanes {
		if queue, ok := lane.(map[string]any); ok {
			queue["commands"] = []any{}
		}
	}
	text, err := json.Marshal(o)
	if err != nil {
		return body
	}
	return string(text)
}

func (c *contract) check(r *http.Request, body string, rec *httptest.ResponseRecorder) error {
	asked := r.Clone(r.Context())
	asked.Body = io.NopCloser(strings.NewReader(body))
	route, params, err := c.router.FindRoute(asked)
	if err != nil {
		return c.checkStray(rec)
	}
	options := &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true}
	in := &openapi3filter.RequestValidationInput{Request: asked, PathParams: params, Route: route, Options: options}
	if rec.Code < http.StatusBadRequest && route.Method+" "+route.Path != panicButton { // which takes more than it asks for
		if err := openapi3filter.ValidateRequest(r.Context(), in); err != nil {
			return err
		}
	}
	plain, err := unzipped(rec)
	if err != nil {
		return err
	}
	if err := checkCode(rec.Code, plain); err != nil {
		return err
	}
	return c.checkAnswer(r.Context(), &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: rec.Code, Header: rec.Header(), Options: options}, plain)
}

// checkAnswer checks an answer that no operation gave yet: the library compiles the schema for each, and most of what
// tests provoke is one refusal or another, letter by letter the same.
func (c *contract) checkAnswer(ctx context.Context, out *openapi3filter.ResponseValidationInput, body []byte) error {
	route := out.RequestValidationInput.Route
	key := fmt.Sprintf("%s %s %d %v %x", route.Method, route.Path, out.Status, out.Header, sha256.Sum256(body))
	if _, known := c.held.Load(key); known {
		return nil
	}
	if err := openapi3filter.ValidateResponse(ctx, out.SetBodyBytes(body)); err != nil {
		return err
	}
	c.held.Store(key, true)
	return nil
}

// checkCode holds a problem to the table of refusals.
func checkCode(status int, body []byte) error {
	if status < http.StatusBadRequest {
		return nil
	}
	var p api.Problem
	if err := json.Unmarshal(body, &p); err != nil {
		return err
	}
	if !slices.Contains(api.StatusesOf(string(p.Code)), status) {
		return fmt.Errorf("api/refusals.go has no row of status %d for %q", status, p.Code)
	}
	return nil
}

// checkStray holds the answer to a request that no route takes to the schema of problems.
func (c *contract) checkStray(rec *httptest.ResponseRecorder) error {
	if got := rec.Header().Get("Content-Type"); rec.Code < http.StatusBadRequest || got != "application/problem+json" {
		return fmt.Errorf("no route has it, and it was answered with %q", got)
	}
	var v any
	if err := json.Unmarshal(rec.Body.Bytes(), &v); err != nil {
		return err
	}
	return c.doc.Components.Schemas["Problem"].Value.VisitJSON(v, openapi3.EnableJSONSchema2020())
}

// unzipped is the body as it was before it was compressed; the answer stays as it is.
func unzipped(rec *httptest.ResponseRecorder) ([]byte, error) {
	if rec.Header().Get("Content-Encoding") != "gzip" {
		return rec.Body.Bytes(), nil
	}
	z, err := gzip.NewReader(bytes.NewReader(rec.Body.Bytes()))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
