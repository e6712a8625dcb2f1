package models_test

import (
	"slices"
	"testing"
	"time"

	"officermobile/models"

	"pgregory.net/rapid"
)

// broadcast writes to a zone or a team, and returns the conversation and its first message.
func (w *world) broadcast(b models.BroadcastCreate) (models.ConversationID, models.MessageID) {
	w.t.Helper()
	b.ID, b.MessageID, b.Text = newID[models.ConversationID](w), newID[models.MessageID](w), "All units: Gate 4 is shut"
	w.do(w.dan, &b)
	return b.ID, b.MessageID
}

func TestWhoIsInABroadcast(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, _ := w.broadcast(models.BroadcastCreate{Zone: w.north})
	for u, want := range map[models.UserID]bool{
		w.admin: true, w.dan: true, w.olga: true, w.omar: true, w.oleg: false, w.rita: false, w.sam: false, w.cad: false,
	} {
		w.isIn(c, u, want)
	}
	w.do(w.oleg, &models.ReportForDuty{Zone: w.north, Team: w.team, CallSign: "n3"})
	w.isIn(c, w.oleg, true)
	if from := w.state.FromN(w.oleg, c); from != 1 {
		t.Errorf("got history from row %d, want the whole", from)
	}
	w.do(w.olga, &models.GoOffDuty{})
	w.isIn(c, w.olga, false)

	night := newID[models.TeamID](w)
	w.do(w.admin, &models.PutTeam{ID: night, Zone: w.north, Name: "Night"})
	w.do(w.olga, &models.ReportForDuty{Zone: w.north, Team: night, CallSign: "n1"})
	team, _ := w.broadcast(models.BroadcastCreate{Team: night})
	w.isIn(team, w.olga, true)
	w.isIn(team, w.omar, false)
	w.isIn(team, w.dan, true)
	none := []models.ZoneID{}
	w.do(w.admin, &models.UserChange{UserID: w.dan, Zones: &none})
	w.isIn(team, w.dan, false)
}

func TestOnlyDispatchersWriteInABroadcast(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, m := w.broadcast(models.BroadcastCreate{Zone: w.north, Title: "Weather"})
	post := func() *models.MessagePost {
		return &models.MessagePost{ConversationID: c, ID: newID[models.MessageID](w), Text: "and Gate 5"}
	}
	w.do(w.admin, post())
	w.refuse(w.olga, post(), "read_only")
	w.refuse(w.rita, post(), "not_found")
	w.refuse(w.sam, post(), "not_found")
	w.refuse(w.olga, &models.Leave{ConversationID: c}, "in_by_role")
	w.refuse(w.dan, &models.Leave{ConversationID: c}, "in_by_role")
	w.refuse(w.dan, &models.Invite{ConversationID: c, Invitees: []models.UserID{w.rita}}, "in_by_role")
	w.refuse(w.admin, &models.Remove{ConversationID: c, UserID: w.olga}, "in_by_role")

	again := models.BroadcastCreate{ID: c, Zone: w.north, Title: "Weather", MessageID: m, Text: "All units: Gate 4 is shut"}
	w.nothing(w.dan, &again)
	again.Text = "x"
	w.refuse(w.dan, &again, "not_found")
	w.refuse(w.sam, &models.BroadcastCreate{ID: newID[models.ConversationID](w), Zone: w.north, MessageID: m, Text: "x"}, "not_found")
	w.refuse(w.olga, &models.BroadcastCreate{ID: newID[models.ConversationID](w), Zone: w.north, MessageID: m, Text: "x"}, "forbidden")
	w.refuse(w.dan, &models.BroadcastCreate{ID: newID[models.ConversationID](w), MessageID: m, Text: "x"}, "invalid")
	w.refuse(w.dan, &models.BroadcastCreate{ID: newID[models.ConversationID](w), Zone: w.north, Team: w.team, MessageID: m, Text: "x"}, "invalid")

	w.refuse(w.olga, &models.BroadcastEnd{ConversationID: c}, "forbidden")
	w.refuse(w.sam, &models.BroadcastEnd{ConversationID: c}, "not_found")
	w.do(w.dan, &models.BroadcastEnd{ConversationID: c})
	w.nothing(w.dan, &models.BroadcastEnd{ConversationID: c})
	w.refuse(w.dan, post(), "closed")
	w.isIn(c, w.olga, true)
	if got := w.notices(c); !slices.Equal(got, []string{"closed:"}) {
		t.Errorf("got notices %v, want the end alone", got)
	}
}

