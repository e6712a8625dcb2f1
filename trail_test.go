package main_test

import (
	"strings"
	"testing"
)

// TestCommandsAreAudited: what is done at the command line is on record, provably.
func TestCommandsAreAudited(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	if _, errs, code := program(t, nil, "user", "add", "olga", "--store", a.folder); code != 0 {
		t.Fatal(errs)
	}
	if _, _, code := program(t, nil, "user", "add", "olga", "--store", a.folder); code == 0 {
		t.Fatal("the second of a name was taken")
	}
	out, errs, code := program(t, nil, "audit", "--store", a.folder)
	if code != 0 {
		t.Fatal(errs)
	}
	for _, want := range []string{"command.agency-create", "command.user-add", "username_taken", "password_set", "agency:" + a.id} {
		if !strings.Contains(out, want) {
			t.Errorf("got\n%s\nwant %s in it", out, want)
		}
	}
	if strings.Contains(out, "olga") || strings.Contains(out, a.password) {
		t.Errorf("got\n%s\nwant no name and no password", out)
	}
	out, errs, _ = program(t, nil, "audit", "--system", "--format", "csv", "--store", a.folder)
	if !strings.Contains(out, "command.agency-create,agency:"+a.id+",ok") {
		t.Errorf("of the system: got\n%s%s", out, errs)
	}
	out, errs, code = program(t, nil, "verify", "--store", a.folder)
	if code != 0 || !strings.Contains(out, "system/audit") || strings.Count(out, "/audit") != 2 {
		t.Errorf("verify: got\n%s%s", out, errs)
	}
}
