package bench_test

import (
	"bytes"
	"flag"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"officermobile/bench"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestPercentile(t *testing.T) {
	t.Parallel()
	ten := make([]time.Duration, 10)
	for i := range ten {
		ten[i] = time.Duration(i + 1)
	}
	for name, tt := range map[string]struct {
		of      []time.Duration
		percent float64
		want    time.Duration
	}{
		"none":       {nil, 50, 0},
		"one":        {ten[:1], 99, 1},
		"median":     {ten, 50, 5},
		"odd median": {ten[:3], 50, 2},
		"ninety":     {ten, 90, 9},
		"above":      {ten, 90.1, 10},
		"p99 of few": {ten, 99, 10},
		"all":        {ten, 100, 10},
		"least":      {ten, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := bench.Percentile(tt.of, tt.percent); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

// sample has a figure of each kind: met and missed, at least and at most, of the baseline, without aim, unmeasured.
func sample() *bench.Report {
	r := bench.NewReport(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
	r.Add(bench.Send, "messages/s", 12_345.6, 20_000)
	r.Add(bench.Send, "share of the durable echo", 0.59, math.NaN())
	r.Add(bench.Send, "p99 ms", 15.01, 7)
	r.Add(bench.Nothing, "bytes in", 400, math.NaN())
	r.Add(bench.Nothing, "server CPU per message, ms", math.NaN(), 1)
	r.Add(bench.Growth, "something without an aim", 0.001234, 0)
	return r
}

func TestReport(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(*bench.Report, *bytes.Buffer) error{
		"report.txt":  func(r *bench.Report, b *bytes.Buffer) error { return r.WriteTable(b) },
		"report.json": func(r *bench.Report, b *bytes.Buffer) error { return r.WriteJSON(b) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got bytes.Buffer
			if err := write(sample(), &got); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", name)
			if *update {
				if err := os.WriteFile(path, got.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), want) {
				t.Errorf("got\n%s\nwant\n%s", got.Bytes(), want)
			}
		})
	}
}

func TestProcess(t *testing.T) {
	t.Parallel()
	const stat = "42 (a name) with) S 1 42 42 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 8 0 100 1000 10"
	if got, err := bench.ParseCPU([]byte(stat)); err != nil || got != 3*time.Second {
		t.Errorf("processor time: got %v, %v, want 3s", got, err)
	}
	if _, err := bench.ParseCPU([]byte("42 (x) S 1")); err == nil {
		t.Error("processor time of a cut line: got no error")
	}
	resident, private, err := bench.ParseMemory("Name:\tx\nVmRSS:\t    2048 kB\nRssAnon:\t    1024 kB\nThreads:\t8\n")
	if err != nil || resident != 2<<20 || private != 1<<20 {
		t.Errorf("memory: got %d, %d, %v, want 2 and 1 MiB", resident, private, err)
	}
	if _, _, err := bench.ParseMemory("VmRSS:\t    2048 kB\n"); err == nil {
		t.Error("memory that is not told: got no error")
	}
}