// waiting compares who has yet to acknowledge, in the state and in the people's own scopes.
func (w *world) waiting(m models.MessageID, want ...models.UserID) {
	w.t.Helper()
	for _, u := range w.state.Users() {
		must := slices.Contains(want, u.ID)
		if got := w.state.MustAcknowledge(u.ID, m); got != must {
			w.t.Errorf("%s must acknowledge: got %v, want %v", u.Name, got, must)
		}
		shown := slices.ContainsFunc(w.state.Live(models.SelfScope(u.ID)), func(r models.FeedRow) bool {
			return r.Row == models.Row{Kind: models.RowUrgent, ID: m.UUID()}
		})
		if shown != must {
			w.t.Errorf("%s is shown that they must acknowledge: got %v, want %v", u.Name, shown, must)
		}
	}
}

func TestEveryOfficerAcknowledgesAnUrgentBroadcast(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, m := w.broadcast(models.BroadcastCreate{Zone: w.north, Urgent: true})
	w.waiting(m, w.olga, w.omar)
	w.do(w.oleg, &models.ReportForDuty{Zone: w.north, Team: w.team, CallSign: "n3"})
	w.waiting(m, w.olga, w.omar) // it was for those on duty then
	w.do(w.olga, &models.Acknowledge{MessageID: m})
	w.waiting(m, w.omar)
	w.do(w.omar, &models.GoOffDuty{})
	w.waiting(m)
	w.do(w.omar, &models.ReportForDuty{Zone: w.north, Team: w.team, CallSign: "n2"})
	w.waiting(m)
}

// A shift change hands over what waits for the role.
func TestTheRoleWaitsAsTheRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatch()
	w.task(d, w.olga)
	m := newID[models.MessageID](w)
	w.do(w.olga, &models.MessagePost{ConversationID: d.Conversation, ID: m, Text: "need help", Urgent: true})
	w.waiting(m, w.admin, w.dan)
	none, north, off, on := []models.ZoneID{}, []models.ZoneID{w.north}, false, true
	w.do(w.admin, &models.UserChange{UserID: w.dan, Zones: &none})
	w.waiting(m, w.admin)
	w.do(w.admin, &models.UserChange{UserID: w.sam, Zones: &north})
	w.waiting(m, w.admin, w.sam)
	w.do(w.admin, &models.UserChange{UserID: w.sam, Active: &off})
	w.waiting(m, w.admin)
	w.do(w.admin, &models.UserChange{UserID: w.sam, Active: &on})
	w.waiting(m, w.admin, w.sam)
	w.do(w.sam, &models.Leave{ConversationID: d.Conversation})
	w.waiting(m, w.admin)
	w.do(w.sam, &models.Comment{DispatchID: d.ID}) // in by name now, and still of the role
	w.waiting(m, w.admin, w.sam)
	south := w.southWork
	w.do(w.admin, &models.DispatchChange{DispatchID: d.ID, WorkZone: &south}) // it is another zone's now
	w.waiting(m, w.admin)
	w.do(w.admin, &models.UserChange{UserID: w.sam, Zones: &[]models.ZoneID{w.south}})
	w.waiting(m, w.admin, w.sam)
	w.do(w.sam, &models.Acknowledge{MessageID: m})
	w.waiting(m)
	w.nothing(w.admin, &models.Acknowledge{MessageID: m})
}

func TestWhoIsSwitchedOffIsNotReached(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatch()
	w.task(d, w.olga)
	m := newID[models.MessageID](w)
	w.do(w.dan, &models.MessagePost{ConversationID: d.Conversation, ID: m, Text: "leave the building", Urgent: true})
	w.waiting(m, w.olga)
	off := false
	w.do(w.admin, &models.UserChange{UserID: w.olga, Active: &off})
	w.waiting(m)
	if got := w.state.Urgent(m).Unreached; !slices.Equal(got, []models.UserID{w.olga}) {
		t.Errorf("got unreached %v, want her", got)
	}
}

