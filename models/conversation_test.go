package models_test

import (
	"slices"
	"testing"
	"time"

	"officermobile/models"
)

func TestWhoIsInADispatchConversation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatch()
	c := d.Conversation
	w.isIn(c, w.admin, true)
	w.isIn(c, w.dan, true)
	for _, u := range []models.UserID{w.sam, w.rita, w.olga, w.omar, w.oleg, w.cad} {
		w.isIn(c, u, false)
	}
	w.task(d, w.olga)
	w.isIn(c, w.olga, true)

	// omar is on duty in the zone, rita may review it: they see it and join by Comment; oleg and sam can't
	m := newID[models.MessageID](w)
	w.do(w.omar, &models.Comment{DispatchID: d.ID, MessageID: m, Text: "I am near"})
	w.do(w.rita, &models.Comment{DispatchID: d.ID})
	w.isIn(c, w.omar, true)
	w.isIn(c, w.rita, true)
	w.refuse(w.oleg, &models.Comment{DispatchID: d.ID}, "not_found")
	w.refuse(w.sam, &models.Comment{DispatchID: d.ID}, "not_found")
	w.refuse(w.cad, &models.Comment{DispatchID: d.ID}, "not_found")
	if w.state.Message(m) == nil {
		t.Error("the comment was not posted")
	}
	want := []string{"assigned:olga", "joined:omar", "joined:rita"}
	if got := w.notices(c); !slices.Equal(got, want) {
		t.Errorf("got notices %v, want %v", got, want)
	}
}

func TestSteppingOutOfARoleAndComingBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatch()
	w.do(w.dan, &models.Leave{ConversationID: d.Conversation})
	w.isIn(d.Conversation, w.dan, false)
	w.nothing(w.dan, &models.Leave{ConversationID: d.Conversation})
	w.refuse(w.dan, &models.MessagePost{ConversationID: d.Conversation, ID: newID[models.MessageID](w), Text: "x"}, "not_found")
	w.do(w.admin, &models.Invite{ConversationID: d.Conversation, Invitees: []models.UserID{w.dan}})
	w.do(w.dan, &models.Accept{InvitationID: w.pending(w.dan)})
	w.isIn(d.Conversation, w.dan, true)
	w.do(w.dan, &models.Leave{ConversationID: d.Conversation})
	w.do(w.dan, &models.Comment{DispatchID: d.ID})
	w.isIn(d.Conversation, w.dan, true)
}

// pending is a user's only pending invitation.
func (w *world) pending(u models.UserID) models.InvitationID {
	w.t.Helper()
	rows := w.state.Live(models.SelfScope(u))
	for _, r := range rows {
		if r.Kind == models.RowInvitation {
			return models.InvitationID(r.ID)
		}
	}
	w.t.Fatalf("%s has no invitation", w.state.User(u).Name)
	return models.InvitationID{}
}

func TestAccessByRoleEndsWithTheZone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatch()
	none := []models.ZoneID{}
	w.do(w.admin, &models.UserChange{UserID: w.dan, Zones: &none})
	w.isIn(d.Conversation, w.dan, false)
	if w.state.Granted(w.dan, models.ZoneScope(w.north)) {
		t.Error("the zone is still granted")
	}
	south := w.southWork
	w.do(w.admin, &models.DispatchChange{DispatchID: d.ID, WorkZone: &south})
	w.isIn(d.Conversation, w.sam, true) // the dispatch moved to his zone
}

