package api_test

import (
	"net/http"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"officermobile/api"
	"officermobile/models"
	"officermobile/models/wire"
)

// A dispatch that has left the panels is still in the record, for whom it concerns and for nobody else; who runs the
// zone brings it back.
func TestARetiredDispatchIsAnsweredFromTheRecord(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		path := "/v1/dispatches/" + dispatch.String()
		history := "/v1/conversations/" + models.ConversationOf(dispatch).String() + "/messages"
		w.do(0, "", &models.AgencyChange{Settings: models.SettingsPatch(`{"panel_hours":1}`)})
		w.do(0, "officer", &models.Comment{DispatchID: dispatch, MessageID: models.MessageID{0: 9}, Text: "two units are enough"})
		w.do(0, "officer", &models.DispatchLog{DispatchID: dispatch, ID: models.LogID{8}, Text: "keys with the porter"}, &models.TaskClear{TaskID: task, Disposition: "report taken"}, &models.Leave{ConversationID: models.ConversationOf(dispatch)})
		urgent := models.MessageID{0: 7}
		w.do(0, "reviewer", &models.Comment{DispatchID: dispatch})
		w.do(0, "dispatcher", &models.MessagePost{ConversationID: models.ConversationOf(dispatch), ID: urgent, Text: "all out", Urgent: true})
		w.do(0, "reviewer", &models.Acknowledge{MessageID: urgent})
		w.do(0, "dispatcher", &models.DispatchClose{DispatchID: dispatch})
		before := decoded[api.Item[api.Dispatch]](t, w.call(0, "dispatcher", "GET", path, ""))
		<-time.After(61 * time.Minute)
		synctest.Wait()
		for _, p := range staff {
			s, err := w.auth.SignIn(t.Context(), w.credentials(0, p.name))
			check(t, err)
			w.tokens[0][p.name] = s
		}
		if all := decoded[api.List[api.Dispatch]](t, w.call(0, "dispatcher", "GET", "/v1/dispatches", "")); len(all.Items) != 0 {
			t.Fatalf("got %d dispatches on the panels, want none", len(all.Items))
		}
		for name, want := range map[string][2]int{
			"admin": {200, 200}, "dispatcher": {200, 200}, "reviewer": {200, 200}, "officer": {200, 404},
			"integration": {404, 403}, "far-officer": {404, 404}, "far-dispatcher": {404, 404}, "far-reviewer": {404, 404},
		} {
			wantStatus(t, w.call(0, name, "GET", path, ""), want[0])
			wantStatus(t, w.call(0, name, "GET", history, ""), want[1])
		}
		after := decoded[api.Item[api.Dispatch]](t, w.call(0, "officer", "GET", path, ""))
		if after.Data.Number != before.Data.Number || after.Data.Status != models.DispatchClosedDone ||
			len(after.Data.Log) != 1 || after.Data.Log[0] != before.Data.Log[0] || len(after.Data.Tasks) != 1 || !reflect.DeepEqual(after.Data.Tasks[0].Data, before.Data.Tasks[0].Data) {
			t.Errorf("got %+v, want it as it was: %+v", after, before)
		}
		wantReceiptsOfTheForgotten(t, w, urgent)
		wantStatus(t, w.call(0, "far-dispatcher", "POST", path+"/reopen", ""), http.StatusNotFound)
		wantStatus(t, w.call(0, "dispatcher", "POST", path+"/reopen", ""), http.StatusOK)
		if back := decoded[api.Item[api.Dispatch]](t, w.call(0, "officer", "GET", path, "")); back.Data.Status != models.DispatchCleared {
			t.Errorf("got status %s, want it back among the living", back.Data.Status)
		}
		wantStatus(t, w.call(0, "officer", "GET", history, ""), http.StatusNotFound)

		// marks are not brought back: of what was said before nobody is called unread
		again := models.MessageID{0: 6}
		w.do(0, "dispatcher", &models.MessagePost{ConversationID: models.ConversationOf(dispatch), ID: again, Text: "back again"})
		for id, forgotten := range map[models.MessageID]bool{urgent: true, again: false} {
			got := decoded[wire.Receipts](t, w.call(0, "dispatcher", "GET", "/v1/messages/"+id.String()+"/receipts", ""))
			if got.Forgotten != forgotten {
				t.Errorf("message %s of a dispatch that came back: got reads forgotten %v, want %v", id, got.Forgotten, forgotten)
			}
		}
	})
}

// wantReceiptsOfTheForgotten: who acknowledged a message is in the log by its key, though marks went with the conversation.
func wantReceiptsOfTheForgotten(t *testing.T, w *world, id models.MessageID) {
	t.Helper()
	path := "/v1/messages/" + id.String() + "/receipts"
	for _, name := range []string{"reviewer", "officer", "far-dispatcher", "far-officer"} {
		wantStatus(t, w.call(0, name, "GET", path, ""), http.StatusNotFound)
	}
	for _, name := range []string{"dispatcher", "admin"} {
		got := decoded[wire.Receipts](t, w.call(0, name, "GET", path, ""))
		if !got.Forgotten {
			t.Errorf("%s: got %+v, want it told that marks are forgotten", name, got)
		}
		acknowledged := 0
		for _, r := range got.Recipients {
			if r.Read != nil {
				t.Errorf("%s: got a mark of %s, which went with the conversation", name, r.User)
			}
			if r.Acknowledged != nil && r.State == wire.Acknowledged {
				acknowledged++
			}
		}
		if acknowledged != 1 {
			t.Errorf("%s: got %d acknowledgements of %+v, want the one", name, acknowledged, got.Recipients)
		}
	}
}
