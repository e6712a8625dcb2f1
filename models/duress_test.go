package models_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"officermobile/models"
)

// raise presses the button, and returns the dispatch.
func (w *world) raise(u models.UserID, b models.DuressRaise, around ...models.Sighting) *models.Dispatch {
	w.t.Helper()
	if _, err := w.try(models.Command{Actor: u, Body: &b, Around: around}); err != nil {
		w.t.Fatalf("got %v, want help", err)
	}
	return w.state.DuressOf(u)
}

func at(u models.UserID, lat float64, age int64) models.Sighting {
	return models.Sighting{User: u, Lat: lat, Lon: -122.4, AccuracyM: 15, AgeS: age}
}

func TestDuressCallsWhoIsNear(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	south, signs := newID[models.TeamID](w), []string{"s1", "n4", "n5"}
	w.do(w.admin, &models.PutTeam{ID: south, Zone: w.south, Name: "South"})
	near, far, silent := w.user("near", models.Officer), w.user("far", models.Officer), w.user("silent", models.Officer)
	w.do(near, &models.ReportForDuty{Zone: w.south, Team: south, CallSign: signs[0]})
	w.do(far, &models.ReportForDuty{Zone: w.north, Team: w.team, CallSign: signs[1]})
	w.do(silent, &models.ReportForDuty{Zone: w.north, Team: w.team, CallSign: signs[2]})
	id, m := newID[models.DispatchID](w), newID[models.MessageID](w)
	d := w.raise(w.olga, models.DuressRaise{ID: id, MessageID: m},
		at(w.olga, 37.79, 90), at(near, 37.80, 5), at(w.omar, 37.791, 5), at(far, 38.5, 5), at(silent, 38.5, 3000))
	if d == nil || d.ID != id || !d.Duress || d.Facts.Priority != models.High || *d.Facts.Lat != 37.79 || d.Zone != w.north || d.WorkZone != w.northWork {
		t.Fatalf("got %+v, want it at her last known place", d)
	}
	for u, want := range map[models.UserID]bool{w.olga: true, w.omar: true, near: true, silent: true, far: false, w.dan: true, w.sam: false, w.oleg: false} {
		w.isIn(d.Conversation, u, want)
	}
	w.waiting(m, w.omar, near, silent, w.dan, w.admin)
	text := w.state.Message(m).Text
	for _, want := range []string{"olga (N1)", "1m30s old", "within 15 m"} {
		if !strings.Contains(text, want) {
			t.Errorf("got %q, want it to say %q", text, want)
		}
	}
	if got := w.notices(d.Conversation); !slices.Equal(got, []string{"duress:olga"}) {
		t.Errorf("got notices %v", got)
	}
	w.refuse(w.cad, &models.DuressRaise{}, "forbidden")
}

func TestPressesWithinAMinuteAreOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	raise := func() *models.DuressRaise { return &models.DuressRaise{ID: newID[models.DispatchID](w)} }
	w.do(w.olga, raise())
	w.nothing(w.olga, raise())
	w.do(w.omar, raise())
	first := w.state.DuressOf(w.olga)
	w.do(w.dan, &models.DispatchClose{DispatchID: first.ID})
	w.do(w.olga, raise())
	if got := w.state.DuressOf(w.olga); got.ID == first.ID {
		t.Error("what was closed does not hide a new one")
	}
	w.now = w.now.Add(time.Minute)
	w.do(w.olga, raise())
}