func TestInvitations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	group := newID[models.ConversationID](w)
	w.do(w.olga, &models.ConversationCreate{ID: group, Title: "Night", Invitees: []models.UserID{w.omar, w.oleg}})
	w.post(w.olga, group, "before they came")
	w.isIn(group, w.omar, false)
	i := w.pending(w.omar)
	w.refuse(w.oleg, &models.Accept{InvitationID: i}, "not_found")
	w.do(w.omar, &models.Accept{InvitationID: i})
	w.nothing(w.omar, &models.Accept{InvitationID: i})
	w.isIn(group, w.omar, true)
	if from := w.state.FromN(w.omar, group); from != w.state.Conversation(group).LastN {
		t.Errorf("got history from row %d, want from joining on", from)
	}
	w.do(w.oleg, &models.Reject{InvitationID: w.pending(w.oleg)})
	w.do(w.omar, &models.Invite{ConversationID: group, Invitees: []models.UserID{w.oleg, w.olga}}) // a rejection doesn't prevent a later one
	again := w.pending(w.oleg)
	w.nothing(w.omar, &models.Invite{ConversationID: group, Invitees: []models.UserID{w.oleg}})
	w.refuse(w.oleg, &models.Cancel{InvitationID: again}, "not_found")
	w.do(w.omar, &models.Cancel{InvitationID: again})
	w.refuse(w.oleg, &models.Accept{InvitationID: again}, "superseded")

	w.do(w.omar, &models.Invite{ConversationID: group, Invitees: []models.UserID{w.oleg}})
	last := w.pending(w.oleg)
	if due, next := w.state.Due(models.Micros(w.now.UnixMicro())); len(due) != 0 || next == 0 {
		t.Errorf("got %d due and next %d, want an expiry to come", len(due), next)
	}
	w.now = w.now.Add(25 * time.Hour)
	due, _ := w.state.Due(models.Micros(w.now.UnixMicro()))
	for _, b := range due {
		w.do(models.UserID{}, b)
	}
	w.refuse(w.oleg, &models.Accept{InvitationID: last}, "superseded")
	want := []string{"invited:omar", "invited:oleg", "joined:omar", "rejected:oleg", "invited:oleg", "invited:oleg"}
	if got := w.notices(group); !slices.Equal(got, want) {
		t.Errorf("got notices %v, want %v", got, want)
	}
}

func TestASingleNeedsNoWaiting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := newID[models.ConversationID](w)
	w.do(w.olga, &models.ConversationCreate{ID: c, Invitees: []models.UserID{w.omar}})
	w.isIn(c, w.omar, true)
	if w.state.Conversation(c).Group {
		t.Error("two people are a Single")
	}
	w.do(w.omar, &models.Reject{InvitationID: w.pending(w.omar)})
	w.isIn(c, w.omar, false)

	other := newID[models.ConversationID](w)
	w.do(w.olga, &models.ConversationCreate{ID: other, Invitees: []models.UserID{w.omar}})
	i := w.pending(w.omar)
	w.post(w.omar, other, "writing is accepting")
	if got := w.state.Invitation(i).State; got != models.InvitationAccepted {
		t.Errorf("got invitation %s, want accepted", got)
	}
	w.do(w.omar, &models.Invite{ConversationID: other, Invitees: []models.UserID{w.oleg}})
	if !w.state.Conversation(other).Group {
		t.Error("with a third person it is a Group")
	}
}

func TestRemoving(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := newID[models.ConversationID](w)
	w.do(w.olga, &models.ConversationCreate{ID: c, Invitees: []models.UserID{w.omar}})
	w.refuse(w.omar, &models.Remove{ConversationID: c, UserID: w.olga}, "forbidden")
	w.refuse(w.oleg, &models.Remove{ConversationID: c, UserID: w.omar}, "not_found")
	w.do(w.olga, &models.Remove{ConversationID: c, UserID: w.omar})
	w.isIn(c, w.omar, false)

	d := w.dispatch()
	task := w.task(d, w.olga)
	w.refuse(w.dan, &models.Remove{ConversationID: d.Conversation, UserID: w.olga}, "assigned")
	w.refuse(w.dan, &models.Remove{ConversationID: d.Conversation, UserID: w.admin}, "in_by_role")
	w.do(w.olga, &models.TaskClear{TaskID: task})
	w.do(w.dan, &models.Remove{ConversationID: d.Conversation, UserID: w.olga})
	w.isIn(d.Conversation, w.olga, false)
	if !w.state.SeesDispatch(w.olga, d.ID) {
		t.Error("who was assigned goes on seeing the dispatch")
	}
}

func TestUrgentMessagesWaitForAcknowledgement(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatch()
	w.task(d, w.olga)
	w.task(d, w.omar)
	m := newID[models.MessageID](w)
	w.do(w.olga, &models.MessagePost{ConversationID: d.Conversation, ID: m, Text: "need help", Urgent: true})
	waiting := func(want ...models.UserID) {
		t.Helper()
		got := w.state.WaitedFor(m)
		if len(got) != len(want) {
			t.Errorf("got %d waiting, want %d", len(got), len(want))
		}
		for _, u := range want {
			if !slices.Contains(got, u) {
				t.Errorf("%s is not waited for", w.state.User(u).Name)
			}
		}
	}
	waiting(w.admin, w.dan, w.omar)
	w.refuse(w.sam, &models.Acknowledge{MessageID: m}, "not_found")
	w.do(w.dan, &models.Acknowledge{MessageID: m})
	waiting(w.omar) // one dispatcher's acknowledgement serves the role
	w.nothing(w.admin, &models.Acknowledge{MessageID: m})
	w.do(w.omar, &models.Leave{ConversationID: d.Conversation})
	waiting()
}

