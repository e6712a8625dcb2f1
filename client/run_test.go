package client_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"officermobile/client"
	"officermobile/models"
	"officermobile/models/wire"
)

// running runs a device in the foreground until the test ends.
func running(t *testing.T, s *server) *client.Device {
	d := signedIn(t, s, client.NewMemory())
	runIt(t, d)
	return d
}

// runIt runs a device in front of somebody's eyes until the test ends.
func runIt(t *testing.T, d *client.Device) {
	t.Helper()
	d.SetState(models.Foreground)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Run = %v", err)
		}
	})
}

// streaming is a device that runs against a server, with the streams that it opens.
func streaming(t *testing.T) (*server, *script, *client.Device) {
	s := &server{}
	stream := newScript(s)
	return s, stream, running(t, s)
}

// pass lets time go by in a synctest bubble.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// script is a stream that the test writes to.
type script struct{ opened chan io.Writer }

func newScript(s *server) *script {
	c := &script{make(chan io.Writer, 100)}
	s.live = func(ctx context.Context, _ string, w io.Writer) {
		c.opened <- w
		<-ctx.Done()
	}
	return c
}

// next is the stream opened next.
func (c *script) next(t *testing.T) io.Writer {
	synctest.Wait()
	select {
	case w := <-c.opened:
		return w
	default:
		t.Fatal("no stream was opened")
		return nil
	}
}

// TestConfirm: a frame's position is presented within two seconds, for several frames once, for an urgent one at once.
func TestConfirm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, stream, d := streaming(t)
		w := stream.next(t)
		pass(5 * time.Second)
		before := len(s.seen("/v1/sync"))
		came := time.Now()
		frame(w, "page", "f1", page{T: "f1", Items: []client.Item{messages(message(1, "a"))}})
		pass(time.Second)
		frame(w, "page", "f2", page{T: "f2", Items: []client.Item{messages(message(2, "b"))}})
		synctest.Wait()
		if got := texts(t, d); got != "a b" {
			t.Errorf("shown: %q", got)
		}
		pass(4 * time.Second)
		posts := s.seen("/v1/sync")[before:]
		if len(posts) != 1 || posts[0].sync.T != "f2" || posts[0].at.Sub(came) > 2*time.Second {
			t.Errorf("%d confirmations: %+v", len(posts), posts)
		}
		urgent := message(3, "c")
		urgent.Extra.Urgent = true
		came = time.Now()
		frame(w, "page", "f3", page{T: "f3", Items: []client.Item{messages(urgent)}})
		synctest.Wait()
		posts = s.seen("/v1/sync")[before:]
		if len(posts) != 2 || posts[1].sync.T != "f3" || !posts[1].at.Equal(came) {
			t.Errorf("an urgent one was not confirmed at once: %+v", posts)
		}
	})
}

// TestStreamOwnsThePosition: an answer's page is not used beside a stream, which is missed if it doesn't bring the same.
func TestStreamOwnsThePosition(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, stream, d := streaming(t)
		w := stream.next(t)
		frame(w, "page", "f1", page{T: "f1", Items: []client.Item{messages(message(1, "a"))}})
		s.mu.Lock()
		s.sync = func(req wire.SyncRequest) (int, syncAnswer) {
			return 200, syncAnswer{Page: &page{T: s.token("t"), Items: []client.Item{messages(message(2, "b"))}}}
		}
		s.mu.Unlock()
		pass(3 * time.Second)
		if got := d.Meta().Token; got != "f1" || texts(t, d) != "a" {
			t.Errorf("position %q, shown %q", got, texts(t, d))
		}
		w.Write([]byte(":\n\n")) // a heartbeat is not what is owed
		pass(11 * time.Second)
		stream.next(t)
		if got := texts(t, d); got != "a b" {
			t.Errorf("after the stream was given up: %q", got)
		}
	})
}

// TestStreamThatMovedOwesNothing: an answer often comes after the stream's page that brings the same, and then the stream
// isn't missed.
func TestStreamThatMovedOwesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, stream, d := streaming(t)
		w := stream.next(t)
		s.mu.Lock()
		s.sync = func(req wire.SyncRequest) (int, syncAnswer) {
			if len(req.Lanes) == 0 {
				return s.empty(req)
			}
			b := messages(message(2, "b"))
			frame(w, "page", "f1", page{T: "f1", Items: []client.Item{b}})
			synctest.Wait()
			answer := wire.LaneAnswer{Results: []models.Result{{Num: 1, Outcome: models.Applied}}, Next: 2}
			return 200, syncAnswer{Lanes: map[string]wire.LaneAnswer{"1": answer}, Page: &page{T: "t", Items: []client.Item{b}}}
		}
		s.mu.Unlock()
		must(d.Enqueue(t.Context(), post(d, "b"), 0))(t)
		pass(15 * time.Second)
		select {
		case <-stream.opened:
			t.Error("the stream was given up")
		default:
		}
	})
}

