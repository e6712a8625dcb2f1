package main_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"officermobile/replay/child"
)

// TestThePythonExample: docs/examples/officer.py, which was written from docs/PROTOCOL.md, works with a real server.
func TestThePythonExample(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3 on this machine, so docs/examples/officer.py is not run")
	}
	listen := freePort(t)
	agency, passwords := demonstration(t, listen)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, python, filepath.Join("docs", "examples", "officer.py"),
		"http://"+listen, agency, "officer6", passwords["officer6"], "officer2", passwords["officer2"], t.TempDir())
	printed, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s", err, printed)
	}
	said := chapters(string(printed))
	for _, c := range []struct{ chapter, line string }{
		{"After the first sync: Oona Byrne", "on duty: H1 Olga Diaz, assigned"},
		{"Offline: Oona Byrne", "waits: duty.on"},
		{"Offline: Oona Byrne", "waits: conversation.create"},
		{"the answer was lost; the same is sent again", ""},
		{"Online: Oona Byrne", "on duty: X9 Oona Byrne, available"},
		{"Online: Oona Byrne", "rejected: duty.on on_duty"},
		{"Online: Oona Byrne", "session renewed: True"},
		{"The other phone: Omar Ali", "on duty: X9 Oona Byrne, available"},
		{"The other phone: Omar Ali", "2 Oona Byrne: Can you hear me?"},
		{"The other phone: Omar Ali", "3 Oona Byrne: I am at the gate."},
		{"The other phone: Omar Ali", "4 Oona Byrne: Live now."},
	} {
		lines, ok := said[c.chapter]
		if !ok || c.line != "" && !strings.Contains(lines, "\n  "+c.line+"\n") && !strings.Contains(lines, "\n    "+c.line+"\n") {
			t.Errorf("%q does not say %q:\n%s", c.chapter, c.line, printed)
		}
	}
	if n := strings.Count(said["Offline: Oona Byrne"], "waits: "); n != 5 {
		t.Errorf("%d commands wait offline, want 5", n)
	}
	if online := said["Online: Oona Byrne"]; strings.Contains(online, "waits: ") {
		t.Errorf("commands wait although they were sent:\n%s", online)
	}
	if n := strings.Count(said["The other phone: Omar Ali"], "Oona Byrne: "); n != 3 {
		t.Errorf("the other phone has %d messages, want 3: what was sent again is there once", n)
	}
}

// demonstration runs a server with the demonstration agency, and answers its id and the passwords by username.
func demonstration(t *testing.T, listen string) (agency string, passwords map[string]string) {
	t.Helper()
	return credentials(demonstrate(t, listen))
}

// credentials are read from what a demonstration prints.
func credentials(printed string) (agency string, passwords map[string]string) {
	passwords = map[string]string{}
	for line := range strings.Lines(printed) {
		words := strings.Fields(line)
		if id, ok := strings.CutPrefix(line, "Demonstration agency "); ok {
			agency = strings.TrimSpace(id)
		} else if len(words) > 2 {
			passwords[words[0]] = words[1]
		}
	}
	return agency, passwords
}

// demonstrate is demonstration, and answers all that it printed.
func demonstrate(t *testing.T, listen string) (printed string) {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	start(t, child.Spec{
		Args:  []string{"serve", "--demo", "--store", filepath.Join(t.TempDir(), "data"), "--listen", listen},
		Ready: "http://" + listen + "/readyz", Env: []string{"OFFICERMOBILE_LOG_LEVEL=error"}, Log: out,
	})
	text, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// chapters are the parts of what the example prints, by their titles.
func chapters(printed string) map[string]string {
	all := map[string]string{}
	for part := range strings.SplitSeq(printed, "\n\n") {
		title, lines, _ := strings.Cut(strings.TrimLeft(part, "\n"), "\n")
		all[title] = "\n" + lines + "\n"
	}
	return all
}
