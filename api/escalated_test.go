package api_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"officermobile/models"
	"officermobile/models/wire"
)

// Receipts of an urgent message tell of each step by which it was escalated, to who may ask for them, also when the
// conversation is over.
func TestReceiptsTellOfEscalation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		urgent, routine := models.MessageID{0: 7}, models.MessageID{0: 8}
		conversation := models.ConversationOf(dispatch)
		w.do(0, "dispatcher", &models.MessagePost{ConversationID: conversation, ID: urgent, Text: "all out", Urgent: true},
			&models.MessagePost{ConversationID: conversation, ID: routine, Text: "at gate 4"})
		receipts := func(id models.MessageID) wire.Receipts {
			t.Helper()
			return decoded[wire.Receipts](t, w.call(0, "dispatcher", "GET", "/v1/messages/"+id.String()+"/receipts", ""))
		}
		if got := receipts(urgent); len(got.Steps) != 0 {
			t.Errorf("got %+v before a minute is over", got.Steps)
		}
		<-time.After(6 * time.Minute)
		synctest.Wait()
		got := receipts(urgent)
		if len(got.Steps) != 3 {
			t.Fatalf("got %+v, want three steps", got.Steps)
		}
		for i, s := range got.Steps {
			late := time.Duration(s.At-got.At) * time.Millisecond
			if want := []time.Duration{time.Minute, 3 * time.Minute, 5 * time.Minute}[i]; int(s.Step) != i+1 || late.Round(time.Second*10) != want {
				t.Errorf("got step %d after %v, want %d after %v", s.Step, late, i+1, want)
			}
			if len(s.Recipients) != 2 || len(s.Recipients[0].Devices) != 1 || s.Recipients[1].Push == nil {
				t.Errorf("got %+v, want a device that rang and somebody who has none", s.Recipients)
			}
		}
		if got := receipts(routine); len(got.Steps) != 0 {
			t.Errorf("a routine message: got %+v", got.Steps)
		}
		for _, name := range []string{"officer", "far-dispatcher", "reviewer"} {
			wantStatus(t, w.call(0, name, "GET", "/v1/messages/"+urgent.String()+"/receipts", ""), http.StatusNotFound)
		}
	})
}
