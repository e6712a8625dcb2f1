package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"officermobile/api"
	"officermobile/models"
	"officermobile/models/trail"
	"officermobile/models/wire"
)

// TestLostDevice: it is shut out at once, hears only that it is to wipe itself, nothing of its outbox is carried out, and
// its word that it did is kept.
func TestLostDevice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	phone, refresh := deviceID("officer").String(), w.tokens[0]["officer"].Refresh
	wantStatus(t, w.call(0, "", "POST", "/v1/devices/wiped", `{"refresh":"`+refresh+`"}`, header("Device-Key", w.key)), http.StatusUnauthorized)
	refresh = decoded[api.SignedIn](t, w.call(0, "", "POST", "/v1/sign-in", w.signInBody(phone, `,"device_key":"`+w.key+`"`))).Refresh
	wantStatus(t, w.call(0, "officer", "POST", "/v1/devices/"+phone+"/report-lost", ""), http.StatusUnauthorized) // by a session that ended
	wantStatus(t, w.call(0, "admin", "POST", "/v1/devices/"+phone+"/report-lost", ""), http.StatusOK)
	if !slices.Contains(w.push.unbound, deviceID("officer")) {
		t.Error("the push address is still bound")
	}
	wantStatus(t, w.call(0, "officer", "GET", "/v1/me", ""), http.StatusUnauthorized)

	outbox := `{"schema":1,"renew":"` + refresh + `","lanes":{"1":{"first":1,"commands":[{"id":"` + word[int]("late").String() +
		`","type":"message.post","body":{"conversation_id":"` + conversation.String() + `","id":"` + word[int]("late message").String() + `","text":"late"}}]}}}`
	rec := w.call(0, "", "POST", "/v1/sync", outbox, header("Device-Key", w.key))
	wantStatus(t, rec, http.StatusOK)
	answer := decoded[syncAnswer](t, rec)
	if answer.Session == nil || !answer.Session.Wipe || answer.Page != nil || strings.Contains(rec.Body.String(), "lanes") {
		t.Errorf("got %s, want wipe and nothing else", rec.Body)
	}
	check(t, w.View(t.Context(), w.ids[0], func(s *models.State) error {
		if s.Message(models.MessageID(word[int]("late message"))) != nil {
			t.Error("what the lost device had written was carried out")
		}
		return nil
	}))

	wantStatus(t, w.call(0, "", "POST", "/v1/devices/wiped", `{"refresh":"`+refresh+`"}`, header("Device-Key", newKey())), http.StatusUnauthorized)
	for range 2 { // it may not have heard the answer
		wantStatus(t, w.call(0, "", "POST", "/v1/devices/wiped", `{"refresh":"`+refresh+`"}`, header("Device-Key", w.key)), http.StatusNoContent)
	}
	list := decoded[api.List[api.Device]](t, w.call(0, "admin", "GET", "/v1/agency/devices?lost=true", ""))
	if len(list.Items) != 1 || list.Items[0].ID != phone || list.Items[0].Data.Wiped == 0 || !list.Items[0].Data.Revoked {
		t.Errorf("got %+v, want the wiped phone", list)
	}
	if got := w.trail("?what=device-wiped"); len(got) != 1 || got[0].Device != deviceID("officer") {
		t.Errorf("got %+v, want one line of the device's word", got)
	}
	if got := w.trail("?what=report-lost&outcome=ok"); len(got) != 1 || got[0].Objects[0] != (trail.Object{Kind: "device", ID: phone}) {
		t.Errorf("got %+v, want the report on record", got)
	}
}

// TestDeactivatedEverywhereAtOnce: T17 through the API, and what an administrator sees of it.
func TestDeactivatedEverywhereAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := "/v1/users/" + userID("officer").String()
	before := decoded[api.Item[api.UserAccount]](t, w.call(0, "admin", "GET", path, "")).Data
	if len(before.Sessions) != 1 || len(before.Devices) != 1 || before.LastSignIn == 0 || before.Username != "officer" || before.Devices[0].Data.Heard == 0 {
		t.Errorf("got %+v, want a session, a device and the last sign-in", before)
	}
	caller := w.tokens[0]["officer"].Caller
	wantStatus(t, w.call(0, "admin", "PUT", path, `{"active":false}`), http.StatusOK)
	select {
	case <-w.auth.Watch(caller):
	default:
		t.Error("a stream of the session would go on")
	}
	wantStatus(t, w.call(0, "officer", "GET", "/v1/me", ""), http.StatusUnauthorized)
	after := decoded[api.Item[api.UserAccount]](t, w.call(0, "admin", "GET", path, "")).Data
	if len(after.Sessions) != 0 || after.Active || after.LastSignIn != before.LastSignIn {
		t.Errorf("got %+v, want no session", after)
	}
	if got := w.trail("?what=revoked"); len(got) != 1 || got[0].User != userID("admin") {
		t.Errorf("got %+v, want the end of the session, by the administrator", got)
	}
	wantStatus(t, w.call(0, "admin", "GET", "/v1/users/"+absent, ""), http.StatusNotFound)
}

func TestDataLease(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wantStatus(t, w.call(0, "admin", "PUT", "/v1/agency", `{"settings":{"data_lease_hours":2}}`), http.StatusOK)
	rec := w.call(0, "", "POST", "/v1/sign-in", w.signInBody(deviceID("officer").String(), `,"device_key":"`+w.key+`"`))
	lease := time.Until(decoded[struct {
		wire.Session
	}](t, rec).DataLeaseUntil)
	if lease > 2*time.Hour || lease < time.Hour {
		t.Errorf("got a lease of %v, want two hours", lease)
	}
}
