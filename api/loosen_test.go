package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"officermobile/api"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/go-json-experiment/json"
)

// TestAnswersMayGrow: by the document as it is published an answer may have a name more, at any depth, since we promise to
// add names without a new version; what is asked may not. These tests themselves hold answers to the names that there are.
func TestAnswersMayGrow(t *testing.T) {
	t.Parallel()
	a, err := api.New(api.Deps{}, api.Options{})
	check(t, err)
	text, err := json.Marshal(a.Document())
	check(t, err)
	doc, err := openapi3.NewLoader().LoadFromData(text)
	check(t, err)
	router, err := gorillamux.NewRouter(doc)
	check(t, err)
	published := &contract{doc: doc, router: router}
	held, err := agreed()
	check(t, err)
	for name, answer := range map[string]struct {
		path, body string
		status     int
	}{
		"in a list": {"/v1/zones", `{"items":[{"id":"` + zone.String() + `","rev":1,"data":{"name":"North","later":1}}]}`, http.StatusOK},
		"a refusal": {"/v1/zones", `{"type":"/problems/internal","title":"x","status":500,"code":"internal","request_id":"x","later":1}`, http.StatusInternalServerError},
		"a page":    {"/v1/positions", `{"positions":[],"later":{}}`, http.StatusOK},
	} {
		exchange := func(c *contract) error {
			rec := httptest.NewRecorder()
			rec.Header().Set("Content-Type", map[bool]string{true: "application/json", false: "application/problem+json"}[answer.status == http.StatusOK])
			rec.WriteHeader(answer.status)
			rec.WriteString(answer.body)
			return c.check(httptest.NewRequest("GET", answer.path, nil), "", rec)
		}
		if err := exchange(published); err != nil {
			t.Errorf("%s: the published document forbids it: %v", name, err)
		}
		if err := exchange(held); err == nil || !strings.Contains(err.Error(), "later") {
			t.Errorf("%s: got %v, want these tests to see a name that the document lacks", name, err)
		}
	}
	r := httptest.NewRequest("POST", "/v1/zones", strings.NewReader(`{"name":"x","later":1}`))
	r.Header.Set("Content-Type", "application/json")
	route, params, err := router.FindRoute(r)
	check(t, err)
	in := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route, Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}}
	if err := openapi3filter.ValidateRequest(t.Context(), in); err == nil {
		t.Error("a request may have a name more")
	}
}