func TestReadMarksOnlyRise(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := newID[models.ConversationID](w)
	w.do(w.olga, &models.ConversationCreate{ID: c, Invitees: []models.UserID{w.omar}})
	for range 3 {
		w.post(w.olga, c, "hello")
	}
	w.post(w.omar, c, "yes?")
	w.post(w.olga, c, "come")
	unread := func(u models.UserID, want uint32) {
		t.Helper()
		if got := w.state.Unread(c, u); got != want {
			t.Errorf("%s: got %d unread, want %d", w.state.User(u).Name, got, want)
		}
	}
	unread(w.omar, 4)
	unread(w.olga, 1)
	w.do(w.omar, &models.ReadUpTo{ConversationID: c, N: 4})
	n := w.state.Mark(c, w.omar).N
	w.nothing(w.omar, &models.ReadUpTo{ConversationID: c, N: 2})
	w.do(w.omar, &models.ReadUpTo{ConversationID: c, N: 9999})
	if got := w.state.Mark(c, w.omar).N; got != w.state.Conversation(c).LastN || got <= n {
		t.Errorf("got mark %d, want the newest row", got)
	}
	unread(w.omar, 0)
	w.refuse(w.oleg, &models.ReadUpTo{ConversationID: c, N: 1}, "not_found")
}

func TestAMessageIdIsTakenOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := newID[models.ConversationID](w), newID[models.ConversationID](w)
	w.do(w.olga, &models.ConversationCreate{ID: a, Invitees: []models.UserID{w.omar}})
	w.do(w.oleg, &models.ConversationCreate{ID: b, Invitees: []models.UserID{w.omar}})
	m := w.post(w.olga, a, "hello")
	w.nothing(w.olga, &models.MessagePost{ConversationID: a, ID: m, Text: "hello"})
	w.refuse(w.olga, &models.MessagePost{ConversationID: a, ID: m, Text: "another"}, "not_found")
	w.refuse(w.oleg, &models.MessagePost{ConversationID: b, ID: m, Text: "hello"}, "not_found")
	for range 400 { // until it has left memory
		w.post(w.olga, a, "more")
	}
	again := &models.MessagePost{ConversationID: a, ID: m, Text: "hello"}
	if len(models.LookUp(w.state, again)) == 0 {
		t.Fatal("an id older than memory must be looked up")
	}
	if len(models.LookUp(w.state, &models.MessagePost{ID: newID[models.MessageID](w)})) != 0 {
		t.Error("a newer id costs no look-up")
	}
	taken := w.find(m)
	for _, c := range []struct {
		actor models.UserID
		want  error
	}{{w.olga, nil}, {w.omar, models.ErrNotFound}} {
		events, err := w.try(models.Command{Actor: c.actor, Body: again, Taken: &taken})
		if err != c.want || len(events) > 0 {
			t.Errorf("got %v, want %v", err, c.want)
		}
	}
}

func (w *world) find(m models.MessageID) models.Event {
	for _, e := range w.log {
		if b, ok := e.Body.(*models.MessagePosted); ok && b.ID == m {
			return e
		}
	}
	w.t.Fatal("no such message")
	return models.Event{}
}

func TestSharedTabletIsHandedOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tablet, phone := newID[models.DeviceID](w), newID[models.DeviceID](w)
	register := func(u models.UserID, d models.DeviceID, class string) error {
		_, err := w.try(models.Command{Actor: u, Device: d, Body: &models.DeviceRegister{Name: "x", Class: class, Platform: "android"}})
		return err
	}
	for _, err := range []error{register(w.olga, tablet, "vehicle"), register(w.omar, tablet, "vehicle"), register(w.olga, phone, "phone")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := w.state.Device(tablet).User; got != w.omar {
		t.Error("the tablet is still the first officer's")
	}
	if n := len(w.state.DevicesOf(w.olga)); n != 1 {
		t.Errorf("got %d devices, want the phone alone", n)
	}
	if err := register(w.omar, phone, "phone"); err != models.ErrNotFound {
		t.Errorf("another's phone id: got %v, want not found", err)
	}
	w.do(w.olga, &models.DeviceRevoke{DeviceID: phone, Wipe: true})
	if err := register(w.olga, phone, "phone"); err != models.ErrNotFound {
		t.Errorf("a revoked device: got %v, want not found", err)
	}
	w.refuse(w.omar, &models.DeviceRevoke{DeviceID: phone}, "not_found")
}
