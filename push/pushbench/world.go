package pushbench

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
)

// A group is people who share conversations, each with several devices, so that one message rings as many as a busy
// conversation does. They have several conversations, so that no window holds a ring back.
const (
	peopleEach  = 5
	devicesEach = 10 // of a person
	roomsLoad   = 6  // for the load, in turn
	roomsEach   = roomsLoad + 3
)

// GroupRings is how many devices are in a group: one message rings them all.
const GroupRings = peopleEach * devicesEach

// world is an agency in memory, and the service's Feed and Sight: nobody looks at any device.
type world struct {
	mu      sync.RWMutex
	state   *models.State
	log     []models.Event
	changed chan struct{}
	began   time.Time
	ids     uint64
	groups  []group
}

type group struct {
	author  models.UserID // has no device
	devices []models.DeviceID
	rooms   []models.ConversationID
}

// longAgo is when everything was set up: no invitation of then rings any more.
const longAgo = 72 * time.Hour

func newWorld(groups int) (*world, error) {
	w := &world{state: models.NewState(), changed: make(chan struct{}), began: time.Now()}
	at := w.began.Add(-longAgo)
	zone := newID[models.ZoneID](w)
	for _, b := range []models.CommandBody{
		&models.AgencyCreate{ID: newID[models.AgencyID](w), Name: "Bench", TimeZone: "UTC"}, &models.PutZone{ID: zone, Name: "North"},
	} {
		if err := w.do(at, models.UserID{}, models.DeviceID{}, b); err != nil {
			return nil, err
		}
	}
	for range groups {
		g, err := w.gather(at, zone)
		if err != nil {
			return nil, err
		}
		w.groups = append(w.groups, g)
	}
	return w, nil
}

func newID[I ~[16]byte](w *world) I {
	w.ids++
	var id I
	binary.BigEndian.PutUint64(id[:8], (uint64(w.began.UnixMilli())-1<<20+w.ids)<<16)
	id[6], id[8] = 0x70, 0x80
	binary.BigEndian.PutUint32(id[12:], uint32(w.ids))
	return id
}

// gather makes a group.
func (w *world) gather(at time.Time, zone models.ZoneID) (group, error) {
	var g group
	var people []models.UserID
	for i := range peopleEach + 1 {
		id := newID[models.UserID](w)
		name := fmt.Sprintf("u%d", w.ids)
		if err := w.do(at, models.UserID{}, models.DeviceID{}, &models.UserCreate{
			ID: id, Username: name, Name: name, Types: models.Officer, Zones: []models.ZoneID{zone}, Active: true,
		}); err != nil {
			return g, err
		}
		if i == 0 {
			g.author = id
			continue
		}
		people = append(people, id)
		for range devicesEach {
			d := newID[models.DeviceID](w)
			if err := w.do(at, id, d, &models.DeviceRegister{Name: "phone", Class: "phone", Platform: "ios"}); err != nil {
				return g, err
			}
			g.devices = append(g.devices, d)
		}
	}
	for range roomsEach {
		room := newID[models.ConversationID](w)
		if err := w.open(at, g.author, room, people); err != nil {
			return g, err
		}
		g.rooms = append(g.rooms, room)
	}
	return g, nil
}

// open makes a conversation; everybody who is asked in comes.
func (w *world) open(at time.Time, author models.UserID, room models.ConversationID, people []models.UserID) error {
	before := len(w.log)
	if err := w.do(at, author, models.DeviceID{}, &models.ConversationCreate{ID: room, Invitees: people}); err != nil {
		return err
	}
	for _, e := range slices.Clone(w.log[before:]) {
		if sent, ok := e.Body.(*models.InvitationSent); ok {
			if err := w.do(at, sent.Invitee, models.DeviceID{}, &models.Accept{InvitationID: sent.ID}); err != nil {
				return err
			}
		}
	}
	return nil
}

// do gives a command.
func (w *world) do(at time.Time, actor models.UserID, device models.DeviceID, b models.CommandBody) error {
	c := models.Command{Actor: actor, Device: device, ID: newID[models.CommandID](w), At: models.Micros(at.UnixMicro()), Body: b}
	w.mu.Lock()
	defer w.mu.Unlock()
	bodies, err := models.Decide(w.state, c)
	if err != nil {
		return fmt.Errorf("%s: %w", b.CommandType(), err)
	}
	for _, body := range bodies {
		e := models.Event{Seq: w.state.Seq + 1, At: c.At, Actor: actor, Device: device, Command: c.ID, Body: body}
		if err := models.Apply(w.state, e); err != nil {
			return err
		}
		w.log = append(w.log, e)
	}
	close(w.changed)
	w.changed = make(chan struct{})
	return nil
}

// post writes to a group.
func (w *world) post(g group, room int, urgent bool) error {
	return w.do(time.Now(), g.author, models.DeviceID{}, &models.MessagePost{
		ConversationID: g.rooms[room], ID: newID[models.MessageID](w), Text: "Copy that.", Urgent: urgent,
	})
}

func (w *world) agency() models.AgencyID { return w.state.Agency.ID }

// Agencies implements push.Feed.
func (w *world) Agencies(context.Context) ([]models.AgencyID, error) {
	return []models.AgencyID{w.agency()}, nil
}

// Events implements push.Feed.
func (w *world) Events(_ context.Context, _ models.AgencyID, after record.Seq, limit int) ([]models.Event, record.Seq, error) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	events := w.log[min(int(after), len(w.log)):]
	events = slices.Clone(events[:min(limit, len(events))])
	return events, after + record.Seq(len(events)), nil
}

// Changed implements push.Feed.
func (w *world) Changed(models.AgencyID) <-chan struct{} {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.changed
}

// View implements push.Sight.
func (w *world) View(_ context.Context, _ models.AgencyID, fn func(*models.State)) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	fn(w.state)
	return nil
}

// Presence implements push.Sight.
func (w *world) Presence(models.AgencyID, models.DeviceID) wire.DevicePresence {
	return wire.DevicePresence{State: models.Background, Certain: true, Heard: w.began, Since: w.began}
}
