package models_test

import (
	"testing"
	"time"

	"officermobile/models"
	"officermobile/models/record"

	"pgregory.net/rapid"
)

// crowd gives random commands, sensible and not, as random people.
type crowd struct {
	*world
	r             *rapid.T
	users         []models.UserID
	dispatches    []models.DispatchID
	tasks         []models.TaskID
	conversations []models.ConversationID
	invitations   []models.InvitationID
	rules         rulesCrowd
	messages      []models.MessageID
	devices       []models.DeviceID
}

func pick[T any](r *rapid.T, from []T) T {
	return from[rapid.IntRange(0, len(from)-1).Draw(r, "pick")]
}

// command draws one, which may or may not fit.
func (c *crowd) command() models.CommandBody {
	r := c.r
	if rapid.IntRange(0, 9).Draw(r, "a rule") == 0 {
		return c.ruling()
	}
	if rapid.IntRange(0, 5).Draw(r, "is an alarm") == 0 {
		return c.alarm()
	}
	if rapid.IntRange(0, 5).Draw(r, "about a device") == 0 {
		return c.handling()
	}
	switch rapid.IntRange(0, 27).Draw(r, "command") {
	case 0:
		id := newID[models.DispatchID](c.world)
		c.dispatches = append(c.dispatches, id)
		c.conversations = append(c.conversations, models.ConversationOf(id))
		return &models.DispatchCreate{ID: id, WorkZone: pick(r, []models.WorkZoneID{c.northWork, c.southWork, c.offWork}), Facts: models.Facts{Priority: models.Low}}
	case 1:
		id := newID[models.TaskID](c.world)
		c.tasks = append(c.tasks, id)
		return &models.TaskCreate{ID: id, DispatchID: pick(r, c.dispatches), Assignee: pick(r, c.users)}
	case 2:
		return &models.TaskAssign{TaskID: pick(r, c.tasks), UserID: pick(r, c.users)}
	case 3:
		return &models.TaskUnassign{TaskID: pick(r, c.tasks)}
	case 4:
		return &models.TaskStart{TaskID: pick(r, c.tasks)}
	case 5:
		return &models.TaskArrive{TaskID: pick(r, c.tasks)}
	case 6:
		return &models.TaskClear{TaskID: pick(r, c.tasks)}
	case 7:
		id := newID[models.TaskID](c.world)
		c.tasks = append(c.tasks, id)
		return &models.TaskSuspend{TaskID: pick(r, c.tasks), NewID: id}
	case 8:
		return &models.DispatchClose{DispatchID: pick(r, c.dispatches)}
	case 9:
		return &models.DispatchReopen{DispatchID: pick(r, c.dispatches)}
	case 10:
		return &models.Comment{DispatchID: pick(r, c.dispatches), MessageID: newID[models.MessageID](c.world), Text: "x"}
	case 11:
		id := newID[models.ConversationID](c.world)
		c.conversations = append(c.conversations, id)
		return &models.ConversationCreate{ID: id, Invitees: []models.UserID{pick(r, c.users)}}
	case 12:
		return &models.Leave{ConversationID: pick(r, c.conversations)}
	case 13:
		return &models.Remove{ConversationID: pick(r, c.conversations), UserID: pick(r, c.users)}
	case 14:
		return &models.Invite{ConversationID: pick(r, c.conversations), Invitees: []models.UserID{pick(r, c.users)}}
	case 15:
		return pick(r, []models.CommandBody{&models.Accept{InvitationID: pick(r, c.invitations)}, &models.Reject{InvitationID: pick(r, c.invitations)}, &models.Cancel{InvitationID: pick(r, c.invitations)}})
	case 16:
		id := newID[models.MessageID](c.world)
		c.messages = append(c.messages, id)
		return &models.MessagePost{ConversationID: pick(r, c.conversations), ID: id, Text: "hello", Urgent: rapid.Bool().Draw(r, "urgent")}
	case 17:
		return &models.Acknowledge{MessageID: pick(r, c.messages)}
	case 18:
		return &models.ReadUpTo{ConversationID: pick(r, c.conversations), N: rapid.Uint32Range(0, 9).Draw(r, "n")}
	case 19:
		return pick(r, []models.CommandBody{&models.ReportForDuty{Zone: c.north, Team: c.team, CallSign: pick(r, []string{"a", "b", "c"})}, &models.GoOffDuty{}})
	case 20:
		w := pick(r, []models.WorkZoneID{c.northWork, c.southWork})
		return &models.DispatchChange{DispatchID: pick(r, c.dispatches), WorkZone: &w}
	case 21:
		c.now = c.now.Add(8 * 24 * time.Hour)
		return &models.Retire{ConversationID: pick(r, c.conversations)}
	case 22:
		return &models.RaiseFloor{Floor: record.Seq(rapid.Uint64Range(0, uint64(c.state.Seq)).Draw(r, "floor"))}
	case 26:
		types := pick(r, []models.UserTypes{models.Officer, models.Dispatcher, models.Reviewer, models.Officer | models.Dispatcher, models.Officer | models.Integration})
		return &models.UserChange{UserID: pick(r, c.users[1:]), Types: &types}
	case 27:
		return &models.RaiseLevel{}
	case 23:
		return &models.DispatchLog{DispatchID: pick(r, c.dispatches), ID: newID[models.LogID](c.world), Text: "gate locked"}
	case 24:
		if rapid.Bool().Draw(r, "loud") {
			return &models.UnmuteConversation{ConversationID: pick(r, c.conversations)}
		}
		until := pick(r, []int64{0, 1, c.now.Add(time.Hour).UnixMilli()})
		return &models.MuteConversation{ConversationID: pick(r, c.conversations), Until: until}
	default:
		zones := pick(r, [][]models.ZoneID{{}, {c.north}, {c.south}, {c.north, c.south}})
		active := rapid.Bool().Draw(r, "active") || rapid.Bool().Draw(r, "active again")
		return &models.UserChange{UserID: pick(r, c.users[1:]), Zones: &zones, Active: &active}
	}
}

