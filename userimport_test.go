package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestImportByCommandLine: the same rules as the route has; nothing is done while a row is wrong, or for a dry run.
func TestImportByCommandLine(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	run := func(want int, file string, more ...string) (out, errs string) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "people.csv")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		out, errs, code := program(t, nil, append([]string{"user", "import", path, "--store", a.folder}, more...)...)
		if int(code) != want {
			t.Fatalf("got exit %d with %s%s, want %d", code, out, errs, want)
		}
		return out, errs
	}
	users := func() string {
		t.Helper()
		out, errs, code := program(t, nil, "user", "list", "--store", a.folder)
		if code != 0 {
			t.Fatal(errs)
		}
		return out
	}
	const heads, good = "username,name,types,active\n", "r.diaz,\"Diaz, Ramona\",officer;dispatcher,true\n"
	before := users()
	if out, errs := run(1, heads+good+"bad,Bad,wizard,\n"); !strings.Contains(out, "fault") || !strings.Contains(errs, "1 of 2 rows") || strings.Contains(out+errs, "wizard") {
		t.Errorf("got %q and %q, want the fault without its value", out, errs)
	}
	if out, _ := run(0, heads+good, "--dry-run"); !strings.Contains(out, "create") {
		t.Errorf("dry run: got %q", out)
	}
	if _, errs := run(1, "name\n"); !strings.Contains(errs, "username") {
		t.Errorf("no username: got %q", errs)
	}
	if after := users(); after != before {
		t.Fatalf("got users\n%s\nwant what was before", after)
	}
	run(0, heads+good)
	if after := users(); !strings.Contains(after, "Diaz, Ramona") {
		t.Errorf("got %q, want the new one", after)
	}
	if out, _ := run(0, heads+good); !strings.Contains(out, "unchanged") {
		t.Errorf("again: got %q, want nothing to do", out)
	}
	run(0, strings.Replace(heads+good, "true", "false", 1))
	if after := users(); !strings.Contains(after, "false") {
		t.Errorf("got %q, want them inactive", after)
	}
	out, errs, code := program(t, nil, "audit", "--what", "command.user-import", "--store", a.folder)
	if code != 0 || strings.Count(out, "command.user-import") != 6 || strings.Contains(out, "diaz") {
		t.Errorf("got\n%s%s\nwant six lines without a name", out, errs)
	}
}
