package api

import (
	"context"
	"net/http"
	"reflect"
	"strings"

	"officermobile/models"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
)

// route is a row of the table.
type route struct {
	method, path string
	name         string           // the operation's, unique
	who          models.UserTypes // who may call it; nobody: no session is needed
	how          how
	status       int   // of success
	body         int64 // bytes at most; 0: maxBody
	does         string
	mount        func(*API, *route)
}

// how says in what a route differs from most.
type how uint16

const (
	urgent    how = 1 << iota // may draw on the reserve of what is urgent
	unbound                   // also on a device that isn't registered to the caller yet, or any more
	ownCount                  // the handler itself counts the request, by what it carries
	fetching                  // a fetch token will do, too
	ownAccess                 // the handler itself says who asks, and counts the request
	probe                     // by the machinery around: never limited
	csvBody                   // the body is a file of comma-separated values
	anyBody                   // whatever the body is, the handler takes what it understands
	audited                   // recorded before it is answered, and refused while it can't be
	noted                     // recorded too, but without its answer waiting for that
	ownAudit                  // the same, but the handler itself records it: its answer is too long to be held back
)

// Limits of bodies. The largest that a form makes is a dispatch: two texts of 4000 characters, each up to 12 bytes.
const (
	maxBody     = models.MaxCommandBytes
	maxSignIn   = 4 << 10
	maxSyncBody = 256 << 10 // fifty commands with full texts
)

func (r *route) is(h how) bool { return r.how&h != 0 }

// needsSession reports a route that is about the caller's session or device: a key of an integration has neither.
func (r *route) needsSession() bool {
	return r.is(ownAccess|fetching) || r.is(unbound) && r.method != "GET" || r.name == "repair" || r.name == "live"
}

func (r *route) limit() int64 {
	if r.body > 0 {
		return r.body
	}
	return maxBody
}

// operation is the route as OpenAPI has it.
func (r *route) operation() huma.Operation {
	op := huma.Operation{
		OperationID: r.name, Method: r.method, Path: r.path, Summary: r.does, DefaultStatus: r.status,
		MaxBodyBytes: r.limit() + 1, Responses: map[string]*huma.Response{}, Tags: []string{tagOf(r.path)},
	}
	if r.who != nobody {
		op.Security = []map[string][]string{{"bearer": {}}, {"cookie": {}}}
	}
	return op
}

// typed mounts a handler whose input and output Huma reads, checks and writes.
func typed[I, O any](fn func(*API, context.Context, *I) (*O, error)) func(*API, *route) {
	return typedAs(fn)
}

// typedAs is typed for a handler whose output is text of one of the given media types.
func typedAs[I, O any](fn func(*API, context.Context, *I) (*O, error), media ...string) func(*API, *route) {
	return func(a *API, r *route) {
		op := r.operation()
		if len(media) > 0 {
			content := map[string]*huma.MediaType{}
			for _, m := range media {
				content[m] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
			}
			op.Responses[statusText(r.status)] = &huma.Response{Description: http.StatusText(r.status), Content: content}
		}
		huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
			out, err := fn(a, ctx, in)
			if err != nil {
				return nil, a.problem(ctx, err)
			}
			return out, nil
		})
	}
}

// empty stands for no input, or no output.
type empty struct{}

// answer is an output that is all body.
type answer[T any] struct{ Body T }

func answered[T any](v T) *answer[T] { return &answer[T]{Body: v} }

// media are the content types of raw answers.
const (
	asJSON   = "application/json"
	asStream = "text/event-stream"
	asYAML   = "application/yaml"
	asCSV    = "text/csv"
	asLines  = "application/x-ndjson"
)

// raw mounts a handler that does its own reading and writing, for speed or because it streams, and describes it by the
// types of its body and answer and the struct that names its parameters.
func raw[P, I, O any](fn func(*API, *gin.Context), media string) func(*API, *route) {
	return func(a *API, r *route) {
		op := r.operation()
		registry := a.huma.OpenAPI().Components.Schemas
		op.Parameters = parameters(registry, reflect.TypeFor[P]())
		if in := reflect.TypeFor[I](); in != reflect.TypeFor[empty]() {
			op.RequestBody = &huma.RequestBody{Required: in.Kind() != reflect.Pointer, Content: map[string]*huma.MediaType{asJSON: {Schema: registry.Schema(in, true, r.name+"Body")}}}
		}
		ok := &huma.Response{Description: http.StatusText(r.status)}
		if out := reflect.TypeFor[O](); out != reflect.TypeFor[empty]() {
			ok.Content = map[string]*huma.MediaType{media: {Schema: registry.Schema(out, true, r.name+"Answer")}}
		}
		problem := &huma.MediaType{Schema: registry.Schema(reflect.TypeFor[Problem](), true, "Problem")}
		op.Responses[statusText(r.status)] = ok
		op.Responses["default"] = &huma.Response{Description: "Error", Content: map[string]*huma.MediaType{"application/problem+json": problem}}
		a.huma.OpenAPI().AddOperation(&op)
		a.engine.Handle(r.method, ginPath(r.path), func(c *gin.Context) { fn(a, c) })
	}
}

// parameters reads the tags that Huma reads.
func parameters(registry huma.Registry, t reflect.Type) []*huma.Param {
	var all []*huma.Param
	for _, f := range reflect.VisibleFields(t) {
		for _, in := range []string{"path", "query", "header"} {
			if name := f.Tag.Get(in); name != "" && !f.Anonymous {
				all = append(all, &huma.Param{Name: name, In: in, Required: in == "path", Description: f.Tag.Get("doc"),
					Schema: huma.SchemaFromField(registry, f, name)})
			}
		}
	}
	return all
}

// ginPath is a path in Gin's writing.
func ginPath(path string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}
