package models_test

import (
	"slices"
	"testing"
	"time"

	"officermobile/models"
)

func TestDispatchNumbersRestartEachBusinessDate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(w.admin, &models.AgencyChange{Settings: models.SettingsPatch(`{"number_reset_minute":360}`)}) // numbers restart at 06:00 local
	cases := []struct {
		now  string // UTC; Los Angeles is 8 h behind until 2026-03-08, then 7
		date string
		no   uint32
	}{
		{"2026-03-02T13:00:00Z", "2026-03-01", 1}, // 05:00 local still belongs to the day before
		{"2026-03-02T13:59:00Z", "2026-03-01", 2},
		{"2026-03-02T14:00:00Z", "2026-03-02", 1},
		{"2026-03-03T13:30:00Z", "2026-03-02", 2},
		{"2026-03-08T12:30:00Z", "2026-03-07", 1}, // 05:30 local, an hour after the clocks went forward
		{"2026-03-08T13:00:00Z", "2026-03-08", 1}, // 06:00 local
		{"2026-03-08T11:00:00Z", "2026-03-08", 2}, // the server's clock was set back: numbers never repeat
	}
	for _, c := range cases {
		now, err := time.Parse(time.RFC3339, c.now)
		if err != nil {
			t.Fatal(err)
		}
		w.now = now
		d := w.dispatch()
		if d.Number != c.no || d.BusinessDate != c.date {
			t.Errorf("%s: got number %d of %s, want %d of %s", c.now, d.Number, d.BusinessDate, c.no, c.date)
		}
	}
	other := newID[models.DispatchID](w)
	w.do(w.sam, &models.DispatchCreate{ID: other, WorkZone: w.southWork, Facts: models.Facts{Priority: models.Low}})
	if got := w.state.Dispatch(other).Number; got != 1 {
		t.Errorf("another operational zone counts by itself: got %d, want 1", got)
	}
}

func TestDispatchStatusFollowsItsTasks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatch()
	status := func(want models.DispatchStatus) {
		t.Helper()
		if got := w.state.DispatchStatus(w.state.Dispatch(d.ID)); got != want {
			t.Errorf("got status %s, want %s", got, want)
		}
	}
	status(models.DispatchNew)
	a := w.task(d, models.UserID{})
	status(models.DispatchUnassigned)
	b := w.task(d, w.olga)
	status(models.DispatchAssigned)
	w.do(w.olga, &models.TaskStart{TaskID: b})
	status(models.DispatchOnRoute)
	w.do(w.olga, &models.TaskArrive{TaskID: b})
	status(models.DispatchOnScene)
	w.refuse(w.dan, &models.DispatchClose{DispatchID: d.ID}, "outstanding_tasks")
	w.do(w.olga, &models.TaskClear{TaskID: b, Disposition: "report taken"})
	status(models.DispatchUnassigned)
	w.do(w.dan, &models.TaskClear{TaskID: a})
	status(models.DispatchCleared)
	w.do(w.dan, &models.DispatchClose{DispatchID: d.ID})
	status(models.DispatchClosedDone)
	w.refuse(w.dan, &models.MessagePost{ConversationID: d.Conversation, ID: newID[models.MessageID](w), Text: "late"}, "closed")
	w.refuse(w.dan, &models.TaskCreate{ID: newID[models.TaskID](w), DispatchID: d.ID}, "closed")
	w.nothing(w.dan, &models.DispatchClose{DispatchID: d.ID})
	w.do(w.dan, &models.DispatchReopen{DispatchID: d.ID})
	status(models.DispatchCleared)
	w.post(w.dan, d.Conversation, "open again")
	want := []string{"assigned:olga", "closed:", "reopened:"}
	if got := w.notices(d.Conversation); !slices.Equal(got, want) {
		t.Errorf("got notices %v, want %v", got, want)
	}
}

func TestAnOfficerHasOneTaskUnderWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.task(w.dispatch(), w.olga), w.task(w.dispatch(), w.olga)
	w.do(w.olga, &models.TaskStart{TaskID: a})
	w.refuse(w.olga, &models.TaskStart{TaskID: b}, "another_active")
	w.refuse(w.olga, &models.TaskArrive{TaskID: b}, "task_status")
	if got := w.state.StatusOf(w.olga); got != models.StatusOnRoute {
		t.Errorf("got status %s, want it forced to on_route", got)
	}
	again := newID[models.TaskID](w)
	w.do(w.olga, &models.TaskSuspend{TaskID: a, NewID: again})
	if old := w.state.Task(a); old.Status != models.TaskCleared || old.Disposition != models.DispositionSuspended {
		t.Errorf("the original is %s (%s), want cleared (suspended)", old.Status, old.Disposition)
	}
	if dup := w.state.Task(again); dup.Status != models.TaskAssignedStatus || dup.Assignee != w.olga || dup.Original != a {
		t.Errorf("got duplicate %+v, want it assigned to the same officer", dup)
	}
	w.do(w.olga, &models.TaskStart{TaskID: b})
	w.refuse(w.omar, &models.TaskClear{TaskID: b}, "forbidden")
	w.refuse(w.sam, &models.TaskClear{TaskID: b}, "not_found")
}

