package bench

import (
	"fmt"
	"io"
	"math"
	"runtime"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Report is what a run measured.
type Report struct {
	At         time.Time `json:"at"`
	Processors int       `json:"processors"`
	Platform   string    `json:"platform"`
	Rows       []Row     `json:"rows"`
}

// Row is one figure.
type Row struct {
	Scenario string   `json:"scenario"`
	Figure   string   `json:"figure"` // with its unit
	Ours     float64  `json:"ours"`
	Baseline *float64 `json:"baseline,omitzero"` // of the same run; nil: there is none
	Ratio    *float64 `json:"ratio,omitzero"`    // ours by baseline
	Aim      *Aim     `json:"aim,omitzero"`
	Peer     *Peer    `json:"peer,omitzero"`
	Met      *bool    `json:"met,omitzero"` // nil: no aim
}

func newReport(now time.Time) *Report {
	return &Report{At: now.UTC(), Processors: runtime.GOMAXPROCS(0), Platform: runtime.GOOS + "/" + runtime.GOARCH}
}

// none stands for a figure without a baseline.
func none() float64 { return math.NaN() }

// add enters a figure, with its aim and the best peer's from the table. A figure that could not be measured is left out.
func (r *Report) add(scenario, figure string, ours, baseline float64) {
	if math.IsNaN(ours) || math.IsInf(ours, 0) {
		return
	}
	row := Row{Scenario: scenario, Figure: figure, Ours: ours}
	if !math.IsNaN(baseline) && baseline > 0 {
		ratio := ours / baseline
		row.Baseline, row.Ratio = &baseline, &ratio
	}
	row.Aim, row.Peer = known(scenario, figure)
	if row.Aim != nil {
		met := row.Aim.metBy(row)
		row.Met = &met
	}
	r.Rows = append(r.Rows, row)
}

// WriteJSON writes the report for programs.
func (r *Report) WriteJSON(w io.Writer) error {
	if err := json.MarshalWrite(w, r, jsontext.WithIndent("  ")); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// WriteTable writes the report for people.
func (r *Report) WriteTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "scenario\tfigure\tours\tbaseline\tratio\taim\tmet\tbest peer")
	before := ""
	for _, row := range r.Rows {
		name := row.Scenario
		if name == before {
			name = ""
		}
		before = row.Scenario
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", name, row.Figure, figure(&row.Ours), figure(row.Baseline),
			figure(row.Ratio), row.Aim.text(), yesNo(row.Met), row.Peer.text())
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// figure shows three digits that matter, and all of a whole number.
func figure(v *float64) string {
	switch {
	case v == nil:
		return "-"
	case math.Abs(*v) >= 100:
		return strconv.FormatFloat(math.Round(*v), 'f', 0, 64)
	}
	return strconv.FormatFloat(*v, 'g', 3, 64)
}

func yesNo(v *bool) string {
	switch {
	case v == nil:
		return ""
	case *v:
		return "yes"
	}
	return "NO"
}
