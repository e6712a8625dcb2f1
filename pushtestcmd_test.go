package main_test

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"officermobile/push"
	"officermobile/push/pushtest"
	"officermobile/replay/child"

	"github.com/go-json-experiment/json"
)

// A server configured with what pushtest writes rings its phones, and inbox shows it.
func TestPushtestAndInbox(t *testing.T) {
	t.Parallel()
	a, listen, control, folder := newAgency(t), freePort(t), freePort(t), t.TempDir()
	_, port, _ := strings.Cut(control, ":")
	services := start(t, child.Spec{Args: []string{"pushtest", "--folder", folder, "--control-port", port}, Ready: "http://" + control + "/watch"})
	start(t, child.Spec{
		Args:  []string{"serve", "--store", a.folder, "--listen", listen, "--config", filepath.Join(folder, "push.yaml")},
		Ready: "http://" + listen + "/readyz", Env: []string{"OFFICERMOBILE_LOG_LEVEL=error"},
	})

	b := &birds{t: t, base: "http://" + listen}
	boss, _, _ := b.signIn(a.id, "admin", a.password, newTextID())
	const password = "a password of good length"
	user := b.must(boss, "POST", "/v1/users", `{"username":"olga","name":"Olga Diaz","types":["officer"],"active":true}`)["id"].(string)
	b.must(boss, "PUT", "/v1/users/"+user+"/password", fmt.Sprintf(`{"password":%q}`, password))
	phones := []push.Address{
		{Kind: push.APNs, Token: strings.Repeat("ab", 32), App: "org.example.officer", Environment: push.Production},
		{Kind: push.FCMToken, Token: strings.Repeat("c", 22) + ":APA91b" + strings.Repeat("d", 134), App: "org.example.officer"},
	}
	for _, address := range phones {
		device := newTextID()
		bearer, _, _ := b.signIn(a.id, "olga", password, device)
		b.reach(bearer, device, address)
	}
	b.must(boss, "POST", "/v1/conversations", fmt.Sprintf(`{"title":"north gate","invitees":[%q]}`, user))
	follow(t, "http://"+control, 2)

	out, errs, code := program(t, nil, "inbox", "--once", "--at", "http://"+control)
	if want := regexp.MustCompile(`^\d\d:\d\d:\d\d  apns ababab +badge 0  message    Officer Mobile: You have a new message\n`); code != 0 || len(strings.Split(out, "\n")) != 3 || !matchesALine(want, out) {
		t.Errorf("inbox: %d %q %s", code, out, errs)
	}
	out, _, _ = program(t, nil, "inbox", "--once", "--json", "--at", "http://"+control)
	for line := range strings.Lines(out) {
		var arrival pushtest.Arrival
		if err := json.Unmarshal([]byte(line), &arrival); err != nil || arrival.Shown == nil || arrival.Shown.Title != "Officer Mobile" {
			t.Errorf("%v: %s", err, line)
		}
	}
	if strings.Count(out, "\n") != 2 {
		t.Errorf("got %q, want two lines", out)
	}
	if err := services.Stop(t.Context()); err != nil {
		t.Errorf("pushtest does not end cleanly: %v", err)
	}
	if _, errs, code := program(t, nil, "inbox", "--at", "http://"+control); code != 1 || !strings.Contains(errs, "no simulated push services answer there") {
		t.Errorf("without services: %d %q", code, errs)
	}
}

func matchesALine(want *regexp.Regexp, text string) bool {
	for line := range strings.Lines(text) {
		if want.MatchString(line) {
			return true
		}
	}
	return false
}

// follow waits for as many arrivals.
func follow(t *testing.T, control string, arrivals int) {
	t.Helper()
	enough := errors.New("enough")
	err := pushtest.Follow(t.Context(), control, func(v pushtest.View) error {
		if v.Next < arrivals {
			return nil
		}
		return enough
	})
	if !errors.Is(err, enough) {
		t.Fatal(err)
	}
}

// The demonstration's officers have phones, and the shift that it makes rings them.
func TestDemonstrationRings(t *testing.T) {
	t.Parallel()
	listen := freePort(t)
	printed := demonstrate(t, listen)
	control := fmt.Sprintf("http://127.0.0.1:%d", pushtest.ControlPort)
	if _, at, ok := strings.Cut(printed, "officermobile inbox --at "); ok { // another demonstration has the usual port
		control = strings.Fields(at)[0]
	}
	follow(t, control, 4)
	out, errs, code := program(t, nil, "inbox", "--once", "--at", control)
	for _, phone := range []string{"Olga Diaz (iPhone)", "Omar Ali (Android)", "Otto Maier (iPhone)"} {
		if !strings.Contains(out, phone) {
			t.Errorf("%s has nothing: %d %s%s", phone, code, out, errs)
		}
	}
	previews(t, "http://"+listen, printed)
	follow(t, control, 5)
	out, _, _ = program(t, nil, "inbox", "--once", "--at", control)
	for _, words := range []string{"You have a new message", "Ada Park, north gate: invitation"} {
		if !strings.Contains(out, words) {
			t.Errorf("nobody reads %q: %s", words, out)
		}
	}
}

// previews allows them, and invites the first officer to a conversation.
func previews(t *testing.T, base, printed string) {
	t.Helper()
	agency, passwords := credentials(printed)
	b := &birds{t: t, base: base}
	boss, _, _ := b.signIn(agency, "admin", passwords["admin"], newTextID())
	b.must(boss, "PUT", "/v1/agency", `{"settings":{"push_content":"sealed"}}`)
	officer1, _, _ := b.signIn(agency, "officer1", passwords["officer1"], newTextID())
	me := b.must(officer1, "GET", "/v1/me", "")["user_id"]
	b.must(boss, "POST", "/v1/conversations", fmt.Sprintf(`{"title":"north gate","invitees":[%q]}`, me))
}

// A port that is taken is said in one sentence.
func TestPushtestPortTaken(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := strings.Cut(l.Addr().String(), ":")
	_, errs, code := program(t, nil, "pushtest", "--control-port", port)
	if code != 1 || errs != "officermobile: a port is taken by another program; choose others, or 0\n" {
		t.Errorf("got %d %q", code, errs)
	}
}
