package models_test

import (
	"testing"

	"officermobile/models"
)

// An id that is taken: the same again changes nothing, anything else is told that there is no such thing. It is so while
// what has the id is in memory, and after it has left.
func TestIDsAreTakenOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d, task, c := newID[models.DispatchID](w), newID[models.TaskID](w), newID[models.ConversationID](w)
	create := &models.DispatchCreate{ID: d, WorkZone: w.northWork, Facts: models.Facts{Priority: models.High, Location: "Pier 7"}}
	job := &models.TaskCreate{ID: task, DispatchID: d, Assignee: w.olga}
	meet := &models.ConversationCreate{ID: c, Invitees: []models.UserID{w.omar}}
	w.do(w.dan, create)
	w.do(w.dan, job)
	w.do(w.olga, meet)
	place := "Pier 8"
	w.do(w.dan, &models.DispatchChange{DispatchID: d, Location: &place}) // what it is now does not matter
	other, another, elsewhere := *create, *job, *meet
	other.Facts.Location, another.Assignee, elsewhere.Invitees = "Pier 8", models.UserID{}, []models.UserID{w.oleg}
	check := func() {
		t.Helper()
		w.nothing(w.dan, create)
		w.refuse(w.admin, create, "not_found")
		w.refuse(w.dan, &other, "not_found")
		w.nothing(w.olga, meet)
		w.refuse(w.oleg, meet, "not_found")
		w.refuse(w.olga, &elsewhere, "not_found")
		w.refuse(w.olga, &models.ConversationCreate{ID: models.ConversationOf(d), Invitees: meet.Invitees}, "not_found")
	}
	check()
	w.nothing(w.dan, job)
	w.refuse(w.dan, &another, "not_found")
	w.do(w.omar, &models.Leave{ConversationID: c})
	w.closeNow(d)
	last := w.dispatch()
	w.closeNow(last.ID)
	w.elapse(week)
	w.do(w.olga, &models.Leave{ConversationID: c})
	if w.state.Dispatch(d) != nil || w.state.Conversation(c) != nil {
		t.Fatal("they are still in memory")
	}
	check()
	w.refuse(w.dan, &models.DispatchCreate{ID: models.DispatchID(c), WorkZone: w.northWork, Facts: create.Facts}, "not_found")
	again := w.dispatch()
	w.refuse(w.dan, &models.TaskCreate{ID: task, DispatchID: again.ID}, "not_found")
	fresh := &models.DispatchCreate{ID: newID[models.DispatchID](w), WorkZone: w.northWork, Facts: create.Facts}
	if keys := models.LookUp(w.state, fresh); len(keys) != 0 {
		t.Errorf("a new id is looked up in the log: %v", keys)
	}
}

// One id whose time is yet to come, or that has none as a random one, does not have every new id looked up in the log.
func TestAnIDFromTheFutureCostsNobodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	early := models.ConversationID{0: 0xff, 1: 0xee, 6: 0x70, 8: 0x80}
	meet := &models.ConversationCreate{ID: early, Invitees: []models.UserID{w.omar}}
	events := w.do(w.olga, meet)
	w.do(w.olga, &models.Leave{ConversationID: early})
	w.do(w.omar, &models.Reject{InvitationID: events[1].Body.(*models.InvitationSent).ID})
	if w.state.Conversation(early) != nil {
		t.Fatal("it is still in memory")
	}
	w.nothing(w.olga, meet)
	w.refuse(w.omar, &models.ConversationCreate{ID: early, Invitees: []models.UserID{w.olga}}, "not_found")
	loaded, err := models.LoadSnapshot(snapshotOf(t, w.state))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*models.State{w.state, w.decider, loaded} {
		if keys := models.LookUp(s, meet); len(keys) != 1 {
			t.Errorf("got %v looked up, want the id that was taken", keys)
		}
		fresh := &models.MessagePost{ID: models.MessageID{0: 1, 1: 0x99, 6: 0x70, 8: 0x80}, ConversationID: early, Text: "x"}
		if keys := models.LookUp(s, fresh); len(keys) != 0 {
			t.Errorf("a new id is looked up in the log: %v", keys)
		}
	}
}

// A dispatch that moves gets the next number of where it goes, and all labels follow.
func TestAMovedDispatchGetsANewNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(w.admin, &models.DispatchCreate{ID: newID[models.DispatchID](w), WorkZone: w.southWork, Facts: models.Facts{Priority: models.Low}})
	d := w.dispatch()
	w.do(w.dan, &models.Invite{ConversationID: d.Conversation, Invitees: []models.UserID{w.oleg}})
	var invited models.FeedRow
	for _, r := range w.state.Live(models.SelfScope(w.oleg)) {
		if r.Kind == models.RowInvitation {
			invited = r
		}
	}
	w.do(w.admin, &models.DispatchChange{DispatchID: d.ID, WorkZone: &w.southWork})
	moved := w.state.Dispatch(d.ID)
	if moved.Zone != w.south || moved.Number != 2 {
		t.Errorf("got number %d in %s, want 2 in the south", moved.Number, moved.Zone)
	}
	if next := w.state.Dispatch(w.dispatch().ID); next.Number != 2 {
		t.Errorf("got number %d in the north, want 2: a number that was given is not given again", next.Number)
	}
	changed := false
	for _, r := range w.state.Live(models.SelfScope(w.oleg)) {
		changed = changed || r.Row == invited.Row && r.Rev > invited.Rev
	}
	if !changed {
		t.Error("who is invited does not hear of the new label")
	}
	w.do(w.admin, &models.DispatchChange{DispatchID: d.ID, WorkZone: &w.northWork})
	if back := w.state.Dispatch(d.ID); back.Number != 3 {
		t.Errorf("back in the north: got number %d, want 3", back.Number)
	}
}

// A personal conversation stays while anybody is in or invited, and no longer.
func TestEmptyConversationLeavesMemory(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*world, models.ConversationID, models.InvitationID){
		"the other leaves": func(w *world, c models.ConversationID, _ models.InvitationID) {
			w.do(w.omar, &models.Leave{ConversationID: c})
		},
		"the other rejects": func(w *world, _ models.ConversationID, i models.InvitationID) {
			w.do(w.omar, &models.Reject{InvitationID: i})
		},
		"the other is taken": func(w *world, c models.ConversationID, _ models.InvitationID) {
			w.do(models.UserID{}, &models.Remove{ConversationID: c, UserID: w.omar})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := newID[models.ConversationID](w)
			events := w.do(w.olga, &models.ConversationCreate{ID: c, Invitees: []models.UserID{w.omar}})
			m := w.post(w.olga, c, "are you there")
			w.do(w.olga, &models.Leave{ConversationID: c})
			if w.state.Conversation(c) == nil {
				t.Fatal("it left while somebody is in")
			}
			end(w, c, events[1].Body.(*models.InvitationSent).ID)
			if w.state.Conversation(c) != nil || w.state.Message(m) != nil || w.state.Granted(w.omar, models.ConversationScope(c)) {
				t.Error("it is still in memory")
			}
			w.refuse(w.olga, &models.MessagePost{ConversationID: c, ID: newID[models.MessageID](w), Text: "x"}, "not_found")
		})
	}
}

// Settled invitations are kept for late answers, but not all of them.
func TestSettledInvitationsAreForgottenInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := newID[models.ConversationID](w)
	w.do(w.olga, &models.ConversationCreate{ID: c, Title: "Shift", Invitees: []models.UserID{w.omar, w.dan}})
	var all []models.InvitationID
	for range 2100 {
		e := w.do(w.olga, &models.Invite{ConversationID: c, Invitees: []models.UserID{w.oleg}})
		id := e[0].Body.(*models.InvitationSent).ID
		w.do(w.olga, &models.Cancel{InvitationID: id})
		all = append(all, id)
	}
	w.refuse(w.oleg, &models.Accept{InvitationID: all[2099]}, "superseded")
	w.refuse(w.oleg, &models.Accept{InvitationID: all[100]}, "superseded")
	w.refuse(w.oleg, &models.Accept{InvitationID: all[99]}, "not_found")
	loaded, err := models.LoadSnapshot(snapshotOf(t, w.state))
	if err != nil || digest(t, loaded) != digest(t, w.state) {
		t.Errorf("a loaded snapshot differs: %v", err)
	}
}
