package models_test

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"officermobile/models"
	"officermobile/models/record"
)

// world is an agency in a test: a state with its decider, and commands given as somebody.
type world struct {
	t       testing.TB
	state   *models.State
	decider *models.State
	log     []models.Event
	keys    map[string]int // places in the log, as the engine's index
	now     time.Time
	ids     uint64

	north, south       models.ZoneID
	northWork          models.WorkZoneID
	southWork, offWork models.WorkZoneID // offWork: in north, no team is authorised for it
	team               models.TeamID
	admin, dan, rita   models.UserID // administrator; dispatcher and reviewer of north
	sam                models.UserID // dispatcher of south
	olga, omar, oleg   models.UserID // officers; olga and omar on duty in north
	cad                models.UserID // integration of north
}

func id[K any](w *world) models.ID[K] {
	w.ids++
	var u models.ID[K]
	binary.BigEndian.PutUint64(u[:8], w.ids<<16) // rises like a version 7 UUID's time
	u[6], u[8] = 0x70, 0x80
	return u
}

func newID[I ~[16]byte](w *world) I {
	return I(id[struct{}](w))
}

func newWorld(t testing.TB) *world { return newWorldAt(t, models.CurrentLevel) }

// newWorldAt is a world of a feature level; one below the current was founded by an older version.
func newWorldAt(t testing.TB, level int) *world {
	w := &world{t: t, state: models.NewState(), keys: map[string]int{}, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	w.decider = w.state.Decider()
	system := models.UserID{}
	founded := w.decide(models.Command{Body: &models.AgencyCreate{ID: newID[models.AgencyID](w), Name: "Harbor Police", TimeZone: "America/Los_Angeles"}})
	founded[0].(*models.AgencyCreated).Level = level
	w.apply(models.Command{At: models.Micros(w.now.UnixMicro())}, founded)
	w.north, w.south = newID[models.ZoneID](w), newID[models.ZoneID](w)
	w.do(system, &models.PutZone{ID: w.north, Name: "North"})
	w.do(system, &models.PutZone{ID: w.south, Name: "South"})
	w.northWork, w.southWork, w.offWork = newID[models.WorkZoneID](w), newID[models.WorkZoneID](w), newID[models.WorkZoneID](w)
	w.do(system, &models.PutWorkZone{ID: w.northWork, Zone: w.north, Name: "Pier"})
	w.do(system, &models.PutWorkZone{ID: w.southWork, Zone: w.south, Name: "Yard"})
	w.do(system, &models.PutWorkZone{ID: w.offWork, Zone: w.north, Name: "Annex"})
	w.team = newID[models.TeamID](w)
	w.do(system, &models.PutTeam{ID: w.team, Zone: w.north, Name: "Day", WorkZones: []models.WorkZoneID{w.northWork}})
	w.admin = w.user("ada", models.Administrator)
	w.dan = w.user("dan", models.Dispatcher, w.north)
	w.rita = w.user("rita", models.Reviewer, w.north)
	w.sam = w.user("sam", models.Dispatcher, w.south)
	w.olga, w.omar, w.oleg = w.user("olga", models.Officer), w.user("omar", models.Officer), w.user("oleg", models.Officer)
	w.cad = w.user("cad", models.Integration, w.north)
	w.do(w.olga, &models.ReportForDuty{Zone: w.north, Team: w.team, CallSign: "n1"})
	w.do(w.dan, &models.ReportForDuty{UserID: w.omar, Zone: w.north, Team: w.team, CallSign: "n2"})
	return w
}

func (w *world) user(name string, types models.UserTypes, zones ...models.ZoneID) models.UserID {
	u := newID[models.UserID](w)
	w.do(models.UserID{}, &models.UserCreate{ID: u, Username: name, Name: name, Types: types, Zones: zones, Active: true})
	return u
}

// phone registers a new one for somebody.
func (w *world) phone(user models.UserID) models.DeviceID {
	w.t.Helper()
	d := newID[models.DeviceID](w)
	w.register(user, d)
	return d
}

// register has somebody take a phone.
func (w *world) register(user models.UserID, d models.DeviceID) {
	w.t.Helper()
	if _, err := w.try(models.Command{Actor: user, Device: d, Body: &models.DeviceRegister{Name: "phone", Class: "phone", Platform: "ios"}}); err != nil {
		w.t.Fatal(err)
	}
}

// try decides a command and applies what follows, to both copies.
func (w *world) try(c models.Command) ([]models.Event, error) {
	w.t.Helper()
	w.now = w.now.Add(time.Second)
	c.At = models.Micros(w.now.UnixMicro())
	if c.ID.IsZero() {
		c.ID = newID[models.CommandID](w)
	}
	for _, key := range models.LookUp(w.decider, c.Body) {
		if at, ok := w.keys[key]; ok && c.Taken == nil {
			c.Taken, c.Sealed = &w.log[at], models.SealedIn(w.log, at)
		}
	}
	bodies, err := models.Decide(w.decider, c)
	if err != nil {
		if models.AsError(err) == nil {
			w.t.Fatalf("%s: refused with an internal error: %v", c.Body.CommandType(), err)
		}
		if c.Num == 0 {
			return nil, err
		}
	}
	if c.Num > 0 && len(bodies) == 0 {
		bodies = []models.EventBody{models.OutcomeOf(err)}
	}
	return w.apply(c, bodies), err
}

// decide answers what would follow from a command that must be accepted.
func (w *world) decide(c models.Command) []models.EventBody {
	w.t.Helper()
	bodies, err := models.Decide(w.decider, c)
	if err != nil {
		w.t.Fatal(err)
	}
	return bodies
}

// index appends to the log as the engine does.
func (w *world) index(e models.Event) {
	w.t.Helper()
	_, _, keys, err := models.EncodeEvent(e, record.UUID{1})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, k := range keys {
		w.keys[k] = len(w.log)
	}
	w.log = append(w.log, e)
}

// apply folds a command's events into both copies.
func (w *world) apply(c models.Command, bodies []models.EventBody) []models.Event {
	w.t.Helper()
	var events []models.Event
	for i, b := range bodies {
		e := models.Event{
			Seq: w.state.Seq + 1, At: c.At + models.Micros(i), Actor: c.Actor, Device: c.Device, Lane: c.Lane, Num: c.Num,
			Command: c.ID, Body: b,
		}
		for _, s := range []*models.State{w.state, w.decider} {
			if err := models.Apply(s, e); err != nil {
				w.t.Fatalf("apply %s: %v", b.EventType(), err)
			}
		}
		events = append(events, e)
	}
	for _, e := range events {
		w.index(e)
	}
	return events
}

// do gives a command that must be accepted.
func (w *world) do(actor models.UserID, b models.CommandBody) []models.Event {
	w.t.Helper()
	events, err := w.try(models.Command{Actor: actor, Body: b})
	if err != nil {
		w.t.Fatalf("%s: got %v, want it done", b.CommandType(), err)
	}
	return events
}

// refuse gives a command that must be refused with a code and change nothing.
func (w *world) refuse(actor models.UserID, b models.CommandBody, code models.Code) {
	w.t.Helper()
	events, err := w.try(models.Command{Actor: actor, Body: b})
	if e := models.AsError(err); e == nil || e.Code != code || len(events) > 0 {
		w.t.Errorf("%s: got %v and %d events, want code %q", b.CommandType(), err, len(events), code)
	}
}

// nothing gives a command that must change nothing, all being so already.
func (w *world) nothing(actor models.UserID, b models.CommandBody) {
	w.t.Helper()
	if events := w.do(actor, b); len(events) > 0 {
		w.t.Errorf("%s: got %d events, want none", b.CommandType(), len(events))
	}
}

func (w *world) dispatch() *models.Dispatch {
	w.t.Helper()
	d := newID[models.DispatchID](w)
	w.do(w.dan, &models.DispatchCreate{ID: d, WorkZone: w.northWork, Facts: models.Facts{Priority: models.High, Location: "Pier 7"}})
	return w.state.Dispatch(d)
}

func (w *world) task(d *models.Dispatch, officer models.UserID) models.TaskID {
	w.t.Helper()
	task := newID[models.TaskID](w)
	w.do(w.dan, &models.TaskCreate{ID: task, DispatchID: d.ID, Assignee: officer})
	return task
}

func (w *world) post(actor models.UserID, c models.ConversationID, text string) models.MessageID {
	w.t.Helper()
	m := newID[models.MessageID](w)
	w.do(actor, &models.MessagePost{ConversationID: c, ID: m, Text: text})
	return m
}

func (w *world) isIn(c models.ConversationID, u models.UserID, want bool) {
	w.t.Helper()
	in, _ := w.state.IsIn(u, c)
	if granted := w.state.Granted(u, models.ConversationScope(c)); in != want || granted != want {
		w.t.Errorf("%s: in %v, scope granted %v, want %v", w.state.User(u).Name, in, granted, want)
	}
}

// notices lists a conversation's notices as "kind:name".
func (w *world) notices(c models.ConversationID) []string {
	var all []string
	for _, r := range w.state.Timeline(c) {
		if r.Notice != "" {
			name := ""
			if u := w.state.User(r.Subject); u != nil {
				name = u.Name
			}
			all = append(all, fmt.Sprintf("%s:%s", r.Notice, name))
		}
	}
	return all
}

func refold(t testing.TB, log []models.Event) *models.State {
	t.Helper()
	s := models.NewState()
	for _, e := range log {
		if err := models.Apply(s, e); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func digest(t testing.TB, s *models.State) record.Hash {
	t.Helper()
	h, err := s.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return h
}
