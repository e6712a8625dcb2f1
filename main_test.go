package main_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"officermobile/client"
	"officermobile/models"
	"officermobile/replay/child"
)

func TestRefusalsAreOneSentence(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	listen := freePort(t)
	a.start(t, listen)
	damaged := t.TempDir()
	if err := os.WriteFile(filepath.Join(damaged, "officermobile.db"), bytes.Repeat([]byte("not a database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name string
		env  []string
		args []string
		code int
		want string
	}{
		{"port taken", nil, []string{"serve", "--store", t.TempDir(), "--listen", listen}, 1, "is taken by another program"},
		{"two processes", nil, []string{"serve", "--store", a.folder, "--listen", "127.0.0.1:0"}, 1, "in use by another process"},
		{"unwritable folder", nil, []string{"serve", "--store", "/proc/officermobile", "--listen", "127.0.0.1:0"}, 1, "make the folder"},
		{"damaged database", nil, []string{"serve", "--store", damaged, "--listen", "127.0.0.1:0"}, 1, "damaged"},
		{"unknown server", nil, []string{"serve", "--store", "mongodb://om:hunter2@127.0.0.1:1/om", "--listen", "127.0.0.1:0"}, 1, "no MongoDB primary answers"},
		{"wrong setting", []string{"OFFICERMOBILE_SERVER_LISTEN=hunter2"}, []string{"serve"}, 1, "server.listen"},
		{"unknown setting", []string{"OFFICERMOBILE_SERVER_LISTN=hunter2"}, []string{"serve"}, 1, "OFFICERMOBILE_SERVER_LISTN"},
		{"unknown command", nil, []string{"server"}, 2, "server"},
		{"unknown agency", nil, []string{"user", "list", "--store", t.TempDir()}, 2, "--agency"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, errs, code := program(t, c.env, c.args...)
			if code != c.code || !strings.Contains(errs, c.want) {
				t.Errorf("got exit %d and %q, want %d and %q in it", code, errs, c.code, c.want)
			}
			if strings.Contains(errs, "hunter2") {
				t.Errorf("a value is shown: %q", errs)
			}
			if lines := strings.Count(strings.TrimSpace(errs), "\n"); lines > 0 && c.code == 1 {
				t.Errorf("got %d lines, want one sentence: %q", lines+1, errs)
			}
		})
	}
}

func TestUsersByCommandLine(t *testing.T) {
	t.Parallel()
	a := newAgency(t)
	run := func(args ...string) string {
		t.Helper()
		out, errs, code := program(t, nil, append(args, "--store", a.folder)...)
		if code != 0 {
			t.Fatalf("%v: %s", args, errs)
		}
		return out
	}
	password := lastFields(run("user", "add", "Olga", "--name", "Olga Diaz"))[1]
	if out := run("user", "list"); !strings.Contains(out, "olga") || strings.Contains(out, password) {
		t.Errorf("got %q", out)
	}
	listen := freePort(t)
	server := a.start(t, listen)
	if _, err := a.device(t, listen, "olga", password); err != nil {
		t.Fatal(err)
	}
	if err := server.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	run("user", "switch", "olga", "--off")
	a.start(t, listen)
	if _, err := a.device(t, listen, "olga", password); err == nil {
		t.Error("a deactivated user signs in")
	}
}

// device signs somebody in on a new phone.
func (a agency) device(t *testing.T, listen, username, password string) (*client.Device, error) {
	t.Helper()
	d, err := client.New(t.Context(), client.Config{
		BaseURL: "http://" + listen, HTTP: &http.Client{Transport: &http.Transport{}}, Store: client.NewMemory(),
		Name: "phone", Class: "phone", Platform: "ios",
	})
	if err != nil {
		t.Fatal(err)
	}
	id, err := models.ParseID[struct{}](a.id)
	if err != nil {
		t.Fatal(err)
	}
	return d, d.SignIn(t.Context(), models.AgencyID(id), username, password)
}

// TestKilledServerLosesNothing kills the server while phones write, and counts what the record holds.
func TestKilledServerLosesNothing(t *testing.T) {
	t.Parallel()
	const kills, phones = 5, 4
	a := newAgency(t)
	listen := freePort(t)
	admin := "admin"
	var others []models.UserID
	server := a.start(t, listen)
	devices := []*client.Device{}
	for range phones {
		d, err := a.device(t, listen, admin, a.password)
		if err != nil {
			t.Fatal(err)
		}
		devices = append(devices, d)
	}
	if err := server.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		if _, errs, code := program(t, nil, "user", "add", fmt.Sprintf("officer%d", i), "--store", a.folder); code != 0 {
			t.Fatal(errs)
		}
	}
	server = a.start(t, listen)
	conversation := client.Mint[models.ConversationID](devices[0])
	syncUntil(t, devices[0], func() bool { users, _ := devices[0].Users(t.Context()); return len(users) == 3 })
	users, err := devices[0].Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range users {
		if id := models.UserID(u.ID); id != devices[0].User() {
			others = append(others, id)
		}
	}
	enqueue(t, devices[0], &models.ConversationCreate{ID: conversation, Title: "Night", Invitees: others})
	syncUntil(t, devices[0], func() bool { return len(devices[0].Pending()) == 0 })

	random := rand.New(rand.NewPCG(1, 2))
	written := 0
	for range kills {
		for _, d := range devices {
			for range 10 {
				written++
				enqueue(t, d, &models.MessagePost{ConversationID: conversation, ID: client.Mint[models.MessageID](d), Text: fmt.Sprintf("message %d", written)})
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{}, phones)
		for _, d := range devices {
			go func() {
				for ctx.Err() == nil && len(d.Pending()) > 0 {
					d.SyncOnce(ctx)
				}
				done <- struct{}{}
			}()
		}
		timer := time.NewTimer(time.Duration(1+random.IntN(20)) * time.Millisecond)
		<-timer.C
		if err := server.Kill(); err != nil {
			t.Fatal(err)
		}
		cancel()
		for range devices {
			<-done
		}
		server = a.start(t, listen)
	}
	for _, d := range devices {
		syncUntil(t, d, func() bool { return len(d.Pending()) == 0 })
	}
	checkOnce(t, devices[0], conversation, written)
	if err := server.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if out, errs, code := program(t, nil, "verify", "--store", a.folder); code != 0 {
		t.Errorf("verify: %s %s", out, errs)
	}
}

func enqueue(t *testing.T, d *client.Device, b models.CommandBody) {
	t.Helper()
	if _, err := d.Enqueue(t.Context(), b, 0); err != nil {
		t.Fatal(err)
	}
}

// syncUntil goes on syncing until what is wanted is so.
func syncUntil(t *testing.T, d *client.Device, reached func() bool) {
	t.Helper()
	for range 200 {
		if _, err := d.SyncOnce(t.Context()); err == nil && reached() {
			return
		}
	}
	t.Fatal("not reached in 200 syncs")
}

// checkOnce finds each message once on a phone that has all of the history.
func checkOnce(t *testing.T, d *client.Device, c models.ConversationID, want int) {
	t.Helper()
	syncUntil(t, d, func() bool { return true })
	for {
		n, err := d.History(t.Context(), c, 100)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
	messages, err := d.Messages(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, m := range messages {
		if m.Extra.Notice == "" {
			seen[m.Text]++
		}
	}
	for i := 1; i <= want; i++ {
		if n := seen[fmt.Sprintf("message %d", i)]; n != 1 {
			t.Errorf("message %d stands %d times in the record, want once", i, n)
		}
	}
	if len(seen) != want {
		t.Errorf("got %d different messages, want %d", len(seen), want)
	}
}

func TestDemonstration(t *testing.T) {
	t.Parallel()
	listen := freePort(t)
	output := &bytes.Buffer{}
	p := start(t, child.Spec{
		Args:  []string{"serve", "--demo", "--store", filepath.Join(t.TempDir(), "demo"), "--listen", listen},
		Ready: "http://" + listen + "/readyz", Log: output,
	})
	if err := p.Stop(t.Context()); err != nil { // it stops when asked, with status 0
		t.Error(err)
	}
	if !strings.Contains(output.String(), "officer1") {
		t.Errorf("no credentials in %q", output)
	}
}

// TestReplayFindsNothing plays some minutes of the invented town, with its five kills. Alone, and not at full speed: the
// machine that runs the tests may be a slow one.
func TestReplayFindsNothing(t *testing.T) {
	out, errs, code := program(t, nil, "replay", "--minutes", "5", "--speed", "15")
	if code != 0 {
		t.Errorf("exit %d\n%s\n%s", code, out, errs)
	}
	if _, errs, code := program(t, nil, "replay", "--from", "1999-01-01T00:00:00Z"); code != 1 || !strings.Contains(errs, "the file covers") {
		t.Errorf("hours without a call: got exit %d and %q, want the span that is covered", code, errs)
	}
}
