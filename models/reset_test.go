package models_test

import (
	"testing"
	"time"

	"officermobile/models"

	"pgregory.net/rapid"
)

// place is a time zone by name.
func place(t testing.TB, name string) *time.Location {
	t.Helper()
	l, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestBusinessDate(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, in, at string
		minute       int
		want         string
	}{
		{"midnight", "America/Los_Angeles", "2026-03-02T08:00:00Z", 0, "2026-03-02"},
		{"a minute before", "America/Los_Angeles", "2026-03-02T07:59:00Z", 0, "2026-03-01"},
		{"before the reset", "America/Los_Angeles", "2026-03-02T13:59:00Z", 360, "2026-03-01"},
		{"at the reset", "America/Los_Angeles", "2026-03-02T14:00:00Z", 360, "2026-03-02"},
		{"spring forward: 06:00 is an hour earlier", "America/Los_Angeles", "2026-03-08T13:00:00Z", 360, "2026-03-08"},
		{"spring forward: not before", "America/Los_Angeles", "2026-03-08T12:59:00Z", 360, "2026-03-07"},
		{"spring forward: 02:30 is not shown, 03:00 is past it", "America/Los_Angeles", "2026-03-08T10:00:00Z", 150, "2026-03-08"},
		{"fall back: 01:30 the first time", "America/Los_Angeles", "2026-11-01T08:30:00Z", 90, "2026-11-01"},
		{"fall back: 01:10 again stays", "America/Los_Angeles", "2026-11-01T09:10:00Z", 90, "2026-11-01"},
		{"half an hour: Kolkata", "Asia/Kolkata", "2026-03-01T18:30:00Z", 0, "2026-03-02"},
		{"three quarters: Kathmandu", "Asia/Kathmandu", "2026-03-01T18:14:00Z", 0, "2026-03-01"},
		{"DST of half an hour: Lord Howe, 01:45 again", "Australia/Lord_Howe", "2026-04-04T15:15:00Z", 110, "2026-04-05"},
		{"a day that Samoa left out", "Pacific/Apia", "2011-12-30T10:00:00Z", 0, "2011-12-31"},
	} {
		at, err := time.Parse(time.RFC3339, tc.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := models.BusinessDate(at, place(t, tc.in), tc.minute); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.name, got, tc.want)
		}
	}
}

// Business dates never go back, wherever, and one lasts for a day but for what clocks do.
func TestBusinessDatesOnlyRise(t *testing.T) {
	t.Parallel()
	zones := []string{"America/Los_Angeles", "Australia/Lord_Howe", "Pacific/Chatham", "Asia/Kathmandu", "Europe/Dublin", "America/St_Johns", "Pacific/Apia", "Africa/Casablanca"}
	rapid.Check(t, func(r *rapid.T) {
		in, minute := place(t, rapid.SampledFrom(zones).Draw(r, "zone")), rapid.IntRange(0, 1439).Draw(r, "minute")
		at := time.Unix(rapid.Int64Range(1_280_000_000, 1_900_000_000).Draw(r, "at"), 0)
		last, began := "", at
		for range 4000 { // 41 days, a quarter of an hour each
			date := models.BusinessDate(at, in, minute)
			if date < last {
				r.Fatalf("at %s: %s after %s", at.In(in), date, last)
			}
			if date != last {
				if lasted := at.Sub(began); last != "" && began.After(at.Add(-3000*15*time.Minute)) && lasted > 26*time.Hour {
					r.Fatalf("%s lasted %s", last, lasted)
				}
				last, began = date, at
			}
			at = at.Add(15 * time.Minute)
		}
	})
}

// opened opens a dispatch in a work zone at a time and answers its date and number.
func (w *world) opened(at time.Time, in models.WorkZoneID) (string, uint32) {
	w.t.Helper()
	w.now = at
	d := newID[models.DispatchID](w)
	w.do(w.admin, &models.DispatchCreate{ID: d, WorkZone: in, Facts: models.Facts{Priority: models.Low}})
	return w.state.Dispatch(d).BusinessDate, w.state.Dispatch(d).Number
}

