package push_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"officermobile/clock"
	"officermobile/models"
	"officermobile/models/record"
	"officermobile/push"
	"officermobile/push/apns"
	google "officermobile/push/fcm"
	"officermobile/push/pushtest"
	"officermobile/push/webpush"
	"officermobile/store"
	"officermobile/store/sqlite"

	"github.com/go-json-experiment/json"
)

// childOrders is set for the child of TestKilledProcesses: orders, as JSON.
const childOrders = "OFFICERMOBILE_TEST_KILLED"

// orders are what a child is told.
type orders struct {
	Folder    string
	Began     time.Time // of the world
	Life      int       // how often there was a process before
	Point     killPoint
	Providers pushtest.Config
}

// Paces of a child.
const (
	childSpeed = 30              // times real time
	childTook  = 2 * time.Second // of its clock: a send, longer than between two flushes, so that what waits is written
	betweenUs  = time.Minute     // of its clock, from one life to the next: under what an urgent message is worth
)

// owing is a world that owes olga two urgent messages, a task and a message. It is the same in every process, as a log
// is. Her phone is not heard, her tablet is in the foreground and never confirms, and of her browser nothing was ever
// heard.
func owing(t *testing.T, began time.Time) *world {
	w := newWorld(t, clock.Scaled(began, 1e-9)) // it stands still
	w.device(w.olga, "console")
	w.urgent(w.omar, w.chat)
	w.urgent(w.omar, w.chat)
	w.do(w.dan, &models.TaskCreate{ID: newID[models.TaskID](w), DispatchID: w.dispatch().ID, Assignee: w.olga})
	w.post(w.omar, w.chat, "hello")
	w.is(w.phone, models.Offline, 0)
	w.is(w.tablet, models.Foreground, 0)
	return w
}

// child is a process that rings, until all is done or it kills itself.
type child struct {
	t     *testing.T
	world *world
	clock clock.Clock
	docs  *sqlite.Store
	dies  *killer
	apple *apns.Sender
	other *google.Sender
	web   *webpush.Sender
}

func newChild(t *testing.T, text string) *child {
	var o orders
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	c := &child{t: t, world: owing(t, o.Began), clock: clock.Scaled(o.Began.Add(time.Duration(o.Life)*betweenUs), childSpeed)}
	var err error
	c.docs, err = sqlite.Open(t.Context(), o.Folder)
	for ; errors.Is(err, store.ErrInUse) && t.Context().Err() == nil; c.docs, err = sqlite.Open(t.Context(), o.Folder) {
		_ = c.clock.Sleep(t.Context(), time.Second) // a sibling that the parent has just forked holds its lock until it is another program
	}
	if err != nil {
		t.Fatal(err)
	}
	c.dies = &killer{Documents: c.docs, point: o.Point}
	p := o.Providers
	c.apple, err = apns.New(apns.Options{
		Environment: p.APNs.Environment, KeyID: p.APNs.KeyID, TeamID: p.APNs.TeamID, Key: p.APNs.Key, Clock: c.clock, TestURL: p.APNs.URL, TestRoots: p.Roots(),
	})
	if err != nil {
		t.Fatal(err)
	}
	c.other, err = google.New(google.Options{ServiceAccount: p.FCM.ServiceAccount, Clock: c.clock, TestURL: p.FCM.URL, TestRoots: p.Roots()})
	if err != nil {
		t.Fatal(err)
	}
	key, err := webpush.NewKey(p.Web.Key, p.Web.Subject)
	if err != nil {
		t.Fatal(err)
	}
	c.web, err = webpush.New(webpush.Options{Key: key, Clock: c.clock, TestURL: p.Web.URL, TestRoots: p.Roots()})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// live rings until the log is read to its end and nothing is owed, and then stops as a signal does.
func (c *child) live() {
	ctx, cancel := context.WithCancel(c.t.Context())
	service := push.New(push.Deps{Documents: c.dies, Feed: c.world, Sight: c.world, Senders: c.sender},
		push.Options{Clock: c.clock, Node: "node", Keys: serverKeys(c.t), Logger: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	ended := make(chan error, 1)
	go func() { ended <- service.Run(ctx) }()
	for !c.done() {
		if err := c.clock.Sleep(ctx, time.Second); err != nil {
			c.t.Fatal(err)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		c.t.Error(err)
	}
	if err := c.docs.Close(); err != nil {
		c.t.Error(err)
	}
}

// done reports that the stored position is the log's end, and that no stored slot owes anything.
func (c *child) done() bool {
	d, err := c.docs.Get(c.t.Context(), "push_position", c.world.id().Hex())
	if err != nil {
		return false // not written yet
	}
	var position struct {
		Seq record.Seq `json:"seq"`
	}
	if err := json.Unmarshal(d.Body, &position); err != nil {
		c.t.Fatal(err)
	}
	for _, kind := range []store.Kind{"push_emergency", "push_invite", "push_message"} {
		slots, err := c.docs.List(c.t.Context(), kind, "", "", 100)
		if err != nil {
			c.t.Fatal(err)
		}
		for _, s := range slots {
			if callOf(s) != "settle "+string(kind) {
				return false
			}
		}
	}
	return position.Seq == c.world.tip()
}

// sender is the real one, as slow as a bad line.
func (c *child) sender(a push.Address) push.Sender {
	switch a.Kind {
	case push.APNs:
		return doomed{c.apple, c}
	case push.WebPush:
		return doomed{c.web, c}
	}
	return doomed{c.other, c}
}

// doomed is a sender in whose Send the process may die.
type doomed struct {
	push.Sender
	child *child
}

func (d doomed) Send(ctx context.Context, n push.Notification) push.Result {
	if err := d.child.clock.Sleep(ctx, childTook); err != nil {
		return push.Result{Outcome: push.TryAgain, Reason: push.ReasonCancelled}
	}
	call := "send " + n.Class.String()
	d.child.dies.at(call, false)
	defer d.child.dies.at(call, true)
	return d.Sender.Send(ctx, n)
}

// killer is a store whose process dies at a point.
type killer struct {
	store.Documents
	point killPoint

	mu    sync.Mutex
	calls int // of the point's kind
}

// at ends the process if this is the point.
func (k *killer) at(call string, after bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if call != k.point.Call || after != k.point.After {
		return
	}
	if k.calls++; k.calls < k.point.Nth {
		return
	}
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		panic(err)
	}
	if err := self.Kill(); err != nil {
		panic(err)
	}
	select {} // the signal takes a moment
}

func (k *killer) PutIf(ctx context.Context, d store.Document) (uint64, error) {
	call := callOf(d)
	k.at(call, false)
	defer k.at(call, true)
	return k.Documents.PutIf(ctx, d)
}

// callOf names a write: by its kind, and of a slot by what it says.
func callOf(d store.Document) string {
	switch body := string(d.Body); {
	case d.Kind != "push_emergency" && d.Kind != "push_invite" && d.Kind != "push_message":
		return string(d.Kind)
	case !strings.Contains(body, `"ring"`):
		return "settle " + string(d.Kind)
	case strings.Contains(body, `"owner"`):
		return "lease " + string(d.Kind)
	default:
		return "slot " + string(d.Kind)
	}
}
