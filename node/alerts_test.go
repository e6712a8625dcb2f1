package node_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"officermobile/node"

	"github.com/goccy/go-yaml"
)

// TestAlertRules: every rule of the examples reads, speaks of metrics that are there, and is explained to operators.
func TestAlertRules(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/examples/alerts-push.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	manual, err := os.ReadFile("../docs/PUSH-OPERATIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	metric, names, rules := regexp.MustCompile(`officermobile_[a-z_]+`), node.MetricNames(), 0
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			rules++
			used := metric.FindAllString(r.Expr, -1)
			if len(used) == 0 || r.Labels["severity"] == "" || r.Annotations["summary"] == "" {
				t.Errorf("%s: no metric, severity or summary", r.Alert)
			}
			for _, name := range used {
				if !slices.Contains(names, strings.TrimSuffix(name, "_bucket")) {
					t.Errorf("%s: there is no metric %s", r.Alert, name)
				}
			}
			if !strings.Contains(string(manual), "| "+r.Alert+" |") {
				t.Errorf("%s: docs/PUSH-OPERATIONS.md does not say what to do", r.Alert)
			}
		}
	}
	if rows := regexp.MustCompile(`(?m)^\| [A-Z][A-Za-z]+ \|`).FindAllString(string(manual), -1); len(rows) != rules || rules == 0 {
		t.Errorf("the manual explains %d alerts, there are %d rules", len(rows), rules)
	}
}

// TestAlertsSeeTheFirstEvent: a counter with labels comes up with its first event, and increase() of a series without a past is
// 0. A rule that waits for any increase would be silent about the first, which of these is the one that matters.
func TestAlertsSeeTheFirstEvent(t *testing.T) {
	t.Parallel()
	waits, seen := regexp.MustCompile(`increase\((officermobile_[a-z_]+)(\{[^}]*\})?\[[0-9a-z]+\]\)+ > 0\b`), 0
	for _, file := range []string{"../docs/examples/alerts-push.yml", "../docs/OPERATIONS.md"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range waits.FindAllStringSubmatch(string(text), -1) {
			seen++
			if name := m[1]; !strings.Contains(string(text), " unless "+name+" offset ") {
				t.Errorf("%s: increase of %s over 0 without the series that has just come up", file, name)
			}
		}
	}
	if seen < 5 {
		t.Errorf("got %d such rules, want 5 at least: does this test still read them?", seen)
	}
}
