package api_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"officermobile/api"
	"officermobile/auth"
	"officermobile/models"

	"github.com/google/uuid"
)

func newID[K any]() models.ID[K] { return models.ID[K](uuid.Must(uuid.NewV7())) }

// signInBody is a sign-in of agency 0's officer on a new device.
func (w *world) signInBody(device, more string) string {
	return `{"agency_id":"` + w.ids[0].String() + `","username":"Officer","password":"` + password + `","device_id":"` + device + `"` + more + `}`
}

func TestSignInRenewSignOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	device := newID[int]().String()
	rec := w.call(0, "", "POST", "/v1/sign-in", w.signInBody(device, `,"device_key":"`+w.key+`","register":{"name":"P","class":"phone","platform":"android"}`))
	wantStatus(t, rec, http.StatusOK)
	in := decoded[api.SignedIn](t, rec)
	if in.User != userID("officer") || in.Access == "" || in.Refresh == "" || in.ExpiresInS < 590 || in.ExpiresInS > 600 || in.DataLeaseUntil.IsZero() {
		t.Fatalf("got %+v", in)
	}
	bearer := header("Authorization", "Bearer "+in.Access)
	me := decoded[api.Me](t, w.call(0, "", "GET", "/v1/me", "", bearer))
	if me.User != in.User || me.Device.String() != device || me.Agency != w.ids[0] {
		t.Errorf("got %+v, want the device registered", me)
	}
	wantStatus(t, w.call(0, "", "POST", "/v1/renew", `{"refresh":"`+in.Refresh+`"}`, header("Device-Key", newKey())), http.StatusUnauthorized)
	rec = w.call(0, "", "POST", "/v1/sign-in", w.signInBody(device, `,"device_key":"`+w.key+`"`))
	wantStatus(t, rec, http.StatusOK)
	in = decoded[api.SignedIn](t, rec)
	rec = w.call(0, "", "POST", "/v1/renew", `{"refresh":"`+in.Refresh+`"}`, header("Device-Key", w.key))
	wantStatus(t, rec, http.StatusOK)
	next := decoded[api.SignedIn](t, rec)
	bearer = header("Authorization", "Bearer "+next.Access)
	wantStatus(t, w.call(0, "", "POST", "/v1/sign-out", "", bearer), http.StatusNoContent)
	wantStatus(t, w.call(0, "", "GET", "/v1/me", "", bearer), http.StatusUnauthorized)
}

func TestSignInRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	device := newID[int]().String()
	wrong := w.call(0, "", "POST", "/v1/sign-in", strings.Replace(w.signInBody(device, `,"device_key":"`+w.key+`"`), password, canary, 1))
	unknown := w.call(0, "", "POST", "/v1/sign-in", strings.Replace(w.signInBody(device, `,"device_key":"`+w.key+`"`), "Officer", canary, 1))
	wantStatus(t, wrong, http.StatusUnauthorized)
	if dump(wrong) != dump(unknown) {
		t.Errorf("a wrong password and an unknown name differ:\n%s\n%s", dump(wrong), dump(unknown))
	}
	// Somebody else's phone: the session that could not be bound to it does not stay.
	taken := w.call(0, "", "POST", "/v1/sign-in", w.signInBody(deviceID("reviewer").String(), `,"device_key":"`+w.key+`","register":{"name":"P","class":"phone","platform":"ios"}`))
	wantStatus(t, taken, http.StatusNotFound)
	wantStatus(t, w.call(0, "reviewer", "GET", "/v1/me", ""), http.StatusOK)
	if strings.Contains(w.logs.String(), canary) {
		t.Errorf("the log has what was typed: %s", w.logs)
	}
}

func TestBrowserSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := w.signInBody(newID[int]().String(), `,"cookie":true`)
	sameOrigin := header("Sec-Fetch-Site", "same-origin")
	wantStatus(t, w.call(0, "", "POST", "/v1/sign-in", body), http.StatusForbidden)
	wantStatus(t, w.call(0, "", "POST", "/v1/sign-in", body, header("Sec-Fetch-Site", "cross-site")), http.StatusForbidden)
	rec := w.call(0, "", "POST", "/v1/sign-in", body, sameOrigin)
	wantStatus(t, rec, http.StatusOK)
	if in := decoded[api.SignedIn](t, rec); in.Access != "" || in.Refresh != "" {
		t.Errorf("got tokens in the body of a browser's sign-in: %+v", in)
	}
	cookie := rec.Result().Cookies()[0]
	if cookie.Name != "__Host-officer" || !cookie.Secure || !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/" || cookie.Domain != "" {
		t.Errorf("got cookie %+v", cookie)
	}
	with := func(r *http.Request) { r.AddCookie(cookie) }
	wantStatus(t, w.call(0, "", "GET", "/v1/me", "", with), http.StatusOK)
	for name, change := range map[string]func(*http.Request){
		"cross-site": header("Sec-Fetch-Site", "cross-site"), "same-site": header("Sec-Fetch-Site", "same-site"),
		"foreign origin": header("Origin", "https://evil.example"), "null origin": header("Origin", "null"), "neither": func(*http.Request) {},
	} {
		if rec := w.call(0, "", "POST", "/v1/duty/off", "", with, change); rec.Code != http.StatusForbidden {
			t.Errorf("%s: got %d with %s, want 403", name, rec.Code, rec.Body)
		}
	}
	wantStatus(t, w.call(0, "", "POST", "/v1/duty/off", "", with, sameOrigin), http.StatusOK)
	out := w.call(0, "", "POST", "/v1/sign-out", "", with, sameOrigin)
	wantStatus(t, out, http.StatusNoContent)
	if c := out.Result().Cookies(); len(c) != 1 || c[0].MaxAge >= 0 {
		t.Errorf("got cookies %v, want it cleared", c)
	}
	wantStatus(t, w.call(0, "", "GET", "/v1/me", "", with), http.StatusUnauthorized)
}

// TestEndsAtOnce: what an administrator does takes effect with the very next request.
func TestEndsAtOnce(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method, path, body string
		status, after            int
	}{
		{"deactivated", "PUT", "/v1/users/" + userID("officer").String(), `{"active":false}`, 200, 401},
		{"no longer an officer", "PUT", "/v1/users/" + userID("officer").String(), `{"types":["integration"]}`, 200, 403},
		{"device revoked", "POST", "/v1/devices/" + deviceID("officer").String() + "/revoke", `{}`, 200, 401},
		{"device released", "POST", "/v1/devices/" + deviceID("officer").String() + "/release", ``, 200, 401},
		{"new password", "PUT", "/v1/users/" + userID("officer").String() + "/password", `{"password":"seven loud geese by night"}`, 204, 401},
		{"weak password", "PUT", "/v1/users/" + userID("officer").String() + "/password", `{"password":"short"}`, 422, 200},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			wantStatus(t, w.call(0, "officer", "GET", "/v1/duty", ""), http.StatusOK)
			wantStatus(t, w.call(0, "admin", test.method, test.path, test.body), test.status)
			wantStatus(t, w.call(0, "officer", "GET", "/v1/duty", ""), test.after)
			wantStatus(t, w.call(1, "officer", "GET", "/v1/duty", ""), http.StatusOK)
		})
	}
}

