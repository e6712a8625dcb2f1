package sync_test

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"officermobile/models"
	"officermobile/models/record"
	"officermobile/models/wire"
)

// replica is a node's fold, which may lag, with the oracle's own beside it.
type replica struct {
	s     *models.State
	sight *sight
}

func newReplica() *replica { return &replica{models.NewState(), newSight()} }

func (r *replica) apply(t testing.TB, e models.Event) {
	if err := models.Apply(r.s, e); err != nil {
		t.Fatalf("apply %s: %v", e.Body.EventType(), err)
	}
	r.sight.apply(r.s, e)
}

// town is an agency under random commands: its log, the head, and two nodes that lag behind.
type town struct {
	t     testing.TB
	r     *rand.Rand
	log   []models.Event
	ends  []int // of the batches of log
	head  *replica
	nodes [2]*replica
	keys  map[string]int // of the index of log
	ids   uint64
	late  models.Micros // that time is ahead of a second for each event

	zones         []models.ZoneID
	works         []models.WorkZoneID
	teams         []models.TeamID
	admin         models.UserID
	dispatchers   []models.UserID
	officers      []models.UserID
	people        []models.UserID
	devices       map[models.UserID]models.DeviceID
	dispatches    []models.DispatchID
	tasks         []models.TaskID
	conversations []models.ConversationID
	broadcasts    []models.ConversationID // those of them that are
	messages      []models.MessageID
	rtas          []models.RTAID
	choices       []models.ChoiceID
	tablet        models.DeviceID // that goes from hand to hand
	pop           models.ZoneID   // an operational zone that is made and deleted
}

func mint[I ~[16]byte](w *town) I {
	w.ids++
	var id I
	binary.BigEndian.PutUint64(id[:8], w.ids<<16)
	id[6], id[8] = 0x70, 0x80
	return id
}

func one[T any](w *town, list []T) T { return list[w.r.IntN(len(list))] }

func newTown(t testing.TB, seed uint64) *town {
	w := &town{t: t, r: rand.New(rand.NewPCG(seed, 7)), head: newReplica(), devices: map[models.UserID]models.DeviceID{}, keys: map[string]int{}}
	w.nodes = [2]*replica{newReplica(), newReplica()}
	system := models.UserID{}
	w.do(system, &models.AgencyCreate{ID: mint[models.AgencyID](w), Name: "Harbor", TimeZone: "UTC", Settings: models.Settings{PanelHours: 1}})
	for range 2 {
		z, wz, team := mint[models.ZoneID](w), mint[models.WorkZoneID](w), mint[models.TeamID](w)
		w.do(system, &models.PutZone{ID: z, Name: "Zone"})
		w.do(system, &models.PutWorkZone{ID: wz, Zone: z, Name: "Work"})
		w.do(system, &models.PutTeam{ID: team, Zone: z, Name: "Day", WorkZones: []models.WorkZoneID{wz}})
		w.zones, w.works, w.teams = append(w.zones, z), append(w.works, wz), append(w.teams, team)
	}
	w.admin = w.person("ada", models.Administrator)
	w.dispatchers = []models.UserID{w.person("dan", models.Dispatcher, w.zones[0]), w.person("sam", models.Dispatcher, w.zones[1])}
	w.person("rita", models.Reviewer, w.zones[0])
	w.officers = []models.UserID{w.person("olga", models.Officer), w.person("omar", models.Officer)}
	w.person("cad", models.Integration, w.zones...)
	w.tablet = mint[models.DeviceID](w)
	return w
}

func (w *town) person(name string, types models.UserTypes, zones ...models.ZoneID) models.UserID {
	id := mint[models.UserID](w)
	w.do(models.UserID{}, &models.UserCreate{ID: id, Username: name, Name: name, Types: types, Zones: zones, Active: true})
	device := mint[models.DeviceID](w)
	w.give(models.Command{Actor: id, Device: device, Body: &models.DeviceRegister{Name: "phone", Class: "phone", Platform: "ios"}})
	w.people, w.devices[id] = append(w.people, id), device
	return id
}

func (w *town) caller(u models.UserID) wire.Caller {
	return wire.Caller{Agency: w.head.s.Agency.ID, User: u, Device: w.devices[u]}
}

