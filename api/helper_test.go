package api_test

import (
	"fmt"
	"net/http/httptest"
	"reflect"
	"regexp"
)

func isNil(v any) bool { return v == nil || reflect.ValueOf(v).IsNil() }

var ginParam = regexp.MustCompile(`:([a-z]+)`)

// braced is a path of Gin's in OpenAPI's writing.
func braced(path string) string { return ginParam.ReplaceAllString(path, "{$1}") }

// dump is everything that a client sees of an answer.
func dump(rec *httptest.ResponseRecorder) string {
	return fmt.Sprintf("%d\n%v\n%s", rec.Code, rec.Header(), rec.Body)
}
