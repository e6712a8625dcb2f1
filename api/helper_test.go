package api_test

import (
	"fmt"
	"maps"
	"net/http/httptest"
	"regexp"

	"github.com/danielgtaylor/huma/v2"
)

// operations are those of a path by method.
func operations(item *huma.PathItem) map[string]*huma.Operation {
	all := map[string]*huma.Operation{
		"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete, "HEAD": item.Head, "OPTIONS": item.Options,
	}
	maps.DeleteFunc(all, func(_ string, op *huma.Operation) bool { return op == nil })
	return all
}

var ginParam = regexp.MustCompile(`:([a-z]+)`)

// braced is a path of Gin's in OpenAPI's writing.
func braced(path string) string { return ginParam.ReplaceAllString(path, "{$1}") }

// dump is everything that a client sees of an answer.
func dump(rec *httptest.ResponseRecorder) string {
	return fmt.Sprintf("%d\n%v\n%s", rec.Code, rec.Header(), rec.Body)
}
