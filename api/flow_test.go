package api_test

import (
	"net/http"
	"strings"
	"testing"

	"officermobile/api"
	"officermobile/models/wire"
)

// TestADispatchFromEndToEnd: opened, assigned, gone to, cleared, closed and reopened, with what people write on the way.
func TestADispatchFromEndToEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	post := func(who, path, body string, status int) api.Written {
		t.Helper()
		rec := w.call(0, who, "POST", path, body)
		wantStatus(t, rec, status)
		return decoded[api.Written](t, rec)
	}
	old := "/v1/tasks/" + task.String()
	post("officer", old+"/start", "", 200)
	post("officer", old+"/arrive", "", 200)
	goesOn := post("officer", old+"/suspend", "", 200).ID
	post("officer", "/v1/tasks/"+goesOn+"/clear", `{"disposition":"report taken"}`, 200)

	d := post("dispatcher", "/v1/dispatches", `{"work_zone":"`+workZone.String()+`","priority":"high","location":"Gate 4"}`, 201)
	if d.Number != 2 || d.Date == "" || d.Conversation.IsZero() || d.ID == "" || d.Seq == 0 {
		t.Fatalf("got %+v, want number, date and conversation", d)
	}
	path := "/v1/dispatches/" + d.ID
	job := post("dispatcher", path+"/tasks", "", 201).ID
	post("dispatcher", "/v1/tasks/"+job+"/assign", `{"user_id":"`+userID("officer").String()+`"}`, 200)
	post("dispatcher", "/v1/tasks/"+job+"/unassign", "", 200)
	post("dispatcher", "/v1/tasks/"+job+"/assign", `{"user_id":"`+userID("officer").String()+`"}`, 200)
	wantStatus(t, w.call(0, "dispatcher", "POST", path+"/close", ""), http.StatusConflict)
	wantStatus(t, w.call(0, "officer", "POST", path+"/close", ""), http.StatusForbidden)
	post("officer", "/v1/tasks/"+job+"/clear", "", 200)
	comment := post("reviewer", path+"/comment", `{"text":"noted"}`, 200)
	if comment.Conversation != d.Conversation || comment.N == 0 {
		t.Errorf("got %+v, want a message in the dispatch's conversation", comment)
	}
	wantStatus(t, w.call(0, "dispatcher", "PATCH", path, `{"priority":"low"}`), http.StatusOK)
	post("dispatcher", path+"/close", "", 200)
	if again := post("dispatcher", path+"/close", "", 200); again.Changed {
		t.Errorf("got a change by closing what is closed")
	}
	post("dispatcher", path+"/reopen", "", 200)
	shown := decoded[api.Item[api.Dispatch]](t, w.call(0, "reviewer", "GET", path, ""))
	if shown.Data.Priority != "low" || shown.Data.Status != "cleared" || len(shown.Data.Tasks) != 1 {
		t.Errorf("got %+v", shown)
	}
}

// TestAConversationFromEndToEnd: begun, answered, read, left.
func TestAConversationFromEndToEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	do := func(who, method, path, body string, status int) string {
		t.Helper()
		rec := w.call(0, who, method, path, body)
		wantStatus(t, rec, status)
		return rec.Body.String()
	}
	rec := w.call(0, "officer", "POST", "/v1/conversations", `{"title":"Plans","invitees":["`+userID("reviewer").String()+`","`+userID("far-officer").String()+`"]}`)
	wantStatus(t, rec, http.StatusCreated)
	made := decoded[api.Written](t, rec)
	path := "/v1/conversations/" + made.ID
	mine := decoded[api.List[wire.Invitation]](t, w.call(0, "reviewer", "GET", "/v1/invitations", ""))
	if len(mine.Items) != 1 || mine.Items[0].Data.Label.Title != "Plans" {
		t.Fatalf("got %+v, want the invitation", mine)
	}
	do("reviewer", "POST", "/v1/invitations/"+mine.Items[0].ID+"/accept", "", 200)
	theirs := decoded[api.List[wire.Invitation]](t, w.call(0, "far-officer", "GET", "/v1/invitations", ""))
	do("far-officer", "POST", "/v1/invitations/"+theirs.Items[0].ID+"/reject", "", 200)
	do("far-officer", "GET", path, "", 404)
	id := newID[int]().String()
	first := do("officer", "POST", path+"/messages", `{"id":"`+id+`","text":"one","urgent":true}`, 201)
	second := do("officer", "POST", path+"/messages", `{"id":"`+id+`","text":"one","urgent":true}`, 201)
	if want := strings.Replace(first, `"changed":true`, `"changed":false`, 1); second != want {
		t.Errorf("the same message again: got %s, want %s", second, want)
	}
	do("reviewer", "POST", "/v1/messages/"+id+"/acknowledge", "", 200)
	do("reviewer", "PUT", path+"/mark", `{"n":5}`, 200)
	do("reviewer", "POST", path+"/mute", `{"until":4102444800000}`, 200)
	if got := do("reviewer", "GET", path, "", 200); !strings.Contains(got, `"muted":{"until":4102444800000}`) {
		t.Errorf("got %s, want it muted", got)
	}
	if got := do("officer", "GET", path, "", 200); strings.Contains(got, `"muted"`) {
		t.Errorf("somebody else's mute shows: %s", got)
	}
	do("reviewer", "POST", path+"/mute", `{"until":-1}`, 422)
	do("reviewer", "POST", path+"/unmute", "", 200)
	for n, want := range map[string]int{"": 5, "?limit=2": 2, "?before=3": 2, "?before=3&limit=1": 1} {
		if got := decoded[wire.Messages](t, w.call(0, "officer", "GET", path+"/messages"+n, "")); len(got) != want {
			t.Errorf("messages%s: got %d rows, want %d", n, len(got), want)
		}
	}
	do("officer", "GET", path+"/messages?limit=201", "", 422)
	if got := do("officer", "GET", "/v1/messages/"+id+"/verdicts", "", 200); !strings.Contains(got, "suppressed") {
		t.Errorf("got verdicts %s", got)
	}
	do("officer", "POST", path+"/invitations", `{"invitees":["`+userID("dispatcher").String()+`"]}`, 201)
	do("officer", "POST", path+"/members/"+userID("reviewer").String()+"/remove", "", 200)
	do("reviewer", "GET", path, "", 404)
	do("officer", "POST", path+"/leave", "", 200)
	do("officer", "GET", path, "", 404)
}