// TestHandOver: a vehicle's tablet goes from one officer to the next, whose registration ends the first one's session.
func TestHandOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tablet := models.DeviceID(newID[int]())
	on := func(name string) auth.Session {
		c := w.credentials(0, name)
		c.Device = tablet
		s, err := w.auth.SignIn(t.Context(), c)
		check(t, err)
		return s
	}
	const vehicle = `{"name":"Car 7","class":"vehicle","platform":"android"}`
	first := header("Authorization", "Bearer "+on("officer").Access)
	wantStatus(t, w.call(0, "", "POST", "/v1/devices", vehicle, first), http.StatusCreated)
	wantStatus(t, w.call(0, "", "GET", "/v1/devices", "", first), http.StatusOK)
	second := header("Authorization", "Bearer "+on("far-officer").Access)
	wantStatus(t, w.call(0, "", "GET", "/v1/devices", "", second), http.StatusUnauthorized)
	wantStatus(t, w.call(0, "", "POST", "/v1/devices", vehicle, second), http.StatusCreated)
	wantStatus(t, w.call(0, "", "GET", "/v1/devices", "", second), http.StatusOK)
	wantStatus(t, w.call(0, "", "GET", "/v1/devices", "", first), http.StatusUnauthorized)
}

// TestADeviceThatIsLeftRingsNoMore: its push address has gone when the answer is there.
func TestADeviceThatIsLeftRingsNoMore(t *testing.T) {
	t.Parallel()
	device := deviceID("officer").String()
	for name, leave := range map[string]struct{ who, path, body string }{
		"signed out":          {"officer", "/v1/sign-out", ""},
		"released":            {"officer", "/v1/devices/" + device + "/release", ""},
		"revoked":             {"officer", "/v1/devices/" + device + "/revoke", `{}`},
		"revoked from a desk": {"admin", "/v1/devices/" + device + "/revoke", `{"wipe":true}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.call(0, leave.who, "POST", leave.path, leave.body)
			if want := []models.DeviceID{deviceID("officer")}; !slices.Equal(w.push.unbound, want) {
				t.Errorf("got %v unbound, want %v", w.push.unbound, want)
			}
			if name == "signed out" && !w.push.until.IsZero() {
				t.Errorf("an address given after %v still rings", w.push.until)
			}
		})
	}
}

// TestASignOutThatFailedIsTriedAgain: with the session gone first, nobody could take the address back any more.
func TestASignOutThatFailedIsTriedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.push.unbinding = errors.New("the store is away")
	wantStatus(t, w.call(0, "officer", "POST", "/v1/sign-out", ""), http.StatusInternalServerError)
	w.push.unbinding = nil
	wantStatus(t, w.call(0, "officer", "POST", "/v1/sign-out", ""), http.StatusNoContent)
	if len(w.push.unbound) != 2 {
		t.Errorf("asked %d times to ring no more", len(w.push.unbound))
	}
}

// TestATabletHandedOverRingsForTheNext: what it rang for the first officer is gone.
func TestATabletHandedOverRingsForTheNext(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tablet := models.DeviceID(word[int]("tablet"))
	for _, name := range []string{"officer", "reviewer"} {
		body := strings.Replace(w.signInBody(tablet.String(), `,"device_key":"`+w.key+`","register":{"name":"Car 7","class":"vehicle","platform":"android"}`), "Officer", name, 1)
		wantStatus(t, w.call(0, "", "POST", "/v1/sign-in", body), http.StatusOK)
	}
	if want := []models.DeviceID{tablet}; !slices.Equal(w.push.unbound, want) {
		t.Errorf("got %v unbound, want %v", w.push.unbound, want)
	}
}

// TestAConsoleWithoutADeviceReads: who registered none may read the history that they may write in.
func TestAConsoleWithoutADeviceReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := decoded[api.SignedIn](t, w.call(0, "", "POST", "/v1/sign-in", w.signInBody(newID[int]().String(), `,"device_key":"`+w.key+`"`)))
	bearer, path := header("Authorization", "Bearer "+in.Access), "/v1/conversations/"+conversation.String()+"/messages"
	wantStatus(t, w.call(0, "", "POST", path, `{"text":"from the desk"}`, bearer), http.StatusCreated)
	wantStatus(t, w.call(0, "", "GET", path, "", bearer), http.StatusOK)
}
