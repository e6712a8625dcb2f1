package auth_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"officermobile/auth"
	"officermobile/clock"
	"officermobile/models"
	"officermobile/store"
)

func TestEveryFailedSignInIsOneError(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready()
		w.people.set(func() {
			w.people.names["gone"] = models.UserID(newID[int]())
			off := models.UserID(newID[int]())
			w.people.names["off"], w.people.active[off] = off, false
		})
		off, _, _ := w.people.ByName(t.Context(), w.agency, "off")
		if err := s.SetPassword(t.Context(), w.agency, off.ID, rightPassword, models.SessionID{}); err != nil {
			t.Fatal(err)
		}
		for name, change := range map[string]func(*auth.Credentials){
			"wrong password": func(c *auth.Credentials) { c.Password = otherPassword },
			"unknown user":   func(c *auth.Credentials) { c.Username = "nobody" },
			"no password":    func(c *auth.Credentials) { c.Username = "gone" },
			"disabled":       func(c *auth.Credentials) { c.Username = "off" },
			"other agency":   func(c *auth.Credentials) { c.Agency = models.AgencyID(newID[int]()) },
		} {
			c := w.credentials()
			c.Remote = name
			change(&c)
			if got, err := s.SignIn(t.Context(), c); err != auth.ErrSignIn || got != (auth.Session{}) {
				t.Errorf("%s: got %+v, %v, want ErrSignIn", name, got, err)
			}
		}
	})
}

func TestMalformedCredentials(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready()
		blank := w.credentials() // 43 characters of which the decoder would take 3
		blank.DeviceKey = "AAA" + strings.Repeat("\n", 40)
		if _, err := s.SignIn(t.Context(), blank); models.AsError(err) == nil {
			t.Errorf("a device key of line ends: got %v, want a refusal", err)
		}
		for field, change := range map[string]func(*auth.Credentials){
			"agency_id":  func(c *auth.Credentials) { c.Agency = models.AgencyID{} },
			"username":   func(c *auth.Credentials) { c.Username = strings.Repeat("u", 129) },
			"password":   func(c *auth.Credentials) { c.Password = strings.Repeat("p", 257) },
			"device_id":  func(c *auth.Credentials) { c.Device = models.DeviceID{} },
			"device_key": func(c *auth.Credentials) { c.DeviceKey = "short" },
		} {
			c := w.credentials()
			change(&c)
			_, err := s.SignIn(t.Context(), c)
			if e := models.AsError(err); e == nil || e.Kind != models.KindInvalid || e.Field != field {
				t.Errorf("got %v, want invalid %s", err, field)
			}
		}
	})
}

// attempt tries a password from an address of its own and answers the error.
func (w *world) attempt(s *auth.Service, username, password, remote string) error {
	c := w.credentials()
	c.Username, c.Password, c.Remote = username, password, remote
	c.Device = models.DeviceID(newID[int]())
	_, err := s.SignIn(w.t.Context(), c)
	return err
}

func TestLockout(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready()
		session := w.signIn(s)
		for i := range 5 {
			if err := w.attempt(s, "ada", otherPassword, string(rune('a'+i))); err != auth.ErrSignIn {
				t.Fatalf("attempt %d: got %v", i, err)
			}
		}
		if got := w.count(auth.Locked); got != 1 {
			t.Fatalf("locked: got %d events, want 1", got)
		}
		w.good(s, session) // who is in stays in
		w.renew(s, session)
		pass(30 * 24 * time.Hour) // nothing but an administrator unlocks
		for _, node := range []*auth.Service{s, w.service()} {
			if err := w.attempt(node, "ada", rightPassword, "z"); err != auth.ErrSignIn {
				t.Fatalf("right password while locked: got %v, want ErrSignIn", err)
			}
		}
		if err := w.attempt(s, "bo", rightPassword, "z"); err != nil {
			t.Fatalf("another account: %v", err)
		}
		for range 2 { // releasing twice is as good as once
			if err := s.Release(t.Context(), w.agency, w.ada); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.attempt(s, "ada", rightPassword, "z"); err != nil {
			t.Fatalf("after release: %v", err)
		}
	})
}

