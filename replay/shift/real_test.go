package shift_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"officermobile/replay/calls"
	"officermobile/replay/shift"
	"officermobile/replay/texts"
)

// TestRecordings plans from recorded calls, whose files are not part of this repository. OFFICERMOBILE_TEST_DATA names
// the folder that has them.
func TestRecordings(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("OFFICERMOBILE_TEST_DATA")
	if folder == "" {
		t.Skip("OFFICERMOBILE_TEST_DATA names no folder")
	}
	f, err := os.Open(filepath.Join(folder, "messages.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	corpus, err := texts.Read(f, texts.JSONLines)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ file, from string }{
		{"cad-calls.csv", "2017-01-01T00:00:00-08:00"},
		{"police-calls.csv", "2026-01-16T08:00:00-08:00"},
	} {
		t.Run(test.file, func(t *testing.T) {
			t.Parallel()
			f, err := os.Open(filepath.Join(folder, test.file))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			all, _, err := calls.Read(f)
			if err != nil {
				t.Fatal(err)
			}
			from, err := time.Parse(time.RFC3339, test.from)
			if err != nil {
				t.Fatal(err)
			}
			plan, err := shift.Plan(all, corpus, shift.Options{From: from, Minutes: 240, Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			c := check(plan)
			report(t, c)
			if c.kills < 5 || c.deadCalls == 0 || plan.Skipped > 0 {
				t.Errorf("kills %d, invitations into dead zones %d, rows skipped %d; want 5 or more, some, none", c.kills, c.deadCalls, plan.Skipped)
			}
			everyText(t, corpus, plan)
			t.Logf("dispatches %d, officers %d, devices %d, tasks %d, conversations %d, invitations %d (%d into dead zones), messages %d, steps %d",
				len(plan.Dispatches), len(plan.People)-4, len(plan.Devices), len(plan.Tasks), len(plan.Conversations), len(plan.Invitations), c.deadCalls, len(plan.Messages), len(plan.Steps))
		})
	}
}

// everyText requires that each language and each hostile string of a corpus is written by somebody.
func everyText(t *testing.T, corpus []texts.Text, plan shift.Shift) {
	t.Helper()
	langs, written := map[string]bool{}, map[string]bool{}
	for _, m := range plan.Messages {
		langs[m.Lang] = true
		written[m.Text] = true
	}
	for _, text := range corpus {
		if !langs[text.Lang] {
			t.Errorf("nobody writes %s", text.Lang)
		}
		if text.Hostile && !written[text.Text] {
			t.Errorf("nobody writes %q", text.Text)
		}
	}
}