// do gives a command by REST; a refusal changes nothing.
func (w *town) do(actor models.UserID, b models.CommandBody) bool {
	return w.give(models.Command{Actor: actor, Body: b})
}

func (w *town) give(c models.Command) bool {
	c.At, c.ID = w.now(), mint[models.CommandID](w)
	w.lookUp(&c)
	bodies, err := models.Decide(w.head.s, c)
	if err != nil || len(bodies) == 0 {
		return false
	}
	for i, b := range bodies {
		e := models.Event{Seq: record.Seq(len(w.log) + 1), At: c.At + models.Micros(i), Actor: c.Actor, Device: c.Device, Command: c.ID, Body: b}
		_, _, keys, err := models.EncodeEvent(e, record.UUID{1})
		if err != nil {
			w.t.Fatal(err)
		}
		for _, k := range keys {
			w.keys[k] = len(w.log)
		}
		w.log = append(w.log, e)
		w.head.apply(w.t, e)
	}
	w.ends = append(w.ends, len(w.log))
	return true
}

func (w *town) now() models.Micros {
	return models.Micros(1_790_000_000_000_000+int64(len(w.log))*1_000_000) + w.late
}

// lookUp finds in the log what memory can't tell of a command, as the engine does.
func (w *town) lookUp(c *models.Command) {
	for _, k := range models.LookUp(w.head.s, c.Body) {
		if i, ok := w.keys[k]; ok && c.Taken == nil {
			c.Taken, c.Sealed = &w.log[i], models.SealedIn(w.log, i)
		}
	}
}

// follow lets a node apply up to n batches more.
func (w *town) follow(r *replica, n int) {
	for _, end := range w.ends {
		if n == 0 {
			return
		}
		if int(r.s.Seq) >= end {
			continue
		}
		n--
		for int(r.s.Seq) < end {
			r.apply(w.t, w.log[r.s.Seq])
		}
	}
}

// happen gives one random command.
func (w *town) happen() {
	switch k := w.r.IntN(100); {
	case k < 30:
		w.talk()
	case k < 50:
		w.dispatch()
	case k < 70:
		w.meet()
	case k < 84:
		w.work()
	case k < 87:
		w.administer()
	case k < 90:
		w.rule()
	case k < 94:
		w.elapse(time.Duration(1+w.r.IntN(30)) * time.Hour)
	case k < 97:
		w.alarm()
	default:
		floor := int(w.head.s.Seq) - 8 - w.r.IntN(40)
		w.do(models.UserID{}, &models.RaiseFloor{Floor: record.Seq(max(0, floor))})
	}
}

// elapse lets time go by, and the system do what is due: closed dispatches leave, invitations expire, urgent messages
// are escalated.
func (w *town) elapse(d time.Duration) {
	w.late += models.Micros(d.Microseconds())
	due, _ := w.head.s.Due(w.now())
	for _, b := range due {
		w.do(models.UserID{}, b)
	}
}

func (w *town) talk() {
	if len(w.conversations) == 0 {
		return
	}
	u, c := one(w, w.people), one(w, w.conversations)
	switch w.r.IntN(7) {
	case 0:
		w.do(u, &models.ReadUpTo{ConversationID: c, N: 1 + uint32(w.r.IntN(20))})
	case 1:
		if len(w.messages) > 0 {
			w.do(u, &models.Acknowledge{MessageID: one(w, w.messages)})
		}
	case 2:
		if w.r.IntN(2) == 0 {
			w.do(u, &models.MuteConversation{ConversationID: c})
		} else {
			w.do(u, &models.UnmuteConversation{ConversationID: c})
		}
	default:
		m := mint[models.MessageID](w)
		urgent := w.r.IntN(5) == 0
		if w.do(u, &models.MessagePost{ConversationID: c, ID: m, Text: "10-4 \"copy\"", Urgent: urgent}) && urgent {
			w.messages = append(w.messages, m)
		}
	}
}