func TestFailuresOutsideTheWindowDoNotLock(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready()
		for i := range 4 {
			w.attempt(s, "ada", otherPassword, string(rune('a'+i)))
		}
		pass(15 * time.Minute)
		w.attempt(s, "ada", otherPassword, "e")
		if err := w.attempt(s, "ada", rightPassword, "f"); err != nil {
			t.Fatalf("got %v, want a session", err)
		}
		for i := range 4 { // the success started the count anew
			w.attempt(s, "ada", otherPassword, string(rune('g'+i)))
		}
		if err := w.attempt(s, "ada", rightPassword, "k"); err != nil {
			t.Fatalf("got %v, want a session", err)
		}
	})
}

func TestOneAddressIsThrottledBeforeItLocks(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready()
		var limited error
		for range 10 {
			if err := w.attempt(s, "ada", otherPassword, "192.0.2.66"); err != auth.ErrSignIn {
				limited = err
				break
			}
		}
		e := models.AsError(limited)
		if e == nil || e.Kind != models.KindLimited || e.RetryMS < 1 {
			t.Fatalf("got %v, want KindLimited", limited)
		}
		if w.count(auth.Locked) != 0 {
			t.Fatal("locked by one hasty address")
		}
		if err := w.attempt(s, "ada", rightPassword, "192.0.2.1"); err != nil {
			t.Fatalf("from elsewhere: %v", err)
		}
		pass(time.Duration(e.RetryMS) * time.Millisecond)
		if err := w.attempt(s, "ada", rightPassword, "192.0.2.66"); err != nil {
			t.Fatalf("after the pause: %v", err)
		}
	})
}

func TestOneAddressTryingManyNames(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready(func(o *auth.Options) { o.RemoteFailures = 10 })
		for i := range 10 {
			if err := w.attempt(s, "name"+string(rune('a'+i)), otherPassword, "192.0.2.66"); err != auth.ErrSignIn {
				t.Fatalf("attempt %d: got %v", i, err)
			}
		}
		if err := w.attempt(s, "ada", rightPassword, "192.0.2.66"); kindOf(err) != models.KindLimited {
			t.Fatalf("got %v, want KindLimited", err)
		}
		pass(15 * time.Minute)
		if err := w.attempt(s, "ada", rightPassword, "192.0.2.66"); err != nil {
			t.Fatalf("after the window: %v", err)
		}
	})
}

func TestAnUnknownNameLooksLikeALockedOne(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready()
		for i := range 8 {
			known := w.attempt(s, "ada", otherPassword, string(rune('a'+i)))
			unknown := w.attempt(s, "nobody", otherPassword, string(rune('a'+i)))
			if known != unknown {
				t.Fatalf("attempt %d: got %v for a user, %v for nobody", i, known, unknown)
			}
		}
	})
}

func TestASecondSignInOnADeviceEndsTheFirst(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready()
		first := w.signIn(s)
		watch := s.Watch(first.Caller)
		second := w.signIn(s)
		w.refused(s, first)
		w.renewRefused(s, first, w.key)
		w.good(s, second)
		if !closed(watch) {
			t.Fatal("the first one's stream is open")
		}
	})
}

func TestSessionsOfOneUserAreBounded(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready(func(o *auth.Options) { o.SessionsEach = 3 })
		var all []auth.Session
		for range 5 {
			all = append(all, w.signIn(s, func(c *auth.Credentials) { c.Device = models.DeviceID(newID[int]()) }))
			pass(time.Second)
		}
		for i, session := range all {
			if i < 2 {
				w.refused(s, session)
				continue
			}
			w.good(s, session)
		}
	})
}

