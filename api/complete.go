package api

import (
	"iter"

	"github.com/danielgtaylor/huma/v2"
)

// complete adds to the document what holds for all routes or is known only when all are there. What it adds follows
// from the table and from the types, so that nobody has to think of it with a new route.
func (a *API) complete() error {
	for d := range a.operations() {
		d.explain()
		d.name()
		d.answers()
	}
	a.shareAnswers()
	a.tag()
	if err := describeFields(a.Document()); err != nil {
		return err
	}
	loosen(a.Document())
	bound(a.Document())
	return a.exemplify()
}

// described is an operation of the document with its row in the table.
type described struct {
	route *route
	op    *huma.Operation
}

// operations are those of the document, in the order of the table.
func (a *API) operations() iter.Seq[described] {
	return func(yield func(described) bool) {
		for _, r := range routes() {
			if !yield(described{&r, operationOf(a.Document().Paths[r.path], r.method)}) {
				return
			}
		}
	}
}

func operationOf(item *huma.PathItem, method string) *huma.Operation {
	switch method {
	case "GET":
		return item.Get
	case "PUT":
		return item.Put
	case "PATCH":
		return item.Patch
	case "DELETE":
		return item.Delete
	}
	return item.Post
}

// schemas are all of a document, inner ones included.
func schemas(doc *huma.OpenAPI) iter.Seq[*huma.Schema] {
	return func(yield func(*huma.Schema) bool) {
		for _, s := range doc.Components.Schemas.Map() {
			if !walk(s, yield) {
				return
			}
		}
		for _, item := range doc.Paths {
			for _, method := range []string{"GET", "PUT", "PATCH", "DELETE", "POST"} {
				if op := operationOf(item, method); op != nil && !walkOperation(op, yield) {
					return
				}
			}
		}
	}
}

func walkOperation(op *huma.Operation, yield func(*huma.Schema) bool) bool {
	for _, p := range op.Parameters {
		if !walk(p.Schema, yield) {
			return false
		}
	}
	bodies := []map[string]*huma.MediaType{}
	if op.RequestBody != nil {
		bodies = append(bodies, op.RequestBody.Content)
	}
	for _, r := range op.Responses {
		bodies = append(bodies, r.Content)
		for _, h := range r.Headers {
			if !walk(h.Schema, yield) {
				return false
			}
		}
	}
	for _, content := range bodies {
		for _, m := range content {
			if !walk(m.Schema, yield) {
				return false
			}
		}
	}
	return true
}

// walk calls yield for a schema and those inside it.
func walk(s *huma.Schema, yield func(*huma.Schema) bool) bool {
	if s == nil {
		return true
	}
	if !yield(s) || !walk(s.Items, yield) || !walk(s.Not, yield) {
		return false
	}
	for _, p := range s.Properties {
		if !walk(p, yield) {
			return false
		}
	}
	for _, group := range [][]*huma.Schema{s.OneOf, s.AnyOf, s.AllOf} {
		for _, p := range group {
			if !walk(p, yield) {
				return false
			}
		}
	}
	inner, _ := s.AdditionalProperties.(*huma.Schema)
	return walk(inner, yield)
}