func (w *town) dispatch() {
	runner := one(w, append([]models.UserID{w.admin}, w.dispatchers...))
	if len(w.dispatches) < 2 || w.r.IntN(3) == 0 {
		id := mint[models.DispatchID](w)
		facts := models.Facts{Priority: models.High, Location: "Pier 9"}
		if w.do(runner, &models.DispatchCreate{ID: id, WorkZone: one(w, w.works), Facts: facts}) {
			w.dispatches = append(w.dispatches, id)
			w.conversations = append(w.conversations, models.ConversationOf(id))
		}
		return
	}
	id := one(w, w.dispatches)
	switch w.r.IntN(8) {
	case 0, 1:
		wz := one(w, w.works)
		w.do(w.admin, &models.DispatchChange{DispatchID: id, WorkZone: &wz}) // moves it between zones
	case 2:
		place := "Dock " + string(rune('A'+w.r.IntN(20)))
		w.do(runner, &models.DispatchChange{DispatchID: id, Location: &place})
	case 3:
		w.do(one(w, w.people), &models.DispatchLog{DispatchID: id, ID: mint[models.LogID](w), Text: "gate locked"})
	case 4, 5:
		w.finish(runner, id)
	default:
		w.do(runner, &models.DispatchReopen{DispatchID: id})
	}
}

// finish clears a dispatch's tasks and closes it.
func (w *town) finish(runner models.UserID, id models.DispatchID) {
	if d := w.head.s.Dispatch(id); d != nil {
		for _, t := range d.Tasks {
			w.do(runner, &models.TaskClear{TaskID: t})
		}
	}
	w.do(runner, &models.DispatchClose{DispatchID: id})
}

func (w *town) meet() {
	u := one(w, w.people)
	if len(w.conversations) < 2 || w.r.IntN(6) == 0 {
		id := mint[models.ConversationID](w)
		invitees := []models.UserID{one(w, w.people), one(w, w.people)}[:1+w.r.IntN(2)]
		if w.do(u, &models.ConversationCreate{ID: id, Invitees: invitees}) {
			w.conversations = append(w.conversations, id)
		}
		return
	}
	c := one(w, w.conversations)
	switch w.r.IntN(7) {
	case 0:
		w.do(u, &models.Leave{ConversationID: c})
	case 6:
		if w.head.sight.personal[c] {
			w.desert(c)
		}
	case 1:
		w.do(w.admin, &models.Remove{ConversationID: c, UserID: u})
	case 2:
		w.do(one(w, w.people), &models.Invite{ConversationID: c, Invitees: []models.UserID{u}})
	case 3:
		if len(w.dispatches) > 0 {
			w.do(u, &models.Comment{DispatchID: one(w, w.dispatches)})
		}
	default:
		if n := len(w.head.sight.invited); n > 0 {
			id := w.head.sight.invited[n-1-w.r.IntN(min(n, 4))]
			invitee := w.head.sight.asked[id].u
			if w.r.IntN(4) == 0 {
				w.do(invitee, &models.Reject{InvitationID: id})
			} else {
				w.do(invitee, &models.Accept{InvitationID: id})
			}
		}
	}
}

// desert takes everybody out of a conversation.
func (w *town) desert(c models.ConversationID) {
	for _, id := range slices.Clone(w.head.sight.invited) {
		if m := w.head.sight.asked[id]; m.c == c {
			w.do(m.u, &models.Reject{InvitationID: id})
		}
	}
	for _, u := range w.people {
		w.do(u, &models.Leave{ConversationID: c})
	}
}

func (w *town) work() {
	o := one(w, w.officers)
	i := w.r.IntN(len(w.zones))
	switch k := w.r.IntN(7); {
	case k == 0:
		w.do(o, &models.GoOffDuty{})
	case k < 3 || w.head.s.Duty(o) == nil:
		w.do(o, &models.ReportForDuty{Zone: w.zones[i], Team: w.teams[i], CallSign: string(rune('A' + w.r.IntN(26)))})
	case k < 5 && len(w.dispatches) > 0:
		id := mint[models.TaskID](w)
		if w.do(w.admin, &models.TaskCreate{ID: id, DispatchID: one(w, w.dispatches), Assignee: o}) {
			w.tasks = append(w.tasks, id)
		}
	case len(w.tasks) > 0:
		t := one(w, w.tasks)
		bodies := []models.CommandBody{
			&models.TaskStart{TaskID: t}, &models.TaskArrive{TaskID: t}, &models.TaskClear{TaskID: t}, &models.TaskUnassign{TaskID: t},
		}
		w.do(one(w, []models.UserID{o, w.admin}), one(w, bodies))
	}
}

