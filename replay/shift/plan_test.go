package shift_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"officermobile/replay/calls"
	"officermobile/replay/shift"
	"officermobile/replay/texts"
)

func corpus(t testing.TB) []texts.Text {
	t.Helper()
	c, err := texts.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func builtin(t testing.TB, seed uint64) shift.Shift {
	t.Helper()
	all, from, err := calls.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	plan, err := shift.Plan(all, corpus(t), shift.Options{From: from, Minutes: calls.BuiltinMinutes, Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func report(t interface{ Errorf(string, ...any) }, c *checker) {
	for i, problem := range c.problems {
		if i == 10 {
			t.Errorf("and %d more", len(c.problems)-i)
			return
		}
		t.Errorf("%s", problem)
	}
}

func TestBuiltinScenario(t *testing.T) {
	t.Parallel()
	plan := builtin(t, 1)
	c := check(plan)
	report(t, c)
	if c.kills < 5 {
		t.Errorf("server kills = %d, want 5 or more", c.kills)
	}
	if got := len(plan.Dispatches); got != 25 {
		t.Errorf("dispatches = %d, want 25", got)
	}
	kinds := map[string]int{}
	for _, s := range plan.Steps {
		kinds[fmt.Sprintf("%T", s.Do)]++
	}
	for _, kind := range []string{"OnDuty", "CreateDispatch", "CloseDispatch", "Assign", "Start", "Arrive", "Clear", "Suspend",
		"CreateConversation", "Invite", "Accept", "Comment", "Post", "Acknowledge", "Read", "Background", "Foreground", "Kill", "Restart"} {
		if kinds["shift."+kind] == 0 {
			t.Errorf("the built-in scenario has no %s", kind)
		}
	}
}

func TestSeedDecides(t *testing.T) {
	t.Parallel()
	if !reflect.DeepEqual(builtin(t, 7), builtin(t, 7)) {
		t.Error("the same seed gave two plans")
	}
	if reflect.DeepEqual(builtin(t, 7).Steps, builtin(t, 8).Steps) {
		t.Error("two seeds gave the same steps")
	}
}

func TestEveryFourthOfficerHasATablet(t *testing.T) {
	t.Parallel()
	plan := builtin(t, 1)
	officers := 0
	for _, who := range plan.People {
		if who.Type != shift.Officer {
			continue
		}
		officers++
		want := []shift.DeviceKind{shift.Phone}
		if officers%4 == 0 {
			want = append(want, shift.Tablet)
		}
		var got []shift.DeviceKind
		for _, no := range who.Devices {
			got = append(got, plan.Devices[no].Kind)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s has %v, want %v", who.CallSign, got, want)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	all, from, err := calls.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		options shift.Options
		want    string
	}{
		{"no row", shift.Options{From: from.AddDate(1, 0, 0), Minutes: 60}, calls.SpanOf(all).String()},
		{"before the first row", shift.Options{From: from.AddDate(-1, 0, 0), Minutes: 60}, calls.SpanOf(all).String()},
		{"no minutes", shift.Options{From: from}, "minutes"},
		{"too long", shift.Options{From: from, Minutes: shift.MaxMinutes + 1}, "minutes"},
		{"no beginning", shift.Options{Minutes: 60}, "begin"},
		{"negative officers", shift.Options{From: from, Minutes: 60, MaxOfficers: -1}, "officers"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := shift.Plan(all, corpus(t), test.options)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("err = %v, want one with %q", err, test.want)
			}
		})
	}
}

// TestInvariants draws all sorts of files and hours: overlapping calls of one unit, calls that never end, that run
// before the shift, without units and without district.
func TestInvariants(t *testing.T) {
	t.Parallel()
	texts := corpus(t)
	rapid.Check(t, func(t *rapid.T) {
		from := time.Date(2026, 3, 6, 20, 0, 0, 0, time.UTC)
		options := shift.Options{
			From: from, Minutes: rapid.IntRange(1, 300).Draw(t, "minutes"), Seed: rapid.Uint64().Draw(t, "seed"),
			MaxOfficers: rapid.SampledFrom([]int{0, 1, 5}).Draw(t, "officers"), Dispatchers: rapid.IntRange(1, 3).Draw(t, "dispatchers"),
		}
		all := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) calls.Call { return anyCall(t, from) }), 1, 20).Draw(t, "calls")
		plan, err := shift.Plan(all, texts, options)
		if err != nil {
			if !strings.Contains(err.Error(), "no call runs") {
				t.Fatal(err)
			}
			return
		}
		c := check(plan)
		report(t, c)
		if c.kills < 5 {
			t.Errorf("server kills = %d, want 5 or more", c.kills)
		}
		deadZones(t, plan)
	})
}

func anyCall(t *rapid.T, from time.Time) calls.Call {
	after := func(at time.Time, most int, label string) time.Time {
		return at.Add(time.Duration(rapid.IntRange(0, most).Draw(t, label)) * time.Second)
	}
	c := calls.Call{ID: rapid.StringN(1, 8, 8).Draw(t, "id"), Priority: calls.Medium, Received: after(from.Add(-2*time.Hour), 4*3600, "received")}
	c.District = rapid.SampledFrom([]string{"", "NORTH", "SOUTH"}).Draw(t, "district")
	for range rapid.IntRange(1, 4).Draw(t, "units") {
		u := calls.Unit{CallSign: rapid.SampledFrom([]string{"", "A1", "A2", "B1"}).Draw(t, "sign"), Dispatched: after(c.Received, 300, "dispatched")}
		at := u.Dispatched
		for i, step := range []*time.Time{&u.OnRoute, &u.OnScene, &u.Cleared} {
			if rapid.IntRange(0, 4).Draw(t, "recorded") > 0 {
				at = after(at, []int{60, 600, 3600}[i], "step")
				*step = at
			}
		}
		c.Units = append(c.Units, u)
	}
	return c
}

func deadZones(t *rapid.T, plan shift.Shift) {
	for _, d := range plan.Devices {
		last := plan.From
		for _, z := range d.DeadZones {
			if length := z.To.Sub(z.From); length < time.Minute || length > time.Hour {
				t.Errorf("a dead zone lasts %s", length)
			}
			if !z.From.After(last) || z.To.After(plan.To) {
				t.Errorf("dead zone %v touches its neighbour or the end", z)
			}
			last = z.To
		}
	}
}
