package models_test

import (
	"os"
	"testing"
	"time"

	"officermobile/models"

	"github.com/go-json-experiment/json"
)

// The table is what native developers test their clocks against.
func TestRTAColours(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/rta_colours.json")
	if err != nil {
		t.Fatal(err)
	}
	var table struct {
		Note  string `json:"note"`
		Cases []struct {
			Name    string        `json:"name"`
			Start   int64         `json:"start"`
			Limit   int           `json:"limit"`
			Stopped int64         `json:"stopped"`
			Now     int64         `json:"now"`
			Colour  models.Colour `json:"colour"`
			LeftMS  int64         `json:"left_ms"`
		} `json:"cases"`
	}
	if err := json.Unmarshal(b, &table, json.RejectUnknownMembers(true)); err != nil {
		t.Fatal(err)
	}
	if len(table.Cases) < 10 {
		t.Fatalf("got %d cases", len(table.Cases))
	}
	for _, tc := range table.Cases {
		c := models.RTAClock{Start: tc.Start, Limit: tc.Limit, Stopped: tc.Stopped}
		if colour, left := models.RTAColour(c, tc.Now), models.RTALeft(c, tc.Now); colour != tc.Colour || left != tc.LeftMS {
			t.Errorf("%s: got %s and %d, want %s and %d", tc.Name, colour, left, tc.Colour, tc.LeftMS)
		}
	}
}

// put makes a rule and answers its id.
func (w *world) rule(name string, from, to models.TaskStatus, seconds int, match models.RTAMatch) models.RTAID {
	w.t.Helper()
	id := newID[models.RTAID](w)
	w.do(w.admin, &models.PutRTA{RTARule: models.RTARule{ID: id, Name: name, From: from, To: to, Seconds: seconds, Match: match}})
	return id
}

// clock finds the clock of a span, which must be there.
func (w *world) clock(task models.TaskID, from, to models.TaskStatus) models.RTAClock {
	w.t.Helper()
	for _, c := range w.state.Task(task).Clocks {
		if c.From == from && c.To == to {
			return c
		}
	}
	w.t.Fatalf("no clock from %s to %s: %+v", from, to, w.state.Task(task).Clocks)
	return models.RTAClock{}
}

func TestTheMostParticularRuleCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	all := models.RTAMatch{}
	high := models.RTAMatch{Priority: models.High}
	pier := models.RTAMatch{Location: " pier 7 "}
	room := models.RTAMatch{IndoorLocation: "Cold Room"}
	const from, to = models.TaskUnassignedStatus, models.TaskOnScene
	for i, step := range []struct {
		name    string
		match   models.RTAMatch
		seconds int
		want    string
	}{
		{"all", all, 100, "all"},
		{"all, shorter", all, 60, "all, shorter"},
		{"another priority", models.RTAMatch{Priority: models.Low}, 10, "all, shorter"},
		{"high", high, 200, "high"},
		{"another place", models.RTAMatch{Location: "Pier 8"}, 10, "high"},
		{"pier", pier, 300, "pier"},
		{"pier, but for low", models.RTAMatch{Location: "Pier 7", Priority: models.Low}, 10, "pier"},
		{"room", room, 400, "room"},
		{"room, longer", room, 500, "room"},
	} {
		w.rule(step.name, from, to, step.seconds, step.match)
		d := newID[models.DispatchID](w)
		w.do(w.dan, &models.DispatchCreate{ID: d, WorkZone: w.northWork, Facts: models.Facts{Priority: models.High, Location: "Pier 7", IndoorLocation: "cold room"}})
		task := w.task(w.state.Dispatch(d), models.UserID{})
		if got := w.clock(task, from, to); got.Name != step.want {
			t.Errorf("step %d, %s: got %q, want %q", i, step.name, got.Name, step.want)
		}
	}
}