// tick lets time pass and does what is due.
func (w *world) tick(d time.Duration) []models.Event {
	w.t.Helper()
	w.now = w.now.Add(d)
	due, _ := w.state.Due(models.Micros(w.now.UnixMicro()))
	var events []models.Event
	for _, b := range due {
		events = append(events, w.do(models.UserID{}, b)...)
	}
	return events
}

func TestAnUrgentMessageIsEscalated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatch()
	w.task(d, w.olga)
	w.task(d, w.omar)
	m := newID[models.MessageID](w)
	w.do(w.dan, &models.MessagePost{ConversationID: d.Conversation, ID: m, Text: "leave the building", Urgent: true})
	step := func(d time.Duration, want models.Step, waiting ...models.UserID) {
		t.Helper()
		w.tick(d)
		if got := w.state.Urgent(m).Step; got != want {
			t.Errorf("got step %d, want %d", got, want)
		}
		w.waiting(m, waiting...)
	}
	if _, next := w.state.Due(models.Micros(w.now.UnixMicro())); next != w.state.Urgent(m).At+20_000_000 {
		t.Errorf("got the first ring due at %d, want twenty seconds after", next)
	}
	shown, rev := w.state.Urgent(m).Rev, w.revOf(w.olga, m)
	step(20*time.Second, 0, w.olga, w.omar)
	if got := w.revOf(w.olga, m); got <= rev || !w.state.Urgent(m).Again || w.state.Urgent(m).Rev != shown {
		t.Error("after 20 s it rings again, and to nobody else it is news")
	}
	if events := w.tick(30 * time.Second); len(events) > 0 {
		t.Errorf("got %d events at 50 s, want none", len(events))
	}
	rev = w.revOf(w.olga, m)
	step(10*time.Second, models.StepRung, w.olga, w.omar)
	if got := w.revOf(w.olga, m); got <= rev {
		t.Error("the step is no news to her devices")
	}
	w.do(w.omar, &models.Acknowledge{MessageID: m})
	step(2*time.Minute, models.StepTold, w.olga, w.dan, w.admin) // also the dispatcher who wrote it
	w.do(w.admin, &models.Acknowledge{MessageID: m})
	w.waiting(m, w.olga)
	step(2*time.Minute, models.StepGaveUp, w.olga, w.dan, w.admin)
	if got := w.state.Urgent(m).Unreached; !slices.Equal(got, []models.UserID{w.olga}) {
		t.Errorf("got unreached %v, want her", got)
	}
	want := []string{"assigned:olga", "assigned:omar", "not_reached:olga"}
	if got := w.notices(d.Conversation); !slices.Equal(got, want) {
		t.Errorf("got notices %v, want %v", got, want)
	}
	if events := w.tick(time.Hour); len(events) > 0 {
		t.Errorf("got %d events after the last step, want none", len(events))
	}
	w.do(w.olga, &models.Acknowledge{MessageID: m})
	w.waiting(m, w.dan, w.admin)
	if got := w.state.Urgent(m).Unreached; len(got) > 0 {
		t.Errorf("got unreached %v, want nobody", got)
	}
}

func (w *world) revOf(u models.UserID, m models.MessageID) uint32 {
	for _, r := range w.state.Live(models.SelfScope(u)) {
		if r.Kind == models.RowUrgent && models.MessageID(r.ID) == m {
			return r.Rev
		}
	}
	return 0
}

func TestTheLadderEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(w.admin, &models.AgencyChange{Settings: models.SettingsPatch(`{"urgent_ring_s":10,"urgent_tell_s":20,"urgent_give_up_s":30}`)})
	w.refuse(w.admin, &models.AgencyChange{Settings: models.SettingsPatch(`{"urgent_ring_s":25}`)}, "invalid")
	urgent := func() models.MessageID {
		_, m := w.broadcast(models.BroadcastCreate{Zone: w.north, Urgent: true})
		return m
	}
	m := urgent()
	w.do(w.olga, &models.Acknowledge{MessageID: m})
	w.do(w.omar, &models.Acknowledge{MessageID: m})
	if _, next := w.state.Due(models.Micros(w.now.UnixMicro())); next != 0 {
		t.Error("everybody has acknowledged and something is still due")
	}
	m = urgent()
	w.do(w.dan, &models.BroadcastEnd{ConversationID: w.state.Urgent(m).Conversation})
	if _, next := w.state.Due(models.Micros(w.now.Add(-time.Second).UnixMicro())); next < models.Micros(w.now.Add(week-time.Minute).UnixMicro()) {
		t.Error("the broadcast has ended and more than its leaving is still due")
	}
	m = urgent()
	w.tick(time.Hour) // the server was down: one step, the last
	u := w.state.Urgent(m)
	if u.Step != models.StepGaveUp || len(u.Unreached) != 2 || u.Next != 0 {
		t.Errorf("got step %d with %d unreached, want the last with two", u.Step, len(u.Unreached))
	}
	w.refuse(w.dan, &models.Escalate{MessageID: m}, "forbidden")
}

// alarm draws a command about what must reach people at once, or lets time pass for what is due.
func (c *crowd) alarm() models.CommandBody {
	r := c.r
	switch rapid.IntRange(0, 4).Draw(r, "alarm") {
	case 0:
		b := &models.BroadcastCreate{ID: newID[models.ConversationID](c.world), MessageID: newID[models.MessageID](c.world), Text: "all units", Urgent: true}
		if rapid.Bool().Draw(r, "team") {
			b.Team = c.team
		} else {
			b.Zone = pick(r, []models.ZoneID{c.north, c.south})
		}
		c.conversations, c.messages = append(c.conversations, b.ID), append(c.messages, b.MessageID)
		return b
	case 4:
		id := newID[models.DispatchID](c.world)
		b := &models.DuressRaise{ID: id, MessageID: newID[models.MessageID](c.world)}
		c.dispatches, c.conversations, c.messages = append(c.dispatches, id), append(c.conversations, models.ConversationOf(id)), append(c.messages, b.MessageID)
		return b
	case 1:
		return &models.BroadcastEnd{ConversationID: pick(r, c.conversations)}
	case 2:
		c.now = c.now.Add(time.Minute)
		return &models.Acknowledge{MessageID: pick(r, c.messages)}
	default:
		return &models.ReportForDuty{UserID: pick(r, c.users), Zone: c.north, Team: c.team, CallSign: pick(r, []string{"a", "b", "c"})}
	}
}

// checkAlarms holds after every command: who is in a broadcast, by DOMAIN's table once more, and that exactly those have
// an urgent message in their own scope for whom it waits.
func (c *crowd) checkAlarms(u *models.User) {
	s := c.state
	runs := func(z models.ZoneID) bool {
		return u.Types.Any(models.Administrator) || u.Types.Any(models.Dispatcher) && contains(u.Zones, z)
	}
	for _, conversation := range s.Conversations() {
		if conversation.Kind != models.BroadcastKind {
			continue
		}
		duty := s.Duty(u.ID)
		onDuty := duty != nil && u.Types.Any(models.Officer) && duty.Zone == conversation.Zone && (conversation.Team == models.TeamID{} || duty.Team == conversation.Team)
		want := u.Active && (runs(conversation.Zone) || onDuty)
		if in, byRole := s.IsIn(u.ID, conversation.ID); in != want || byRole != (in && !onDuty) {
			c.r.Fatalf("%s is in the broadcast: got %v, by role %v; want %v, on duty %v", u.Name, in, byRole, want, onDuty)
		}
	}
	shown := map[models.MessageID]bool{}
	for _, row := range s.Live(models.SelfScope(u.ID)) {
		if row.Kind == models.RowUrgent {
			shown[models.MessageID(row.ID)] = true
		}
	}
	for _, m := range c.messages {
		in := s.Urgent(m) != nil && s.MustAcknowledge(u.ID, m)
		if shown[m] != in {
			c.r.Fatalf("%s must acknowledge: %v, but is shown it: %v", u.Name, in, shown[m])
		}
	}
}

// due does what the system has to do by now.
func (c *crowd) due() {
	for {
		due, _ := c.state.Due(models.Micros(c.now.UnixMicro()))
		for _, b := range due {
			c.do(models.UserID{}, b)
		}
		if len(due) == 0 {
			return
		}
	}
}
