package sync_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"officermobile/models"
	"officermobile/models/wire"
	"officermobile/sync"
)

// gathered is what frames or answers told of receipts, as a client keeps it: by message and person, the furthest.
type gathered map[string]wire.ReceiptState

func (g gathered) add(t *testing.T, now *wire.Now) {
	t.Helper()
	if now == nil {
		return
	}
	for _, r := range now.Receipts {
		for _, to := range r.To {
			key := fmt.Sprint(r.N, " ", to.User)
			if to.State.Rank() <= g[key].Rank() {
				t.Errorf("%s: told %s after %s", key, to.State, g[key])
			}
			if to.At == 0 {
				t.Errorf("%s: told %s without a time", key, to.State)
			}
			g[key] = to.State
		}
	}
}

func (g gathered) want(t *testing.T, n uint32, person int, state wire.ReceiptState) {
	t.Helper()
	if got := g[fmt.Sprint(n, " ", personID(person))]; got != state {
		t.Errorf("row %d, person %d: got %q, want %q", n, person, got, state)
	}
}

// told is all that a stream was told of receipts.
func (l *tuned) told(t *testing.T) gathered {
	t.Helper()
	g := gathered{}
	for _, f := range l.named("now") {
		now := f.Data.(wire.Now)
		g.add(t, &now)
	}
	return g
}

func TestAnAuthorSeesLiveHowFarAMessageHasCome(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, sync.ServiceOptions{})
		token := d.pull(1, "", 50)
		author, member, admin := d.tune(callerOf(1), token), d.tune(callerOf(4), ""), d.tune(callerOf(0), "")
		elapse(time.Second)
		mustSubmit(t, d.g, models.Command{Actor: personID(1), Body: &models.MessagePost{ConversationID: roomID(0), ID: messageID(1), Text: "x", Urgent: true}})
		n := d.lastN()
		elapse(2 * time.Second)
		if got := author.told(t); len(got) != 0 {
			t.Errorf("before anybody has it: got %v", got)
		}
		d.pull(2, "", 50)
		d.pull(3, "", 50)
		elapse(2 * time.Second)
		got := author.told(t)
		got.want(t, n, 2, wire.HasIt)
		got.want(t, n, 3, wire.HasIt)
		got.want(t, n, 4, "")
		mustSubmit(t, d.g, models.Command{Actor: personID(3), Body: &models.ReadUpTo{ConversationID: roomID(0), N: n}},
			models.Command{Actor: personID(2), Body: &models.Acknowledge{MessageID: messageID(1)}})
		elapse(2 * time.Second)
		for name, l := range map[string]*tuned{"author": author, "who runs things and is in": admin} {
			got := l.told(t)
			got.want(t, n, 2, wire.Acknowledged)
			got.want(t, n, 3, wire.HasRead)
			if len(got) != 2 {
				t.Errorf("%s: got %v", name, got)
			}
		}
		if got := member.told(t); len(got) != 0 {
			t.Errorf("a member who wrote nothing was told %v", got)
		}
		frames := author.named("now")
		if now := frames[0].Data.(wire.Now).Receipts[0]; now.Of != 9 || now.Message != messageID(1) || frames[0].ID != "" {
			t.Errorf("got %+v", now)
		}
	})
}

// Who begins to run things hears of other people's messages on the stream that they have.
func TestReceiptsFollowTheUserType(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, sync.ServiceOptions{})
		member := d.tune(callerOf(4), "")
		elapse(time.Second)
		types := models.Officer | models.Dispatcher
		mustSubmit(t, d.g, bySystem(&models.UserChange{UserID: personID(4), Types: &types}))
		elapse(2 * time.Second)
		d.say(1, 1)
		d.pull(2, "", 50)
		elapse(2 * time.Second)
		member.told(t).want(t, d.lastN(), 2, wire.HasIt)
	})
}

func TestReceiptsAreToldAtMostOnceASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, sync.ServiceOptions{})
		token, author := d.pull(2, "", 50), d.tune(callerOf(1), "")
		begin := d.lastN()
		for m := range 40 {
			d.say(1, m)
			token = d.pull(2, token, 50)
			elapse(100 * time.Millisecond)
		}
		elapse(2 * time.Second)
		if frames := author.named("now"); len(frames) == 0 || len(frames) > 6 {
			t.Errorf("got %d frames in 6 s, want one a second at most", len(frames))
		}
		got := author.told(t)
		for n := begin + 1; n <= begin+40; n++ {
			got.want(t, n, 2, wire.HasIt)
		}
	})
}

func TestReceiptsBesideThePage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, sync.ServiceOptions{Node: "a"})
		d.say(1, 1)
		n := d.lastN()
		token := d.pull(1, "", 50)
		if got := d.sync(callerOf(1), wire.SyncRequest{T: token, Now: "all"}).Now; got != nil {
			t.Errorf("before anybody has it: got %+v", got)
		}
		other := d.pull(2, "", 50)
		if got := d.sync(callerOf(1), wire.SyncRequest{T: token}).Now; got != nil {
			t.Errorf("not asked for: got %+v", got)
		}
		got, now := gathered{}, d.sync(callerOf(1), wire.SyncRequest{T: token, Now: "all"}).Now
		got.add(t, now)
		got.want(t, n, 2, wire.HasIt)
		answer := d.sync(callerOf(1), wire.SyncRequest{T: token, Now: now.Mark})
		if _, size, err := overTheWire(answer); err != nil || size >= 200 || answer.Now != nil {
			t.Errorf("nothing new: got %d bytes, %+v, %v", size, answer.Now, err)
		}
		d.say(1, 2)
		d.pull(2, other, 50)
		second := d.sync(callerOf(1), wire.SyncRequest{T: token, Now: now.Mark}).Now
		got.add(t, second) // only what is new
		got.want(t, n+1, 2, wire.HasIt)
		if got := d.sync(callerOf(4), wire.SyncRequest{Now: "all"}).Now; got != nil {
			t.Errorf("somebody else asked: got %+v", got)
		}
		if err := d.s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		d.s = openService(t, d.a, d.st, sync.ServiceOptions{Node: "a"})
		again := gathered{}
		again.add(t, d.sync(callerOf(1), wire.SyncRequest{T: token, Now: second.Mark}).Now) // a mark from before
		again.want(t, n, 2, wire.HasIt)
		again.want(t, n+1, 2, wire.HasIt)
	})
}

// TestReceiptsAreToldInSmallPieces: nine people have a hundred messages at once; each piece is bounded, nothing is lost.
func TestReceiptsAreToldInSmallPieces(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, sync.ServiceOptions{})
		begin := d.lastN()
		for m := range 90 {
			d.say(1, m)
		}
		for i := 2; i < people; i++ {
			d.pull(i, "", 100)
		}
		got, mark, pieces := gathered{}, "all", 0
		for {
			now := d.sync(callerOf(1), wire.SyncRequest{Now: mark}).Now
			if now == nil {
				break
			}
			pieces++
			got.add(t, now)
			mark = now.Mark
			if !slices.IsSortedFunc(now.Receipts, func(a, b wire.MessageReceipts) int { return int(a.N) - int(b.N) }) {
				t.Error("a piece is not in order")
			}
		}
		if want := (90*8 + 255) / 256; pieces != want {
			t.Errorf("got %d pieces, want %d", pieces, want)
		}
		for n := begin + 1; n <= begin+90; n++ {
			for i := 2; i < people; i++ {
				got.want(t, n, i, wire.HasIt)
			}
		}
	})
}
