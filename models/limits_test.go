package models_test

import (
	"testing"

	"officermobile/models"
)

// What people write: names are of one line and turn no writing around; running text may hold more, and no controls.
func TestWhatTextMayHold(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text   string
		inName, long bool
	}{
		{"letters of all kinds", "Zoë 東京 🚓 العربية", true, true},
		{"marks of direction", "א\u200f (1)", true, true},
		{"joiners", "می\u200cخواهم 👩\u200d🚒", true, true},
		{"a line break", "a\nb", false, true},
		{"a line break of Windows", "a\r\nb", false, true},
		{"a tab", "a\tb", false, true},
		{"a line separator", "a\u2028b", false, true},
		{"a paragraph separator", "a\u2029b", false, true},
		{"an override", "a\u202eb", false, true},
		{"an embedding", "a\u202ab\u202c", false, true},
		{"an isolate", "a\u2066b\u2069", false, true},
		{"a null", "a\x00b", false, false},
		{"an escape", "a\x1b[31mb", false, false},
		{"a backspace", "a\bb", false, false},
		{"a form feed", "a\fb", false, false},
		{"a delete", "a\x7fb", false, false},
		{"a next line", "a\u0085b", false, false},
		{"a C1 control", "a\u009bb", false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			d := w.dispatch()
			task := w.task(d, w.olga)
			names := []models.CommandBody{
				&models.UserChange{UserID: w.rita, Name: &tt.text}, &models.AgencyChange{Name: &tt.text},
				&models.DispatchChange{DispatchID: d.ID, Location: &tt.text}, &models.DispatchChange{DispatchID: d.ID, CallSource: &tt.text},
				&models.PutZone{ID: w.south, Name: tt.text},
			}
			texts := []models.CommandBody{
				&models.MessagePost{ConversationID: d.Conversation, ID: newID[models.MessageID](w), Text: tt.text},
				&models.Comment{DispatchID: d.ID, MessageID: newID[models.MessageID](w), Text: tt.text},
				&models.DispatchChange{DispatchID: d.ID, Description: &tt.text},
				&models.DispatchLog{DispatchID: d.ID, ID: newID[models.LogID](w), Text: tt.text},
				&models.TaskClear{TaskID: task, Response: tt.text},
			}
			w.each(names, tt.inName)
			w.each(texts, tt.long)
		})
	}
}

// each gives commands as the administrator, all of which must be accepted or all be invalid.
func (w *world) each(bodies []models.CommandBody, accepted bool) {
	w.t.Helper()
	for _, b := range bodies {
		if accepted {
			w.do(w.admin, b)
		} else {
			w.refuse(w.admin, b, "invalid")
		}
	}
}

// What older versions accepted stays: the log folds, and a change of something else is not refused for it.
func TestOldWordsStay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatch()
	place, high, off := "Pier 8", models.High, false
	facts := d.Facts
	facts.Description, facts.CallSource = "old\x00words", "a\u202eb"
	w.apply(models.Command{At: models.Micros(w.now.UnixMicro())}, []models.EventBody{
		&models.DispatchChanged{ID: d.ID, Zone: d.Zone, WorkZone: d.WorkZone, Facts: facts},
		&models.UserChanged{ID: w.rita, Name: "rita\u202e", Types: models.Reviewer, Active: true},
		&models.RTAPut{RTARule: models.RTARule{ID: newID[models.RTAID](w), Name: "old\x00", To: models.TaskOnScene, Seconds: 9}},
	})
	if got := w.state.Dispatch(d.ID).Facts; got.Description != facts.Description || len(w.state.RTAs()) != 1 {
		t.Fatalf("got %+v and %d rules, want what the log says", got, len(w.state.RTAs()))
	}
	w.do(w.dan, &models.DispatchChange{DispatchID: d.ID, Location: &place})
	w.do(w.dan, &models.DispatchChange{DispatchID: d.ID, Description: &facts.Description, Priority: &high})
	w.do(w.admin, &models.UserChange{UserID: w.rita, Active: &off})
	bad := "new\x00words"
	w.refuse(w.dan, &models.DispatchChange{DispatchID: d.ID, Description: &bad}, "invalid")
}