func TestClocksOfATask(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const un, as, route, scene, done = models.TaskUnassignedStatus, models.TaskAssignedStatus, models.TaskOnRoute, models.TaskOnScene, models.TaskCleared
	w.rule("assign", un, as, 60, models.RTAMatch{})
	w.rule("be there", un, scene, 480, models.RTAMatch{})
	w.rule("leave", as, route, 120, models.RTAMatch{})
	w.rule("stay", scene, done, 3600, models.RTAMatch{})
	task := w.task(w.dispatch(), models.UserID{})
	created := int64(w.state.Task(task).Moved) / 1000
	if c := w.clock(task, un, scene); c.Start != created || c.Limit != 480 || c.Stopped != 0 {
		t.Errorf("got %+v, want it to run since the task was created", c)
	}
	w.do(w.dan, &models.TaskAssign{TaskID: task, UserID: w.olga})
	assigned := int64(w.state.Task(task).Moved) / 1000
	if c := w.clock(task, un, as); c.Stopped != assigned {
		t.Errorf("got %+v, want it stopped when assigned", c)
	}
	w.now = w.now.Add(time.Minute)
	w.do(w.dan, &models.TaskUnassign{TaskID: task})
	back := int64(w.state.Task(task).Moved) / 1000
	if c := w.clock(task, un, as); c.Start != back || c.Stopped != 0 {
		t.Errorf("fallen back: got %+v, want it anew", c)
	}
	if c := w.clock(task, un, scene); c.Start != created || c.Stopped != 0 {
		t.Errorf("fallen back: got %+v, want it to go on since the beginning", c)
	}
	if n := len(w.state.Task(task).Clocks); n != 2 {
		t.Errorf("fallen back: got %d clocks, want the one from assigned gone", n)
	}
	w.do(w.dan, &models.TaskAssign{TaskID: task, UserID: w.olga})
	w.do(w.olga, &models.TaskStart{TaskID: task})
	w.do(w.olga, &models.TaskArrive{TaskID: task})
	arrived := int64(w.state.Task(task).Moved) / 1000
	if c := w.clock(task, un, scene); c.Stopped != arrived || c.Start != created {
		t.Errorf("arrived: got %+v", c)
	}
	w.do(w.olga, &models.TaskSuspend{TaskID: task})
	if c := w.clock(task, scene, done); c.Stopped == 0 {
		t.Errorf("suspended: got %+v, want it stopped", c)
	}
	next := models.Derive[struct{}](models.ID[struct{}](task), "suspended")
	duplicate := models.TaskID(next)
	if c := w.clock(duplicate, un, scene); c.Start <= arrived || c.Stopped != 0 {
		t.Errorf("the duplicate: got %+v, want a clock of its own", c)
	}
	if c := w.clock(duplicate, un, as); c.Stopped == 0 {
		t.Errorf("the duplicate: got %+v, want it stopped, being assigned", c)
	}
	w.do(w.olga, &models.TaskClear{TaskID: duplicate})
	for _, c := range w.state.Task(duplicate).Clocks {
		if c.Stopped == 0 || c.From == route || c.From == scene {
			t.Errorf("cleared at once: got %+v, want all stopped, and none begun for what was passed over", c)
		}
	}
}

func TestRulesThatChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const from, to = models.TaskUnassignedStatus, models.TaskOnScene
	id := w.rule("all", from, to, 100, models.RTAMatch{})
	d := w.dispatch()
	task := w.task(d, w.olga)
	start := w.clock(task, from, to).Start
	w.do(w.admin, &models.PutRTA{RTARule: models.RTARule{ID: id, Name: "all", From: from, To: to, Seconds: 50}})
	if c := w.clock(task, from, to); c.Limit != 100 {
		t.Errorf("got a limit of %d, want that with which the clock began", c.Limit)
	}
	w.rule("low", from, to, 900, models.RTAMatch{Priority: models.Low})
	rev := w.state.Task(task).Rev
	text := "more is known"
	w.do(w.dan, &models.DispatchChange{DispatchID: d.ID, Description: &text})
	if got := w.state.Task(task); got.Rev != rev {
		t.Errorf("a description changed: got rev %d, want %d", got.Rev, rev)
	}
	low := models.Low
	w.do(w.dan, &models.DispatchChange{DispatchID: d.ID, Priority: &low})
	if c := w.clock(task, from, to); c.Limit != 900 || c.Start != start {
		t.Errorf("the priority changed: got %+v, want the rule for low, since the beginning", c)
	}
	if got := w.state.Task(task); got.Rev == rev {
		t.Error("the priority changed: devices are not told")
	}
	w.do(w.admin, &models.DeleteRTA{ID: id})
	w.nothing(w.admin, &models.DeleteRTA{ID: id})
	w.refuse(w.admin, &models.PutRTA{RTARule: models.RTARule{ID: id, Name: "again", From: from, To: to, Seconds: 50}}, "deleted")
	if _, ok := models.RTAFirst(w.state.Task(task).Clocks); !ok {
		t.Error("the clock that runs is gone with a rule")
	}
}

func TestRulesAreChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := models.RTARule{ID: newID[models.RTAID](w), Name: "x", From: models.TaskUnassignedStatus, To: models.TaskCleared, Seconds: 60}
	for name, spoil := range map[string]func(*models.RTARule){
		"no id":      func(r *models.RTARule) { r.ID = models.RTAID{} },
		"no name":    func(r *models.RTARule) { r.Name = " " },
		"backwards":  func(r *models.RTARule) { r.From, r.To = models.TaskOnScene, models.TaskOnRoute },
		"nowhere":    func(r *models.RTARule) { r.From = models.TaskCleared },
		"no time":    func(r *models.RTARule) { r.Seconds = 0 },
		"over a day": func(r *models.RTARule) { r.Seconds = 86401 },
		"priority":   func(r *models.RTARule) { r.Match.Priority = "urgent" },
		"control":    func(r *models.RTARule) { r.Match.Location = "a\nb" },
		"indoor":     func(r *models.RTARule) { r.Match.IndoorLocation = "a\x00" },
		"beyond":     func(r *models.RTARule) { r.To = 9 },
	} {
		r := good
		spoil(&r)
		if _, err := w.try(models.Command{Actor: w.admin, Body: &models.PutRTA{RTARule: r}}); err == nil {
			t.Errorf("%s: got no refusal", name)
		}
	}
	w.refuse(w.dan, &models.PutRTA{RTARule: good}, "forbidden")
	w.do(w.admin, &models.PutRTA{RTARule: good})
	w.nothing(w.admin, &models.PutRTA{RTARule: good})
	w.refuse(w.dan, &models.DeleteRTA{ID: good.ID}, "forbidden")
	w.refuse(w.admin, &models.DeleteRTA{ID: newID[models.RTAID](w)}, "not_found")
	old := newWorldAt(t, 1)
	old.refuse(old.admin, &models.PutRTA{RTARule: good}, "feature_level")
	for range 199 {
		w.rule("many", models.TaskUnassignedStatus, models.TaskOnScene, 60, models.RTAMatch{})
	}
	r := good
	r.ID = newID[models.RTAID](w)
	w.refuse(w.admin, &models.PutRTA{RTARule: r}, "too_many")
}

func TestRTAFirst(t *testing.T) {
	t.Parallel()
	clocks := []models.RTAClock{{Name: "done", Start: 0, Limit: 1, Stopped: 5}, {Name: "later", Start: 0, Limit: 100}, {Name: "sooner", Start: 50_000, Limit: 30}}
	if c, ok := models.RTAFirst(clocks); !ok || c.Name != "sooner" {
		t.Errorf("got %+v, want the one that is over first", c)
	}
	if _, ok := models.RTAFirst(clocks[:1]); ok {
		t.Error("got a clock, though none runs")
	}
}