func TestNumbersRestartByPeriod(t *testing.T) {
	t.Parallel()
	type step struct {
		at, date string
		number   uint32
	}
	for _, tc := range []struct {
		period models.ResetPeriod
		steps  []step
	}{
		{models.Daily, []step{{"2026-03-04", "2026-03-04", 1}, {"2026-03-04", "2026-03-04", 2}, {"2026-03-05", "2026-03-05", 1}}},
		{models.Weekly, []step{{"2026-03-04", "2026-03-04", 1}, {"2026-03-08", "2026-03-08", 2}, {"2026-03-09", "2026-03-09", 1}}},
		{models.Monthly, []step{{"2026-03-04", "2026-03-04", 1}, {"2026-03-31", "2026-03-31", 2}, {"2026-04-01", "2026-04-01", 1}}},
		{models.Yearly, []step{{"2026-03-04", "2026-03-04", 1}, {"2026-12-31", "2026-12-31", 2}, {"2027-01-01", "2027-01-01", 1}}},
		{models.Never, []step{{"2026-03-04", "2026-03-04", 1}, {"2027-03-05", "2027-03-05", 2}, {"2031-01-01", "2031-01-01", 3}}},
	} {
		w := newWorld(t)
		w.do(w.admin, &models.AgencyChange{Settings: models.SettingsPatch(`{"number_reset_period":"` + tc.period + `"}`)})
		for _, st := range tc.steps {
			at, err := time.Parse(time.DateOnly, st.at)
			if err != nil {
				t.Fatal(err)
			}
			if date, n := w.opened(at.Add(20*time.Hour), w.northWork); date != st.date || n != st.number {
				t.Errorf("%s, at noon of %s: got %d of %s, want %d of %s", tc.period, st.at, n, date, st.number, st.date)
			}
		}
	}
}

func TestAZoneHasItsOwnTimeAndReset(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tokyo, none := "Asia/Tokyo", ""
	w.do(w.admin, &models.PutZone{ID: w.south, Name: "South", TimeZone: &tokyo, NumberReset: &models.NumberReset{Period: models.Monthly, Minute: 360}})
	w.nothing(w.admin, &models.PutZone{ID: w.south, Name: "South"}) // what is not named stays
	at := time.Date(2026, 3, 31, 21, 30, 0, 0, time.UTC)            // 14:30 in Los Angeles, 06:30 of the next day in Tokyo
	if date, n := w.opened(at, w.southWork); date != "2026-04-01" || n != 1 {
		t.Errorf("its own: got %d of %s, want 1 of 2026-04-01", n, date)
	}
	if date, _ := w.opened(at, w.northWork); date != "2026-03-31" {
		t.Errorf("the agency's: got %s, want 2026-03-31", date)
	}
	w.do(w.admin, &models.PutZone{ID: w.south, Name: "South", TimeZone: &none, NumberReset: &models.NumberReset{}})
	if z := w.state.Zone(w.south); z.TimeZone != "" || z.NumberReset != nil {
		t.Errorf("got %+v, want the agency's time and reset again", z)
	}
	if date, n := w.opened(at, w.southWork); date != "2026-04-01" || n != 2 {
		t.Errorf("back to a time zone where it is yesterday: got %d of %s, want 2 of 2026-04-01", n, date)
	}
	local, nowhere := "Local", "Mars/Base"
	w.refuse(w.admin, &models.PutZone{ID: w.south, Name: "South", TimeZone: &local}, "invalid")
	w.refuse(w.admin, &models.PutZone{ID: w.south, Name: "South", TimeZone: &nowhere}, "invalid")
	w.refuse(w.admin, &models.PutZone{ID: w.south, Name: "South", NumberReset: &models.NumberReset{Period: "hourly"}}, "invalid")
	w.refuse(w.admin, &models.PutZone{ID: w.south, Name: "South", NumberReset: &models.NumberReset{Period: models.Daily, Minute: 1440}}, "invalid")
}

// No number is given twice for one operational zone and business date, whatever clocks, time zones and resets do.
func TestNumbersNeverRepeat(t *testing.T) {
	t.Parallel()
	names := []string{"", "America/Los_Angeles", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia"}
	periods := []models.ResetPeriod{"", models.Daily, models.Weekly, models.Monthly, models.Yearly, models.Never}
	type label struct {
		date   string
		number uint32
	}
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld(t)
		seen := map[label]bool{}
		at := time.Unix(rapid.Int64Range(1_700_000_000, 1_800_000_000).Draw(r, "at"), 0)
		for range rapid.IntRange(1, 60).Draw(r, "steps") {
			at = at.Add(time.Duration(rapid.IntRange(-7200, 90_000).Draw(r, "seconds")) * time.Second)
			if rapid.IntRange(0, 9).Draw(r, "change") == 0 {
				name := rapid.SampledFrom(names).Draw(r, "zone")
				reset := models.NumberReset{Period: rapid.SampledFrom(periods).Draw(r, "period"), Minute: rapid.IntRange(0, 1439).Draw(r, "minute")}
				w.do(w.admin, &models.PutZone{ID: w.north, Name: "North", TimeZone: &name, NumberReset: &reset})
			}
			date, n := w.opened(at, w.northWork)
			if seen[label{date, n}] {
				r.Fatalf("%d of %s twice", n, date)
			}
			seen[label{date, n}] = true
		}
	})
}
