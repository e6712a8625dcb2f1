package faultnet

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"
)

// Sample is the state of a network during one second. A rate of zero in either direction is an outage.
type Sample struct {
	DownKbps, UpKbps int // 1,000 bits a second
	RTT              time.Duration
}

func (s Sample) out() bool { return s.DownKbps <= 0 || s.UpKbps <= 0 }

// Trace is a recorded network, a sample for each second. A replay repeats it.
type Trace struct {
	Name    string
	Samples []Sample
}

const (
	firstRTT    = 80 * time.Millisecond // until a trace tells its first
	ackFloor    = 1_000                 // kbit/s up where a trace recorded acknowledgements rather than capacity
	ackPrefix   = "ucc-"                // of the names of such traces
	maxSamples  = 24 * 3600             // a day, read whole
	idleState   = "idle"                // of a second in which the recorder asked for nothing
	traceSuffix = ".csv"
)

// ReadTrace reads a trace from CSV with the columns t_s, down_kbps, up_kbps, rtt_ms and state, of which only the rates
// are required; docs/REPLAY.md says how blanks are filled. The name decides whether its uplink needs a floor.
func ReadTrace(name string, r io.Reader) (Trace, error) {
	rows := csv.NewReader(r)
	rows.FieldsPerRecord = -1
	header, err := rows.Read()
	if err != nil {
		return Trace{}, fmt.Errorf("trace %s: read the header: %w", name, err)
	}
	c, err := traceColumns(header)
	if err != nil {
		return Trace{}, fmt.Errorf("trace %s: %w", name, err)
	}
	f := filler{columns: c, floor: strings.HasPrefix(name, ackPrefix), rtt: firstRTT}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Trace{}, fmt.Errorf("trace %s: %w", name, err)
		}
		if err := f.add(row); err != nil {
			line, _ := rows.FieldPos(0)
			return Trace{}, fmt.Errorf("trace %s: line %d: %w", name, line, err)
		}
	}
	t := Trace{Name: name, Samples: f.samples[:f.full]}
	if !t.usable() {
		return Trace{}, fmt.Errorf("trace %s: it has no second in which data can flow", name)
	}
	return t, nil
}

func (t Trace) usable() bool {
	for _, s := range t.Samples {
		if !s.out() {
			return true
		}
	}
	return false
}

// LoadTraces reads every .csv file at the top of a folder, in the order of their names. None at all is an error.
func LoadTraces(dir fs.FS) ([]Trace, error) {
	names, err := fs.Glob(dir, "*"+traceSuffix)
	if err != nil {
		return nil, fmt.Errorf("list the traces: %w", err)
	}
	if len(names) == 0 {
		return nil, errors.New("the folder has no trace (.csv)")
	}
	var traces []Trace
	for _, name := range names {
		t, err := loadTrace(dir, name)
		if err != nil {
			return nil, err
		}
		traces = append(traces, t)
	}
	return traces, nil
}

func loadTrace(dir fs.FS, name string) (Trace, error) {
	f, err := dir.Open(name)
	if err != nil {
		return Trace{}, fmt.Errorf("open a trace: %w", err)
	}
	defer f.Close()
	return ReadTrace(strings.TrimSuffix(path.Base(name), traceSuffix), f)
}

// columns are the fields of a trace's rows, -1 for absent ones.
type columns struct{ down, up, rtt, state int }

func traceColumns(header []string) (columns, error) {
	c := columns{-1, -1, -1, -1}
	for i, name := range header {
		switch strings.TrimPrefix(strings.TrimSpace(name), "\ufeff") {
		case "down_kbps":
			c.down = i
		case "up_kbps":
			c.up = i
		case "rtt_ms":
			c.rtt = i
		case "state":
			c.state = i
		}
	}
	if c.down < 0 || c.up < 0 {
		return c, errors.New("line 1: the header lacks down_kbps or up_kbps")
	}
	return c, nil
}

// filler makes samples of rows, holding what was known where a row is blank.
type filler struct {
	columns columns
	floor   bool
	rtt     time.Duration
	down    int // last known
	up      int
	samples []Sample
	full    int // samples up to the last row that had both rates: a trace ends with its shorter direction
}

func (f *filler) add(row []string) error {
	if len(f.samples) == maxSamples {
		return fmt.Errorf("the trace is over %d seconds", maxSamples)
	}
	down, hasDown, err := number(row, f.columns.down)
	if err != nil {
		return fmt.Errorf("down_kbps: %w", err)
	}
	up, hasUp, err := number(row, f.columns.up)
	if err != nil {
		return fmt.Errorf("up_kbps: %w", err)
	}
	rtt, hasRTT, err := number(row, f.columns.rtt)
	if err != nil {
		return fmt.Errorf("rtt_ms: %w", err)
	}
	if hasRTT {
		f.rtt = time.Duration(rtt) * time.Millisecond
	}
	idle := f.columns.state >= 0 && f.columns.state < len(row) && row[f.columns.state] == idleState
	if hasDown && !(idle && down == 0) { // silence of a recorder that asked for nothing is no outage
		f.down = down
	}
	if hasUp {
		f.up = up
	}
	if f.floor {
		f.up = max(f.up, ackFloor)
	}
	f.samples = append(f.samples, Sample{DownKbps: f.down, UpKbps: f.up, RTT: f.rtt})
	if hasDown && hasUp {
		f.full = len(f.samples)
	}
	return nil
}

// maxNumber of a field: 10 Gbit/s, or 10,000 s; more is a mistake.
const maxNumber = 10_000_000

// number reads a field that may be absent or blank.
func number(row []string, i int) (n int, ok bool, err error) {
	if i < 0 || i >= len(row) || strings.TrimSpace(row[i]) == "" {
		return 0, false, nil
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(row[i]), 64)
	if err != nil || !(v >= 0 && v <= maxNumber) {
		return 0, false, fmt.Errorf("not a number from 0 to %d", maxNumber)
	}
	return int(v), true, nil
}
