package api_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"
	"pgregory.net/rapid"
)

// maker makes values of the document's schemas: mostly as they describe, sometimes not at all.
type maker struct {
	registry huma.Registry
	ids      []string // of things that exist, so that a random request meets something
	wrong    int      // of a hundred values how many are of no schema
}

// value draws a value of a schema, or one that is none.
func (m *maker) value(t *rapid.T, s *huma.Schema, depth int) any {
	if s == nil || depth > 6 || rapid.IntRange(1, 100).Draw(t, "luck") <= m.wrong {
		return m.nonsense(t)
	}
	if s.Ref != "" {
		s = m.registry.SchemaFromRef(s.Ref)
	}
	if len(s.Enum) > 0 {
		return rapid.SampledFrom(s.Enum).Draw(t, "word")
	}
	switch s.Type {
	case huma.TypeObject:
		return m.object(t, s, depth)
	case huma.TypeArray:
		list := make([]any, rapid.IntRange(0, 3).Draw(t, "length"))
		for i := range list {
			list[i] = m.value(t, s.Items, depth+1)
		}
		return list
	case huma.TypeBoolean:
		return rapid.Bool().Draw(t, "bool")
	case huma.TypeInteger:
		return rapid.SampledFrom([]int64{0, 1, 2, 7, 60, 200, 1 << 31, 1<<53 - 1, -1}).Draw(t, "integer")
	case huma.TypeNumber:
		return rapid.Float64Range(-200, 200).Draw(t, "number")
	}
	if s.Pattern != "" || s.Format == "" && rapid.Bool().Draw(t, "an id") {
		return rapid.SampledFrom(m.ids).Draw(t, "id")
	}
	return rapid.SampledFrom(hostile).Draw(t, "text")
}

func (m *maker) object(t *rapid.T, s *huma.Schema, depth int) map[string]any {
	o := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		missing := rapid.IntRange(1, 100).Draw(t, "missing") <= m.wrong
		if slices.Contains(s.Required, name) && !missing || rapid.Bool().Draw(t, name) {
			o[name] = m.value(t, s.Properties[name], depth+1)
		}
		if o[name] == nil && !slices.Contains(s.Required, name) {
			delete(o, name) // Huma takes null for absent, which the document doesn't say
		}
	}
	if inner, ok := s.AdditionalProperties.(*huma.Schema); ok && rapid.Bool().Draw(t, "more") {
		o[rapid.SampledFrom([]string{"0", "1", "7", "x"}).Draw(t, "name")] = m.value(t, inner, depth+1)
	}
	return o
}

func (m *maker) nonsense(t *rapid.T) any {
	return rapid.OneOf(
		rapid.Just[any](nil), rapid.Just[any](true), rapid.Just[any](-1), rapid.Just[any](1e300), rapid.Just[any]([]any{nil}),
		rapid.Just[any](map[string]any{"$ne": nil}), rapid.Just[any](strings.Repeat("x", 5000)),
		rapid.Map(rapid.SampledFrom(hostile), func(s string) any { return s }),
		rapid.Map(rapid.SampledFrom(m.ids), func(s string) any { return s }),
	).Draw(t, "nonsense")
}

// randomly makes one request to any operation by anybody. What comes back is never a 5xx, and is as the document has
// it, which call sees to for all tests.
func (w *world) randomly(t *rapid.T, m *maker) {
	name := rapid.SampledFrom(routesOf(w)).Draw(t, "operation")
	method, path, _ := strings.Cut(name, " ")
	if path == "/v1/live" { // it would wait
		return
	}
	op := operations(w.api.Document().Paths[path])[method]
	if op.RequestBody != nil && op.RequestBody.Content["application/json"] == nil {
		return // a file; its reader has a fuzz test
	}
	query := url.Values{}
	for _, p := range op.Parameters {
		switch {
		case p.In == "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(fmt.Sprint(m.value(t, p.Schema, 5))))
		case p.In == "query" && rapid.Bool().Draw(t, p.Name):
			query.Set(p.Name, fmt.Sprint(m.value(t, p.Schema, 5)))
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	body := ""
	if op.RequestBody != nil {
		made := m.value(t, op.RequestBody.Content["application/json"].Schema, 0)
		if o, ok := made.(map[string]any); ok {
			delete(o, "wait_ms") // it would wait
		}
		text, err := json.Marshal(made, json.Deterministic(true))
		if err != nil {
			return // a lone surrogate of ours
		}
		body = string(text)
	}
	who := rapid.SampledFrom([]string{"admin", "dispatcher", "officer", "reviewer", "integration", "far-officer"}).Draw(t, "who")
	change := func(*http.Request) {}
	if key := rapid.SampledFrom(append([]string{"", "", "a key"}, hostile[:6]...)).Draw(t, "key"); key != "" {
		change = header("Idempotency-Key", key)
	}
	if rec := w.call(rapid.IntRange(0, 1).Draw(t, "agency"), who, method, path, body, change); rec.Code >= 500 {
		t.Fatalf("%s %s by %s with %.300s: got %d with %s; the log: %s", method, path, who, body, rec.Code, rec.Body, w.logs)
	}
}

func (w *world) maker() *maker {
	ids := []string{absent, zone.String(), workZone.String(), team.String(), dispatch.String(), task.String(), conversation.String(), message.String()}
	for _, p := range staff {
		ids = append(ids, userID(p.name).String(), deviceID(p.name).String())
	}
	return &maker{registry: w.api.Document().Components.Schemas, ids: ids, wrong: 4}
}

// TestRandomRequests lets anybody ask for anything, on one world that lives through all of it.
func TestRandomRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.anyCommand = true
	m := w.maker()
	rapid.Check(t, func(t *rapid.T) {
		for range 5 {
			w.randomly(t, m)
		}
	})
}

// FuzzRequests is the same, led by coverage.
func FuzzRequests(f *testing.F) {
	w := newWorld(f)
	m := w.maker()
	f.Fuzz(func(t *testing.T, input []byte) {
		here := w.within(t)
		rapid.MakeFuzz(func(t *rapid.T) { here.randomly(t, m) })(t, input)
	})
}

// TestNullIsNoCommand: a lane with something that is no command stops there and says so; nothing of it is lost.
func TestNullIsNoCommand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.anyCommand = true
	for lane, code := range map[string]string{"0": "invalid", "1": "invalid", "x": "unknown_lane"} {
		rec := w.call(0, "officer", "POST", "/v1/sync", `{"schema":1,"lanes":{"`+lane+`":{"first":1,"commands":[null,null]}}}`)
		if rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), `"results":[],`) || !strings.Contains(rec.Body.String(), `"code":"`+code+`"`) {
			t.Errorf("lane %s: got %d %s", lane, rec.Code, rec.Body)
		}
	}
}
