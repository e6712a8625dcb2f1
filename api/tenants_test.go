package api_test

import (
	"bufio"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"officermobile/api"
)

// foreign is a text that exists in the first agency only.
const foreign = "only-in-the-first-agency"

// TestT2_NothingCrossesAgencies: lists, positions, cursors and keys of one agency mean nothing in another, where the
// same user has the same id, and they don't even fail differently.
func TestT2_NothingCrossesAgencies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	messages := "/v1/conversations/" + conversation.String() + "/messages"
	wantStatus(t, w.call(0, "officer", "POST", messages, `{"text":"`+foreign+`"}`, header("Idempotency-Key", foreign)), http.StatusCreated)
	theirs := decoded[syncAnswer](t, w.call(0, "officer", "POST", "/v1/sync", `{"schema":1}`)).Page.T
	mine := func(t *testing.T, rec *httptest.ResponseRecorder) {
		t.Helper()
		if strings.Contains(dump(rec), foreign) || strings.Contains(rec.Body.String(), w.ids[0].String()) {
			t.Errorf("got %s of the other agency", dump(rec))
		}
	}
	t.Run("every list", func(t *testing.T) {
		for _, name := range routesOf(w) {
			method, path, _ := strings.Cut(name, " ")
			if method != "GET" || path == "/v1/live" || strings.Contains(path, "{") {
				continue
			}
			for _, who := range []string{"admin", "officer", "reviewer"} {
				mine(t, w.call(1, who, method, path, ""))
			}
		}
	})
	t.Run("a position", func(t *testing.T) {
		rec := w.call(1, "officer", "POST", "/v1/sync", `{"schema":1,"t":"`+theirs+`"}`)
		wantStatus(t, rec, http.StatusOK)
		mine(t, rec)
		if page := decoded[syncAnswer](t, rec).Page; page == nil || !page.Full {
			t.Errorf("got %s, want everything anew", rec.Body)
		}
		repair := w.call(1, "officer", "POST", "/v1/sync/repair", `{"schema":1,"t":"`+theirs+`","scope":"c/`+conversation.String()+`"}`)
		mine(t, repair)
	})
	t.Run("a stream's position", func(t *testing.T) {
		stream := bufio.NewScanner(w.listen(t, w.serve(t, api.Times{}), w.tokens[1]["officer"], theirs).Body)
		for stream.Scan() {
			if data, is := strings.CutPrefix(stream.Text(), "data: "); is {
				if strings.Contains(data, foreign) || !strings.Contains(data, `"full":true`) {
					t.Errorf("got %s, want everything of the own agency", data)
				}
				return
			}
		}
	})
	t.Run("a cursor", func(t *testing.T) {
		for _, path := range []string{"/v1/dispatches", "/v1/conversations", "/v1/users"} {
			known := w.call(1, "admin", "GET", path+"?after="+dispatch.String(), "")
			unknown := w.call(1, "admin", "GET", path+"?after="+w.ids[0].String(), "")
			wantStatus(t, known, http.StatusOK)
			wantStatus(t, unknown, http.StatusOK)
			mine(t, known)
		}
	})
	t.Run("an idempotency key", func(t *testing.T) {
		fresh := w.call(1, "reviewer", "POST", messages, `{"text":"another"}`, header("Idempotency-Key", foreign))
		wantStatus(t, fresh, http.StatusCreated)
		mine(t, fresh)
		wantStatus(t, w.call(0, "dispatcher", "POST", messages, `{"text":"another"}`, header("Idempotency-Key", foreign)), http.StatusCreated)
	})
	t.Run("a validator", func(t *testing.T) {
		for _, name := range []string{"If-None-Match", "If-Match"} {
			rec := w.call(1, "officer", "GET", "/v1/conversations/"+conversation.String(), "", header(name, "*"))
			if rec.Code == http.StatusNotModified || rec.Code == http.StatusPreconditionFailed {
				t.Errorf("%s: got %d, which tells that it exists", name, rec.Code)
			}
		}
	})
}

// TestT1_WhoWasRemovedOrDisabled: to a member who was taken out a conversation is as good as absent, on each of its
// routes; a disabled user gets the same refusal on every route.
func TestT1_WhoWasRemovedOrDisabled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wantStatus(t, w.call(0, "dispatcher", "POST", "/v1/conversations/"+conversation.String()+"/members/"+userID("officer").String()+"/remove", ""), http.StatusOK)
	for _, name := range slices.Sorted(maps.Keys(matrix)) {
		method, path, _ := strings.Cut(name, " ")
		if !strings.HasPrefix(path, "/v1/conversations/{id}") && !strings.HasPrefix(path, "/v1/messages/{id}") {
			continue
		}
		id := conversation.String()
		if strings.HasPrefix(path, "/v1/messages/") {
			id = message.String()
		}
		was := w.call(0, "officer", method, filled(path, id), matrix[name].body)
		never := w.call(0, "officer", method, filled(path, absent), matrix[name].body)
		if was.Code != http.StatusNotFound || dump(was) != dump(never) {
			t.Errorf("%s by who was removed:\n%s\nabsent:\n%s", name, dump(was), dump(never))
		}
	}
	wantStatus(t, w.call(0, "admin", "PUT", "/v1/users/"+userID("officer").String(), `{"active":false}`), http.StatusOK)
	refusal := dump(w.call(0, "officer", "GET", "/v1/me", ""))
	for _, name := range slices.Sorted(maps.Keys(matrix)) {
		method, path, _ := strings.Cut(name, " ")
		if matrix[name].types == "-" {
			continue
		}
		rec := w.call(0, "officer", method, filled(path, absent), matrix[name].body)
		if rec.Code != http.StatusUnauthorized {
			t.Errorf("%s by who was disabled: got %s", name, dump(rec))
		}
		if path != "/v1/sync" && dump(rec) != refusal { // which has fewer headers
			t.Errorf("%s by who was disabled: got\n%s\nwant\n%s", name, dump(rec), refusal)
		}
	}
}
