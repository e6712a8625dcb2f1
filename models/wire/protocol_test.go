package wire_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"officermobile/models"
)

const protocol = "../../docs/PROTOCOL.md"

// TestProtocolIsCurrent: the tables of commands and rows in docs/PROTOCOL.md are made from the sources. -update writes them.
func TestProtocolIsCurrent(t *testing.T) {
	t.Parallel()
	was, err := os.ReadFile(protocol)
	if err != nil {
		t.Fatal(err)
	}
	src := parse(t)
	is := between(t, was, "commands", src.commands())
	is = between(t, is, "rows", src.rows())
	is = between(t, is, "notices", src.noticeTable())
	if *update {
		if err := os.WriteFile(protocol, is, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(was, is) {
		t.Error("docs/PROTOCOL.md is out of date; run go test ./models/wire -run TestProtocolIsCurrent -update")
	}
}

// between replaces what stands between the marks of a name.
func between(t *testing.T, text []byte, name, content string) []byte {
	t.Helper()
	begin, end := "<!-- "+name+" -->\n", "<!-- end of "+name+" -->"
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("docs/PROTOCOL.md has no marks for %s", name)
	}
	return []byte(before + begin + content + end + after)
}

// sources are the declarations of models and wire that say what travels.
type sources struct {
	structs  map[string]declared // of both packages; wire's under their name, models' under "models." and theirs
	named    map[string]string   // command types: the name on the wire, to the struct
	order    []string            // of the names, as they are declared
	rowKinds []rowKind
	notices  []rowKind // of notices: what stands in k, and what it says
}

type declared struct {
	doc    string
	fields []*ast.Field
}

// rowKind is a constant such as RowTask.
type rowKind struct{ ident, kind, comment string }

func parse(t *testing.T) *sources {
	t.Helper()
	s := &sources{structs: map[string]declared{}, named: map[string]string{}}
	for dir, prefix := range map[string]string{"..": "models.", ".": ""} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range file.Decls {
				s.declaration(d, prefix)
			}
		}
	}
	slices.Sort(s.order)
	return s
}

func (s *sources) declaration(d ast.Decl, prefix string) {
	if f, ok := d.(*ast.FuncDecl); ok {
		s.method(f)
		return
	}
	g, ok := d.(*ast.GenDecl)
	if !ok {
		return
	}
	for _, spec := range g.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if st, ok := spec.Type.(*ast.StructType); ok {
				s.structs[prefix+spec.Name.Name] = declared{said(spec.Name.Name, g.Doc.Text()), st.Fields.List}
			}
		case *ast.ValueSpec:
			if lit, ok := literal(spec); ok && isNamed(spec.Type, "RowKind") {
				s.rowKinds = append(s.rowKinds, rowKind{spec.Names[0].Name, lit, strings.TrimSpace(spec.Comment.Text())})
			} else if ok && isNamed(spec.Type, "Notice") {
				s.notices = append(s.notices, rowKind{spec.Names[0].Name, lit, strings.TrimSpace(spec.Comment.Text())})
			}
		}
	}
}

// method notes what CommandType returns.
func (s *sources) method(f *ast.FuncDecl) {
	if f.Name.Name != "CommandType" || f.Recv == nil {
		return
	}
	star, ok := f.Recv.List[0].Type.(*ast.StarExpr)
	if !ok || len(f.Body.List) != 1 {
		return
	}
	ret, ok := f.Body.List[0].(*ast.ReturnStmt)
	if !ok {
		return
	}
	if lit, ok := ret.Results[0].(*ast.BasicLit); ok {
		name, _ := strconv.Unquote(lit.Value)
		s.named[name] = star.X.(*ast.Ident).Name
		s.order = append(s.order, name)
	}
}

func isNamed(t ast.Expr, name string) bool {
	id, ok := t.(*ast.Ident)
	return ok && id.Name == name
}

