package models_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"officermobile/models"
	"officermobile/models/record"
)

// closeNow clears a dispatch's tasks and closes it.
func (w *world) closeNow(id models.DispatchID) {
	w.t.Helper()
	for _, t := range w.state.Dispatch(id).Tasks {
		w.do(w.dan, &models.TaskClear{TaskID: t, Disposition: "report taken"})
	}
	w.do(w.dan, &models.DispatchClose{DispatchID: id})
}

// elapse lets time go by and does what is due.
func (w *world) elapse(d time.Duration) {
	w.t.Helper()
	w.now = w.now.Add(d)
	due, _ := w.state.Due(models.Micros(w.now.UnixMicro()))
	for _, b := range due {
		w.do(models.UserID{}, b)
	}
}

const week = 7 * 24 * time.Hour

func TestClosedDispatchLeavesMemoryAndComesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dispatch()
	task := w.task(d, w.olga)
	w.post(w.olga, d.Conversation, "on my way")
	w.do(w.olga, &models.Leave{ConversationID: d.Conversation})
	w.do(w.omar, &models.Comment{DispatchID: d.ID})
	w.do(w.dan, &models.Leave{ConversationID: d.Conversation})
	w.do(w.omar, &models.Invite{ConversationID: d.Conversation, Invitees: []models.UserID{w.oleg}})
	w.closeNow(d.ID)
	before := *w.state.Conversation(d.Conversation)
	w.elapse(week - time.Minute)
	if w.state.Dispatch(d.ID) == nil {
		t.Fatal("it left before its time")
	}
	w.elapse(time.Minute)
	if w.state.Dispatch(d.ID) != nil || w.state.Task(task) != nil || w.state.Conversation(d.Conversation) != nil {
		t.Fatal("it is still in memory")
	}
	for _, u := range []models.UserID{w.admin, w.dan, w.olga, w.omar} {
		if w.state.Granted(u, models.ConversationScope(d.Conversation)) || w.state.Granted(u, models.DispatchScope(d.ID)) {
			t.Errorf("%s still has its scopes", w.state.User(u).Name)
		}
	}
	w.refuse(w.olga, &models.DispatchReopen{DispatchID: d.ID}, "forbidden")
	w.refuse(w.sam, &models.DispatchReopen{DispatchID: d.ID}, "not_found")
	w.do(w.dan, &models.DispatchReopen{DispatchID: d.ID})
	got := w.state.Dispatch(d.ID)
	if got == nil || got.Closed || !slices.Equal(got.Tasks, []models.TaskID{task}) || got.Number != d.Number || got.Creator != w.dan {
		t.Fatalf("got %+v, want it back and open", got)
	}
	if k := w.state.Task(task); k.Status != models.TaskCleared || k.Disposition != "report taken" || k.Assignee != w.olga {
		t.Errorf("got task %+v, want it as it was", k)
	}
	if c := w.state.Conversation(d.Conversation); c.LastN != before.LastN+1 || c.Messages != before.Messages || c.Closed {
		t.Errorf("got conversation %+v, want it to go on behind row %d", c, before.LastN)
	}
	w.isIn(d.Conversation, w.omar, true)
	w.isIn(d.Conversation, w.olga, false)
	w.isIn(d.Conversation, w.dan, false)
	w.isIn(d.Conversation, w.admin, true)
	if n := w.state.Unread(d.Conversation, w.omar); n != 0 {
		t.Errorf("%d unread of what was said long ago, want 0", n)
	}
	w.closeNow(d.ID)
	w.elapse(week)
	w.do(w.admin, &models.DispatchReopen{DispatchID: d.ID})
	if c := w.state.Conversation(d.Conversation); c.LastN != before.LastN+3 {
		t.Errorf("after the second return: last row is %d, want %d", c.LastN, before.LastN+3)
	}
}

// What came and went leaves nothing behind once the floor has passed it.
func TestRetirementGivesMemoryBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var sizes []int
	for range 4 {
		for range 3 {
			d := w.dispatch()
			w.task(d, w.olga)
			w.do(w.dan, &models.MessagePost{ConversationID: d.Conversation, ID: newID[models.MessageID](w), Text: "urgent", Urgent: true})
			w.do(w.olga, &models.ReadUpTo{ConversationID: d.Conversation, N: 1})
			w.do(w.dan, &models.Invite{ConversationID: d.Conversation, Invitees: []models.UserID{w.oleg}})
			w.closeNow(d.ID)
			c, _ := w.broadcast(models.BroadcastCreate{Zone: w.north, Urgent: true})
			w.do(w.omar, &models.ReadUpTo{ConversationID: c, N: 1})
			w.do(w.dan, &models.BroadcastEnd{ConversationID: c})
		}
		w.elapse(week)
		w.do(models.UserID{}, &models.RaiseFloor{Floor: w.state.Seq})
		sizes = append(sizes, strings.Count(string(snapshotOf(t, w.state)), "{"))
	}
	for _, n := range sizes[1:] {
		if n != sizes[0] {
			t.Fatalf("entities and rows after each round: %v, want no growth", sizes)
		}
	}
}

func TestWhoSeesWhatWasSealed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := newID[models.DispatchID](w)
	w.do(w.cad, &models.DispatchCreate{ID: d, WorkZone: w.northWork, Facts: models.Facts{Priority: models.Low}})
	c := models.ConversationOf(d)
	w.task(w.state.Dispatch(d), w.olga)
	w.do(w.olga, &models.Leave{ConversationID: c})
	w.do(w.rita, &models.Comment{DispatchID: d})
	w.do(w.admin, &models.Leave{ConversationID: c})
	w.closeNow(d)
	w.elapse(week)
	at := slices.IndexFunc(w.log, func(e models.Event) bool { return models.SealedIn(w.log, int(e.Seq)-1) != nil })
	x := models.SealedIn(w.log, at)
	for _, tt := range []struct {
		user        models.UserID
		sees, reads bool
	}{
		{w.admin, true, false}, {w.dan, true, true}, {w.rita, true, true}, {w.sam, false, false},
		{w.olga, true, false}, {w.omar, false, false}, {w.oleg, false, false}, {w.cad, true, false},
	} {
		if sees, reads := w.state.SeesSealed(tt.user, x), w.state.ReadsSealed(tt.user, x); sees != tt.sees || reads != tt.reads {
			t.Errorf("%s: sees %v, reads %v, want %v, %v", w.state.User(tt.user).Name, sees, reads, tt.sees, tt.reads)
		}
	}
	w.do(w.admin, &models.UserChange{UserID: w.rita, Active: new(bool)})
	if w.state.SeesSealed(w.rita, x) {
		t.Error("who is switched off still sees it")
	}
}

// The longest record still leaves, in several events of one batch if need be, and comes back whole.
func TestLargeRecordIsSealedInParts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for from := models.TaskUnassignedStatus; from < models.TaskCleared; from++ {
		for to := from + 1; to <= models.TaskCleared; to++ {
			w.do(w.admin, &models.PutRTA{RTARule: models.RTARule{ID: newID[models.RTAID](w), Name: wide(models.MaxName), From: from, To: to, Seconds: 60}})
		}
	}
	d := w.dispatch()
	text := wide(models.MaxDescription)
	w.do(w.dan, &models.DispatchChange{DispatchID: d.ID, Description: &text})
	for range models.MaxTasks {
		w.do(w.dan, &models.TaskClear{TaskID: w.task(d, models.UserID{}), Disposition: wide(models.MaxName), Response: wide(models.MaxResponse)})
	}
	w.refuse(w.dan, &models.TaskCreate{ID: newID[models.TaskID](w), DispatchID: d.ID}, "too_many_tasks")
	for full := false; !full; {
		_, err := w.try(models.Command{Actor: w.dan, Body: &models.DispatchLog{DispatchID: d.ID, ID: newID[models.LogID](w), Text: strings.Repeat("\"", models.MaxNote)}})
		full = err != nil
	}
	for i := range models.MaxMembers {
		u := w.user(fmt.Sprint("extra", i), models.Officer)
		w.apply(models.Command{At: w.state.At + 1}, []models.EventBody{&models.Joined{Conversation: d.Conversation, User: u, N: w.state.Conversation(d.Conversation).LastN + 1}})
	}
	w.do(w.dan, &models.DispatchClose{DispatchID: d.ID})
	n := len(w.log)
	w.elapse(week)
	size := 0
	for _, e := range w.log[n:] {
		head, payload, _, err := models.EncodeEvent(e, [16]byte{1})
		if err != nil || len(payload.Bytes) > record.MaxPayloadBytes {
			t.Errorf("%s has %d bytes, %v, want at most 256 KiB", head.Type, len(payload.Bytes), err)
		}
		size += len(payload.Bytes)
	}
	if size > record.MaxBatchBytes-64<<10 {
		t.Errorf("got %d bytes in all, more than one batch holds", size)
	}
	if got := len(w.log) - n; got < 2 {
		t.Errorf("got %d events, want more than one: the test is too small", got)
	}
	w.do(w.dan, &models.DispatchReopen{DispatchID: d.ID})
	if got := w.state.Dispatch(d.ID); len(got.Tasks) != models.MaxTasks || len(w.state.MembersOf(d.Conversation)) != models.MaxMembers {
		t.Errorf("got %d tasks and %d members back", len(got.Tasks), len(w.state.MembersOf(d.Conversation)))
	}
}

// wide is a text of as many bytes as n characters can have.
func wide(n int) string { return strings.Repeat("\U0001f6a8", n) }

// A broadcast that ended leaves memory as a closed dispatch does; later it is read by those who run its zone.
func TestAnEndedBroadcastLeavesMemory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := models.BroadcastCreate{
		ID: newID[models.ConversationID](w), Team: w.team, MessageID: newID[models.MessageID](w), Text: "Gate 4 is shut", Urgent: true,
	}
	w.do(w.dan, &made)
	w.elapse(week)
	if w.state.Conversation(made.ID) == nil {
		t.Fatal("it left while it was open")
	}
	w.do(w.dan, &models.BroadcastEnd{ConversationID: made.ID})
	w.elapse(week - time.Minute)
	w.isIn(made.ID, w.olga, true)
	w.elapse(time.Minute)
	if w.state.Conversation(made.ID) != nil || w.state.Urgent(made.MessageID) != nil || w.state.Message(made.MessageID) != nil {
		t.Fatal("it is still in memory")
	}
	at := len(w.log) - 1
	x := models.SealedIn(w.log, at)
	if x == nil || x.Conversation.ID != made.ID {
		t.Fatalf("got %+v, want the broadcast as the last thing sealed", x)
	}
	for u, want := range map[models.UserID]bool{
		w.admin: true, w.dan: true, w.rita: false, w.sam: false, w.olga: false, w.cad: false,
	} {
		if sees, reads := w.state.SeesSealed(u, x), w.state.ReadsSealed(u, x); sees != want || reads != want {
			t.Errorf("%s: sees %v, reads %v, want %v", w.state.User(u).Name, sees, reads, want)
		}
		if w.state.Granted(u, models.ConversationScope(made.ID)) {
			t.Errorf("%s still has its scope", w.state.User(u).Name)
		}
	}
	w.nothing(w.dan, &made)
	w.refuse(w.admin, &made, "not_found")
	w.refuse(w.dan, &models.BroadcastEnd{ConversationID: made.ID}, "not_found")
	w.refuse(w.olga, &models.Retire{ConversationID: made.ID}, "forbidden")
}