func (w *town) administer() {
	u := one(w, w.people[1:])
	switch w.r.IntN(8) {
	case 0:
		active := w.r.IntN(4) > 0
		w.do(w.admin, &models.UserChange{UserID: u, Active: &active})
	case 4:
		w.give(models.Command{Actor: u, Device: w.tablet, Body: &models.DeviceRegister{Name: "tablet", Class: "vehicle", Platform: "android"}})
	case 5, 6:
		w.popUp()
	case 1, 2:
		zones := [][]models.ZoneID{nil, w.zones[:1], w.zones[1:], w.zones}[w.r.IntN(4)]
		w.do(w.admin, &models.UserChange{UserID: one(w, append(w.dispatchers, u)), Zones: &zones})
	case 3:
		types := one(w, []models.UserTypes{models.Officer, models.Dispatcher, models.Reviewer, models.Officer | models.Dispatcher})
		w.do(w.admin, &models.UserChange{UserID: u, Types: &types})
	default:
		name := "Name " + string(rune('A'+w.r.IntN(26)))
		w.do(w.admin, &models.UserChange{UserID: u, Name: &name})
	}
}

// popUp makes an operational zone for an event, with a dispatcher, or deletes it again with all that is in the way.
func (w *town) popUp() {
	if !w.head.sight.zones[w.pop] {
		w.pop = mint[models.ZoneID](w)
		w.do(w.admin, &models.PutZone{ID: w.pop, Name: "Marathon"})
		w.do(w.admin, &models.UserChange{UserID: one(w, w.dispatchers), Zones: &[]models.ZoneID{w.pop, w.zones[0]}})
		return
	}
	for _, u := range w.dispatchers {
		w.do(w.admin, &models.UserChange{UserID: u, Zones: &[]models.ZoneID{w.zones[1]}})
	}
	w.do(w.admin, &models.DeleteZone{ID: w.pop})
}

// rule changes what the agency lets its people choose from and how long things may take.
func (w *town) rule() {
	switch w.r.IntN(5) {
	case 0:
		w.do(w.admin, &models.DeleteRTA{ID: one(w, append(w.rtas, models.RTAID{}))})
	case 1:
		w.do(w.admin, &models.DeleteChoice{ID: one(w, append(w.choices, models.ChoiceID{}))})
	case 2:
		id := mint[models.RTAID](w)
		w.rtas = append(w.rtas, id)
		w.do(w.admin, &models.PutRTA{RTARule: models.RTARule{ID: id, Name: "start", To: models.TaskOnRoute, Seconds: 60}})
	default:
		id := mint[models.ChoiceID](w)
		w.choices = append(w.choices, id)
		w.do(w.admin, &models.PutChoice{ChoiceForm: models.ChoiceForm{ID: id, Kind: models.BusyStateChoice, Name: "break " + id.String()}})
	}
}

// alarm is what must reach people at once: a duress, broadcasts, and steps of urgent messages whose time has come.
func (w *town) alarm() {
	i := w.r.IntN(len(w.zones))
	switch w.r.IntN(6) {
	case 0:
		w.elapse(100 * time.Second)
	case 2, 3:
		b := &models.DuressRaise{ID: mint[models.DispatchID](w), MessageID: mint[models.MessageID](w)}
		if w.do(one(w, w.people), b) {
			w.dispatches, w.messages = append(w.dispatches, b.ID), append(w.messages, b.MessageID)
			w.conversations = append(w.conversations, models.ConversationOf(b.ID))
		}
	case 1:
		w.do(w.admin, &models.BroadcastEnd{ConversationID: one(w, append(w.broadcasts, models.ConversationID{}))})
	default:
		b := &models.BroadcastCreate{ID: mint[models.ConversationID](w), MessageID: mint[models.MessageID](w), Text: "all units", Urgent: true}
		if b.Zone = w.zones[i]; w.r.IntN(2) == 0 {
			b.Zone, b.Team = models.ZoneID{}, w.teams[i]
		}
		if w.do(w.admin, b) {
			w.conversations, w.messages = append(w.conversations, b.ID), append(w.messages, b.MessageID)
			w.broadcasts = append(w.broadcasts, b.ID)
		}
	}
}