// TestLateAnswer: an answer that was asked for before a stream moved the position is not used after the stream's end.
func TestLateAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, stream, d := streaming(t)
		w := stream.next(t)
		asked, answer := make(chan struct{}), make(chan struct{})
		s.mu.Lock()
		s.sync = func(req wire.SyncRequest) (int, syncAnswer) {
			close(asked)
			<-answer
			return 200, syncAnswer{Page: &page{T: "late", Items: []client.Item{messages(message(9, "late"))}}}
		}
		s.mu.Unlock()
		done := make(chan error)
		go func() {
			_, err := d.SyncOnce(t.Context())
			done <- err
		}()
		<-asked
		frame(w, "page", "f1", page{T: "f1", Items: []client.Item{messages(message(1, "a"))}})
		frame(w, "bye", "", wire.Bye{RetryMS: 60_000, Why: wire.ByeDrain})
		synctest.Wait()
		s.mu.Lock()
		s.sync = s.empty
		s.mu.Unlock()
		close(answer)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if got := texts(t, d); got != "a" || d.Meta().Token == "late" {
			t.Errorf("shown %q at %q", got, d.Meta().Token)
		}
	})
}

// TestSignOutEndsStream: what a stream brings after that is nobody's.
func TestSignOutEndsStream(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		stream := newScript(s)
		d := signedIn(t, s, client.NewMemory())
		d.SetState(models.Foreground)
		done := make(chan error, 1)
		go func() { done <- d.Run(t.Context()) }()
		w := stream.next(t)
		if err := d.SignOut(t.Context()); err == nil {
			t.Error("the server knows no sign-out, yet nothing is said")
		}
		go frame(w, "page", "f1", page{T: "f1", Items: []client.Item{messages(message(1, "a"))}})
		if err := <-done; !errors.Is(err, client.ErrSignedOut) && !strings.Contains(err.Error(), "session that is over") {
			t.Errorf("Run = %v", err)
		}
		if got := texts(t, d); got != "" || d.Meta().Token != "" {
			t.Errorf("shown %q", got)
		}
	})
}

// TestSilence: without frame or heartbeat for 70 s the stream is given up, with heartbeats it is not.
func TestSilence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, stream, _ := streaming(t)
		w := stream.next(t)
		for range 10 {
			pass(25 * time.Second)
			if _, err := w.Write([]byte(":\n\n")); err != nil {
				t.Fatal(err)
			}
		}
		pass(69 * time.Second)
		if n := len(s.seen("/v1/live")); n != 1 {
			t.Fatalf("%d streams after 69 s", n)
		}
		pass(2 * time.Second)
		if n := len(s.seen("/v1/live")); n != 2 {
			t.Errorf("%d streams after 71 s", n)
		}
		// Presence is kept alive all the while, within the lease of 45 s.
		posts := s.seen("/v1/sync")
		for i := 1; i < len(posts); i++ {
			if gap := posts[i].at.Sub(posts[i-1].at); gap > 45*time.Second {
				t.Errorf("%v without a report", gap)
			}
			if posts[i].sync.Presence.Report <= posts[i-1].sync.Presence.Report {
				t.Error("report numbers do not rise")
			}
		}
	})
}

func TestBye(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, stream, d := streaming(t)
		var waits []time.Duration
		for range 20 {
			w := stream.next(t)
			pass(15 * time.Second)
			said := time.Now()
			frame(w, "bye", "", wire.Bye{RetryMS: 8000, Why: wire.ByeDrain})
			pass(8 * time.Second)
			live := s.seen("/v1/live")
			waits = append(waits, live[len(live)-1].at.Sub(said))
		}
		least, most := waits[0], waits[0]
		for _, w := range waits {
			least, most = min(least, w), max(most, w)
		}
		if least < 0 || most > 8*time.Second || most-least < time.Second {
			t.Errorf("draws from %v to %v", least, most)
		}
		frame(stream.next(t), "bye", "", wire.Bye{Why: wire.ByeReplaced})
		n := len(s.seen("/v1/live"))
		pass(time.Hour)
		if len(s.seen("/v1/live")) != n {
			t.Error("a replaced stream came back by itself")
		}
		d.Kick()
		stream.next(t)
	})
}

