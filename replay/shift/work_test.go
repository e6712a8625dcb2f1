package shift_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"officermobile/replay/calls"
	"officermobile/replay/shift"
)

// TestTasksFollowTheRecording plans one unit that is sent to a second call while on its first, whose arrival was then
// recorded, and to a third that it never starts.
func TestTasksFollowTheRecording(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 3, 6, 20, 0, 0, 0, time.UTC)
	at := func(minute int) time.Time {
		if minute == 0 {
			return time.Time{}
		}
		return from.Add(time.Duration(minute) * time.Minute)
	}
	unit := func(id string, received, dispatched, onRoute, onScene, cleared int) calls.Call {
		u := calls.Unit{CallSign: "A1", Dispatched: at(dispatched), OnRoute: at(onRoute), OnScene: at(onScene), Cleared: at(cleared)}
		return calls.Call{ID: id, Received: at(received), Units: []calls.Unit{u}}
	}
	plan, err := shift.Plan([]calls.Call{
		unit("first", 1, 2, 3, 20, 40),
		unit("second", 10, 11, 12, 25, 30),
		unit("third", 35, 36, 0, 0, 37),
		unit("open", 44, 45, 46, 0, 0),
	}, corpus(t), shift.Options{From: from, Minutes: 60, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	report(t, check(plan))
	var got []string
	for _, s := range plan.Steps {
		switch s.Do.(type) {
		case shift.CreateDispatch, shift.Assign, shift.Start, shift.Arrive, shift.Clear, shift.Suspend:
			got = append(got, fmt.Sprintf("%s %T%v", s.At.Format("04"), s.Do, s.Do))
		}
	}
	want := []string{
		"01 shift.CreateDispatch{0}", "02 shift.Assign{0}", "03 shift.Start{0}",
		"10 shift.CreateDispatch{1}", "11 shift.Assign{1}", "12 shift.Suspend{0 4}", "12 shift.Start{1}", "25 shift.Arrive{1}", "30 shift.Clear{1}",
		"30 shift.Start{4}", "30 shift.Arrive{4}", // resumed, and at 20 it had arrived
		"35 shift.CreateDispatch{2}", "36 shift.Assign{2}", "37 shift.Clear{2}",
		"40 shift.Clear{4}",
		"44 shift.CreateDispatch{3}", "45 shift.Assign{3}", "46 shift.Start{3}",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	for _, s := range plan.Steps {
		if do, ok := s.Do.(shift.CloseDispatch); ok && plan.Dispatches[do.Dispatch].CallID == "open" {
			t.Error("a dispatch with an open task is closed")
		}
	}
}

// TestUnitsWithoutNames assigns officers by district, and calls without one go to a zone of their own.
func TestUnitsWithoutNames(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 3, 6, 20, 0, 0, 0, time.UTC)
	var all []calls.Call
	for i, district := range []string{"NORTH", "", "NORTH", "SOUTH"} {
		received := from.Add(time.Duration(i+1) * time.Minute)
		all = append(all, calls.Call{ID: fmt.Sprint(i), District: district, Received: received,
			Units: []calls.Unit{{Dispatched: received, Cleared: received.Add(20 * time.Minute)}}})
	}
	plan, err := shift.Plan(all, corpus(t), shift.Options{From: from, Minutes: 60})
	if err != nil {
		t.Fatal(err)
	}
	report(t, check(plan))
	var got []string
	for _, task := range plan.Tasks {
		zone := plan.WorkZones[plan.Dispatches[task.Dispatch].WorkZone].Name
		got = append(got, zone+": "+plan.People[task.Officer].CallSign+" of "+plan.Teams[plan.People[task.Officer].Team].Name)
	}
	want := []string{"NORTH: NORTH-1 of Team NORTH", "NO DISTRICT: NO DISTRICT-1 of Team NO DISTRICT", "NORTH: NORTH-2 of Team NORTH", "SOUTH: SOUTH-1 of Team SOUTH"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestARunningCallIsTakenUp plans a call that began before the shift: it is created and brought up to date in the
// first minutes, without the unit that was done.
func TestARunningCallIsTakenUp(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 3, 6, 20, 0, 0, 0, time.UTC)
	before := from.Add(-30 * time.Minute)
	all := []calls.Call{{ID: "1", Received: before, Units: []calls.Unit{
		{CallSign: "A1", Dispatched: before, OnRoute: before, OnScene: before, Cleared: from},
		{CallSign: "A2", Dispatched: before, OnRoute: before, OnScene: before, Cleared: from.Add(20 * time.Minute)},
	}}}
	plan, err := shift.Plan(all, corpus(t), shift.Options{From: from, Minutes: 60})
	if err != nil {
		t.Fatal(err)
	}
	report(t, check(plan))
	if len(plan.Tasks) != 1 || plan.People[plan.Tasks[0].Officer].CallSign != "A2" {
		t.Fatalf("tasks %v, want that of A2", plan.Tasks)
	}
	for _, s := range plan.Steps {
		if _, ok := s.Do.(shift.Arrive); ok && s.At.After(from.Add(3*time.Minute)) {
			t.Errorf("arrives at %s, want in the first minutes", s.At)
		}
	}
}

// TestSkippedRows counts what a bound on the officers leaves out.
func TestSkippedRows(t *testing.T) {
	t.Parallel()
	all, from, err := calls.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	plan, err := shift.Plan(all, corpus(t), shift.Options{From: from, Minutes: 60, MaxOfficers: 3})
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, c := range all {
		rows += len(c.Units)
	}
	planned := 0
	for _, task := range plan.Tasks {
		if task.DuplicateOf == shift.None {
			planned++
		}
	}
	if plan.Skipped == 0 || plan.Skipped+planned != rows {
		t.Errorf("skipped %d and planned %d of %d rows", plan.Skipped, planned, rows)
	}
}