func TestStateHoldsWhateverPeopleDo(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		c := &crowd{world: newWorldAt(t, rapid.IntRange(1, models.CurrentLevel).Draw(r, "level")), r: r}
		c.users = []models.UserID{c.admin, c.dan, c.rita, c.sam, c.olga, c.omar, c.oleg, c.cad}
		c.dispatches = []models.DispatchID{c.dispatch().ID}
		c.conversations = []models.ConversationID{models.ConversationOf(c.dispatches[0])}
		c.tasks = []models.TaskID{c.task(c.state.Dispatch(c.dispatches[0]), c.olga)}
		c.devices = []models.DeviceID{newID[models.DeviceID](c.world), newID[models.DeviceID](c.world)}
		c.invitations, c.messages = []models.InvitationID{{}}, []models.MessageID{{}}
		bold := append([]models.UserID{c.admin, c.admin, c.admin, c.dan, c.dan}, c.users...) // who may do most, so that more happens
		held, revs := map[models.UserID]*holding{}, map[heldKey]models.FeedRow{}
		for _, u := range c.users {
			held[u] = &holding{rows: map[heldKey]heldRow{}}
		}
		for range rapid.IntRange(1, 80).Draw(r, "steps") {
			began := c.state.Seq
			c.due()
			c.checkRevs(revs, began) // what has left memory may be back with the next command
			before, at := digest(t, c.state), c.state.Seq
			cmd := models.Command{Actor: pick(r, bold), Body: c.command()}
			switch cmd.Body.(type) {
			case *models.Retire, *models.RaiseFloor, *models.RaiseLevel:
				cmd.Actor = models.UserID{}
			case *models.DeviceRegister:
				cmd.Device = pick(r, c.devices)
			}
			device := c.testing(cmd.Body)
			events, err := c.try(cmd)
			c.checkTested(device, events)
			if (err != nil || len(events) == 0) && digest(t, c.state) != before {
				r.Fatal("a refused command changed the state")
			}
			for _, e := range events {
				if i, ok := e.Body.(*models.InvitationSent); ok {
					c.invitations = append(c.invitations, i.ID)
				}
			}
			c.check()
			c.checkRevs(revs, at)
			if u := pick(r, c.users); len(events) > 0 {
				c.checkHeld(u, held[u])
			}
		}
		for _, u := range c.users {
			c.checkHeld(u, held[u])
		}
		c.checkFold()
	})
}

// check holds after every command.
func (c *crowd) check() {
	if loose := c.state.Dangling(); len(loose) > 0 {
		c.r.Fatalf("dangling: %q", loose)
	}
	c.checkClocks()
	signs := map[string]bool{}
	for _, u := range c.state.Users() {
		under := 0
		for _, task := range c.tasks {
			if t := c.state.Task(task); t != nil && t.Assignee == u.ID && (t.Status == models.TaskOnRoute || t.Status == models.TaskOnScene) {
				under++
			}
		}
		if under > 1 {
			c.r.Fatalf("%s has %d tasks under way", u.Name, under)
		}
		if d := c.state.Duty(u.ID); d != nil {
			if signs[d.CallSign] {
				c.r.Fatalf("call sign %s twice", d.CallSign)
			}
			signs[d.CallSign] = true
		}
		c.checkAccess(u)
		c.checkAlarms(u)
	}
	for _, conversation := range c.state.Conversations() {
		for i, row := range c.state.Timeline(conversation.ID) {
			if first := c.state.Timeline(conversation.ID)[0].N; row.N != first+uint32(i) {
				c.r.Fatalf("row %d behind %d has n %d", i, first, row.N)
			}
		}
	}
}