// TestShortStreams: three streams that end at once, and it polls for ten minutes; then it tries again.
func TestShortStreams(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &server{}
		s.sync = func(req wire.SyncRequest) (int, syncAnswer) {
			if req.WaitMS > 0 {
				<-time.After(time.Duration(req.WaitMS) * time.Millisecond)
			}
			return s.empty(req)
		}
		s.live = func(context.Context, string, io.Writer) {}
		running(t, s)
		pass(30 * time.Second)
		if n := len(s.seen("/v1/live")); n != 3 {
			t.Fatalf("%d streams", n)
		}
		pass(9 * time.Minute)
		if n := len(s.seen("/v1/live")); n != 3 {
			t.Errorf("%d streams while polling", n)
		}
		polls := s.seen("/v1/sync")
		if last := polls[len(polls)-1]; last.sync.WaitMS != 25_000 {
			t.Errorf("a poll waits %d ms", last.sync.WaitMS)
		}
		pass(2 * time.Minute)
		if n := len(s.seen("/v1/live")); n <= 3 {
			t.Errorf("no stream was tried after ten minutes")
		}
	})
}

// TestBackground: no stream; a push fetches, a command is sent, and a dead network is tried again with restraint.
func TestBackground(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, stream, d := streaming(t)
		stream.next(t)
		d.SetState(models.Background)
		pass(time.Second)
		posts := s.seen("/v1/sync")
		if last := posts[len(posts)-1].sync.Presence; last.State != models.Background {
			t.Errorf("reported %+v", last)
		}
		pass(time.Hour)
		if n := len(s.seen("/v1/sync")); n != len(posts) {
			t.Errorf("%d requests in the background", n-len(posts))
		}
		d.Push()
		pass(time.Second)
		if n := len(s.seen("/v1/sync")); n != len(posts)+1 {
			t.Errorf("%d requests after a push", n-len(posts))
		}
		down := true
		s.mu.Lock()
		s.sync = func(req wire.SyncRequest) (int, syncAnswer) {
			if down {
				return 502, syncAnswer{}
			}
			_, a := s.empty(req)
			a.Lanes = applied(req)
			return 200, a
		}
		s.mu.Unlock()
		must(d.Enqueue(t.Context(), post(d, "x"), 0))(t)
		pass(time.Hour)
		if tries := len(s.seen("/v1/sync")) - len(posts) - 1; tries < 60 || tries > 240 {
			t.Errorf("%d tries in an hour without network", tries)
		}
		down = false
		d.Kick()
		synctest.Wait()
		if left := d.Pending(); len(left) != 1 || left[0].Outcome != models.Applied {
			t.Errorf("not sent at once when the network was back: %v", left)
		}
	})
}

func TestSentAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, stream, d := streaming(t)
		stream.next(t)
		s.mu.Lock()
		s.sync = func(req wire.SyncRequest) (int, syncAnswer) {
			_, a := s.empty(req)
			a.Lanes, a.Page.Done = applied(req), map[string]uint64{"1": 1}
			return 200, a
		}
		s.mu.Unlock()
		pass(7 * time.Second)
		began := time.Now()
		must(d.Enqueue(t.Context(), post(d, "x"), 0))(t)
		synctest.Wait()
		posts := s.seen("/v1/sync")
		if last := posts[len(posts)-1]; !last.at.Equal(began) || len(last.sync.Lanes["1"].Commands) != 1 {
			t.Errorf("the last request is of %v with %v", last.at.Sub(began), last.sync.Lanes)
		}
		if left := d.Pending(); len(left) != 0 {
			t.Errorf("an empty page beside a stream says what is done: %v", left)
		}
	})
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	s := time.Second
	sameWaits(t, client.Backoff(9, 0), []time.Duration{s, 2 * s, 4 * s, 8 * s, 16 * s, 32 * s, 60 * s, 60 * s, 60 * s})
	sameWaits(t, client.Backoff(3, 7*s), []time.Duration{7 * s, 2 * s, 4 * s})
}

func sameWaits(t *testing.T, got, want []time.Duration) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("waits = %v, want %v", got, want)
	}
}
