package calls_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"officermobile/replay/calls"
)

func at(clock string) time.Time {
	t, err := time.Parse(time.RFC3339, "2026-03-06T"+clock+"Z")
	if err != nil {
		panic(err)
	}
	return t
}

func open(t *testing.T, name string) []calls.Call {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, span, err := calls.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	if span != calls.SpanOf(got) {
		t.Errorf("span %v, want %v", span, calls.SpanOf(got))
	}
	return got
}

// TestRead reads a file with shuffled and unknown columns, rows of one call apart, and every defect that is mended.
func TestRead(t *testing.T) {
	t.Parallel()
	got := open(t, filepath.Join("testdata", "defects.csv"))
	want := []calls.Call{
		{ID: "3", Type: "Early", Priority: calls.Low, Received: at("19:00:00"),
			Units: []calls.Unit{{CallSign: "C1", Dispatched: at("19:00:00")}}},
		{ID: "1", Type: "Fire, small", Priority: calls.High, Location: "1 Block of X", Lat: 1.5, Lon: -2.5, Located: true,
			District: "NORTH", Received: at("20:00:00"), Units: []calls.Unit{
				{CallSign: "A1", Dispatched: at("20:01:00"), OnRoute: at("20:02:00"), OnScene: at("20:05:00"), Cleared: at("20:30:00")},
				{CallSign: "A2", Dispatched: at("20:01:00"), Cleared: at("20:04:00")},
			}},
		{ID: "2", Type: "Late arrival", Priority: calls.Medium, Received: at("20:10:00"), Units: []calls.Unit{
			{Dispatched: at("20:11:00"), OnRoute: at("20:11:00"), OnScene: at("20:20:00"), Cleared: at("20:20:00")},
		}},
		{ID: "4", Type: "No receipt", Priority: calls.Medium, Received: at("20:15:00"), Units: []calls.Unit{
			{CallSign: "D1", Dispatched: at("20:15:00"), OnScene: at("20:16:00")},
		}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	const header = "call_id,received_at,call_type,dispatch_at,clear_at\n"
	tests := []struct{ name, csv, want string }{
		{"empty", "", "line 1"},
		{"missing columns, all named", "call_id,call_type\n", "line 1: the header lacks received_at, dispatch_at, clear_at"},
		{"no id", header + "7,2026-03-06T20:00:00Z,x,,\n ,2026-03-06T20:00:00Z,x,,\n", "line 3: call_id"},
		{"no time at all", header + "7,,x,,\n", "line 2: received_at"},
		{"another notation", header + "7,03/06/2026 20:00,x,,\n", "line 2: received_at"},
		{"another notation, later column", header + "7,2026-03-06T20:00:00Z,x,,20:05\n", "line 2: clear_at"},
		{"broken quotes", header + "7,\"x\n", "line"},
		{"line after a field of two lines", header + "7,2026-03-06T20:00:00Z,\"a\nb\",,\n,,,,\n", "line 4"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := calls.Read(strings.NewReader(test.csv))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("err = %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestPriority(t *testing.T) {
	t.Parallel()
	tests := []struct {
		final, initial string
		want           calls.Priority
	}{
		{"3", "", calls.High}, {"A", "", calls.High}, {"e", "", calls.High}, {"High", "", calls.High},
		{"2", "", calls.Medium}, {"B", "3", calls.Medium}, {"C", "", calls.Low}, {"low", "", calls.Low}, {"1", "", calls.Low},
		{"", "A", calls.High}, {"?", "C", calls.Low}, {"", "", calls.Medium},
	}
	for _, test := range tests {
		csv := "call_id,received_at,call_type,dispatch_at,clear_at,priority_final,priority_initial\n" +
			"1,2026-03-06T20:00:00Z,x,,," + test.final + "," + test.initial + "\n"
		got, _, err := calls.Read(strings.NewReader(csv))
		if err != nil {
			t.Fatal(err)
		}
		if got[0].Priority != test.want {
			t.Errorf("%q, %q: got %s, want %s", test.final, test.initial, got[0].Priority, test.want)
		}
	}
}

func TestRunsIn(t *testing.T) {
	t.Parallel()
	unit := func(cleared string) []calls.Unit {
		u := calls.Unit{Dispatched: at("20:01:00")}
		if cleared != "" {
			u.Cleared = at(cleared)
		}
		return []calls.Unit{u}
	}
	from, to := at("21:00:00"), at("22:00:00")
	tests := []struct {
		name     string
		received time.Time
		units    []calls.Unit
		want     bool
	}{
		{"received at the beginning", from, unit("21:30:00"), true},
		{"received at the end", to, unit("23:00:00"), false},
		{"running", at("20:00:00"), unit("21:00:01"), true},
		{"done", at("20:00:00"), unit("21:00:00"), false},
		{"never cleared", at("20:00:00"), unit(""), true},
	}
	for _, test := range tests {
		if got := (calls.Call{Received: test.received, Units: test.units}).RunsIn(from, to); got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
	old := calls.Call{Received: at("20:00:00"), Units: unit("")}
	if old.RunsIn(from.AddDate(0, 0, 1), to.AddDate(0, 0, 1)) {
		t.Error("a call that was never cleared runs a day later")
	}
}

func TestBuiltin(t *testing.T) {
	t.Parallel()
	got, from, err := calls.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	to := from.Add(calls.BuiltinMinutes * time.Minute)
	for _, c := range got {
		if !c.RunsIn(from, to) {
			t.Errorf("call %s is outside the scenario", c.ID)
		}
	}
}

// TestRecordings reads recorded calls, which are not part of this repository.
func TestRecordings(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("OFFICERMOBILE_TEST_DATA")
	if folder == "" {
		t.Skip("OFFICERMOBILE_TEST_DATA names no folder")
	}
	for name, want := range map[string][2]int{"cad-calls.csv": {2261, 4794}, "police-calls.csv": {1684, 1684}} {
		got := open(t, filepath.Join(folder, name))
		units := 0
		for _, c := range got {
			units += len(c.Units)
		}
		if len(got) != want[0] || units != want[1] {
			t.Errorf("%s: %d calls and %d rows, want %v", name, len(got), units, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("call_id,received_at,call_type,dispatch_at,clear_at,enroute_at,onscene_at\n1,2026-03-06T20:00:00Z,x,2026-03-06T19:00:00Z,2026-03-06T18:00:00Z,,2026-03-06T20:00:00+01:00\n")
	f.Add("\ufeffcall_id,\"x\n")
	f.Fuzz(func(t *testing.T, csv string) {
		got, _, err := calls.Read(strings.NewReader(csv))
		if err != nil {
			return
		}
		for _, c := range got {
			for _, u := range c.Units {
				last := u.Dispatched
				for _, step := range []time.Time{u.OnRoute, u.OnScene, u.Cleared} {
					if !step.IsZero() && step.Before(last) {
						t.Errorf("call %q: %v goes back in time", c.ID, u)
					}
					last = latest(last, step)
				}
			}
		}
	})
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
