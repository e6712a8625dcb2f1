package models_test

import (
	"slices"
	"testing"

	"officermobile/models"
)

func TestCallSignsAreUniqueWithoutCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.refuse(w.oleg, &models.ReportForDuty{Zone: w.north, Team: w.team, CallSign: " N1 "}, "call_sign_taken")
	w.do(w.olga, &models.GoOffDuty{})
	w.do(w.oleg, &models.ReportForDuty{Zone: w.north, Team: w.team, CallSign: "N1"})
	w.refuse(w.olga, &models.ReportForDuty{Zone: w.north, Team: w.team, CallSign: "n1"}, "call_sign_taken")
}

// A dispatcher runs the duty of their own zones and of no other.
func TestDispatchersRunDutyInTheirZones(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.refuse(w.sam, &models.GoOffDuty{UserID: w.olga}, "not_found")
	w.refuse(w.sam, &models.SetStatus{UserID: w.olga, Status: models.StatusBusy}, "not_found")
	w.refuse(w.sam, &models.ReportForDuty{UserID: w.oleg, Zone: w.north, Team: w.team, CallSign: "n3"}, "not_found")
	w.refuse(w.omar, &models.GoOffDuty{UserID: w.olga}, "forbidden")
	w.refuse(w.rita, &models.GoOffDuty{UserID: w.olga}, "forbidden")
	w.do(w.dan, &models.SetStatus{UserID: w.olga, Status: models.StatusBusy, State: "court"})
	w.do(w.dan, &models.GoOffDuty{UserID: w.olga})
	w.nothing(w.dan, &models.GoOffDuty{UserID: w.olga})
	w.refuse(w.dan, &models.SetStatus{UserID: w.olga, Status: models.StatusBusy}, "off_duty")
	w.refuse(w.omar, &models.GoOffDuty{UserID: w.olga}, "not_found")
}

// What an officer chose while a task is under way holds once it is done.
func TestATaskGoesBeforeWhatWasChosen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	task := w.task(w.dispatch(), w.olga)
	want := func(status models.Status) {
		t.Helper()
		if got := w.state.StatusOf(w.olga); got != status {
			t.Errorf("got %s, want %s", got, status)
		}
	}
	want(models.StatusAssigned)
	w.do(w.olga, &models.TaskStart{TaskID: task})
	want(models.StatusOnRoute)
	w.do(w.olga, &models.SetStatus{Status: models.StatusBusy, State: "break"})
	want(models.StatusOnRoute)
	w.do(w.olga, &models.TaskArrive{TaskID: task})
	want(models.StatusOnScene)
	w.do(w.olga, &models.TaskClear{TaskID: task})
	want(models.StatusBusy)
	w.refuse(w.olga, &models.SetStatus{Status: models.StatusAvailable, State: "break"}, "invalid")
	w.refuse(w.olga, &models.SetStatus{Status: models.StatusOnScene}, "invalid")
	w.do(w.olga, &models.SetStatus{Status: models.StatusAvailable})
	want(models.StatusAvailable)
}

// Whoever is switched off, or is no officer any more, is off duty, and their tasks are somebody's to give.
func TestSwitchingOffEndsDuty(t *testing.T) {
	t.Parallel()
	off, reviewer := false, models.Reviewer
	for name, change := range map[string]models.UserChange{"inactive": {Active: &off}, "no officer": {Types: &reviewer}} {
		w := newWorld(t)
		task := w.task(w.dispatch(), w.olga)
		w.do(w.olga, &models.TaskStart{TaskID: task})
		change.UserID = w.olga
		w.do(w.admin, &change)
		if got := w.state.Task(task); w.state.Duty(w.olga) != nil || got.Status != models.TaskUnassignedStatus || !got.Assignee.IsZero() {
			t.Errorf("%s: on duty %v, task %+v", name, w.state.Duty(w.olga), got)
		}
		w.do(w.oleg, &models.ReportForDuty{Zone: w.north, Team: w.team, CallSign: "n1"})
	}
}

// A new user can do nothing, and is on nobody's list of recipients, until an administrator lets them in.
func TestNewUsersWaitForAnAdministrator(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := newID[models.UserID](w)
	w.do(w.admin, &models.UserCreate{ID: id, Username: "new", Name: "New", Types: models.Dispatcher, Zones: []models.ZoneID{w.north}})
	d := w.dispatch()
	among := func() bool {
		return slices.ContainsFunc(w.state.Recipients(d.Conversation), func(r models.Recipient) bool { return r.User == id })
	}
	if among() || w.state.SeesDispatch(id, d.ID) || w.state.Granted(id, models.SelfScope(id)) {
		t.Error("an inactive user has access")
	}
	active := true
	w.do(w.admin, &models.UserChange{UserID: id, Active: &active})
	if !among() || !w.state.SeesDispatch(id, d.ID) || !w.state.Granted(id, models.SelfScope(id)) {
		t.Error("an activated dispatcher has none")
	}
}

// Duty spares officers who go off it. Nobody else ever is, also if they are officers as well.
func TestWhoCanBeOffDuty(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	off := func(want bool, who ...models.UserID) {
		t.Helper()
		for _, u := range who {
			if got := w.state.OffDuty(u); got != want {
				t.Errorf("%s: got off duty %t, want %t", w.state.User(u).Name, got, want)
			}
		}
	}
	off(false, w.admin, w.dan, w.rita, w.cad, w.user("ben", models.Officer|models.Dispatcher, w.north), w.user("bea", models.Officer|models.Administrator))
	off(true, w.user("bill", models.Officer|models.Reviewer, w.north))
	if w.state.Duty(w.olga) == nil {
		t.Fatal("olga is not on duty")
	}
	off(false, w.olga)
	w.do(w.olga, &models.GoOffDuty{})
	off(true, w.olga)
	if w.state.OffDuty(models.UserID{9}) {
		t.Error("nobody is off duty")
	}
}
