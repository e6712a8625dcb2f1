package models_test

import (
	"testing"

	"officermobile/models"
)

func TestSettingsAreChangedOneByOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	change := func(patch string) *models.AgencyChange {
		return &models.AgencyChange{Settings: models.SettingsPatch(patch)}
	}
	w.do(w.admin, change(`{"number_reset_minute":360}`))
	w.do(w.admin, change(`{"invitation_minutes":60}`))
	if got, want := w.state.Agency.Settings, (models.Settings{NumberResetMinute: 360, InvitationMinutes: 60}); got != want {
		t.Errorf("got %+v, want %+v: the second change resets nothing", got, want)
	}
	w.nothing(w.admin, change(`{}`))
	w.nothing(w.admin, change(`{"invitation_minutes":60}`))
	w.do(w.admin, change(`{"invitation_minutes":null}`))
	if got := w.state.Agency.Settings.Effective(); got.InvitationMinutes != 1440 || got.NumberResetPeriod != models.Daily || got.NumberResetMinute != 360 {
		t.Errorf("got %+v, want the default again", got)
	}
	for _, bad := range []string{`{"number_reset_minute":1440}`, `{"invitation_minutes":-1}`, `{"number_reset_period":"hourly"}`, `{"off_duty_push":"loud"}`, `{"other_device_wait_s":61}`, `{"push_words":"loud"}`, `{"shoe_size":9}`, `{"invitation_minutes":"x"}`, `[]`, `{`} {
		w.refuse(w.admin, change(bad), "invalid")
	}
	w.refuse(w.dan, change(`{"invitation_minutes":60}`), "forbidden")
}

func TestNullSettingsAreRefused(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"settings":null}`, `{"settings":[]}`, `{"settings":"x"}`} {
		if _, err := models.DecodeCommand("agency.change", []byte(body)); err == nil {
			t.Errorf("%s: got no error; it would reset everything", body)
		}
	}
}

func TestOldLevelsRefuseNewSettings(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, 1)
	place := "Asia/Tokyo"
	w.do(w.admin, &models.AgencyChange{Settings: models.SettingsPatch(`{"invitation_minutes":60}`)})
	w.refuse(w.admin, &models.AgencyChange{Settings: models.SettingsPatch(`{"number_reset_period":"never"}`)}, "feature_level")
	w.refuse(w.admin, &models.PutZone{ID: w.north, Name: "North", TimeZone: &place}, "feature_level")
	w.do(models.UserID{}, &models.RaiseLevel{})
	w.do(w.admin, &models.AgencyChange{Settings: models.SettingsPatch(`{"number_reset_period":"never"}`)})
}

// A change that names the rev it was decided on is refused once that has moved; who may not know of the thing is told
// so first.
func TestMatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	try := func(actor models.UserID, match uint32, b models.CommandBody) models.Code {
		_, err := w.try(models.Command{Actor: actor, Match: match, Body: b})
		if e := models.AsError(err); e != nil {
			return e.Code
		}
		return ""
	}
	name, d, d2 := "Port Police", w.dispatch(), w.dispatch()
	place := "Gate 4"
	for _, tc := range []struct {
		name string
		rev  uint32
		body models.CommandBody
	}{
		{"agency", w.state.Agency.Rev, &models.AgencyChange{Name: &name}},
		{"user", w.state.User(w.olga).Rev, &models.UserChange{UserID: w.olga, Name: &name}},
		{"zone", w.state.Zone(w.north).Rev, &models.PutZone{ID: w.north, Name: name}},
		{"work zone", w.state.WorkZone(w.northWork).Rev, &models.PutWorkZone{ID: w.northWork, Zone: w.north, Name: name}},
		{"team", w.state.Team(w.team).Rev, &models.PutTeam{ID: w.team, Zone: w.north, Name: name}},
		{"dispatch", d.Rev, &models.DispatchChange{DispatchID: d.ID, Location: &place}},
	} {
		if got := try(w.admin, tc.rev+1, tc.body); got != "rev_moved" {
			t.Errorf("%s at another rev: got %q, want rev_moved", tc.name, got)
		}
		if got := try(w.admin, tc.rev, tc.body); got != "" {
			t.Errorf("%s at its rev: got %q, want it done", tc.name, got)
		}
		if got := try(w.admin, tc.rev, tc.body); got != "rev_moved" {
			t.Errorf("%s at its old rev: got %q, want rev_moved", tc.name, got)
		}
	}
	if got := try(w.sam, 99, &models.DispatchChange{DispatchID: d2.ID, Location: &place}); got != "not_found" {
		t.Errorf("a stranger: got %q, want not_found", got)
	}
	if got := try(w.admin, 1, &models.PutZone{ID: newID[models.ZoneID](w), Name: name}); got != "rev_moved" {
		t.Errorf("what is not there: got %q, want rev_moved", got)
	}
}

// A console that decided on a dispatch which another has changed meanwhile is told; progress of its tasks is no change.
func TestDispatchChangeOnAnOldBase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatch()
	base := d.Rev
	gate, pier := "Gate 4", "Pier 9"
	w.task(d, w.olga)
	if _, err := w.try(models.Command{Actor: w.dan, Base: base, Body: &models.DispatchChange{DispatchID: d.ID, Location: &gate}}); err != nil {
		t.Errorf("after a task was created: got %v, want it done", err)
	}
	_, err := w.try(models.Command{Actor: w.admin, Base: base, Body: &models.DispatchChange{DispatchID: d.ID, Location: &pier}})
	if e := models.AsError(err); e == nil || e.Code != "superseded" {
		t.Errorf("after another's change: got %v, want superseded", err)
	}
	w.nothing(w.dan, &models.DispatchChange{DispatchID: d.ID, Location: &gate})
}
