package arch_test

import (
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// requirements is how many push has, R1 to R62.
const requirements = 62

// suites are folders whose subtests are run by the tests of other folders.
var suites = []string{"push/pushtest/conformance"}

var (
	requirementName = regexp.MustCompile(`^R([1-9][0-9]*) `)
	requirementRow  = regexp.MustCompile(`(?m)^\| R([1-9][0-9]*) \|.*$`)
)

// Every requirement of push has its line, and a subtest that is named by it in a folder that the line names.
func TestRequirementsHaveTests(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "docs", "PUSH-REQUIREMENTS.md"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := parse(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	rows, proofs := rowsOf(string(text)), proofsIn(files)
	for n := 1; n <= requirements; n++ {
		row, ok := rows[n]
		if !ok {
			t.Errorf("R%d has no line", n)
		}
		named := namedTest.FindAllStringSubmatch(row, -1)
		for _, name := range named {
			if !defined(t, name[1], name[2]) {
				t.Errorf("R%d: %s has no %s", n, name[1], name[2])
			}
		}
		if !slices.ContainsFunc(named, func(name []string) bool { return slices.Contains(proofs[n], name[1]) }) &&
			!(len(named) > 0 && slices.ContainsFunc(suites, func(s string) bool { return slices.Contains(proofs[n], s) })) {
			t.Errorf("R%d has no subtest of its name in a folder that its line names; such are in %q", n, proofs[n])
		}
	}
	for n := range proofs {
		if n > requirements {
			t.Errorf("%q test a requirement R%d, and there is none", proofs[n], n)
		}
	}
}

func rowsOf(text string) map[int]string {
	rows := map[int]string{}
	for _, m := range requirementRow.FindAllStringSubmatch(text, -1) {
		n, _ := strconv.Atoi(m[1])
		rows[n] = m[0]
	}
	return rows
}

// proofsIn are the folders of the subtests that are named by a requirement.
func proofsIn(files []file) map[int][]string {
	proofs := map[int][]string{}
	for _, f := range files {
		if !f.test && !slices.Contains(suites, f.dir) {
			continue
		}
		for _, name := range subtests(f.tree) {
			if m := requirementName.FindStringSubmatch(name); m != nil {
				n, _ := strconv.Atoi(m[1])
				proofs[n] = append(proofs[n], f.dir)
			}
		}
	}
	return proofs
}

// subtests are the string literals that can name one: what is handed to t.Run or to a helper that calls it, or names a
// row of a table. What a failure says is none.
func subtests(tree *ast.File) (names []string) {
	ast.Inspect(tree, func(n ast.Node) bool {
		if c, ok := n.(*ast.CallExpr); ok && says(c) {
			return false
		}
		if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
			name, _ := strconv.Unquote(l.Value)
			names = append(names, name)
		}
		return true
	})
	return names
}

// says reports a call that prints.
func says(c *ast.CallExpr) bool {
	f, ok := c.Fun.(*ast.SelectorExpr)
	return ok && slices.ContainsFunc([]string{"Error", "Fatal", "Log", "Skip"}, func(p string) bool { return strings.HasPrefix(f.Sel.Name, p) })
}

// The check can fail.
func TestSubtestsAreFoundByName(t *testing.T) {
	t.Parallel()
	const body = `package p_test
func TestX(t *testing.T) {
	t.Run("R3 in a call", f)
	bubble(t, "R4 in a helper", f)
	for _, c := range []struct{ name string }{{"R5 in a table"}} { t.Errorf("R6 in a message %v", c) }
	// "R7 in a comment"
	t.Skip("R8 in a message")
}`
	files, err := parse(fstest.MapFS{"p/a_test.go": {Data: []byte(body)}, "p/b.go": {Data: []byte(doc + `var _ = "R9 not a test"`)}})
	if err != nil {
		t.Fatal(err)
	}
	got := proofsIn(files)
	for n := 3; n <= 9; n++ {
		if want := n <= 5; (len(got[n]) > 0) != want {
			t.Errorf("R%d: found %q, want found %v", n, got[n], want)
		}
	}
	if rows := rowsOf("| R1 | x | y |\n| R10 | z |\n"); len(rows) != 2 || rows[10] != "| R10 | z |" {
		t.Errorf("got rows %v", rows)
	}
}