// checkAccess compares what is granted with DOMAIN's table, written out once more.
func (c *crowd) checkAccess(u *models.User) {
	s := c.state
	runs := func(z models.ZoneID) bool {
		return u.Types.Any(models.Administrator) || u.Types.Any(models.Dispatcher) && contains(u.Zones, z)
	}
	for _, d := range s.Dispatches() {
		in, byRole := s.IsIn(u.ID, d.Conversation)
		if in && byRole && !runs(d.Zone) {
			c.r.Fatalf("%s is in by a role that they don't have", u.Name)
		}
		assigned := contains(d.Officers, u.ID)
		duty := s.Duty(u.ID)
		sees := u.Active && (runs(d.Zone) || u.Types.Any(models.Reviewer) && contains(u.Zones, d.Zone) ||
			u.Types.Any(models.Officer) && duty != nil && duty.Zone == d.Zone || u.Types.Any(models.Integration) && d.Creator == u.ID || assigned || in && !byRole)
		if got := s.SeesDispatch(u.ID, d.ID); got != sees {
			c.r.Fatalf("%s sees the dispatch: got %v, want %v", u.Name, got, sees)
		}
		granted := s.Granted(u.ID, models.ZoneScope(d.Zone)) || s.Granted(u.ID, models.DispatchScope(d.ID))
		if granted != sees {
			c.r.Fatalf("%s sees %v but is granted %v", u.Name, sees, granted)
		}
	}
	for _, conversation := range s.Conversations() {
		in, _ := s.IsIn(u.ID, conversation.ID)
		if granted := s.Granted(u.ID, models.ConversationScope(conversation.ID)); granted != in {
			c.r.Fatalf("%s is in: %v, but granted: %v", u.Name, in, granted)
		}
	}
}

func contains[T comparable](list []T, v T) bool {
	for _, x := range list {
		if x == v {
			return true
		}
	}
	return false
}

// checkFold: the log alone gives the same state, through bytes and through a snapshot taken half-way.
func (c *crowd) checkFold() {
	want := digest(c.t, c.state)
	half := len(c.log) / 2
	s := refold(c.t, c.log[:half])
	b, err := s.Snapshot()
	if err != nil {
		c.r.Fatal(err)
	}
	loaded, err := models.LoadSnapshot(b)
	if err != nil {
		c.r.Fatal(err)
	}
	if loose := loaded.Dangling(); len(loose) > 0 {
		c.r.Fatalf("dangling in what was loaded: %q", loose)
	}
	again, err := loaded.Snapshot()
	if err != nil || string(again) != string(b) {
		c.r.Fatalf("a loaded snapshot differs: %v", err)
	}
	for _, e := range c.log[half:] {
		if err := models.Apply(loaded, recode(c.t, e)); err != nil {
			c.r.Fatal(err)
		}
	}
	if digest(c.t, loaded) != want {
		c.r.Fatal("snapshot and tail fold into another state than the whole log")
	}
	if digest(c.t, refold(c.t, c.log)) != want {
		c.r.Fatal("two folds of one log differ")
	}
}

// recode sends an event through the bytes of the log.
func recode(t testing.TB, e models.Event) models.Event {
	t.Helper()
	head, payload, _, err := models.EncodeEvent(e, record.UUID{1})
	if err != nil {
		t.Fatal(err)
	}
	got, err := models.DecodeEvent(record.Header{First: e.Seq, Events: []record.Event{head}}, payload, 0)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// Any bytes as payload are an error or fold without a crash.
func FuzzApply(f *testing.F) {
	w := newWorld(f)
	w.task(w.dispatch(), w.olga)
	for _, e := range w.log {
		head, payload, _, err := models.EncodeEvent(e, record.UUID{1})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(head.Type, payload.Bytes)
	}
	f.Fuzz(func(t *testing.T, name string, payload []byte) {
		s := refold(t, w.log)
		head := record.Event{Type: name, Version: 1, At: int64(s.At + 1), Actor: w.olga.UUID()}
		for i := range 2 {
			h := record.Header{First: s.Seq + 1, Events: []record.Event{head}}
			e, err := models.DecodeEvent(h, record.Payload{Salt: record.UUID{1}, Bytes: payload}, 0)
			if err != nil {
				return
			}
			if err := models.Apply(s, e); err != nil {
				t.Fatalf("apply %d: %v", i, err)
			}
		}
		if b, err := s.Snapshot(); err != nil {
			t.Fatal(err)
		} else if _, err := models.LoadSnapshot(b); err != nil {
			t.Fatal(err)
		}
		w2 := &world{t: t, state: s, decider: s.Decider(), now: time.UnixMicro(int64(s.At)).Add(time.Hour)}
		w2.try(models.Command{Actor: w.dan, Body: &models.PutZone{ID: w.north, Name: "x"}})
	})
}
