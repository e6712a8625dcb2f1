package node_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"officermobile/node"
)

// TestMetricsAreDocumented compares the list for operators with what the node registers.
func TestMetricsAreDocumented(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../docs/OPERATIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(officermobile_[a-z_]+)").FindAllStringSubmatch(string(doc), -1) {
		documented = append(documented, row[1])
	}
	slices.Sort(documented)
	if got := node.MetricNames(); !slices.Equal(got, documented) {
		t.Errorf("registered: %q\ndocumented: %q", got, documented)
	}
	for _, rule := range regexp.MustCompile(`officermobile_[a-z_]+`).FindAllString(string(doc), -1) {
		rule = strings.TrimSuffix(rule, "_bucket")
		if !slices.Contains(documented, rule) {
			t.Errorf("the document speaks of %s, which is not there", rule)
		}
	}
}
