package api

import (
	_ "embed"
	"fmt"
	"iter"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"
)

// commented has what the comments of Go types say of their fields, by type and name in JSON. A test makes it from the
// sources, which a running server doesn't have, so that nothing is said twice. Nobody edits it.
//
//go:embed descriptions.json
var commented string

// comments are sentences by the name of a field, by type as comments names it.
type comments map[string]map[string]string

// describeFields gives the fields of the document that have no doc tag what the comments say of them.
func describeFields(doc *huma.OpenAPI) error {
	var all comments
	if err := json.Unmarshal([]byte(commented), &all); err != nil {
		return fmt.Errorf("read descriptions.json: %w", err)
	}
	for name, s := range doc.Components.Schemas.Map() {
		for owner, f := range fieldsOf(doc.Components.Schemas.TypeFromRef("#/components/schemas/" + name)) {
			if p := s.Properties[jsonName(f)]; p != nil && p.Description == "" {
				p.Description = all[typeName(owner)][jsonName(f)]
			}
		}
	}
	return nil
}

// fieldsOf are a struct's fields, each with the type that declares it: JSON has those of an embedded struct beside its
// own, which come first because they win.
func fieldsOf(t reflect.Type) iter.Seq2[reflect.Type, reflect.StructField] {
	return func(yield func(reflect.Type, reflect.StructField) bool) { eachField(t, yield) }
}

func eachField(t reflect.Type, yield func(reflect.Type, reflect.StructField) bool) bool {
	var embedded []reflect.Type
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && jsonName(f) == "" {
			embedded = append(embedded, f.Type)
			continue
		}
		if !yield(t, f) {
			return false
		}
	}
	for _, e := range embedded {
		if e.Kind() == reflect.Pointer {
			e = e.Elem()
		}
		if e.Kind() == reflect.Struct && !eachField(e, yield) {
			return false
		}
	}
	return true
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// typeName is a type's with its package, and without what a generic one is made for.
func typeName(t reflect.Type) string {
	name, _, _ := strings.Cut(t.String(), "[")
	return name
}