func TestChangePassword(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready()
		here := w.signIn(s)
		there := w.signIn(s, func(c *auth.Credentials) { c.Device = models.DeviceID(newID[int]()) })
		if err := s.ChangePassword(t.Context(), here.Caller, otherPassword, otherPassword, "r"); err != auth.ErrSignIn {
			t.Fatalf("wrong old one: got %v, want ErrSignIn", err)
		}
		if err := s.ChangePassword(t.Context(), here.Caller, rightPassword, "password2026", "r"); kindOf(err) != models.KindInvalid {
			t.Fatalf("a weak one: got %v, want KindInvalid", err)
		}
		if err := s.ChangePassword(t.Context(), here.Caller, rightPassword, otherPassword, "r"); err != nil {
			t.Fatal(err)
		}
		w.good(s, here)
		w.refused(s, there)
		if err := w.attempt(s, "ada", rightPassword, "r"); err != auth.ErrSignIn {
			t.Fatalf("the old one: got %v, want ErrSignIn", err)
		}
		if err := w.attempt(s, "ada", otherPassword, "r"); err != nil {
			t.Fatalf("the new one: %v", err)
		}
	})
}

func TestRehashAtSignIn(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.ready()
		id := w.agency.Hex() + "/" + w.ada.Hex()
		hash := func() string {
			d, err := w.docs.Get(t.Context(), "password", id)
			if err != nil {
				t.Fatal(err)
			}
			var p struct{ PHC string }
			if err := json.Unmarshal(d.Body, &p); err != nil {
				t.Fatal(err)
			}
			return p.PHC
		}
		if got, want := hash(), "$argon2id$v=19$m=8,t=1,p=1$"; !strings.HasPrefix(got, want) {
			t.Fatalf("got %s, want %s...", got, want)
		}
		for _, c := range []struct {
			cost auth.Cost
			want string
		}{
			{auth.Cost{Passes: 2, MemoryKiB: 64}, "$argon2id$v=19$m=64,t=2,p=1$"},
			{auth.Cost{PBKDF2: 1000}, "$pbkdf2-sha256$i=1000$"},
			{cheap, "$argon2id$v=19$m=8,t=1,p=1$"},
		} {
			w.signIn(w.service(func(o *auth.Options) { o.Cost = c.cost }))
			if got := hash(); !strings.HasPrefix(got, c.want) {
				t.Fatalf("got %s, want %s...", got, c.want)
			}
		}
	})
}

func TestNoSecretIsStored(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		s := w.ready()
		session := w.signIn(s)
		next := w.renew(s, session)
		browser := w.signIn(s, func(c *auth.Credentials) { c.Browser, c.Device = true, models.DeviceID(newID[int]()) })
		secrets := [][]byte{[]byte(rightPassword), unbase64(t, w.key)}
		for _, ticket := range []string{session.Refresh, next.Refresh, browser.Cookie} {
			raw := unbase64(t, strings.TrimPrefix(ticket, "omr_"))
			secrets = append(secrets, raw[len(raw)-64:len(raw)-32], raw[len(raw)-32:])
		}
		for _, kind := range []string{"password", "session", "lockout", "revocation"} {
			list, err := w.docs.List(t.Context(), store.Kind(kind), "", "", 1000)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range list {
				for i, secret := range secrets {
					if holds(d.Body, secret) {
						t.Errorf("a %s document holds secret %d", kind, i)
					}
				}
			}
		}
	})
}

func TestOptionsAreChecked(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		for name, o := range map[string]auth.Options{
			"access for an hour": {AccessTTL: time.Hour},
			"no memory":          {Cost: auth.Cost{Passes: 1, MemoryKiB: 1}},
			"idle too short":     {Idle: time.Minute},
			"absolute too short": {Absolute: time.Minute},
			"keys every day":     {RotateEvery: 24 * time.Hour},
			"negative":           {LockAfter: -1},
		} {
			if _, err := auth.New(t.Context(), w.docs, w.people, clock.Clock{}, o); err == nil || errors.Is(err, errDisk) {
				t.Errorf("%s: got %v, want a refusal", name, err)
			}
		}
	})
}

func unbase64(t *testing.T, text string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// holds looks for a secret in the forms that one could be stored in.
func holds(body, secret []byte) bool {
	return bytes.Contains(body, secret) || strings.Contains(string(body), hex.EncodeToString(secret)) ||
		strings.Contains(string(body), base64.RawStdEncoding.EncodeToString(secret)) ||
		strings.Contains(string(body), base64.RawURLEncoding.EncodeToString(secret))
}
