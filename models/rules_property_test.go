package models_test

import (
	"officermobile/models"

	"pgregory.net/rapid"
)

// rulesCrowd is what random administrators have made.
type rulesCrowd struct {
	rtas    []models.RTAID
	choices []models.ChoiceID
}

// ruling draws a command about the agency's rules, which may or may not fit.
func (c *crowd) ruling() models.CommandBody {
	r := c.r
	switch rapid.IntRange(0, 8).Draw(r, "rule") {
	case 0, 1:
		id := newID[models.RTAID](c.world)
		if c.rules.rtas = append(c.rules.rtas, id); rapid.Bool().Draw(r, "an old one") {
			id = pick(r, c.rules.rtas)
		}
		status := rapid.Uint8Range(0, 4)
		return &models.PutRTA{RTARule: models.RTARule{
			ID: id, Name: "x", From: models.TaskStatus(status.Draw(r, "from")), To: models.TaskStatus(status.Draw(r, "to")),
			Seconds: rapid.IntRange(1, 5).Draw(r, "seconds"), Match: models.RTAMatch{Priority: pick(r, []models.Priority{"", models.High, models.Low})},
		}}
	case 2:
		return &models.DeleteRTA{ID: pick(r, append([]models.RTAID{{}}, c.rules.rtas...))}
	case 3:
		id := newID[models.ChoiceID](c.world)
		parent := pick(r, append([]models.ChoiceID{{}}, c.rules.choices...))
		c.rules.choices = append(c.rules.choices, id)
		kind := pick(r, []models.ChoiceKind{models.CategoryChoice, models.BusyStateChoice, models.DispositionChoice, models.CallSourceChoice})
		return &models.PutChoice{ChoiceForm: models.ChoiceForm{ID: id, Kind: kind, Parent: parent, Name: pick(r, []string{"a", "b"})}}
	case 4:
		return &models.DeleteChoice{ID: pick(r, append([]models.ChoiceID{{}}, c.rules.choices...))}
	case 5:
		return pick(r, []models.CommandBody{
			&models.DeleteZone{ID: pick(r, []models.ZoneID{c.north, c.south})}, &models.DeleteTeam{ID: c.team},
			&models.DeleteWorkZone{ID: pick(r, []models.WorkZoneID{c.northWork, c.southWork, c.offWork})},
		})
	case 6:
		p := pick(r, []models.Priority{models.High, models.Low})
		return &models.DispatchChange{DispatchID: pick(r, c.dispatches), Priority: &p}
	case 7:
		place := pick(r, []string{"", "Asia/Tokyo", "Australia/Lord_Howe"})
		return &models.PutZone{ID: pick(r, []models.ZoneID{c.north, c.south}), Name: "x", TimeZone: &place}
	default:
		return &models.AgencyChange{Settings: models.SettingsPatch(pick(r, []string{`{"number_reset_period":"never"}`, `{"number_reset_period":null}`}))}
	}
}

// checkClocks: clocks run exactly while their span does, at most one for each, and what is named exists.
func (c *crowd) checkClocks() {
	for _, id := range c.tasks {
		t := c.state.Task(id)
		if t == nil {
			continue
		}
		type span struct{ from, to models.TaskStatus }
		seen := map[span]bool{}
		for _, k := range t.Clocks {
			if running := k.Stopped == 0; running != (k.To > t.Status) || k.From > t.Status && running {
				c.r.Fatalf("task %s has the clock %+v", t.Status, k)
			}
			if seen[span{k.From, k.To}] || k.Start <= 0 || k.Stopped > 0 && k.Stopped < k.Start || k.Limit <= 0 {
				c.r.Fatalf("task %s has the clock %+v among %+v", t.Status, k, t.Clocks)
			}
			seen[span{k.From, k.To}] = true
		}
	}
	for _, d := range c.state.Dispatches() {
		if c.state.Zone(d.Zone) == nil {
			c.r.Fatalf("dispatch %d lies in a zone that was deleted", d.Number)
		}
	}
	for _, t := range c.state.Teams() {
		if c.state.Zone(t.Zone) == nil {
			c.r.Fatalf("team %s is of a zone that was deleted", t.Name)
		}
	}
	for _, u := range c.state.Users() {
		for _, z := range u.Zones {
			if c.state.Zone(z) == nil {
				c.r.Fatalf("%s has access to a zone that was deleted", u.Name)
			}
		}
	}
}
