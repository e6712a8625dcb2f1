package models_test

import (
	"testing"

	"officermobile/models"
)

func TestNothingInUseIsDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatch()
	w.refuse(w.dan, &models.DeleteZone{ID: w.north}, "forbidden")
	w.refuse(w.admin, &models.DeleteZone{ID: newID[models.ZoneID](w)}, "not_found")
	w.refuse(w.admin, &models.DeleteZone{ID: w.north}, "in_use")
	w.refuse(w.admin, &models.DeleteTeam{ID: w.team}, "in_use")
	w.refuse(w.admin, &models.DeleteWorkZone{ID: w.northWork}, "in_use")

	w.do(w.admin, &models.DispatchClose{DispatchID: d.ID})
	w.do(w.admin, &models.PutTeam{ID: w.team, Zone: w.north, Name: "Day"})
	w.refuse(w.admin, &models.DeleteWorkZone{ID: w.northWork}, "in_use") // a closed dispatch may be reopened
	off := w.offWork
	w.do(w.admin, &models.DispatchReopen{DispatchID: d.ID})
	w.do(w.admin, &models.DispatchChange{DispatchID: d.ID, WorkZone: &off})
	w.do(w.admin, &models.DeleteWorkZone{ID: w.northWork})
	w.nothing(w.admin, &models.DeleteWorkZone{ID: w.northWork})
	w.refuse(w.admin, &models.PutWorkZone{ID: w.northWork, Zone: w.north, Name: "Pier"}, "deleted")
	w.refuse(w.admin, &models.PutTeam{ID: w.team, Zone: w.north, Name: "Day", WorkZones: []models.WorkZoneID{w.northWork}}, "invalid")

	w.do(w.olga, &models.GoOffDuty{})
	w.refuse(w.admin, &models.DeleteTeam{ID: w.team}, "in_use")
	w.do(w.omar, &models.GoOffDuty{})
	w.do(w.admin, &models.DeleteTeam{ID: w.team})
	w.refuse(w.olga, &models.ReportForDuty{Zone: w.north, Team: w.team, CallSign: "n1"}, "invalid")
	w.refuse(w.admin, &models.PutTeam{ID: w.team, Zone: w.north, Name: "Day"}, "deleted")
}

func TestAZoneIsDeletedWhenNothingIsLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	team := newID[models.TeamID](w)
	w.do(w.admin, &models.PutTeam{ID: team, Zone: w.south, Name: "Night"})
	w.do(w.oleg, &models.ReportForDuty{Zone: w.south, Team: team, CallSign: "s1"})
	none := []models.ZoneID{}
	for _, step := range []models.CommandBody{
		&models.DeleteWorkZone{ID: w.southWork}, &models.GoOffDuty{UserID: w.oleg}, &models.DeleteTeam{ID: team},
		&models.UserChange{UserID: w.sam, Zones: &none},
	} {
		w.refuse(w.admin, &models.DeleteZone{ID: w.south}, "in_use")
		w.do(w.admin, step)
	}
	if !w.state.Granted(w.admin, models.ZoneScope(w.south)) {
		t.Fatal("the administrator does not see the zone")
	}
	w.do(w.admin, &models.DeleteZone{ID: w.south})
	if w.state.Granted(w.admin, models.ZoneScope(w.south)) {
		t.Error("the scope of a deleted zone stays with its readers")
	}
	for _, r := range w.state.Live(models.DirectoryScope(w.state.Agency.ID)) {
		if r.ID == w.south.UUID() || r.ID == team.UUID() || r.ID == w.southWork.UUID() {
			t.Errorf("the directory still shows %+v", r)
		}
	}
	w.refuse(w.admin, &models.PutZone{ID: w.south, Name: "South"}, "deleted")
}

// Who is assigned stays so when the team's authorisation ends; nobody of it is assigned there again.
func TestAuthorisationEndsForWhatComes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatch()
	task := w.task(d, w.olga)
	w.do(w.admin, &models.PutTeam{ID: w.team, Zone: w.north, Name: "Day"})
	w.do(w.olga, &models.TaskStart{TaskID: task})
	w.refuse(w.dan, &models.TaskCreate{ID: newID[models.TaskID](w), DispatchID: d.ID, Assignee: w.omar}, "not_authorised")
}

// A dispatch that has left the panels holds no work zone back, and has no place to return to once that is gone.
func TestADispatchDoesNotReturnToADeletedWorkZone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d, off := w.dispatch(), w.offWork
	w.do(w.dan, &models.DispatchChange{DispatchID: d.ID, WorkZone: &off})
	w.closeNow(d.ID)
	w.elapse(week)
	w.do(w.admin, &models.DeleteWorkZone{ID: off})
	w.refuse(w.sam, &models.DispatchReopen{DispatchID: d.ID}, "not_found")
	w.refuse(w.dan, &models.DispatchReopen{DispatchID: d.ID}, "deleted")
}

// A broadcast holds back what it went to until it has left the panels.
func TestABroadcastHoldsBackWhatItWentTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	team, zone := newID[models.TeamID](w), newID[models.ZoneID](w)
	w.do(w.admin, &models.PutZone{ID: zone, Name: "West"})
	w.do(w.admin, &models.PutTeam{ID: team, Zone: zone, Name: "Night"})
	toTeam := &models.BroadcastCreate{ID: newID[models.ConversationID](w), Team: team, MessageID: newID[models.MessageID](w), Text: "x"}
	toZone := &models.BroadcastCreate{ID: newID[models.ConversationID](w), Zone: zone, MessageID: newID[models.MessageID](w), Text: "x", Urgent: true}
	w.do(w.admin, toTeam)
	w.do(w.admin, toZone)
	for _, step := range []struct {
		of   models.ConversationID
		what models.CommandBody
	}{{toTeam.ID, &models.DeleteTeam{ID: team}}, {toZone.ID, &models.DeleteZone{ID: zone}}} {
		w.refuse(w.admin, step.what, "in_use")
		w.do(w.admin, &models.BroadcastEnd{ConversationID: step.of})
		w.refuse(w.admin, step.what, "in_use")
		w.elapse(week)
		w.do(w.admin, step.what)
	}
	if loose := w.state.Dangling(); len(loose) > 0 {
		t.Errorf("dangling: %q", loose)
	}
}
