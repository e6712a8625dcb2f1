package api_test

import (
	"fmt"
	"net/http"
	stdsync "sync"
	"testing"

	"officermobile/api"
)

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	messages := "/v1/conversations/" + conversation.String() + "/messages"
	key := header("Idempotency-Key", "k 1")
	tests := []struct{ name, path, body, same, other string }{
		{"raw", messages, `{"text":"a"}`, ` { "urgent": false, "text" : "\u0061" } `, `{"text":"b"}`},
		{"huma", "/v1/dispatches", `{"work_zone":"` + workZone.String() + `","priority":"low"}`,
			`{"priority":"low","work_zone":"` + workZone.String() + `"}`, `{"work_zone":"` + workZone.String() + `","priority":"high"}`},
		{"several events", "/v1/conversations", `{"invitees":["` + userID("officer").String() + `","` + userID("reviewer").String() + `"]}`,
			`{"invitees":["` + userID("officer").String() + `","` + userID("reviewer").String() + `"]}`, `{"invitees":["` + userID("admin").String() + `"]}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			first := w.call(0, "dispatcher", "POST", test.path, test.body, key)
			wantStatus(t, first, http.StatusCreated)
			again := w.call(0, "dispatcher", "POST", test.path, test.same, key)
			if dump(first) != dump(again) {
				t.Errorf("again: got\n%s\nwant\n%s", dump(again), dump(first))
			}
			other := w.call(0, "dispatcher", "POST", test.path, test.other, key)
			wantStatus(t, other, http.StatusUnprocessableEntity)
			without := w.call(0, "dispatcher", "POST", test.path, test.body)
			if wantStatus(t, without, http.StatusCreated); without.Body.String() == first.Body.String() {
				t.Errorf("without a key: got the first answer again: %s", without.Body)
			}
		})
	}
	t.Run("another user, another agency", func(t *testing.T) {
		// The key is a secret of nobody; what counts is that it is somebody else's.
		wantStatus(t, w.call(0, "officer", "POST", messages, `{"text":"other"}`, key), http.StatusCreated)
		wantStatus(t, w.call(1, "dispatcher", "POST", messages, `{"text":"other"}`, key), http.StatusCreated)
	})
	t.Run("another device registers", func(t *testing.T) {
		for range 2 {
			device := newID[int]().String()
			in := decoded[api.SignedIn](t, w.call(0, "", "POST", "/v1/sign-in", w.signInBody(device, `,"device_key":"`+w.key+`"`)))
			bearer := header("Authorization", "Bearer "+in.Access)
			body := `{"name":"P","class":"phone","platform":"ios"}`
			wantStatus(t, w.call(0, "", "POST", "/v1/devices", body, key, bearer), http.StatusCreated)
			if me := decoded[api.Me](t, w.call(0, "", "GET", "/v1/me", "", bearer)); me.Device.String() != device {
				t.Errorf("got device %q, want %q: the answer was another device's", me.Device, device)
			}
		}
	})
	t.Run("malformed", func(t *testing.T) {
		for _, path := range []string{messages, "/v1/dispatches"} {
			rec := w.call(0, "dispatcher", "POST", path, tests[0].body, header("Idempotency-Key", "k\x80"))
			wantStatus(t, rec, http.StatusUnprocessableEntity)
		}
	})
}

func TestSameKeyAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := "/v1/conversations/" + conversation.String() + "/messages"
	answers := make([]string, 20)
	var wg stdsync.WaitGroup
	for i := range answers {
		wg.Go(func() {
			answers[i] = dump(w.call(0, "dispatcher", "POST", path, `{"text":"at once"}`, header("Idempotency-Key", "k")))
		})
	}
	wg.Wait()
	for _, a := range answers {
		if a != answers[0] {
			t.Errorf("got\n%s\nand\n%s", a, answers[0])
		}
	}
	rec := w.call(0, "dispatcher", "GET", path+"?before=0", "")
	if want := fmt.Sprintf("%d\n", http.StatusCreated); answers[0][:4] != want {
		t.Fatalf("got %s", answers[0])
	}
	wantStatus(t, rec, http.StatusOK)
}
