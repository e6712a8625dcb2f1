package api_test

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"officermobile/api"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// TestDescriptionsAreCurrent compares descriptions.json with the comments in the sources. -update writes it.
func TestDescriptionsAreCurrent(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(comments(t), json.Deterministic(true), jsontext.WithIndent("  "))
	check(t, err)
	isCurrent(t, "descriptions.json", append(text, '\n'))
}

// comments are what the sources say of the fields in the document that have no doc tag, by type and JSON name.
func comments(t *testing.T) map[string]map[string]string {
	t.Helper()
	src, said := sources{}, map[string]map[string]string{}
	for _, typ := range bodyTypes(t) {
		for owner, f := range api.FieldsOf(typ) {
			key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if f.Tag.Get("doc") != "" || key == "" || key == "-" {
				continue
			}
			name := api.TypeName(owner)
			if text := src.comment(t, owner.PkgPath(), name, f.Name); text != "" {
				if said[name] == nil {
					said[name] = map[string]string{}
				}
				said[name][key] = text
			}
		}
	}
	return said
}

// bodyTypes are the Go types of the document's schemas.
func bodyTypes(t *testing.T) map[string]reflect.Type {
	t.Helper()
	a, err := api.New(api.Deps{}, api.Options{})
	check(t, err)
	registry, all := a.Document().Components.Schemas, map[string]reflect.Type{}
	for name := range registry.Map() {
		all[name] = registry.TypeFromRef("#/components/schemas/" + name)
	}
	return all
}

// sources are the comments of struct fields, by type as api.TypeName names it and by Go name; a package is read when
// it is first asked for.
type sources map[string]map[string]string

func (s sources) comment(t *testing.T, pkg, typ, field string) string {
	t.Helper()
	if s[pkg] == nil {
		s[pkg] = map[string]string{} // marks it as read
		s.read(t, pkg)
	}
	return s[typ][field]
}

func (s sources) read(t *testing.T, pkg string) {
	t.Helper()
	folder, ok := strings.CutPrefix(pkg, "officermobile/")
	if !ok {
		return // of a library, or without a name
	}
	files, err := filepath.Glob(filepath.Join("..", folder, "*.go"))
	check(t, err)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		check(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if st, ok := spec.Type.(*ast.StructType); ok {
				s[file.Name.Name+"."+spec.Name.Name] = fieldComments(st)
			}
			return true
		})
	}
}

func fieldComments(st *ast.StructType) map[string]string {
	all := map[string]string{}
	for _, f := range st.Fields.List {
		for _, id := range f.Names {
			all[id.Name] = sentence(id.Name, cmp.Or(f.Comment.Text(), f.Doc.Text()))
		}
	}
	return all
}

// sentence is a comment as the document has it: without the Go name that it may begin with, and whole.
func sentence(goName, comment string) string {
	text := strings.Join(strings.Fields(comment), " ")
	text = strings.TrimPrefix(text, goName+" is ")
	if text == "" {
		return ""
	}
	first := []rune(text)
	first[0] = unicode.ToUpper(first[0])
	return strings.TrimSuffix(string(first), ".") + "."
}

// plain are names of fields that say what they are, so that a sentence would only repeat them.
func plain() map[string]bool {
	return map[string]bool{"name": true, "text": true, "username": true, "password": true, "description": true, "priority": true}
}

// TestBodiesSayWhatTheyTake: a field of a request that says nothing of itself is filled in by guessing.
func TestBodiesSayWhatTheyTake(t *testing.T) {
	t.Parallel()
	a, err := api.New(api.Deps{}, api.Options{})
	check(t, err)
	known, used := plain(), map[string]bool{}
	for _, item := range a.Document().Paths {
		for _, op := range operations(item) {
			if op.RequestBody == nil {
				continue
			}
			for _, m := range op.RequestBody.Content {
				eachProperty(a.Document().Components.Schemas, m.Schema, op.OperationID, map[*huma.Schema]bool{}, func(path, name string, p *huma.Schema) {
					used[name] = used[name] || p.Description == ""
					if p.Description == "" && !known[name] {
						t.Errorf("%s doesn't say what it is: give the field a comment or a doc tag", path)
					}
				})
			}
		}
	}
	for name := range known {
		if !used[name] {
			t.Errorf("plain lists %s, which no request leaves without a word", name)
		}
	}
}

// eachProperty calls fn for the fields of a schema and of those inside it.
func eachProperty(r huma.Registry, s *huma.Schema, path string, seen map[*huma.Schema]bool, fn func(path, name string, p *huma.Schema)) {
	if s != nil && s.Ref != "" {
		s = r.SchemaFromRef(s.Ref)
	}
	if s == nil || seen[s] {
		return
	}
	seen[s] = true
	for name, p := range s.Properties {
		fn(path+"."+name, name, p)
		eachProperty(r, p, path+"."+name, seen, fn)
	}
	eachProperty(r, s.Items, path+"[]", seen, fn)
	if inner, ok := s.AdditionalProperties.(*huma.Schema); ok {
		eachProperty(r, inner, path+".*", seen, fn)
	}
}
