package models_test

import (
	"testing"

	"officermobile/models"
)

func (w *world) group(creator models.UserID, invitees ...models.UserID) models.ConversationID {
	w.t.Helper()
	c := newID[models.ConversationID](w)
	w.do(creator, &models.ConversationCreate{ID: c, Invitees: invitees})
	return c
}

func (w *world) activate(u models.UserID, active bool) {
	w.t.Helper()
	w.do(w.admin, &models.UserChange{UserID: u, Active: &active})
}

// What a user regains comes in one order on every node.
func TestRegainingIsDeterministic(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 12 {
		c := w.group(w.olga, w.omar)
		w.post(w.olga, c, "hello")
		w.do(w.omar, &models.ReadUpTo{ConversationID: c, N: 3})
	}
	w.activate(w.omar, false)
	w.activate(w.omar, true)
	want := digest(t, w.state)
	for range 5 {
		if digest(t, refold(t, w.log)) != want {
			t.Fatal("two folds of one log differ")
		}
	}
}

func TestATaskRisesWhenItsDispatchComesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatch()
	task := w.task(d, w.olga)
	for _, zone := range []models.WorkZoneID{w.southWork, w.northWork} {
		before := w.state.Task(task).Rev
		w.do(w.admin, &models.DispatchChange{DispatchID: d.ID, WorkZone: &zone})
		if got := w.state.Task(task).Rev; got <= before {
			t.Errorf("got rev %d after %d", got, before)
		}
	}
	rev := w.state.Task(task).Rev
	zone, own := models.ZoneScope(w.north), models.SelfScope(w.olga)
	for _, sc := range []models.Scope{zone, own, models.DispatchScope(d.ID)} {
		for _, r := range w.state.Live(sc) {
			if r.Kind == models.RowTask && r.Rev != rev {
				t.Errorf("%s: got rev %d, want %d as everywhere", sc, r.Rev, rev)
			}
		}
	}
}

func TestComingInByAnotherWayAnswersTheInvitation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatch()
	w.do(w.dan, &models.Invite{ConversationID: d.Conversation, Invitees: []models.UserID{w.olga, w.omar}})
	olga, omar := w.pending(w.olga), w.pending(w.omar)
	w.task(d, w.olga)
	w.do(w.omar, &models.Comment{DispatchID: d.ID})
	for _, u := range []models.UserID{w.olga, w.omar} {
		for _, r := range w.state.Live(models.SelfScope(u)) {
			if r.Kind == models.RowInvitation {
				t.Errorf("%s is in and still invited", w.state.User(u).Name)
			}
		}
	}
	w.nothing(w.olga, &models.Accept{InvitationID: olga})
	w.refuse(w.omar, &models.Reject{InvitationID: omar}, "superseded")
}

// A comment mints a message id like any other message.
func TestACommentsIdIsLookedUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatch()
	m := w.post(w.dan, d.Conversation, "hello")
	for range 400 {
		w.post(w.dan, d.Conversation, "more")
	}
	again := &models.Comment{DispatchID: d.ID, MessageID: m, Text: "hello"}
	if len(models.LookUp(w.state, again)) == 0 {
		t.Fatal("an id older than memory must be looked up")
	}
	taken := w.find(m)
	events, err := w.try(models.Command{Actor: w.admin, Body: again, Taken: &taken})
	if err != models.ErrNotFound || len(events) > 0 {
		t.Errorf("got %v, want not found", err)
	}
}

// Urgent messages do not stay for ever: once acknowledged they go with their row.
func TestAcknowledgedUrgentMessagesLeaveMemory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.group(w.olga, w.omar)
	done, open := newID[models.MessageID](w), newID[models.MessageID](w)
	for _, m := range []models.MessageID{done, open} {
		w.do(w.olga, &models.MessagePost{ConversationID: c, ID: m, Text: "x", Urgent: true})
	}
	w.do(w.omar, &models.Acknowledge{MessageID: done})
	for range 400 {
		w.post(w.olga, c, "more")
	}
	if w.state.Urgent(done) != nil {
		t.Error("the acknowledged one is kept")
	}
	if w.state.Urgent(open) == nil {
		t.Fatal("the open one has gone")
	}
	w.do(w.omar, &models.Acknowledge{MessageID: open})
	if w.state.Urgent(open) != nil {
		t.Error("acknowledged late, it is kept")
	}
	for _, r := range w.state.Live(models.ConversationScope(c)) {
		if r.Kind == models.RowUrgent {
			t.Errorf("the conversation still shows %s", r.ID)
		}
	}
	if digest(t, refold(t, w.log)) != digest(t, w.state) {
		t.Error("two folds of one log differ")
	}
}

// What lies before somebody's joining is not unread, also when it has left memory.
func TestUnreadCountsFromJoiningOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.group(w.olga, w.omar, w.oleg)
	for range 7 {
		w.post(w.olga, c, "before")
	}
	w.do(w.omar, &models.Accept{InvitationID: w.pending(w.omar)})
	for range 300 {
		w.post(w.olga, c, "after")
	}
	if got := w.state.Unread(c, w.omar); got != 300 {
		t.Errorf("got %d unread, want 300", got)
	}
}

// A dispatch whose conversation can't be made must not be answered as done.
func TestADispatchNeedsItsConversation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := newID[models.DispatchID](w)
	w.do(w.olga, &models.ConversationCreate{ID: models.ConversationOf(d), Invitees: []models.UserID{w.omar}})
	w.refuse(w.dan, &models.DispatchCreate{ID: d, WorkZone: w.northWork, Facts: models.Facts{Priority: models.Low}}, "not_found")
}

// Who joins a personal conversation learns nothing of the urgent messages before.
func TestUrgentMessagesBeforeJoiningAreNotShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.group(w.olga, w.omar, w.oleg)
	w.do(w.omar, &models.Accept{InvitationID: w.pending(w.omar)})
	before, after := newID[models.MessageID](w), newID[models.MessageID](w)
	w.do(w.olga, &models.MessagePost{ConversationID: c, ID: before, Text: "x", Urgent: true})
	w.do(w.oleg, &models.Accept{InvitationID: w.pending(w.oleg)})
	w.do(w.olga, &models.MessagePost{ConversationID: c, ID: after, Text: "x", Urgent: true})
	w.refuse(w.oleg, &models.Acknowledge{MessageID: before}, "not_found")
	sc := models.ConversationScope(c)
	for _, r := range w.state.Live(sc) {
		want := r.Row != models.Row{Kind: models.RowUrgent, ID: before.UUID()}
		if got := w.state.Shows(w.oleg, sc, r.Row); got != want {
			t.Errorf("%s %s: shown %v, want %v", r.Kind, r.ID, got, want)
		}
		if !w.state.Shows(w.omar, sc, r.Row) {
			t.Errorf("%s %s is kept from who was in", r.Kind, r.ID)
		}
	}
}
