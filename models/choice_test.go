package models_test

import (
	"testing"

	"officermobile/models"
)

// choice makes one and answers its id.
func (w *world) choice(kind models.ChoiceKind, parent models.ChoiceID, name string) models.ChoiceID {
	w.t.Helper()
	id := newID[models.ChoiceID](w)
	w.do(w.admin, &models.PutChoice{ChoiceForm: models.ChoiceForm{ID: id, Kind: kind, Parent: parent, Name: name}})
	return id
}

// called is a command that opens a dispatch of a category.
func (w *world) called(source string, category ...string) *models.DispatchCreate {
	return &models.DispatchCreate{ID: newID[models.DispatchID](w), WorkZone: w.northWork, Facts: models.Facts{Priority: models.Low, Category: category, CallSource: source}}
}

func TestCategoriesAreATree(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(w.dan, w.called("", "whatever", "they like"))
	none := models.ChoiceID{}
	alarm := w.choice(models.CategoryChoice, none, "alarm")
	fire := w.choice(models.CategoryChoice, alarm, "fire")
	smoke := w.choice(models.CategoryChoice, fire, "smoke")
	for _, good := range [][]string{nil, {"alarm"}, {"alarm", "fire"}, {"alarm", "fire", "smoke"}} {
		w.do(w.dan, w.called("", good...))
	}
	for _, bad := range [][]string{{"fire"}, {"alarm", "smoke"}, {"Alarm"}, {"whatever"}, {"alarm", "fire", "smoke", "x"}} {
		w.refuse(w.dan, w.called("", bad...), "invalid")
	}
	put := func(kind models.ChoiceKind, parent models.ChoiceID, name string) *models.PutChoice {
		return &models.PutChoice{ChoiceForm: models.ChoiceForm{ID: newID[models.ChoiceID](w), Kind: kind, Parent: parent, Name: name}}
	}
	w.refuse(w.admin, put(models.CategoryChoice, smoke, "fourth level"), "invalid")
	w.refuse(w.admin, put(models.CategoryChoice, alarm, "fire"), "exists")
	w.refuse(w.admin, put(models.BusyStateChoice, alarm, "break"), "invalid")
	w.refuse(w.admin, put("colour", none, "red"), "invalid")
	w.refuse(w.dan, put(models.CategoryChoice, none, "theft"), "forbidden")
	moved := models.ChoiceForm{ID: fire, Kind: models.CategoryChoice, Name: "fire"}
	w.refuse(w.admin, &models.PutChoice{ChoiceForm: moved}, "choice_fixed")
	w.refuse(w.admin, &models.DeleteChoice{ID: fire}, "in_use")

	d := w.called("", "alarm", "fire", "smoke")
	w.do(w.dan, d)
	w.do(w.admin, &models.DeleteChoice{ID: smoke})
	w.nothing(w.admin, &models.DeleteChoice{ID: smoke})
	w.refuse(w.dan, w.called("", "alarm", "fire", "smoke"), "invalid")
	place := "Gate 4"
	w.do(w.dan, &models.DispatchChange{DispatchID: d.ID, Location: &place})
	if got := w.state.Dispatch(d.ID).Facts.Category; len(got) != 3 {
		t.Errorf("got %q, want the deleted category kept", got)
	}
	w.choice(models.CategoryChoice, fire, "smoke") // the word is free again
	w.do(w.dan, w.called("", "alarm", "fire", "smoke"))
	old := newWorldAt(t, 1)
	old.refuse(old.admin, put(models.CategoryChoice, none, "theft"), "feature_level")
}

func TestOtherChoices(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	none := models.ChoiceID{}
	w.do(w.olga, &models.SetStatus{Status: models.StatusBusy, State: "anything"})
	w.choice(models.BusyStateChoice, none, "break")
	w.refuse(w.olga, &models.SetStatus{Status: models.StatusBusy, State: "lunch"}, "invalid")
	w.refuse(w.olga, &models.SetStatus{Status: models.StatusBusy}, "invalid")
	w.do(w.olga, &models.SetStatus{Status: models.StatusBusy, State: "break"})
	w.do(w.olga, &models.SetStatus{Status: models.StatusAvailable})

	w.choice(models.CallSourceChoice, none, "phone")
	w.refuse(w.dan, w.called("pigeon"), "invalid")
	w.do(w.dan, w.called("phone"))
	w.do(w.dan, w.called(""))

	report := w.choice(models.DispositionChoice, none, "report taken")
	task := w.task(w.dispatch(), w.olga)
	w.refuse(w.olga, &models.TaskClear{TaskID: task, Disposition: "vanished"}, "invalid")
	w.do(w.admin, &models.DeleteChoice{ID: report})
	w.choice(models.DispositionChoice, none, "unfounded")
	w.refuse(w.olga, &models.TaskClear{TaskID: task, Disposition: "report taken"}, "invalid")
	phone := w.phone(w.olga)
	late := models.Command{Actor: w.olga, Device: phone, Num: 1, Body: &models.TaskClear{TaskID: task, Disposition: "report taken"}}
	if _, err := w.try(late); err != nil {
		t.Errorf("from an outbox, chosen before it was deleted: got %v, want it done", err)
	}
}
