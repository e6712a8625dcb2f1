package sync_test

import (
	"context"
	stdsync "sync"
	"testing"
	"testing/synctest"
	"time"

	"officermobile/models"
	"officermobile/models/wire"
	"officermobile/sync"
)

// tuned is a stream in a test, and all that it wrote.
type tuned struct {
	mu     stdsync.Mutex
	frames []wire.Frame
	at     []time.Time
	ended  chan error
	cancel context.CancelFunc
}

func (d *desk) tune(who wire.Caller, token string) *tuned {
	ctx, cancel := context.WithCancel(d.t.Context())
	l := &tuned{ended: make(chan error, 1), cancel: cancel}
	d.t.Cleanup(cancel)
	go func() {
		l.ended <- d.s.Live(ctx, who, wire.LiveRequest{Token: token, Schema: wire.Schema}, func(f wire.Frame) error {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.frames, l.at = append(l.frames, f), append(l.at, time.Now())
			return nil
		})
	}()
	return l
}

func (l *tuned) named(event string) []wire.Frame {
	l.mu.Lock()
	defer l.mu.Unlock()
	var some []wire.Frame
	for _, f := range l.frames {
		if f.Event == event {
			some = append(some, f)
		}
	}
	return some
}

// end waits for the stream's end and returns why it said bye.
func (l *tuned) end(t *testing.T) wire.Bye {
	t.Helper()
	if err := <-l.ended; err != nil {
		t.Errorf("got %v, want a bye", err)
	}
	byes := l.named("bye")
	if len(byes) != 1 {
		t.Fatalf("got %d byes, want 1", len(byes))
	}
	return byes[0].Data.(wire.Bye)
}

func TestInvariants26_27_LiveAndCatchUpAreEquivalent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, sync.ServiceOptions{})
		live, polled := newPocket(), newPocket()
		first := d.pass(callerOf(1), "", live)
		token := d.pass(callerOf(1), "", polled)
		l := d.tune(callerOf(1), first)
		for m := range 20 {
			d.say(m%3, m)
			if m%4 == 0 {
				elapse(time.Second)
				token = d.pass(callerOf(1), token, polled)
			}
			if m == 10 {
				mustSubmit(t, d.g, models.Command{Actor: personID(5), Body: &models.Leave{ConversationID: roomID(0)}})
			}
		}
		elapse(time.Second)
		d.pass(callerOf(1), token, polled)
		tokens := map[string]bool{}
		for _, f := range l.named("page") {
			if tokens[f.ID] || f.ID == "" {
				t.Errorf("frame has id %q a second time or none", f.ID)
			}
			tokens[f.ID] = true
			d.put(live, f.Data)
		}
		sc := models.ConversationScope(roomID(0))
		if len(live.messages[sc]) == 0 || len(live.messages[sc]) != len(polled.messages[sc]) {
			t.Fatalf("got %d rows live, %d by polling", len(live.messages[sc]), len(polled.messages[sc]))
		}
		for n, want := range polled.messages[sc] {
			if got := live.messages[sc][n]; got != want {
				t.Errorf("row %d: got %s live, want %s", n, got, want)
			}
		}
		for k, want := range polled.rows {
			if live.rows[k] != want {
				t.Errorf("%v: got %v live, want %v", k, live.rows[k], want)
			}
		}
	})
}

func TestInvariant29_AnIdleStreamGetsMarksAndHeartbeats(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, sync.ServiceOptions{})
		l := d.tune(callerOf(1), d.pass(callerOf(1), "", newPocket()))
		minutes := int(seeds(15, 240))
		elapse(time.Duration(minutes) * time.Minute)
		if got := len(l.named("mark")); got < minutes/5 || got > minutes/4+2 {
			t.Errorf("got %d marks in %d minutes, want one in at most 5 minutes", got, minutes)
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		for i := 1; i < len(l.at); i++ {
			if gap := l.at[i].Sub(l.at[i-1]); gap > 30*time.Second {
				t.Errorf("frame %d came after %v of silence, want at most 30 s", i, gap)
			}
		}
		for _, f := range l.frames {
			if f.Event == "mark" && f.ID == "" {
				t.Error("a mark has no position")
			}
		}
	})
}

func TestAStreamEndsWithAReason(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		end  func(d *desk)
		want string
	}{
		"replaced": {func(d *desk) { d.tune(callerOf(1), "") }, wire.ByeReplaced},
		"session":  {func(d *desk) { d.s.CloseSession(callerOf(1).Session) }, wire.ByeSession},
		"revoked": {func(d *desk) {
			mustSubmit(d.t, d.g, models.Command{Actor: personID(0), Body: &models.DeviceRevoke{DeviceID: phoneID(1)}})
		}, wire.ByeSession},
		"drained": {func(d *desk) { d.s.Drain(d.t.Context()) }, wire.ByeDrain},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t, sync.ServiceOptions{})
				l := d.tune(callerOf(1), "")
				other := d.tune(callerOf(2), "")
				elapse(time.Second)
				c.end(d)
				if bye := l.end(t); bye.Why != c.want || bye.RetryMS < 5000 {
					t.Errorf("got %+v, want %s and at least 5 s", bye, c.want)
				}
				if got := len(other.named("bye")) > 0; got != (name == "drained") {
					t.Errorf("another device's stream has said bye: %v", got)
				}
			})
		})
	}
}

func TestADrainingNodeTakesNoStreams(t *testing.T) {
	t.Parallel()
	d := newDesk(t, sync.ServiceOptions{})
	d.s.Drain(t.Context())
	err := d.s.Live(t.Context(), callerOf(1), wire.LiveRequest{}, func(wire.Frame) error { return nil })
	if e := models.AsError(err); e == nil || e.Kind != models.KindUnavailable || e.RetryMS < 5000 {
		t.Errorf("got %v, want unavailable with 5 s", err)
	}
}

func TestTheStreamLimitRefusesTheNextOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, sync.ServiceOptions{MaxStreams: 1})
		l := d.tune(callerOf(1), "")
		elapse(time.Second)
		err := d.s.Live(t.Context(), callerOf(2), wire.LiveRequest{}, func(wire.Frame) error { return nil })
		if e := models.AsError(err); e == nil || e.Kind != models.KindUnavailable {
			t.Errorf("got %v, want unavailable", err)
		}
		if len(l.named("bye")) > 0 {
			t.Error("the stream that was there had to go, want it kept")
		}
	})
}

func TestALongPollAnswersWhenSomethingComes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, sync.ServiceOptions{})
		token := d.pass(callerOf(1), "", newPocket())
		begin := time.Now()
		go func() {
			elapse(7 * time.Second)
			mustSubmit(t, d.g, models.Command{Actor: personID(2), Body: &models.MessagePost{ConversationID: roomID(0), ID: messageID(1), Text: "x"}})
		}()
		page := d.sync(callerOf(1), wire.SyncRequest{T: token, WaitMS: 25_000}).Page
		if took := time.Since(begin).Round(time.Second); len(page.Items) != 1 || took != 7*time.Second {
			t.Errorf("got %d items after %v, want one after 7 s", len(page.Items), took)
		}
		begin = time.Now()
		page = d.sync(callerOf(1), wire.SyncRequest{T: page.T, WaitMS: 90_000}).Page
		if took := time.Since(begin).Round(time.Second); len(page.Items) != 0 || took != 25*time.Second {
			t.Errorf("got %d items after %v, want none after 25 s", len(page.Items), took)
		}
	})
}