func literal(spec *ast.ValueSpec) (string, bool) {
	if len(spec.Values) != 1 {
		return "", false
	}
	lit, ok := spec.Values[0].(*ast.BasicLit)
	if !ok {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// said is a comment without the Go name that it begins with.
func said(name, doc string) string {
	doc = strings.Join(strings.Fields(doc), " ")
	doc = strings.TrimLeft(strings.TrimPrefix(doc, name), ": ")
	doc = strings.TrimPrefix(doc, "is ")
	if doc == "" {
		return ""
	}
	first := []rune(doc)
	first[0] = unicode.ToUpper(first[0])
	return string(first)
}

// commands is a list of what a phone may send.
func (s *sources) commands() string {
	var b strings.Builder
	b.WriteString("A `?` marks what may be left out, `[]` an array.\n\n")
	for _, name := range s.order {
		body, err := models.DecodeCommand(name, []byte("{}"))
		if err != nil {
			continue // the system's own
		}
		decl := s.structs["models."+s.named[name]]
		lane := fmt.Sprint(models.LaneOf(body))
		if name == "message.post" {
			lane = "1; 0 if urgent"
		}
		fmt.Fprintf(&b, "- **`%s`** (lane %s) `{%s}`: %s", name, lane, strings.Join(s.names("models.", decl.fields), ", "), decl.doc)
		for _, f := range decl.fields {
			if c := strings.TrimSpace(f.Comment.Text()); c != "" && jsonName(f) != "" {
				fmt.Fprintf(&b, " `%s`: %s.", strings.TrimSuffix(jsonName(f), "?"), strings.TrimSuffix(c, "."))
			}
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
	return b.String()
}

// rows is a table of what pages bring.
func (s *sources) rows() string {
	var b strings.Builder
	b.WriteString("| kind | in, id | data |\n|---|---|---|\n")
	for _, k := range s.rowKinds {
		data := "see [Messages](#messages)"
		if decl, ok := s.structs[strings.TrimPrefix(k.ident, "Row")]; ok {
			data = s.described(decl)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", k.kind, k.comment, data)
	}
	b.WriteString("\n")
	return b.String()
}

// noticeTable is a list of the notices in a timeline.
func (s *sources) noticeTable() string {
	slices.SortFunc(s.notices, func(a, b rowKind) int { return strings.Compare(a.kind, b.kind) })
	var b strings.Builder
	for _, n := range s.notices {
		fmt.Fprintf(&b, "- `%s`", n.kind)
		if n.comment != "" {
			b.WriteString(": " + n.comment)
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
	return b.String()
}

// described are a struct's fields with their comments.
func (s *sources) described(decl declared) string {
	var all []string
	for _, f := range decl.fields {
		if len(f.Names) == 0 {
			all = append(all, s.embedded("", f)...)
			continue
		}
		text := "`" + jsonName(f) + brackets(f.Type) + "`"
		if c := strings.TrimSpace(f.Comment.Text()); c != "" {
			text += " (" + c + ")"
		}
		all = append(all, text)
	}
	if len(all) == 0 {
		return decl.doc
	}
	return strings.Join(all, ", ")
}

// names are the JSON names of fields, with a ? where one may be left out.
func (s *sources) names(prefix string, fields []*ast.Field) []string {
	var all []string
	for _, f := range fields {
		if len(f.Names) > 0 {
			if name := jsonName(f); name != "" {
				all = append(all, name+brackets(f.Type))
			}
			continue
		}
		all = append(all, s.embedded(prefix, f)...)
	}
	return all
}

// embedded are the names that an embedded struct brings.
func (s *sources) embedded(prefix string, f *ast.Field) []string {
	name := ""
	switch t := f.Type.(type) {
	case *ast.Ident:
		name = prefix + t.Name
	case *ast.SelectorExpr:
		name = "models." + t.Sel.Name
	}
	decl := s.structs[name]
	if prefix != "" {
		return s.names(prefix, decl.fields)
	}
	return []string{s.described(decl)}
}

// brackets follow the name of what is an array in JSON.
func brackets(t ast.Expr) string {
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if sel, ok := t.(*ast.SelectorExpr); ok {
		t = sel.Sel
	}
	if _, ok := t.(*ast.ArrayType); ok || isNamed(t, "UserTypes") {
		return "[]"
	}
	return ""
}

var omitted = regexp.MustCompile(`,omit(zero|empty)`)

func jsonName(f *ast.Field) string {
	if f.Tag == nil {
		return ""
	}
	tag, _ := strconv.Unquote(f.Tag.Value)
	value := reflect.StructTag(tag).Get("json")
	name, _, _ := strings.Cut(value, ",")
	if name == "-" {
		return ""
	}
	if omitted.MatchString(value) {
		return name + "?"
	}
	return name
}