func TestAssigning(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatch()
	task := w.task(d, models.UserID{})
	w.refuse(w.dan, &models.TaskAssign{TaskID: task, UserID: w.oleg}, "off_duty")
	w.refuse(w.dan, &models.TaskAssign{TaskID: task, UserID: w.rita}, "not_an_officer")
	w.refuse(w.olga, &models.TaskAssign{TaskID: task, UserID: w.olga}, "forbidden")
	w.refuse(w.sam, &models.TaskAssign{TaskID: task, UserID: w.olga}, "not_found")
	w.do(w.dan, &models.TaskAssign{TaskID: task, UserID: w.olga})
	w.nothing(w.dan, &models.TaskAssign{TaskID: task, UserID: w.olga})
	w.refuse(w.dan, &models.TaskAssign{TaskID: task, UserID: w.omar}, "task_status")
	w.do(w.dan, &models.TaskUnassign{TaskID: task})
	w.isIn(d.Conversation, w.olga, true) // unassigning does not take the conversation away
	w.do(w.dan, &models.TaskAssign{TaskID: task, UserID: w.omar})

	off := newID[models.DispatchID](w)
	w.do(w.dan, &models.DispatchCreate{ID: off, WorkZone: w.offWork, Facts: models.Facts{Priority: models.Low}})
	w.refuse(w.dan, &models.TaskCreate{ID: newID[models.TaskID](w), DispatchID: off, Assignee: w.olga}, "not_authorised")
}

func TestOffDutyPutsTasksBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatch()
	task := w.task(d, w.olga)
	w.do(w.olga, &models.TaskStart{TaskID: task})
	w.do(w.olga, &models.GoOffDuty{})
	if got := w.state.Task(task); got.Status != models.TaskUnassignedStatus || !got.Assignee.IsZero() {
		t.Errorf("got task %+v, want it unassigned", got)
	}
	w.nothing(w.olga, &models.GoOffDuty{})
	w.do(w.oleg, &models.ReportForDuty{Zone: w.north, Team: w.team, CallSign: "N1"})
	w.refuse(w.olga, &models.ReportForDuty{Zone: w.north, Team: w.team, CallSign: "n1"}, "call_sign_taken")
	w.refuse(w.oleg, &models.ReportForDuty{Zone: w.north, Team: w.team, CallSign: "n9"}, "on_duty")
	w.refuse(w.rita, &models.ReportForDuty{Zone: w.north, Team: w.team, CallSign: "r1"}, "not_an_officer")
	w.refuse(w.sam, &models.GoOffDuty{UserID: w.oleg}, "not_found")
	w.do(w.admin, &models.UserChange{UserID: w.oleg, Active: new(bool)})
	if w.state.Duty(w.oleg) != nil {
		t.Error("a deactivated officer is still on duty")
	}
	w.refuse(w.oleg, &models.GoOffDuty{}, "inactive")
}

func TestWhatCameTooLateIsSuperseded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	phone := w.phone(w.olga)
	num := uint64(0)
	send := func(base uint32, b models.CommandBody) models.Result {
		t.Helper()
		num++
		c := models.Command{Actor: w.olga, Device: phone, Num: num, ID: newID[models.CommandID](w), Base: base, Body: b}
		w.try(c)
		r, ok := w.state.ResultOf(phone, 0, num, c.ID)
		if !ok {
			t.Fatal("no durable outcome")
		}
		return r
	}
	task := w.task(w.dispatch(), w.olga)
	base := w.state.Task(task).Rev
	for _, b := range []models.CommandBody{&models.TaskStart{TaskID: task}, &models.TaskArrive{TaskID: task}} {
		if got := send(base, b); got.Outcome != models.Applied {
			t.Errorf("%s on the base of one's own: got %s, want applied", b.CommandType(), got.Outcome)
		}
	}
	w.do(w.dan, &models.TaskUnassign{TaskID: task})
	w.do(w.dan, &models.TaskAssign{TaskID: task, UserID: w.omar})
	if got := send(base, &models.TaskClear{TaskID: task}); got.Outcome != models.Superseded {
		t.Errorf("after the task was given to another: got %s, want superseded", got.Outcome)
	}
	if got := send(0, &models.TaskStart{TaskID: newID[models.TaskID](w)}); got.Outcome != models.Rejected || got.Code != "not_found" {
		t.Errorf("got %+v, want rejected as not_found", got)
	}
}
