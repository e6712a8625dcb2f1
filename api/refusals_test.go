package api_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"officermobile/api"
)

// elsewhere are folders whose codes are other people's words: of push providers, of programs, of test servers.
var elsewhere = []string{"push", "client", "replay", "bench", "store", "cli", "config", "tools", "arch", "web"}

// TestRefusalsAreListed: who adds a refusal says in api/refusals.go what a client shall do about it.
func TestRefusalsAreListed(t *testing.T) {
	t.Parallel()
	used := codesIn(t, "..")
	if len(used) < 40 {
		t.Fatalf("found only %d codes in the sources: the search is broken", len(used))
	}
	listed := api.Codes()
	for code, where := range used {
		if !slices.Contains(listed, code) {
			t.Errorf("%s: the refusal %q has no row in api/refusals.go: say there in one sentence what it means, and what a client shall do", where, code)
		}
	}
	for _, code := range listed {
		if used[code] == "" {
			t.Errorf("api/refusals.go has %q, which nothing refuses with any more: delete the row", code)
		}
	}
}

// codesIn finds the codes in our sources, each with a place where it stands: constants of type Code, fields named
// Code, and what is given to functions for a parameter of that type.
func codesIn(t *testing.T, root string) map[string]string {
	t.Helper()
	fset, files := token.NewFileSet(), []*ast.File{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && path != root && (slices.Contains(elsewhere, name) || name == "testdata" || name == "node_modules" || strings.HasPrefix(name, ".")) {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || name == "refusals.go" {
			return nil
		}
		f, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		files = append(files, f)
		return err
	})
	check(t, err)
	takers := takersOf(files)
	found := map[string]string{}
	note := func(e ast.Expr) {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if code, err := strconv.Unquote(lit.Value); err == nil && code != "" {
				found[code] = fset.Position(lit.Pos()).String()
			}
		}
	}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Code" {
					note(n.Value)
				}
			case *ast.ValueSpec:
				if isCode(n.Type) {
					for _, v := range n.Values {
						note(v)
					}
				}
			case *ast.CallExpr:
				if i, ok := takers[calledName(n)]; ok && i < len(n.Args) {
					note(n.Args[i])
				}
			}
			return true
		})
	}
	return found
}

// takersOf are the functions that take a code, and in which place.
func takersOf(files []*ast.File) map[string]int {
	takers := map[string]int{}
	for _, f := range files {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			i := 0
			for _, field := range fn.Type.Params.List {
				if isCode(field.Type) {
					takers[fn.Name.Name] = i
				}
				i += max(1, len(field.Names))
			}
		}
	}
	return takers
}

func isCode(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == "Code"
	case *ast.SelectorExpr:
		return e.Sel.Name == "Code"
	}
	return false
}

func calledName(call *ast.CallExpr) string {
	switch fn := call.Fun.(type) {
	case *ast.Ident:
		return fn.Name
	case *ast.SelectorExpr:
		return fn.Sel.Name
	}
	return ""
}

// TestProblemsAreCurrent compares docs/PROBLEMS.md with the table. -update writes it.
func TestProblemsAreCurrent(t *testing.T) {
	t.Parallel()
	isCurrent(t, "../docs/PROBLEMS.md", []byte(api.ProblemsText()))
}
