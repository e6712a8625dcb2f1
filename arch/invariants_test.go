package arch_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// namedTest is a test as docs/INVARIANTS.md names it: a folder and a function.
var namedTest = regexp.MustCompile("`([a-z/.]+) ((?:Test|Fuzz)[A-Za-z0-9_]+)`")

// A promise whose test was renamed or removed is a promise without a test.
func TestInvariantsNameTestsThatExist(t *testing.T) {
	t.Parallel()
	table, err := os.ReadFile("../docs/INVARIANTS.md")
	if err != nil {
		t.Fatal(err)
	}
	named := namedTest.FindAllStringSubmatch(string(table), -1)
	if len(named) < 35 {
		t.Errorf("got %d tests in the table, want at least one for each invariant", len(named))
	}
	for _, n := range named {
		if !defined(t, n[1], n[2]) {
			t.Errorf("%s has no %s", n[1], n[2])
		}
	}
}

func defined(t *testing.T, folder, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`(?m)^func ` + name + `\(`)
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err == nil && want.Match(src) {
			return true
		}
	}
	return false
}
