package push_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"

	"officermobile/models/record"
	"officermobile/push"
	"officermobile/push/pushtest"
	"officermobile/store/sqlite"

	"github.com/go-json-experiment/json"
)

// killPoint is where a process ends itself with SIGKILL: at its n-th call of a kind, before it or after it took effect.
// The zero value is nowhere.
type killPoint struct {
	Call   string // as killer names it
	Nth    int
	After  bool
	Copies bool // the provider has taken a ring that the store does not know to have gone
}

func (p killPoint) String() string {
	if p.After {
		return fmt.Sprintf("after %s %d", p.Call, p.Nth)
	}
	return fmt.Sprintf("before %s %d", p.Call, p.Nth)
}

// killPoints are the steps of a ring's life, on an iPhone, on an Android phone and in a browser. Every one is reached: each device is
// owed two urgent messages, a task and a message, one at a time, and what waits is written meanwhile.
func killPoints() (all []killPoint) {
	for _, c := range []struct {
		call string
		nth  []int
	}{
		{"slot push_emergency", []int{1, 2}}, {"slot push_invite", []int{1}},
		{"lease push_emergency", []int{1, 3}}, {"lease push_invite", []int{1}},
		{"send emergency", []int{1, 4}}, {"send invite", []int{1, 2}},
		{"settle push_emergency", []int{1, 3}}, {"settle push_invite", []int{1}},
		{"push_position", []int{1, 2, 3}}, {"push_verdict", []int{1}}, {"push_ledger", []int{1}},
	} {
		for _, n := range c.nth {
			sends, settles := c.call[:4] == "send", c.call[:4] == "sett"
			all = append(all, killPoint{Call: c.call, Nth: n, Copies: settles}, killPoint{Call: c.call, Nth: n, After: true, Copies: sends})
		}
	}
	return all
}

// TestKilledProcesses is R15 by real processes: a child rings over a real database and the real senders, dies by kill -9
// at a point, and is started again on what it left. The providers are the parent's and outlive it. TestKilled tries
// every call in virtual time.
func TestKilledProcesses(t *testing.T) {
	if text := os.Getenv(childOrders); text != "" {
		newChild(t, text).live()
		return
	}
	t.Parallel()
	services, err := pushtest.Start(pushtest.Options{Unlimited: true}) // the child's clock runs faster
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(services.Close)
	whole := newHome(t, services)
	if died := whole.life(t, killPoint{}); died {
		t.Fatal("it died by itself")
	}
	want := whole.shown(t)
	for _, all := range want {
		if len(all) != 4 {
			t.Fatalf("a process that is left alone shows %d notifications, want two urgent messages, a task and a message", len(all))
		}
	}
	for _, point := range killPoints() {
		t.Run("R15 killed "+point.String(), func(t *testing.T) {
			t.Parallel()
			h := newHome(t, services)
			if died := h.life(t, point); !died {
				t.Fatal("it was not killed: the point was not reached")
			}
			if died := h.life(t, killPoint{}); died {
				t.Fatal("it died by itself")
			}
			h.check(t, want, point.Copies)
		})
	}
}

// home is what outlives a process: its folder, its devices and their provider.
type home struct {
	services *pushtest.Services
	orders   orders
	devices  [3]push.Address // olga's phone, tablet and browser
}

// newHome makes a folder in which olga's devices have their addresses.
func newHome(t *testing.T, services *pushtest.Services) *home {
	t.Helper()
	h := &home{services: services, orders: orders{Folder: t.TempDir(), Began: time.Now().UTC(), Providers: services.Config()}}
	h.devices = [3]push.Address{services.NewDevice(push.FCMToken), services.NewDevice(push.APNs), services.NewDevice(push.WebPush)}
	docs, err := sqlite.Open(t.Context(), h.orders.Folder)
	if err != nil {
		t.Fatal(err)
	}
	w := owing(t, h.orders.Began)
	service := push.New(push.Deps{Documents: docs, Feed: w, Sight: w}, push.Options{Keys: serverKeys(t)})
	for i, d := range w.state.DevicesOf(w.olga) {
		if err := service.Register(t.Context(), w.id(), d.ID, h.devices[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := docs.Close(); err != nil {
		t.Fatal(err)
	}
	return h
}

// life runs the child until all that is owed has rung, or until it is killed, and reports which.
func (h *home) life(t *testing.T, point killPoint) (killed bool) {
	t.Helper()
	h.orders.Point = point
	text, err := json.Marshal(h.orders)
	if err != nil {
		t.Fatal(err)
	}
	h.orders.Life++
	ctx, cancel := context.WithTimeout(t.Context(), childTimeout)
	defer cancel()
	child := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestKilledProcesses$")
	child.Env = append(os.Environ(), childOrders+"="+string(text))
	child.Cancel = func() error { return child.Process.Signal(syscall.SIGQUIT) } // which says where it stands
	var out bytes.Buffer
	child.Stdout, child.Stderr = &out, &out
	err = child.Run()
	if ctx.Err() != nil {
		t.Fatalf("it did not end in %v:\n%s", childTimeout, &out)
	}
	if status, ok := child.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() && status.Signal() == syscall.SIGKILL {
		return true
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	return false
}

// childTimeout is for a machine that is busy; a life takes about a second.
const childTimeout = time.Minute

// shown is what stands on each device's screen, by notification.
func (h *home) shown(t *testing.T) (all [3][]string) {
	t.Helper()
	for i, a := range h.devices {
		inbox, ok := h.services.Inbox(a.Token)
		if !ok {
			t.Fatal("the provider does not know the device")
		}
		for _, s := range inbox.Shown {
			all[i] = append(all[i], s.Notification)
		}
		slices.Sort(all[i])
	}
	return all
}

// check holds the devices to what a process shows that is left alone, and all that left for them to the same ids.
func (h *home) check(t *testing.T, want [3][]string, copies bool) {
	t.Helper()
	got, requests, due := h.shown(t), 0, 0
	for i, a := range h.devices {
		due += len(want[i])
		if !slices.Equal(got[i], want[i]) {
			t.Errorf("the %s shows\n%q, want\n%q", a.Kind, got[i], want[i])
		}
		for _, e := range h.services.Journal(0) {
			if e.Token != a.Token || !e.Accepted {
				continue
			}
			requests++
			if _, err := record.ParseUUID(e.Notification); err != nil || !slices.Contains(want[i], e.Notification) {
				t.Errorf("a copy left under the id %q, which is not one of %q", e.Notification, want[i])
			}
		}
	}
	if copies && requests <= due {
		t.Errorf("%d requests: what was under way when the process died did not leave again", requests)
	}
}
