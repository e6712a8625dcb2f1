package faultnet_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"officermobile/replay/faultnet"
)

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

func TestReadTrace(t *testing.T) {
	t.Parallel()
	const header = "t_s,down_kbps,up_kbps,rtt_ms,cell,state\n"
	tests := []struct {
		name, file, csv string
		want            []faultnet.Sample
	}{
		{"round trip is held, 80 ms at first", "x", "0,100,50,,1,active\n1,100,50,33,1,active\n2,100,50,,2,active\n",
			[]faultnet.Sample{{100, 50, ms(80)}, {100, 50, ms(33)}, {100, 50, ms(33)}}},
		{"acknowledgements are no capacity", "ucc-x", "0,100,50,,,active\n1,9000,1200,,,active\n",
			[]faultnet.Sample{{100, 1000, ms(80)}, {9000, 1200, ms(80)}}},
		{"blanks are held", "x", "0,100,50,,,active\n1,,,,,\n2,200,60,,,active\n",
			[]faultnet.Sample{{100, 50, ms(80)}, {100, 50, ms(80)}, {200, 60, ms(80)}}},
		{"ends with its shorter direction", "x", "0,100,50,,,active\n1,,50,,,active\n2,,50,,,active\n",
			[]faultnet.Sample{{100, 50, ms(80)}}},
		{"an outage", "x", "0,100,50,,,active\n1,0,50,,,active\n",
			[]faultnet.Sample{{100, 50, ms(80)}, {0, 50, ms(80)}}},
		{"silence while idle is none", "x", "0,100,50,,,active\n1,0,50,,,idle\n",
			[]faultnet.Sample{{100, 50, ms(80)}, {100, 50, ms(80)}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := faultnet.ReadTrace(test.file, strings.NewReader(header+test.csv))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got.Samples, test.want) {
				t.Errorf("got %v, want %v", got.Samples, test.want)
			}
		})
	}
}

func TestReadTraceRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, csv, want string }{
		{"empty", "", "header"},
		{"no rates", "t_s,rtt_ms\n", "down_kbps"},
		{"not a number", "down_kbps,up_kbps\n1,2\n1,x\n", "line 3"},
		{"negative", "down_kbps,up_kbps\n-1,2\n", "line 2"},
		{"no coverage at all", "down_kbps,up_kbps\n0,2\n", "no second"},
		{"no rows", "down_kbps,up_kbps\n", "no second"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if _, err := faultnet.ReadTrace("x", strings.NewReader(test.csv)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("err = %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestLoadTraces(t *testing.T) {
	t.Parallel()
	file := &fstest.MapFile{Data: []byte("down_kbps,up_kbps\n1,2\n")}
	got, err := faultnet.LoadTraces(fstest.MapFS{"b.csv": file, "a.csv": file, "index.json": file})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].Name != "a" || got[1].Name != "b" {
		t.Errorf("got %v, want a and b", got)
	}
	if _, err := faultnet.LoadTraces(fstest.MapFS{"index.json": file}); err == nil {
		t.Error("a folder without traces was read")
	}
}

func TestSyntheticTracesWork(t *testing.T) {
	t.Parallel()
	for _, trace := range faultnet.Synthetic() {
		if _, err := faultnet.NewSchedule(trace, 0, origin, time.Time{}, nil); err != nil {
			t.Errorf("%s: %v", trace.Name, err)
		}
		for i, s := range trace.Samples {
			if s.DownKbps < 0 || s.UpKbps < 0 || s.RTT <= 0 {
				t.Errorf("%s, second %d: %v", trace.Name, i, s)
			}
		}
	}
}

// TestRecordedTraces reads recorded traces, which are not part of this repository.
func TestRecordedTraces(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("OFFICERMOBILE_TEST_DATA")
	if folder == "" {
		t.Skip("OFFICERMOBILE_TEST_DATA names no folder")
	}
	traces, err := faultnet.LoadTraces(os.DirFS(filepath.Join(folder, "network-traces")))
	if err != nil {
		t.Fatal(err)
	}
	for _, trace := range traces {
		if n := len(trace.Samples); n < 300 || n > 1800 {
			t.Errorf("%s lasts %d s, want 6 to 30 minutes", trace.Name, n)
		}
	}
}

func FuzzReadTrace(f *testing.F) {
	f.Add("ucc-a", "down_kbps,up_kbps,rtt_ms,state\n1,2,3,active\n,,,\n")
	f.Add("b", "up_kbps,down_kbps\n1e300,NaN\n")
	f.Fuzz(func(t *testing.T, name, csv string) {
		trace, err := faultnet.ReadTrace(name, strings.NewReader(csv))
		if err != nil {
			return
		}
		if _, err := faultnet.NewSchedule(trace, 0, origin, time.Time{}, nil); err != nil {
			t.Errorf("a trace was read that serves no schedule: %v", err)
		}
	})
}
