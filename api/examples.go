package api

import (
	_ "embed"
	"fmt"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// recorded has an example of each operation: exchanges that a test had with this code and wrote down, with its ids,
// times and secrets put into a form that stays. Nobody edits it.
//
//go:embed examples.json
var recorded string

// example is one exchange that went well.
type example struct {
	Path    string         `json:"path"`             // as it was called, query included
	Request jsontext.Value `json:"request,omitzero"` // the body, if any
	Answer  jsontext.Value `json:"answer,omitzero"`  // the body, if any; a string where it isn't JSON
}

// examples are by name of operation.
func examples() (map[string]example, error) {
	var all map[string]example
	if err := json.Unmarshal([]byte(recorded), &all); err != nil {
		return nil, fmt.Errorf("read examples.json: %w", err)
	}
	return all, nil
}

// exemplify puts the examples into the document.
func (a *API) exemplify() error {
	all, err := examples()
	if err != nil {
		return err
	}
	for d := range a.operations() {
		e, ok := all[d.route.name]
		if !ok {
			continue // TestEveryOperationHasAnExample says so
		}
		if err := e.attach(d); err != nil {
			return fmt.Errorf("example of %s: %w", d.route.name, err)
		}
	}
	return nil
}

// attach writes an example where OpenAPI has it: at the body, the answer and each parameter.
func (e example) attach(d described) error {
	if d.op.RequestBody != nil {
		if err := illustrate(d.op.RequestBody.Content, e.Request); err != nil {
			return err
		}
	}
	if err := illustrate(d.op.Responses[statusText(d.route.status)].Content, e.Answer); err != nil {
		return err
	}
	values, err := e.values(d.route.path)
	if err != nil {
		return err
	}
	for _, p := range d.op.Parameters {
		if v, ok := values[p.In+" "+p.Name]; ok {
			p.Example = typedValue(p.Schema, v)
		}
	}
	return nil
}

func illustrate(content map[string]*huma.MediaType, text jsontext.Value) error {
	if text == nil {
		return nil
	}
	for _, m := range content {
		if err := json.Unmarshal(text, &m.Example); err != nil {
			return err
		}
	}
	return nil
}

// values are those of the path's and the query's parameters, by place and name.
func (e example) values(template string) (map[string]string, error) {
	u, err := url.Parse(e.Path)
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	for name, v := range u.Query() {
		values["query "+name] = v[0]
	}
	parts := strings.Split(u.Path, "/")
	for i, part := range strings.Split(template, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok && i < len(parts) {
			values["path "+strings.TrimSuffix(name, "}")] = parts[i]
		}
	}
	return values, nil
}

// typedValue is a parameter's text as the JSON value that its schema calls for.
func typedValue(s *huma.Schema, text string) any {
	var v any
	if s.Type == huma.TypeString || json.Unmarshal([]byte(text), &v) != nil {
		return text
	}
	return v
}
