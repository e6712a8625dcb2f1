package replay

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// Report is what a rehearsal came to.
type Report struct {
	From    time.Time `json:"from"`
	Minutes int       `json:"minutes"`
	Speed   float64   `json:"speed"`
	Seed    uint64    `json:"seed"`
	WallS   float64   `json:"wall_s"` // how long it took

	Checks     []Check    `json:"checks"`
	Facts      []Fact     `json:"facts"`
	Deliveries []Delivery `json:"deliveries"`
}

// Check is something that must hold.
type Check struct {
	Name   string   `json:"name"`
	OK     bool     `json:"ok"`
	Value  string   `json:"value"`
	Detail []string `json:"detail,omitempty"` // what is wrong, the first few
}

// Fact is something to know.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Delivery is how long messages took to devices in one state, in the plan's time.
type Delivery struct {
	Receiver string `json:"receiver"`
	Messages int    `json:"messages"`
	P50MS    int64  `json:"p50_ms"`
	P99MS    int64  `json:"p99_ms"`
}

// maxDetail is how many findings of a check are kept: the first ones tell most.
const maxDetail = 20

// Failed reports that a check does not hold.
func (r Report) Failed() bool {
	for _, c := range r.Checks {
		if !c.OK {
			return true
		}
	}
	return false
}

// add adds a check that holds if nothing was found.
func (r *Report) add(name, value string, found []string) {
	if len(found) > maxDetail {
		found = append(found[:maxDetail:maxDetail], fmt.Sprintf("and %d more", len(found)-maxDetail))
	}
	r.Checks = append(r.Checks, Check{Name: name, OK: len(found) == 0, Value: value, Detail: found})
}

func (r *Report) tell(name, format string, args ...any) {
	r.Facts = append(r.Facts, Fact{name, fmt.Sprintf(format, args...)})
}

// WriteTo writes the report as tables for people.
func (r Report) WriteTo(w io.Writer) (int64, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%d minutes from %s at %g times the speed, seed %d, in %.0f s\n\n",
		r.Minutes, r.From.Format(time.RFC3339), r.Speed, r.Seed, r.WallS)
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, c := range r.Checks {
		verdict := "ok"
		if !c.OK {
			verdict = "FAILED"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", verdict, c.Name, c.Value)
	}
	t.Flush() // into memory: it can't fail
	fmt.Fprintln(&b)
	for _, f := range r.Facts {
		fmt.Fprintf(t, "%s\t%s\n", f.Name, f.Value)
	}
	t.Flush()
	r.writeDeliveries(&b, t)
	r.writeDetail(&b)
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}

func (r Report) writeDeliveries(b *strings.Builder, t *tabwriter.Writer) {
	if len(r.Deliveries) == 0 {
		return
	}
	fmt.Fprintf(b, "\ndelivery of messages\n")
	fmt.Fprintln(t, "receiver\tmessages\tp50\tp99")
	for _, d := range r.Deliveries {
		fmt.Fprintf(t, "%s\t%d\t%v\t%v\n", d.Receiver, d.Messages, milliseconds(d.P50MS), milliseconds(d.P99MS))
	}
	t.Flush()
}

func (r Report) writeDetail(b *strings.Builder) {
	for _, c := range r.Checks {
		if len(c.Detail) == 0 {
			continue
		}
		fmt.Fprintf(b, "\n%s:\n", c.Name)
		for _, line := range c.Detail {
			fmt.Fprintf(b, "  %s\n", line)
		}
	}
}

func milliseconds(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }
