package models_test

import (
	"testing"
	"time"

	"officermobile/models"
)

// Who never acknowledges makes neither the state nor their own phone's list grow for ever: what was given up long ago
// goes, the oldest first, and what is still escalated stays.
func TestUnacknowledgedMessagesAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := newID[models.ConversationID](w)
	w.do(w.olga, &models.ConversationCreate{ID: c, Invitees: []models.UserID{w.omar}})
	shown := func() (n int) {
		for _, r := range w.state.Live(models.SelfScope(w.omar)) {
			if r.Kind == models.RowUrgent {
				n++
			}
		}
		return n
	}
	var all []models.MessageID
	for range models.MaxOpenUrgent + 50 {
		m := newID[models.MessageID](w)
		w.do(w.olga, &models.MessagePost{ConversationID: c, ID: m, Text: "answer me", Urgent: true})
		all = append(all, m)
		w.tick(time.Hour)
	}
	if got := shown(); got != models.MaxOpenUrgent {
		t.Errorf("got %d that wait for him, want %d", got, models.MaxOpenUrgent)
	}
	if w.state.Urgent(all[0]) != nil || w.state.Urgent(all[len(all)-1]) == nil {
		t.Error("the oldest are still there, or the newest are not")
	}
	w.refuse(w.omar, &models.Acknowledge{MessageID: all[0]}, "not_found")
	w.do(w.omar, &models.Acknowledge{MessageID: all[len(all)-1]})
	if loose := w.state.Dangling(); len(loose) > 0 {
		t.Errorf("dangling: %q", loose)
	}
	if digest(t, refold(t, w.log)) != digest(t, w.state) {
		t.Error("two folds differ")
	}

	d := w.dispatch()
	w.task(d, w.omar)
	for range models.MaxOpenUrgent + 5 { // within their time none is let go
		m := newID[models.MessageID](w)
		w.do(w.dan, &models.MessagePost{ConversationID: d.Conversation, ID: m, Text: "leave", Urgent: true})
	}
	if got := shown(); got < models.MaxOpenUrgent+5 {
		t.Errorf("got %d that wait for him, want all that are still escalated", got)
	}
}

// What is counted for an alert ends by itself: who never acknowledges would keep it ringing for ever.
func TestUnacknowledgedMessagesAreCountedForAShift(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, m := newID[models.ConversationID](w), newID[models.MessageID](w)
	w.do(w.olga, &models.ConversationCreate{ID: c, Invitees: []models.UserID{w.omar}})
	w.do(w.olga, &models.MessagePost{ConversationID: c, ID: m, Text: "answer me", Urgent: true})
	at := w.state.Urgent(m).At
	for _, tt := range []struct {
		name  string
		since models.Micros
		want  int
	}{{"posted since", at, 1}, {"posted before", at + 1, 0}} {
		if got := w.state.Unacknowledged(tt.since); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
	}
	w.do(w.omar, &models.Acknowledge{MessageID: m})
	if got := w.state.Unacknowledged(0); got != 0 {
		t.Errorf("acknowledged: got %d, want 0", got)
	}
}
