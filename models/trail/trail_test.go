package trail_test

import (
	"encoding/csv"
	"strings"
	"testing"

	"officermobile/models/trail"
)

func TestCleanCutsWhatAClientChose(t *testing.T) {
	t.Parallel()
	e := trail.Entry{Agent: strings.Repeat("é", 100) + "\r\n", Request: strings.Repeat("a", 70), Objects: make([]trail.Object, 20)}
	e.Clean()
	if len(e.Agent) != trail.MaxAgent || !strings.HasPrefix(e.Agent, "éé") || strings.ContainsAny(e.Agent, "\r\n") {
		t.Errorf("agent: got %d bytes %q", len(e.Agent), e.Agent)
	}
	if len(e.Request) != 64 || len(e.Objects) != trail.MaxObjects {
		t.Errorf("got %d bytes of request id and %d objects", len(e.Request), len(e.Objects))
	}
}

// TestCSVRunsNothing: no cell that a client can choose starts a formula.
func TestCSVRunsNothing(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	entries := []trail.Entry{
		{N: 1, What: "put-user", Agent: `=HYPERLINK("http://evil")`, Request: "-2+3", Key: "@SUM(A1)", Remote: "+1"},
		{N: 2, What: "get-log", Agent: "a \"quoted\", cell"},
	}
	if err := trail.WriteCSV(&out, entries); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(out.String())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 3 || len(rows[0]) != len(trail.Columns()) || rows[2][14] != `a "quoted", cell` {
		t.Fatalf("got %q", rows)
	}
	for _, cell := range rows[1] {
		if cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
			t.Errorf("cell %q starts a formula", cell)
		}
	}
}
