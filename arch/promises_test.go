package arch_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// namedTest is a test as the documents name it: a folder and a function.
var namedTest = regexp.MustCompile("`([a-z/.]+) ((?:Test|Fuzz)[A-Za-z0-9_]+)`")

// promises are the documents that name a test for each thing they promise, and how many they name at least.
var promises = map[string]int{"DOMAIN.md": 80, "INVARIANTS.md": 35, "SECURITY.md": 45}

// A promise whose test was renamed or removed is a promise without a test.
func TestPromisesNameTestsThatExist(t *testing.T) {
	t.Parallel()
	for name, least := range promises {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(filepath.Join("..", "docs", name))
			if err != nil {
				t.Fatal(err)
			}
			named := namedTest.FindAllStringSubmatch(string(text), -1)
			if len(named) < least {
				t.Errorf("names %d tests, want at least %d", len(named), least)
			}
			for _, n := range named {
				if !defined(t, n[1], n[2]) {
					t.Errorf("%s has no %s", n[1], n[2])
				}
			}
		})
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