// TestListsArePaged: every page but the last has as many as were asked for, and all together are all.
func TestListsArePaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seen, after := map[string]bool{}, ""
	for range 20 {
		page := decoded[api.List[wire.User]](t, w.call(0, "officer", "GET", "/v1/users?limit=2&after="+after, ""))
		for _, item := range page.Items {
			seen[item.ID] = true
		}
		if after = page.Next; after == "" {
			break
		}
		if len(page.Items) != 2 {
			t.Fatalf("got %d of 2 and more to come", len(page.Items))
		}
	}
	if len(seen) != len(staff) {
		t.Errorf("got %d users, want %d", len(seen), len(staff))
	}
}

// TestAListGoesOnBehindWhatHasLeftIt: a dispatch that is closed between two pages takes nothing else with it.
func TestAListGoesOnBehindWhatHasLeftIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 2 {
		wantStatus(t, w.call(0, "dispatcher", "POST", "/v1/dispatches", `{"work_zone":"`+workZone.String()+`","priority":"low"}`), http.StatusCreated)
	}
	const path = "/v1/dispatches?open=true&limit=2"
	first := decoded[api.List[api.Dispatch]](t, w.call(0, "dispatcher", "GET", path, ""))
	wantStatus(t, w.call(0, "dispatcher", "POST", "/v1/dispatches/"+first.Next+"/close", ""), http.StatusOK)
	rest := decoded[api.List[api.Dispatch]](t, w.call(0, "dispatcher", "GET", path+"&after="+first.Next, ""))
	if len(rest.Items) != 1 || rest.Next != "" {
		t.Errorf("behind the closed one: got %d and next %q, want the one that is left", len(rest.Items), rest.Next)
	}
	wantStatus(t, w.call(0, "dispatcher", "GET", path+"&after=nonsense", ""), http.StatusUnprocessableEntity)
}

// TestVerdictsBeforeJoiningAreNotShown: a dispatcher asked into a conversation learns nothing of what was said before.
func TestVerdictsBeforeJoiningAreNotShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	invitees := `{"invitees":["` + userID("reviewer").String() + `","` + userID("dispatcher").String() + `"]}`
	made := decoded[api.Written](t, w.call(0, "officer", "POST", "/v1/conversations", invitees))
	path := "/v1/conversations/" + made.ID + "/messages"
	before := decoded[api.Written](t, w.call(0, "officer", "POST", path, `{"text":"before"}`))
	mine := decoded[api.List[wire.Invitation]](t, w.call(0, "dispatcher", "GET", "/v1/invitations", ""))
	wantStatus(t, w.call(0, "dispatcher", "POST", "/v1/invitations/"+mine.Items[len(mine.Items)-1].ID+"/accept", ""), http.StatusOK)
	after := decoded[api.Written](t, w.call(0, "officer", "POST", path, `{"text":"after"}`))
	wantStatus(t, w.call(0, "dispatcher", "GET", "/v1/messages/"+before.ID+"/verdicts", ""), http.StatusNotFound)
	wantStatus(t, w.call(0, "dispatcher", "GET", "/v1/messages/"+after.ID+"/verdicts", ""), http.StatusOK)
}
