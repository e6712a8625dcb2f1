package api_test

import (
	"net/http"
	"testing"

	"officermobile/api"
)

// TestAnOldClientHandsOverItsOutbox: it is refused everywhere but where that would cost the person what they wrote.
func TestAnOldClientHandsOverItsOutbox(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *api.Options) { o.MinimumClients = map[string]api.Release{"officer-ios": {3, 2, 0}} })
	for version, want := range map[string]int{
		"officer-ios/3.2.0": 200, "officer-ios/3.10.0": 200, "officer-ios/4.0.0-beta.1+7": 200, "officer-android/1.0.0": 200, "": 200, "3.1.9": 200,
		"officer-ios/3.1.9": 426, "officer-ios/2.9.9": 426, "officer-ios/": 426, "officer-ios": 426, "officer-ios/3.2": 426, "officer-ios/-1.0.0": 426,
	} {
		rec := w.call(0, "officer", "GET", "/v1/me", "", header("Client-Version", version))
		if rec.Code != want {
			t.Errorf("%q: got %d with %s, want %d", version, rec.Code, rec.Body, want)
		}
		if want != http.StatusUpgradeRequired {
			continue
		}
		if p := decoded[api.Problem](t, rec); p.Code != "client_too_old" || p.Minimum != "3.2.0" {
			t.Errorf("%q: got %+v, want the least version named", version, p)
		}
	}
	old := header("Client-Version", "officer-ios/3.1.9")
	body := `{"schema":1,"wait_ms":25000,"lanes":{"1":{"first":1,"commands":[{"id":"` + word[int]("old command").String() + `","type":"message.post","body":{"conversation_id":"` +
		conversation.String() + `","id":"` + word[int]("old message").String() + `","text":"kept"}}]}}}`
	rec := w.call(0, "officer", "POST", "/v1/sync", body, old)
	wantStatus(t, rec, http.StatusOK)
	got := decoded[syncAnswer](t, rec)
	if got.Page != nil || got.PageError == nil || got.PageError.Code != "client_too_old" || got.Lanes["1"].Next != 2 {
		t.Errorf("got %s, want the outbox taken and no page", rec.Body)
	}
	wantStatus(t, w.call(0, "", "POST", "/v1/sign-in", w.signInBody(word[int]("old phone").String(), `,"device_key":"`+w.key+`"`), old), http.StatusOK)
	wantStatus(t, w.call(0, "officer", "POST", "/v1/sign-out", "", old), http.StatusNoContent)
}
