package models

import (
	"slices"
	"time"
)

// ResetPeriod is how often dispatch numbers restart.
type ResetPeriod string

// The periods. They turn at the reset minute of their first day; weeks begin on Monday.
const (
	Daily   ResetPeriod = "daily"
	Weekly  ResetPeriod = "weekly"
	Monthly ResetPeriod = "monthly"
	Yearly  ResetPeriod = "yearly"
	Never   ResetPeriod = "never"
)

// check refuses what is no period; nothing stands for the default.
func (p ResetPeriod) check(field string) error {
	if !slices.Contains([]ResetPeriod{"", Daily, Weekly, Monthly, Yearly, Never}, p) {
		return Invalid(field, "is daily, weekly, monthly, yearly or never")
	}
	return nil
}

// NumberReset says when the dispatch numbers of an operational zone restart.
type NumberReset struct {
	Period ResetPeriod `json:"period" enum:"daily,weekly,monthly,yearly,never,"` // how often numbers begin with 1 again
	Minute int         `json:"minute,omitzero" minimum:"0" maximum:"1439" doc:"Minutes after local midnight."`
}

func (r NumberReset) check() error {
	return first(r.Period.check("number_reset.period"), between("number_reset.minute", r.Minute, 0, minutesOfDay-1))
}

// dateForm is how business dates are written; in order as text as they are in time.
const dateForm = "2006-01-02"

// BusinessDate is the date, written YYYY-MM-DD, that a business day which turns at a minute after midnight has in a time
// zone. It never goes back: in the night when clocks do, what counts is the furthest that they have shown.
func BusinessDate(at time.Time, in *time.Location, minute int) string {
	shown := wall(at.In(in))
	if since, _ := at.In(in).ZoneBounds(); !since.IsZero() {
		before := wall(since.Add(-1).In(in))
		if before.After(shown) {
			shown = before
		}
	}
	return shown.Add(-time.Duration(minute) * time.Minute).Format(dateForm)
}

// wall is what a clock on the wall shows, as a time that can be reckoned with: its days have 24 hours.
func wall(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// first is the first date of the period that a business date lies in; equal for dates between which numbers go on.
func (p ResetPeriod) first(date string) string {
	day, err := time.Parse(dateForm, date)
	if err != nil {
		return date
	}
	switch p {
	case Weekly:
		sinceMonday := (int(day.Weekday()) + 6) % 7
		return day.AddDate(0, 0, -sinceMonday).Format(dateForm)
	case Monthly:
		return date[:len("2006-01")]
	case Yearly:
		return date[:len("2006")]
	case Never:
		return ""
	}
	return date
}

// dayNumber is the last dispatch number of an operational zone, and the business date that it was given on.
type dayNumber struct {
	Date string `json:"date"`
	Last uint32 `json:"last"`
}

// nextNumber is the number of a dispatch that is opened in an operational zone at a time. Dates never go back, whatever
// clocks and settings do, and within a date numbers only rise, so that none repeats.
func (s *State) nextNumber(z *Zone, at time.Time) dayNumber {
	in, reset := s.place, s.Agency.Settings.numberReset()
	if z.place != nil {
		in = z.place
	}
	if z.NumberReset != nil {
		reset = *z.NumberReset
	}
	last := s.numbers[z.ID]
	next := dayNumber{Date: max(BusinessDate(at, in, reset.Minute), last.Date), Last: 1}
	if last.Last > 0 && reset.Period.first(next.Date) == reset.Period.first(last.Date) {
		next.Last = last.Last + 1
	}
	return next
}

// numberReset is the agency's, for operational zones without one of their own.
func (t Settings) numberReset() NumberReset {
	return NumberReset{Period: t.Effective().NumberResetPeriod, Minute: t.NumberResetMinute}
}
