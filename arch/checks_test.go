package arch_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/token"
	"maps"
	"slices"
	"strings"
)

// check looks at all files and answers one sentence for each breach.
type check func([]file) []string

// checks are the rules by name.
var checks = map[string]check{
	"imports":     each(checkImports),
	"models":      each(checkModels),
	"pure":        each(checkPure),
	"lines":       each(checkLines),
	"init":        each(checkInit),
	"sleep":       each(checkSleep),
	"format":      each(checkFormat),
	"external":    each(checkExternal),
	"package doc": checkDocs,
	"state":       checkState,
}

func each(one func(file) []string) check {
	return func(files []file) []string {
		var found []string
		for _, f := range files {
			found = append(found, one(f)...)
		}
		return found
	}
}

func checkImports(f file) []string {
	var found []string
	for _, name := range f.imports() {
		to, ours := strings.CutPrefix(name, module+"/")
		if !ours {
			continue
		}
		ok, known := allowed(f.dir, to, f.test)
		if !known {
			return []string{fmt.Sprintf("%s: the folder %s has no row in arch/rules_test.go", f.path, f.dir)}
		}
		if !ok {
			found = append(found, fmt.Sprintf("%s: %s may not import %s", f.path, f.dir, to))
		}
	}
	return found
}

// checkModels keeps the domain to the standard library, but for what pureModules names.
func checkModels(f file) []string {
	if f.test || !under(f.dir, "models") {
		return nil
	}
	var found []string
	for _, name := range f.imports() {
		first, _, _ := strings.Cut(name, "/")
		standard := name != "C" && !strings.Contains(first, ".")
		if !standard && !slices.ContainsFunc(pureModules, func(m string) bool { return under(name, m) }) {
			found = append(found, fmt.Sprintf("%s: models may not import %s", f.path, name))
		}
	}
	return found
}

// checkPure keeps time, chance, goroutines and I/O out of the domain.
func checkPure(f file) []string {
	if f.test || !under(f.dir, "models") {
		return nil
	}
	var found []string
	for _, name := range f.imports() {
		if slices.Contains(impure, name) {
			found = append(found, fmt.Sprintf("%s: models is pure and may not import %s", f.path, name))
		}
	}
	ast.Inspect(f.tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt, *ast.SelectStmt, *ast.SendStmt:
			found = append(found, f.at(n)+": models is pure and starts or meets no goroutine")
		case *ast.SelectorExpr:
			if isSelector(n, "time", clockReads) {
				found = append(found, fmt.Sprintf("%s: models is pure and may not call time.%s", f.at(n), n.Sel.Name))
			}
		}
		return true
	})
	return found
}

func isSelector(n *ast.SelectorExpr, pkg string, names []string) bool {
	x, ok := n.X.(*ast.Ident)
	return ok && x.Obj == nil && x.Name == pkg && slices.Contains(names, n.Sel.Name)
}

func checkLines(f file) []string {
	if f.generated || f.lines() <= maxLines {
		return nil
	}
	return []string{fmt.Sprintf("%s: has %d lines, more than %d", f.path, f.lines(), maxLines)}
}

func checkInit(f file) []string {
	for _, decl := range f.tree.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
			return []string{f.at(fn) + ": init runs before anyone asked; let main call it"}
		}
	}
	return nil
}

// checkSleep keeps tests from waiting for luck. In a synctest bubble a timer's channel does as well.
func checkSleep(f file) []string {
	if !f.test {
		return nil
	}
	var found []string
	ast.Inspect(f.tree, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && isSelector(s, "time", []string{"Sleep"}) {
			found = append(found, f.at(s)+": a test waits for what it wants, not for time.Sleep")
		}
		return true
	})
	return found
}

// checkFormat is gofmt, without a list of folders to keep.
func checkFormat(f file) []string {
	formatted, err := format.Source(f.source)
	if err != nil || !bytes.Equal(formatted, f.source) {
		return []string{f.path + ": is not formatted; run gofmt -w on it"}
	}
	return nil
}

// checkExternal keeps tests outside the package, where its users are.
func checkExternal(f file) []string {
	name := f.tree.Name.Name
	if !f.test || strings.HasSuffix(name, "_test") || name == "main" || strings.HasSuffix(f.path, "/export_test.go") {
		return nil
	}
	return []string{fmt.Sprintf("%s: belongs to package %s_test; what it needs from within goes through export_test.go", f.path, name)}
}

func checkDocs(files []file) []string {
	documented := make(map[string]bool)
	for _, f := range files {
		if f.test {
			continue
		}
		name := f.packageName()
		documented[name] = documented[name] || strings.TrimSpace(f.tree.Doc.Text()) != ""
	}
	var found []string
	for _, name := range slices.Sorted(maps.Keys(documented)) {
		if !documented[name] {
			found = append(found, "package "+name+": has no package comment")
		}
	}
	return found
}

// checkState finds package variables that a function assigns to, by =, ++ or to an element.
func checkState(files []file) []string {
	variables := make(map[string]map[string]bool)
	for _, f := range files {
		if !f.test {
			gather(variables, f)
		}
	}
	var found []string
	for _, f := range files {
		if f.test {
			continue
		}
		ast.Inspect(f.tree, func(n ast.Node) bool {
			for _, target := range targets(n) {
				if name, ok := root(target, f.tree); ok && variables[f.packageName()][name] {
					found = append(found, fmt.Sprintf("%s: changes the package variable %s", f.at(n), name))
				}
			}
			return true
		})
	}
	return found
}

func gather(variables map[string]map[string]bool, f file) {
	name := f.packageName()
	if variables[name] == nil {
		variables[name] = make(map[string]bool)
	}
	for _, decl := range f.tree.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.VAR {
			continue
		}
		for _, spec := range gen.Specs {
			for _, id := range spec.(*ast.ValueSpec).Names {
				variables[name][id.Name] = id.Name != "_"
			}
		}
	}
}

// targets are what a statement assigns to.
func targets(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			return n.Lhs
		}
	case *ast.IncDecStmt:
		return []ast.Expr{n.X}
	}
	return nil
}

// root is the variable that an expression such as a.b[c] is part of, unless it is a local one. The parser resolves
// names within a file; one that it can't is of the package, as is one that it finds in the file's own scope.
func root(e ast.Expr, tree *ast.File) (string, bool) {
	for {
		switch x := e.(type) {
		case *ast.IndexExpr:
			e = x.X
		case *ast.SelectorExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		case *ast.Ident:
			return x.Name, x.Obj == nil || tree.Scope.Lookup(x.Name) == x.Obj
		default:
			return "", false
		}
	}
}
