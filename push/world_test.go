package push_test

import (
	"context"
	"encoding/binary"
	"slices"
	"sync"
	"testing"
	"time"

	"officermobile/clock"
	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
)

// world is an agency: a real state folded from real commands, and what its devices are doing as a test says. It is the
// service's Feed and Sight.
type world struct {
	t     testing.TB
	clock clock.Clock

	mu       sync.RWMutex
	state    *models.State
	log      []models.Event
	ids      uint64
	changed  chan struct{}
	presence map[models.DeviceID]wire.DevicePresence

	ada, dan, olga, omar models.UserID // administrator; dispatcher and officers of zone
	zone                 models.ZoneID
	team                 models.TeamID
	work                 models.WorkZoneID
	phone, tablet        models.DeviceID // olga's
	omars, dans          models.DeviceID
	chat                 models.ConversationID // of olga and omar
}

func newWorld(t testing.TB, c clock.Clock) *world {
	w := &world{
		t: t, clock: c, state: models.NewState(), changed: make(chan struct{}), presence: map[models.DeviceID]wire.DevicePresence{},
	}
	system := models.UserID{}
	w.do(system, &models.AgencyCreate{ID: newID[models.AgencyID](w), Name: "Harbor Police", TimeZone: "America/Los_Angeles"})
	w.zone, w.work = newID[models.ZoneID](w), newID[models.WorkZoneID](w)
	w.do(system, &models.PutZone{ID: w.zone, Name: "North"})
	w.do(system, &models.PutWorkZone{ID: w.work, Zone: w.zone, Name: "Pier"})
	w.team = newID[models.TeamID](w)
	w.do(system, &models.PutTeam{ID: w.team, Zone: w.zone, Name: "Day", WorkZones: []models.WorkZoneID{w.work}})
	w.ada = w.user("ada", models.Administrator)
	w.dan = w.user("dan", models.Dispatcher)
	w.olga, w.omar = w.user("olga", models.Officer), w.user("omar", models.Officer)
	w.do(w.olga, &models.ReportForDuty{Zone: w.zone, Team: w.team, CallSign: "n1"})
	w.do(w.omar, &models.ReportForDuty{Zone: w.zone, Team: w.team, CallSign: "n2"})
	w.phone, w.tablet = w.device(w.olga, "phone"), w.device(w.olga, "vehicle")
	w.omars, w.dans = w.device(w.omar, "phone"), w.device(w.dan, "console")
	w.chat = newID[models.ConversationID](w)
	w.do(w.omar, &models.ConversationCreate{ID: w.chat, Invitees: []models.UserID{w.olga}})
	w.post(w.olga, w.chat, "here") // which accepts
	return w
}

func newID[I ~[16]byte](w *world) I {
	w.ids++
	var id I
	binary.BigEndian.PutUint64(id[:8], w.ids<<16) // rises like a version 7 UUID's time
	id[6], id[8] = 0x70, 0x80
	return id
}

func (w *world) user(name string, types models.UserTypes) models.UserID {
	id := newID[models.UserID](w)
	w.do(models.UserID{}, &models.UserCreate{ID: id, Username: name, Name: name, Types: types, Zones: []models.ZoneID{w.zone}, Active: true})
	return id
}

func (w *world) device(u models.UserID, class string) models.DeviceID {
	id := newID[models.DeviceID](w)
	w.from(u, id, &models.DeviceRegister{Name: class, Class: class, Platform: "ios"})
	return id
}

// do gives a command of somebody's without a device.
func (w *world) do(actor models.UserID, b models.CommandBody) []models.Event {
	w.t.Helper()
	return w.from(actor, models.DeviceID{}, b)
}

// from gives a command that must be accepted.
func (w *world) from(actor models.UserID, device models.DeviceID, b models.CommandBody) []models.Event {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	c := models.Command{Actor: actor, Device: device, ID: newID[models.CommandID](w), At: models.Micros(w.clock.Now().UnixMicro()), Body: b}
	bodies, err := models.Decide(w.state, c)
	if err != nil {
		w.t.Fatalf("%s: %v", b.CommandType(), err)
	}
	var events []models.Event
	for _, body := range bodies {
		e := models.Event{Seq: w.state.Seq + 1, At: c.At, Actor: actor, Device: device, Command: c.ID, Body: body}
		if err := models.Apply(w.state, e); err != nil {
			w.t.Fatal(err)
		}
		events = append(events, e)
	}
	w.log = append(w.log, events...)
	close(w.changed)
	w.changed = make(chan struct{})
	return events
}

func (w *world) post(actor models.UserID, c models.ConversationID, text string) record.Seq {
	w.t.Helper()
	events := w.do(actor, &models.MessagePost{ConversationID: c, ID: newID[models.MessageID](w), Text: text})
	return events[len(events)-1].Seq
}

func (w *world) urgent(actor models.UserID, c models.ConversationID) (models.MessageID, record.Seq) {
	w.t.Helper()
	id := newID[models.MessageID](w)
	events := w.do(actor, &models.MessagePost{ConversationID: c, ID: id, Text: "now", Urgent: true})
	return id, events[len(events)-1].Seq
}

// dispatch makes one; olga and omar are not assigned.
func (w *world) dispatch() *models.Dispatch {
	id := newID[models.DispatchID](w)
	w.do(w.dan, &models.DispatchCreate{ID: id, WorkZone: w.work, Facts: models.Facts{Priority: models.High, Location: "Pier 7"}})
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.state.Dispatch(id)
}

func (w *world) tip() record.Seq {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.state.Seq
}

// is says what a device is doing; it has confirmed everything up to a position.
func (w *world) is(d models.DeviceID, state models.PresenceState, confirmed record.Seq) {
	w.mu.Lock()
	defer w.mu.Unlock()
	old := w.presence[d]
	p := wire.DevicePresence{State: state, Certain: true, Heard: w.clock.Now(), Since: old.Since, Confirmed: max(confirmed, old.Confirmed)}
	if old.State != state {
		p.Since = p.Heard
	}
	w.presence[d] = p
}

// allLook puts every device into the foreground with everything confirmed.
func (w *world) allLook() {
	for _, d := range []models.DeviceID{w.phone, w.tablet, w.omars, w.dans} {
		w.is(d, models.Foreground, w.tip())
	}
}

func (w *world) id() models.AgencyID { return w.state.Agency.ID }

func (w *world) Agencies(context.Context) ([]models.AgencyID, error) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return []models.AgencyID{w.id()}, nil
}

func (w *world) Events(_ context.Context, _ models.AgencyID, after record.Seq, limit int) ([]models.Event, record.Seq, error) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	events := w.log[min(int(after), len(w.log)):]
	events = slices.Clone(events[:min(limit, len(events))])
	return events, max(after, min(w.state.Seq, after+record.Seq(len(events)))), nil
}

func (w *world) Changed(models.AgencyID) <-chan struct{} {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.changed
}

func (w *world) View(_ context.Context, _ models.AgencyID, fn func(*models.State)) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	fn(w.state)
	return nil
}

func (w *world) Presence(_ models.AgencyID, d models.DeviceID) wire.DevicePresence {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.presence[d]
}

// after waits in a bubble, whose clock then moves on at once.
func after(d time.Duration) { <-time.After(d) }
