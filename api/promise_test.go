package api_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

var promise = flag.Bool("promise", false, "write openapi.baseline.json: at a release")

// promised is what clients in the field rely on of an operation. The document may say more, not less.
type promised struct {
	Required []string          `json:"required,omitzero"` // fields and parameters that a request must have; none may be added
	Request  map[string]string `json:"request,omitzero"`  // forms of fields and parameters, by path
	Answer   map[string]string `json:"answer,omitzero"`   // forms of fields, by path
}

// TestPromisesAreKept compares the document with what was promised at the last release. -promise makes it the promise.
func TestPromisesAreKept(t *testing.T) {
	t.Parallel()
	is := promisesOf(newWorld(t).api.Document())
	if *promise {
		text, err := json.Marshal(is, json.Deterministic(true), jsontext.WithIndent("  "))
		check(t, err)
		check(t, os.WriteFile("openapi.baseline.json", append(text, '\n'), 0o644))
	}
	text, err := os.ReadFile("openapi.baseline.json")
	check(t, err)
	var was map[string]promised
	check(t, json.Unmarshal(text, &was))
	for _, b := range unkept(was, is) {
		t.Errorf("%s: clients in the field rely on it; deprecate and add instead (api/deprecation.go)", b)
	}
}

// TestPromisesCanBeBroken: what the comparison must see, and what it must let pass.
func TestPromisesCanBeBroken(t *testing.T) {
	t.Parallel()
	was := map[string]promised{"GET /v1/things": {
		Required: []string{"query zone"},
		Request:  map[string]string{"query zone": "string", "query kind": "string of a b"},
		Answer:   map[string]string{".id": "string", ".kind": "string of a b"},
	}}
	for name, tc := range map[string]struct {
		change func(*promised)
		want   string
	}{
		"nothing":            {func(*promised) {}, ""},
		"an answer more":     {func(p *promised) { p.Answer[".new"] = "string" }, ""},
		"a parameter more":   {func(p *promised) { p.Request["query new"] = "string" }, ""},
		"no longer required": {func(p *promised) { p.Required = nil }, ""},
		"a word more":        {func(p *promised) { p.Request["query kind"] = "string of a b c" }, ""},
		"a part more, with what it needs": {func(p *promised) {
			p.Request["json .new"], p.Request["json .new.id"] = "object", "string"
			p.Required = append(p.Required, "json .new.id")
		}, ""},
		"a new one required":   {func(p *promised) { p.Required = append(p.Required, "query new") }, "GET /v1/things: request query new must be there"},
		"newly required":       {func(p *promised) { p.Required = append(p.Required, "query kind") }, "GET /v1/things: request query kind must be there"},
		"a parameter gone":     {func(p *promised) { delete(p.Request, "query kind") }, "GET /v1/things: request query kind is gone"},
		"an answer gone":       {func(p *promised) { delete(p.Answer, ".id") }, "GET /v1/things: answer .id is gone"},
		"another type":         {func(p *promised) { p.Answer[".id"] = "integer" }, "GET /v1/things: answer .id was string, is integer"},
		"a word gone":          {func(p *promised) { p.Answer[".kind"] = "string of a" }, "GET /v1/things: answer .kind was string of a b, is string of a"},
		"words where any went": {func(p *promised) { p.Request["query zone"] = "string of a" }, "GET /v1/things: request query zone was string, is string of a"},
	} {
		is := map[string]promised{}
		for k, p := range was {
			p = promised{slices.Clone(p.Required), maps.Clone(p.Request), maps.Clone(p.Answer)}
			tc.change(&p)
			is[k] = p
		}
		if got := strings.Join(unkept(was, is), "; "); got != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
	if got, want := unkept(was, nil), []string{"GET /v1/things is gone"}; !slices.Equal(got, want) {
		t.Errorf("an operation gone: got %q, want %q", got, want)
	}
}

// unkept lists what was promised and is no more.
func unkept(was, is map[string]promised) []string {
	var all []string
	for _, op := range slices.Sorted(maps.Keys(was)) {
		now, ok := is[op]
		if !ok {
			all = append(all, op+" is gone")
			continue
		}
		all = append(all, changed(op+": request ", was[op].Request, now.Request)...)
		all = append(all, changed(op+": answer ", was[op].Answer, now.Answer)...)
		for _, field := range now.Required {
			if !slices.Contains(was[op].Required, field) && !within(field, now.Request, was[op].Request) {
				all = append(all, op+": request "+field+" must be there")
			}
		}
	}
	return all
}

// within is a field of something optional that is itself new, which nobody sends yet.
func within(field string, now, was map[string]string) bool {
	for parent := range now {
		inner, ok := strings.CutPrefix(field, parent)
		if _, old := was[parent]; ok && !old && (strings.HasPrefix(inner, ".") || strings.HasPrefix(inner, "[")) {
			return true
		}
	}
	return false
}

func changed(where string, was, is map[string]string) []string {
	var all []string
	for _, field := range slices.Sorted(maps.Keys(was)) {
		switch now, ok := is[field]; {
		case !ok:
			all = append(all, where+field+" is gone")
		case !widened(was[field], now):
			all = append(all, fmt.Sprintf("%s%s was %s, is %s", where, field, was[field], now))
		}
	}
	return all
}

// widened is the same form, with the same words or more.
func widened(was, is string) bool {
	oldType, oldWords, had := strings.Cut(was, " of ")
	newType, newWords, has := strings.Cut(is, " of ")
	if oldType != newType || had != has {
		return false
	}
	now := strings.Fields(newWords)
	return !slices.ContainsFunc(strings.Fields(oldWords), func(w string) bool { return !slices.Contains(now, w) })
}

func promisesOf(doc *huma.OpenAPI) map[string]promised {
	all := map[string]promised{}
	for path, item := range doc.Paths {
		for method, op := range operations(item) {
			all[method+" "+path] = promiseOf(doc.Components.Schemas, op)
		}
	}
	return all
}

func promiseOf(r huma.Registry, op *huma.Operation) promised {
	p := promised{Request: map[string]string{}, Answer: map[string]string{}}
	for _, param := range op.Parameters {
		name := param.In + " " + param.Name
		p.Request[name] = form(param.Schema)
		if param.Required {
			p.Required = append(p.Required, name)
		}
	}
	if op.RequestBody != nil {
		if op.RequestBody.Required {
			p.Required = append(p.Required, "body")
		}
		for kind, m := range op.RequestBody.Content {
			l := layout{r, p.Request, &p.Required}
			l.add(m.Schema, kind+" ", 0)
		}
	}
	for status, answer := range op.Responses {
		if !strings.HasPrefix(status, "2") {
			continue // problems have one form, and their codes grow
		}
		p.Answer[status] = "status"
		for kind, m := range answer.Content {
			l := layout{r, p.Answer, nil}
			l.add(m.Schema, status+" "+kind+" ", 0)
		}
	}
	slices.Sort(p.Required)
	return p
}

// layout notes the forms of a schema's fields by path.
type layout struct {
	registry huma.Registry
	forms    map[string]string
	required *[]string
}

// promiseDepth is deeper than any body of ours nests.
const promiseDepth = 10

func (l layout) add(s *huma.Schema, path string, depth int) {
	if s != nil && s.Ref != "" {
		s = l.registry.SchemaFromRef(s.Ref)
	}
	if s == nil || depth > promiseDepth {
		return
	}
	l.forms[path] = form(s)
	for name, p := range s.Properties {
		l.add(p, path+"."+name, depth+1)
		if l.required != nil && slices.Contains(s.Required, name) {
			*l.required = append(*l.required, path+"."+name)
		}
	}
	if s.Items != nil {
		l.add(s.Items, path+"[]", depth+1)
	}
	if inner, ok := s.AdditionalProperties.(*huma.Schema); ok {
		l.add(inner, path+".*", depth+1)
	}
}

// form is a type with its words, if it is a choice.
func form(s *huma.Schema) string {
	text := s.Type
	if s.Nullable {
		text += " or null"
	}
	if len(s.Enum) == 0 {
		return text
	}
	words := make([]string, len(s.Enum))
	for i, w := range s.Enum {
		words[i] = fmt.Sprint(w)
	}
	slices.Sort(words)
	return text + " of " + strings.Join(words, " ")
}