// Whatever is missing, taken or senseless, help is called.
func TestDuressIsNeverRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bad := 999.0
	taken := w.dispatch().ID
	for _, b := range []models.DuressRaise{{}, {Lat: &bad}, {Lat: &bad, Lon: &bad, AccuracyM: -1}, {ID: taken}} {
		w.now = w.now.Add(2 * time.Minute)
		before := w.state.DuressOf(w.olga)
		if d := w.raise(w.olga, b); d == nil || before != nil && d.ID == before.ID {
			t.Errorf("%+v: no new dispatch", b)
		}
	}
	w.do(w.omar, &models.GoOffDuty{})
	if d := w.raise(w.omar, models.DuressRaise{}); d.Zone != w.north {
		t.Error("off duty it belongs to the zone of the last shift")
	}
	if d := w.raise(w.sam, models.DuressRaise{}); d.Zone != w.south {
		t.Error("a dispatcher's belongs to a zone of theirs")
	} else if m := w.state.Timeline(d.Conversation)[1].ID; w.state.MustAcknowledge(w.sam, m) || !w.state.Urgent(m).Role {
		t.Error("who calls for help does not answer for the dispatchers")
	}
	if d := w.raise(w.oleg, models.DuressRaise{}); d == nil {
		t.Error("who never was on duty gets help too")
	}

	bare := &world{t: t, state: models.NewState(), now: w.now, keys: map[string]int{}}
	bare.decider = bare.state.Decider()
	bare.do(models.UserID{}, &models.AgencyCreate{ID: newID[models.AgencyID](bare), Name: "Bare", TimeZone: "UTC"})
	boss, lone := bare.user("ada", models.Administrator), bare.user("olga", models.Officer)
	d := bare.raise(lone, models.DuressRaise{})
	if d == nil || bare.state.Zone(d.Zone) == nil || bare.state.WorkZone(d.WorkZone) == nil {
		t.Fatalf("got %+v, want a zone made for it", d)
	}
	bare.isIn(d.Conversation, boss, true)
}

// An agency below the feature level gets the same help, said in events that its oldest node reads.
func TestDuressBelowItsFeatureLevel(t *testing.T) {
	t.Parallel()
	w := newWorldAt(t, 1)
	w.do(w.olga, &models.DuressRaise{ID: newID[models.DispatchID](w)})
	last := w.log[len(w.log)-1].Body.(*models.MessagePosted)
	w.isIn(last.Conversation, w.olga, true)
	w.isIn(last.Conversation, w.omar, true)
	if got := w.notices(last.Conversation); !slices.Equal(got, []string{"joined:olga", "joined:omar"}) || last.N != 3 {
		t.Errorf("got notices %v and message %d", got, last.N)
	}
}

// A panic is not lost for a field of another form or of another version: what is understood counts.
func TestDuressTakesWhatItUnderstands(t *testing.T) {
	t.Parallel()
	id := models.DispatchID{7: 0x70, 8: 0x80, 15: 1}
	for body, want := range map[string]string{
		`{"lat":1.5,"heart_rate":{"bpm":180},"lon":2}`:          "1.5 2",
		`{"lat":"north","lon":2}`:                               "- 2",
		`{"lat":null,"lon":null,"accuracy_m":"wide"}`:           "- -",
		`{"lat":1e999,"lon":{"a":[1]},"id":"x","message_id":7}`: "- -",
		`{"id":"` + id.String() + `","lat":[],"lon":2}`:         "- 2 with id",
		`[{"lat":1}]`: "- -", `null`: "- -", `7`: "- -", `"help"`: "- -", `{}`: "- -",
	} {
		b, err := models.DecodeCommand("duress.raise", []byte(body))
		if err != nil {
			t.Errorf("%s: %v", body, err)
			continue
		}
		press, got := b.(*models.DuressRaise), ""
		for i, at := range []*float64{press.Lat, press.Lon} {
			text := "-"
			if at != nil {
				text = fmt.Sprint(*at)
			}
			got += []string{"", " "}[i] + text
		}
		if press.ID == id {
			got += " with id"
		}
		if got != want || press.ID != id && !press.ID.IsZero() || press.AccuracyM != 0 {
			t.Errorf("%s: got %q of %+v, want %q", body, got, press, want)
		}
	}
	if _, err := models.DecodeCommand("duress.raise", []byte(`{`)); models.AsError(err) == nil {
		t.Errorf("got %v, want what is no JSON refused", err)
	}
	if _, err := models.DecodeCommand("message.post", []byte(`{"heart_rate":1}`)); err == nil {
		t.Error("another command passes over what it does not know")
	}
}
