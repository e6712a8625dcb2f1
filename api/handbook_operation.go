package api

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// operationPage is all there is to say of an operation.
type operationPage struct {
	Name, Method, Path, Summary, Does, Facts, Subject string
	Deprecated                                        bool
	Callers                                           []string
	Params, Body, Answer                              []fieldRow
	Curl, Example                                     string
	Status                                            string
	Refused                                           []refusedRow
}

// fieldRow is a field of a body, or a parameter, in a table.
type fieldRow struct {
	Name, In, Form, Says string
	Required             bool
}

// refusedRow is a status that an operation may answer and the codes that come with it.
type refusedRow struct {
	Status string
	Codes  []string
}

func headOf(d described) operationPage {
	return operationPage{
		Name: d.op.OperationID, Method: d.route.method, Path: d.route.path, Summary: d.op.Summary,
		Does: d.route.does, Facts: strings.TrimSpace(strings.TrimPrefix(d.op.Description, d.route.does)),
		Subject: d.op.Tags[0], Deprecated: d.op.Deprecated, Callers: d.route.who.Names(), Status: statusTitle(d.route.status),
	}
}

func (a *API) operationPage(d described) (operationPage, error) {
	page := headOf(d)
	all, err := examples()
	if err != nil {
		return page, err
	}
	for _, p := range d.op.Parameters {
		page.Params = append(page.Params, fieldRow{Name: p.Name, In: p.In, Form: formOf(p.Schema), Says: p.Description, Required: p.Required})
	}
	f := flattener{registry: a.Document().Components.Schemas}
	if d.op.RequestBody != nil {
		page.Body = f.rowsOf(d.op.RequestBody.Content)
	}
	page.Answer = f.rowsOf(d.op.Responses[statusText(d.route.status)].Content)
	page.Refused = refusedBy(d.op)
	e := all[d.op.OperationID]
	page.Curl = curlOf(d, e)
	page.Example, err = legible(e.Answer)
	return page, err
}

// refusedBy are the refusals of an operation, the smallest status first.
func refusedBy(op *huma.Operation) []refusedRow {
	var rows []refusedRow
	for _, status := range statusesOf(refusals()) {
		if op.Responses[statusText(status)] == nil || status < 400 {
			continue
		}
		row := refusedRow{Status: statusTitle(status)}
		for _, r := range refusals() {
			if r.status == status {
				row.Codes = append(row.Codes, string(r.code))
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// curlOf is the example as a command. The server's address and the tokens are for the reader to fill in.
func curlOf(d described, e example) string {
	lines := []string{"curl -sS -X " + d.route.method + ` "$SERVER` + cmp.Or(e.Path, d.route.path) + `"`}
	if d.route.who != nobody {
		lines = append(lines, `-H "Authorization: Bearer $ACCESS"`)
	}
	if d.takes("Idempotency-Key") {
		lines = append(lines, `-H "Idempotency-Key: $(uuidgen)"`)
	}
	if d.takes("Device-Key") && d.route.who == nobody {
		lines = append(lines, `-H "Device-Key: $DEVICE_KEY"`)
	}
	if e.Request != nil {
		if text, err := legible(e.Request); err == nil {
			lines = append(lines, "-H 'Content-Type: application/json'", "-d '"+strings.ReplaceAll(text, "'", `'\''`)+"'")
		}
	}
	return strings.Join(lines, " \\\n  ")
}

// legible is JSON on several lines; a string is what it says.
func legible(text jsontext.Value) (string, error) {
	if text == nil {
		return "", nil
	}
	if text.Kind() == '"' {
		var s string
		err := json.Unmarshal(text, &s)
		return s, err
	}
	v := slices.Clone(text)
	err := v.Indent(jsontext.WithIndent("  "))
	return string(v), err
}

// flattener lays a schema out as rows.
type flattener struct{ registry huma.Registry }

// maxDepth is how deep a table goes: nothing of ours nests further, but a schema may hold itself.
const maxDepth = 7

func (f flattener) rowsOf(content map[string]*huma.MediaType) []fieldRow {
	for _, m := range content {
		return f.rows(m.Schema, "", 0)
	}
	return nil
}

func (f flattener) rows(s *huma.Schema, prefix string, depth int) []fieldRow {
	s = f.resolved(s)
	if s == nil || depth > maxDepth {
		return nil
	}
	if s.Items != nil {
		return f.rows(s.Items, prefix+"[]", depth+1)
	}
	var rows []fieldRow
	for _, name := range fieldNames(s) {
		field := s.Properties[name]
		path := strings.TrimPrefix(prefix+"."+name, ".")
		whole := f.resolved(field)
		rows = append(rows, fieldRow{Name: path, Form: formOf(whole), Says: cmp.Or(field.Description, whole.Description), Required: slices.Contains(s.Required, name)})
		rows = append(rows, f.rows(field, path, depth+1)...)
	}
	if inner, ok := s.AdditionalProperties.(*huma.Schema); ok {
		rows = append(rows, f.rows(inner, prefix+".*", depth+1)...)
	}
	return rows
}

func (f flattener) resolved(s *huma.Schema) *huma.Schema {
	if s != nil && s.Ref != "" {
		return f.registry.SchemaFromRef(s.Ref)
	}
	return s
}

// fieldNames are those that must be there first, then the others, each by the alphabet.
func fieldNames(s *huma.Schema) []string {
	var names []string
	for name := range s.Properties {
		names = append(names, name)
	}
	slices.SortFunc(names, func(x, y string) int {
		if a, b := slices.Contains(s.Required, x), slices.Contains(s.Required, y); a != b {
			if a {
				return -1
			}
			return 1
		}
		return cmp.Compare(x, y)
	})
	return names
}

// formOf says in a few words what a value looks like.
func formOf(s *huma.Schema) string {
	switch {
	case s == nil:
		return "any"
	case len(s.Enum) > 0:
		words := make([]string, len(s.Enum))
		for i, e := range s.Enum {
			words[i] = fmt.Sprint(e)
		}
		return strings.Join(words, " | ")
	case s.Pattern == idPattern:
		return "id"
	case s.Type == huma.TypeArray:
		return strings.TrimSuffix("list of "+formOf(s.Items), " of any") + atMost(s.MaxItems, maxAnyList)
	case s.Type == huma.TypeString:
		return cmp.Or(s.Format, "text") + atMost(s.MaxLength, maxAnyText)
	case s.Type == huma.TypeInteger:
		return "integer" + between(s.Minimum, s.Maximum)
	}
	return cmp.Or(s.Type, "any")
}

// atMost says a limit that is closer than what holds for all.
func atMost(n *int, usual int) string {
	if n == nil || *n >= usual {
		return ""
	}
	return fmt.Sprintf(", at most %d", *n)
}

func between(least, most *float64) string {
	if least == nil || most == nil || *least < 0 || *most >= maxUint32 {
		return ""
	}
	return fmt.Sprintf(" %.0f to %.0f", *least, *most)
}
