package client_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"officermobile/client"
	"officermobile/models"
	"officermobile/models/wire"

	"github.com/go-json-experiment/json"
)

var errPower = errors.New("the battery died")

// mortal is a Store whose process dies at one commit: before it took place, or right after.
type mortal struct {
	client.Store
	left  int // commits until then
	after bool
}

func (m *mortal) Commit(ctx context.Context, c client.Change) error {
	m.left--
	if m.left > 0 {
		return m.Store.Commit(ctx, c)
	}
	if m.left == 0 && m.after {
		if err := m.Store.Commit(ctx, c); err != nil {
			return err
		}
	}
	return errPower
}

// ledgerServer decides commands once, by number and id, and sends one message a page.
type ledgerServer struct {
	server
	t        *testing.T
	decided  []models.CommandID
	messages []wire.Message
}

func (l *ledgerServer) answer(req wire.SyncRequest) (int, syncAnswer) {
	a := syncAnswer{Lanes: map[string]wire.LaneAnswer{}}
	if q, ok := req.Lanes["1"]; ok {
		a.Lanes["1"] = l.decide(q)
	}
	if req.Renew != "" {
		a.Session = &wire.Session{Access: "a", Refresh: "r", ExpiresInS: 600}
	}
	var at, head int
	if req.T != "" {
		if _, err := fmt.Sscanf(req.T, "%d/%d", &at, &head); err != nil {
			l.t.Error(err)
		}
	}
	if at == head {
		head = len(l.messages)
	}
	p := &page{Full: req.T == "", Begin: req.T == ""}
	if at < head {
		p.Items = []client.Item{messages(l.messages[at])}
		at++
	}
	p.More = at < head
	if !p.More {
		p.Done = map[string]uint64{"1": uint64(head)}
	}
	p.T = fmt.Sprintf("%d/%d", at, head)
	a.Page = p
	return 200, a
}

func (l *ledgerServer) decide(q wire.LaneQueue) wire.LaneAnswer {
	var a wire.LaneAnswer
	for i, c := range q.Commands {
		num := q.First + uint64(i)
		if num > uint64(len(l.decided))+1 {
			l.t.Errorf("command %d leaves a gap behind %d", num, len(l.decided))
			break
		}
		if num <= uint64(len(l.decided)) && l.decided[num-1] != c.ID {
			l.t.Errorf("number %d is used for two commands", num)
		}
		if num == uint64(len(l.decided))+1 {
			var m models.MessagePost
			if err := json.Unmarshal(c.Body, &m); err != nil {
				l.t.Error(err)
			}
			l.decided = append(l.decided, c.ID)
			l.messages = append(l.messages, wire.Message{N: uint32(len(l.messages) + 1), ID: m.ID, Author: amy, Text: m.Text})
		}
		a.Results = append(a.Results, models.Result{Num: num, Outcome: models.Applied})
	}
	a.Next = uint64(len(l.decided)) + 1
	return a
}

// TestCrash kills a device at each commit of a day, and starts it again from what its store then holds: every command
// that Enqueue accepted takes effect once and in order, and the rows end as the server's.
func TestCrash(t *testing.T) {
	t.Parallel()
	for _, after := range []bool{false, true} {
		for at := 1; ; at++ {
			if !dayWithCrash(t, at, after) {
				if at < 12 {
					t.Errorf("a day has only %d commits", at-1)
				}
				break
			}
		}
	}
}

// dayWithCrash reports whether the day was long enough to reach the crash.
func dayWithCrash(t *testing.T, at int, after bool) bool {
	l := &ledgerServer{t: t}
	l.sync = l.answer
	kept := client.NewMemory()
	store := &mortal{Store: kept, left: at, after: after}
	accepted := map[models.CommandID]string{}
	maybe := map[string]bool{} // Enqueue failed: either is right
	crashed := false
	var d *client.Device
	alive := func(err error) {
		if err == nil {
			return
		}
		if !errors.Is(err, errPower) || crashed {
			t.Fatalf("crash at commit %d (after: %v): %v", at, after, err)
		}
		crashed, d = true, nil
		store.left = 1 << 30
	}
	open := func() {
		for d == nil {
			var err error
			d, err = client.New(t.Context(), client.Config{Store: store, BaseURL: "http://x", HTTP: httpTo(l), Class: "phone"})
			if err != nil {
				alive(err)
				continue
			}
			if !d.SignedIn() {
				alive(d.SignIn(t.Context(), agency, "amy", "pw"))
			}
		}
	}
	open()
	for i := range 5 {
		for j := range 2 {
			text := fmt.Sprintf("%d%d", i, j)
			command, err := d.Enqueue(t.Context(), post(d, text), 0)
			if err == nil {
				accepted[command] = text
			} else {
				maybe[text] = true
			}
			alive(err)
			open()
		}
		_, err := d.SyncOnce(t.Context())
		alive(err)
		open()
	}
	for range 3 { // the last ones find nothing to commit but the position, and a crash there changes nothing
		_, err := d.SyncOnce(t.Context())
		alive(err)
		open()
	}
	check(t, l, d, accepted, maybe)
	return crashed
}

func check(t *testing.T, l *ledgerServer, d *client.Device, accepted map[models.CommandID]string, maybe map[string]bool) {
	var want []string
	for i, command := range l.decided {
		text := l.messages[i].Text
		if accepted[command] != text && !maybe[text] {
			t.Errorf("%s was never accepted", text)
		}
		delete(accepted, command)
		want = append(want, text)
	}
	if len(accepted) > 0 {
		t.Errorf("lost: %v", accepted)
	}
	if got := texts(t, d); got != strings.Join(want, " ") || got == "" {
		t.Errorf("shown %q, want %q", got, want)
	}
	if left := d.Pending(); len(left) > 0 {
		t.Errorf("left in the outbox: %v", left)
	}
}
