package api

import (
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// loosen lets all that is answered have names beside those of the document: names are added without a new version, and a
// client generated from the document as it is today must take them. What is only asked with stays closed. A schema that is
// both is open; that a request's names are known is held by reading it, whatever the document says.
func loosen(doc *huma.OpenAPI) {
	l := loosener{doc, map[*huma.Schema]bool{}}
	for _, item := range doc.Paths {
		for _, method := range []string{"GET", "PUT", "PATCH", "DELETE", "POST"} {
			if op := operationOf(item, method); op != nil {
				l.answersOf(op.Responses)
			}
		}
	}
	l.answersOf(doc.Components.Responses)
}

type loosener struct {
	doc  *huma.OpenAPI
	seen map[*huma.Schema]bool
}

func (l loosener) answersOf(responses map[string]*huma.Response) {
	for _, r := range responses {
		for _, m := range r.Content {
			l.open(m.Schema)
		}
	}
}

// open opens a schema and those inside it and referred to.
func (l loosener) open(s *huma.Schema) {
	for inner := range func(yield func(*huma.Schema) bool) { walk(s, yield) } {
		if l.seen[inner] {
			continue
		}
		l.seen[inner] = true
		if inner.AdditionalProperties == false {
			inner.AdditionalProperties = nil
		}
		if strings.HasPrefix(inner.Ref, "#/components/schemas/") {
			l.open(l.doc.Components.Schemas.SchemaFromRef(inner.Ref))
		}
	}
}
