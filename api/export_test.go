package api

import (
	"context"
	"iter"
	"reflect"
)

// Tighten closes every object that has names in the document of an API of a test's own: an answer may have none that the
// document lacks, though it promises to whoever reads it that there may be more.
func (a *API) Tighten() {
	for s := range schemas(a.Document()) {
		if s.AdditionalProperties == nil && len(s.Properties) > 0 {
			s.AdditionalProperties = false
		}
	}
}

// RouteOf is the name of the route that a context is of.
func RouteOf(ctx context.Context) string { return exchangeOf(ctx).route }

// Administers reports whether a command leaves a line in the audit log when it comes in an outbox.
func Administers(command string) bool { return administers(command) }

// FieldsOf are a struct's fields as JSON has them, each with the type that declares it.
func FieldsOf(t reflect.Type) iter.Seq2[reflect.Type, reflect.StructField] { return fieldsOf(t) }

// TypeName is how descriptions.json names a type.
func TypeName(t reflect.Type) string { return typeName(t) }

// Audited reports whether a route's answers wait for the audit log; route is as in Served.
func (a *API) Audited(route string) bool { return a.table[route].is(audited | ownAudit) }

// Served lists what the router answers, as "METHOD /path".
func (a *API) Served() []string {
	var all []string
	for _, r := range a.engine.Routes() {
		all = append(all, r.Method+" "+r.Path)
	}
	return all
}

// Codes are the refusals of the table.
func Codes() []string {
	var all []string
	for _, r := range refusals() {
		all = append(all, string(r.code))
	}
	return all
}

// StatusesOf are those that the table has for a code.
func StatusesOf(code string) []int {
	var all []int
	for _, r := range refusals() {
		if string(r.code) == code {
			all = append(all, r.status)
		}
	}
	return all
}

// ProblemsText is docs/PROBLEMS.md.
func ProblemsText() string { return problemsText() }
